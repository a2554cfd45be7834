"""PESIM on a network against PESIM, and all exits at once against one by one."""

import tracemalloc

import numpy as np
import pytest
from scipy import sparse

from pesim_lib import (
    CustomRisk,
    Exponential,
    Links,
    LocalMessages,
    Messages,
    SecurityGame,
    TotalEffort,
    WeightedEffort,
    equilibrium_messages,
    exit_equilibria,
    exit_equilibrium,
    lindahl_prices,
    links,
    local_equilibrium_messages,
    local_outcome,
    local_prices,
    outcome,
    participation,
    social_optimum,
)
from pesim_lib.paper.examples import dense_game, random_game, ring_game, total_effort_game

SEEDS = range(6)


def sparse_game(random, n, degree=3):
    """Each user depends on `degree` others, drawn at random."""
    rows = np.repeat(np.arange(n), degree)
    columns = (rows + random.integers(1, n, n * degree)) % n
    strength = 0.8 * random.random(n * degree) / degree
    weights = sparse.coo_array((strength, (rows, columns)), shape=(n, n)) + sparse.eye_array(n)
    costs = np.exp(random.normal(-1, 0.3, n))
    return SecurityGame(WeightedEffort(sparse.csr_array(weights), Exponential()), costs)


def any_messages(random, ring):
    size = len(ring.users)
    return LocalMessages(ring, random.exponential(size=size), random.normal(size=size))


def with_pairs():
    """Nobody depends on user 4; user 0 and user 1 depend on each other alone."""
    weights = np.eye(5)
    weights[0, 1], weights[1, 0], weights[2, 3], weights[3, 2], weights[4, 2] = (
        0.5,
        0.4,
        0.3,
        0.6,
        1,
    )
    return SecurityGame(WeightedEffort(weights, Exponential(2)), [0.3, 0.5, 0.4, 0.6, 0.5])


@pytest.mark.parametrize("seed", SEEDS)
def test_where_everybody_has_a_stake_any_messages_decide_as_in_pesim(seed):
    random = np.random.default_rng(seed)
    game = dense_game(random, 3 + seed)
    messages = any_messages(random, links(game))
    n = game.n
    # Links come effort by effort, so their arrays are the columns of PESIM's.
    whole = Messages(messages.prices.reshape(n, n).T, messages.proposals.reshape(n, n).T)
    assert local_outcome(messages).x == pytest.approx(outcome(whole).x)
    assert local_outcome(messages).taxes == pytest.approx(outcome(whole).taxes)


GAMES = {
    "total effort": total_effort_game(5, 0.3),
    "ring": ring_game(7),
    "dense": dense_game(np.random.default_rng(1), 6),
    "random": random_game(np.random.default_rng(2), 9),
    "sparse": sparse_game(np.random.default_rng(3), 40),
    "pairs": with_pairs(),
}


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
def test_local_equilibrium_is_pesim_s_equilibrium(game):
    messages = local_equilibrium_messages(game)
    local, whole = local_outcome(messages), outcome(equilibrium_messages(game))
    assert local.x == pytest.approx(whole.x, abs=1e-9)
    assert local.taxes == pytest.approx(whole.taxes, abs=1e-9)
    assert messages.prices.min() >= 0
    ring, prices = messages.links, np.zeros((game.n, game.n))
    np.add.at(prices, (ring.users, ring.efforts), local_prices(messages))
    assert prices == pytest.approx(lindahl_prices(game), abs=1e-9)


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
def test_taxes_balance_for_any_messages(game):
    ring = links(game)
    for seed in SEEDS:
        taxes = local_outcome(any_messages(np.random.default_rng(seed), ring)).taxes
        assert abs(taxes.sum()) <= 1e-9 * np.abs(taxes).sum()
        assert np.abs(taxes).max() > 0.1


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
def test_no_user_gains_by_another_message(game):
    random = np.random.default_rng(0)
    messages = local_equilibrium_messages(game)
    ring, decided = messages.links, local_outcome(messages)
    now = game.utilities(decided.x, decided.taxes)
    for user in random.integers(0, game.n, 60):
        own = ring.users == user
        step = random.choice([0.01, 0.3, 3]) * random.normal(size=own.sum())
        prices, proposals = messages.prices.copy(), messages.proposals.copy()
        prices[own] = random.choice([0, 1, 5]) * random.random(own.sum())
        proposals[own] += step
        other = local_outcome(LocalMessages(ring, prices, proposals))
        # Efforts below zero cannot be made.
        if other.x.min() >= 0:
            assert game.utilities(other.x, other.taxes)[user] <= now[user] + 1e-9


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
def test_nobody_sets_a_price_that_it_pays_itself(game):
    ring = links(game)
    after = ring.successor
    for setter in (after, after[after]):
        assert (ring.efforts[setter] == ring.efforts).all()
        # A user whose effort matters to nobody else is alone on its ring, where prices cancel.
        alone = after == np.arange(len(after))
        assert (ring.users[setter] != ring.users)[~alone].all()
    assert (np.bincount(ring.efforts, minlength=game.n) != 2).all()


def peak(call):
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_grows_with_the_links():
    games = [sparse_game(np.random.default_rng(0), n) for n in (20_000, 80_000)]
    small, large = (peak(lambda game=game: local_equilibrium_messages(game)) for game in games)
    assert large / small < 5
    dense = Messages(np.ones((300, 300)), np.ones((300, 300)))
    assert peak(lambda: outcome(dense)) < 16 * dense.prices.nbytes


RING = links(ring_game(5))
SIZE = len(RING.users)


@pytest.mark.parametrize(
    ("prices", "proposals", "named"),
    [
        (np.full(SIZE, -1.0), np.ones(SIZE), "prices"),
        (np.full(SIZE, np.nan), np.ones(SIZE), "prices"),
        (np.ones(SIZE), np.full(SIZE, np.inf), "proposals"),
        (np.ones(SIZE - 1), np.ones(SIZE), "prices"),
        (np.ones(SIZE), np.ones((SIZE, 1)), "proposals"),
    ],
)
def test_messages_that_mean_nothing_are_refused(prices, proposals, named):
    assert isinstance(RING, Links)
    with pytest.raises(ValueError, match=f"{named}: got"):
        LocalMessages(RING, prices, proposals)


def test_games_without_rings_are_refused():
    with pytest.raises(ValueError, match="N: got 2 users"):
        links(total_effort_game(2))
    risk = TotalEffort(3, Exponential())
    custom = CustomRisk(3, risk.value, risk.jacobian)
    with pytest.raises(ValueError, match="allowed: weighted effort"):
        links(SecurityGame(custom, [1, 1, 1]))


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
def test_all_exits_at_once_are_the_exits_one_by_one(game):
    together = exit_equilibria(game)
    assert len(together) == game.n
    for user in range(game.n):
        alone = exit_equilibrium(game, user).x
        # Total effort may be shared out in several ways; risks and the loner's effort may not.
        assert game.risks(together[user].x) == pytest.approx(game.risks(alone), abs=1e-8)
        assert together[user].x[user] == pytest.approx(alone[user], abs=1e-8)


def test_exits_in_several_blocks_are_the_exits_one_by_one():
    game = sparse_game(np.random.default_rng(4), 700)
    together = exit_equilibria(game)
    for user in (0, 350, 699):
        assert together[user].x == pytest.approx(exit_equilibrium(game, user).x, abs=1e-7)


def test_participation_is_the_same_for_sparse_and_dense_weights():
    game = sparse_game(np.random.default_rng(5), 30)
    dense = SecurityGame(
        WeightedEffort(game.risk.dense_weights(), game.risk.decay), game.unit_costs
    )
    ours, theirs = participation(game), participation(dense)
    assert ours.gain == pytest.approx(theirs.gain, abs=1e-8)
    assert social_optimum(game).x == pytest.approx(social_optimum(dense).x, abs=1e-8)
