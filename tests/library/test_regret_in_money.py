"""What a result says that nobody gains more than: never too little, and close."""

import warnings

import numpy as np
import pytest
from games import decays, games, vectors, weighted_games
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from scipy import sparse
from test_extreme_numbers import games as extreme_games

from pesim_lib import (
    BayesianGame,
    BestShot,
    ConvergenceError,
    CustomRisk,
    Exponential,
    PowerLaw,
    SecurityGame,
    WeakestLink,
    WeightedEffort,
    capped_equilibrium,
    coalition_equilibrium,
    coalition_response,
    exit_equilibria,
    is_equilibrium,
    nash_equilibria,
    nash_equilibrium,
    social_optimum,
    team_optimum,
)
from pesim_lib.solvers.regret import losses, steepness

mp.dps = 50
efforts = st.one_of(st.just(0.0), st.floats(0, 3), st.floats(0, 1e-9))


@pytest.fixture(scope="module", autouse=True)
def _digits_for_traces():
    # A trace of effort changes a cost of one in its 324th digit.
    with mp.workdps(400):
        yield


def exactly(values):
    return [mpf(float(each)) for each in values]


def exact_costs(game, x):
    """g(x) in 50 digits, of one of the two decays; x (N,) of floats or mpf."""
    decay, n = game.risk.decay, game.n
    loss, x = exactly(np.broadcast_to(decay.loss, n)), [mpf(each) for each in x]
    weights = game.risk.dense_weights()
    effort = [mp.fdot(exactly(row), x) for row in weights]
    if isinstance(decay, Exponential):
        rate = exactly(np.broadcast_to(decay.rate, n))
        risks = [loss[i] * mp.exp(-rate[i] * effort[i]) for i in range(n)]
    else:
        power = exactly(np.broadcast_to(decay.exponent, n))
        risks = [loss[i] * (1 + effort[i]) ** -power[i] for i in range(n)]
    return [f + c * each for f, c, each in zip(risks, exactly(game.unit_costs), x, strict=True)]


def exact_reply(game, user, x):
    """The best effort (mpf) of a user who acts alone, in 50 digits."""
    decay = game.risk.decay
    row = exactly(game.risk.dense_weights()[user])
    others = mp.fdot(row, exactly(x)) - row[user] * mpf(float(x[user]))
    loss = mpf(float(np.broadcast_to(decay.loss, game.n)[user]))
    if loss == 0:
        return mpf(0)
    steep = mpf(float(game.unit_costs[user])) / row[user]
    if isinstance(decay, Exponential):
        rate = mpf(float(np.broadcast_to(decay.rate, game.n)[user]))
        wanted = mp.log(loss * rate / steep) / rate
    else:
        power = mpf(float(np.broadcast_to(decay.exponent, game.n)[user]))
        wanted = (loss * power / steep) ** (1 / (power + 1)) - 1
    return max((wanted - others) / row[user], mpf(0))


def exact_gain(game, user, x):
    y = [mpf(float(each)) for each in x]
    y[user] = exact_reply(game, user, x)
    return exact_costs(game, x)[user] - exact_costs(game, y)[user]


def regret(game, labels, x):
    return game.risk.solver.regret(game, np.asarray(labels), np.asarray(x))


@pytest.mark.parametrize("kind", [Exponential, PowerLaw])
def test_slopes_and_losses_of_rounded_efforts_lie_between_their_bounds_in_50_digits(kind):
    random, n = np.random.default_rng(0), 300
    weights, x = random.random((n, 3)), 10.0 ** random.uniform(-3, 2.5, (n, 3))
    loss, shape = 10.0 ** random.uniform(-9, 9, n), random.uniform(0.3, 3, n)
    effort = (weights * x).sum(axis=1)
    bounds = [each(kind(loss, shape), effort, 3) for each in (steepness, losses)]
    for i in range(n):
        s, a = mp.fdot(exactly(weights[i]), exactly(x[i])), mpf(shape[i])
        left = mpf(loss[i]) * (mp.exp(-a * s) if kind is Exponential else (1 + s) ** -a)
        slope = a * left / (1 if kind is Exponential else 1 + s)
        for (least, most), exact in zip(bounds, (slope, left), strict=True):
            assert least[i] <= exact <= most[i]


def test_a_sum_of_many_rounded_products_stays_between_its_bounds():
    # Draws whose rounding in the sum is far beyond that of one exponential.
    random, terms = np.random.default_rng(3), 20_000
    weights, x = random.random(terms), 1e-3 * random.random(terms)
    effort = np.cumsum(weights * x)[-1]
    least, most = steepness(Exponential(1.0, 50.0), effort, terms)
    exact = 50 * mp.exp(-50 * mp.fdot(exactly(weights), exactly(x)))
    assert least <= exact <= most


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_nobody_alone_gains_more_from_any_efforts(data):
    game = data.draw(games(most=4))
    x = data.draw(vectors(game.n, efforts))
    most = regret(game, np.arange(game.n), x)
    assert all(exact_gain(game, user, x) <= most for user in range(game.n))


@settings(max_examples=30, deadline=None)
@given(games(most=5))
def test_nobody_alone_gains_more_at_an_equilibrium_and_the_bound_is_close(game):
    found = nash_equilibrium(game)
    gains = [exact_gain(game, user, found.x) for user in range(game.n)]
    assert max(gains) <= found.regret <= 2e-9 * game.costs(found.x).max()


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_no_coalition_gains_more_by_efforts_that_are_drawn_or_solved_for(data):
    game = data.draw(games(least=2, most=5))
    labels = np.array(data.draw(st.lists(st.integers(0, 1), min_size=game.n, max_size=game.n)))
    assume(labels.max() == 1 and labels.min() == 0)
    x = data.draw(vectors(game.n, efforts))
    most, now = regret(game, labels, x), exact_costs(game, x)
    for number in (0, 1):
        members = np.flatnonzero(labels == number)
        drawn = np.where(labels == number, data.draw(vectors(game.n, efforts)), x)
        for y in (coalition_response(game, members.tolist(), x).x, drawn):
            then = exact_costs(game, y)
            assert sum(now[k] - then[k] for k in members) <= most


def refined_optimum(game, x):
    """The optimum in 50 digits on the support of x (N,), or x where it is singular there."""
    weights, n = game.risk.dense_weights(), game.n
    rate, loss = (
        exactly(np.broadcast_to(each, n)) for each in (game.risk.decay.rate, game.risk.decay.loss)
    )
    users, y = np.flatnonzero(x).tolist(), [mpf(float(each)) for each in x]
    for _ in range(4):
        effort = [mp.fdot(exactly(row), y) for row in weights]
        risk = [loss[i] * mp.exp(-rate[i] * effort[i]) for i in range(n)]
        slope = [
            mpf(float(game.unit_costs[k]))
            - sum(mpf(float(weights[i, k])) * rate[i] * risk[i] for i in range(n))
            for k in users
        ]
        bend = mp.matrix(len(users))
        for a, k in enumerate(users):
            for b, m in enumerate(users):
                pairs = (mpf(float(weights[i, k] * weights[i, m])) for i in range(n))
                bend[a, b] = sum(p * rate[i] ** 2 * risk[i] for i, p in enumerate(pairs))
        try:
            step = mp.lu_solve(bend, mp.matrix(slope)) if users else []
        except ZeroDivisionError:
            return y
        for a, k in enumerate(users):
            y[k] = max(y[k] - step[a], mpf(0))
    return y


@settings(max_examples=15, deadline=None)
@given(weighted_games(most=3))
def test_the_optimum_costs_no_more_than_said_beyond_the_least(game):
    assume(isinstance(game.risk.decay, Exponential))
    found = social_optimum(game)
    least = sum(exact_costs(game, refined_optimum(game, found.x)))
    gap = sum(exact_costs(game, found.x)) - least
    assert gap <= found.regret <= 2e-9 * game.social_cost(found.x)


def test_sparse_and_dense_weights_and_blocks_of_exits_give_bounds_of_one_size():
    random = np.random.default_rng(0)
    weights = random.random((40, 40)) * (random.random((40, 40)) < 0.1)
    np.fill_diagonal(weights, 1.0)
    x, labels = random.random(40), random.integers(0, 3, 40)
    dense, thin = (
        SecurityGame(WeightedEffort(each, Exponential()), np.full(40, 0.2))
        for each in (weights, sparse.csr_array(weights))
    )
    for each in (labels, np.zeros(40, dtype=int), np.arange(40)):
        assert regret(thin, each, x) == pytest.approx(regret(dense, each, x), rel=1e-9)
    for user, found in enumerate(exit_equilibria(thin)):
        apart = (np.arange(40) == user).astype(int)
        assert found.regret == pytest.approx(regret(thin, apart, found.x), rel=1e-6)
        assert 0 < found.regret < 1e-8


@pytest.mark.parametrize("kind", [WeakestLink, BestShot])
def test_nobody_gains_more_where_one_effort_counts_for_all(kind):
    for seed in range(8):
        random = np.random.default_rng(seed)
        n = int(random.integers(1, 5))
        decay = Exponential(random.uniform(0.2, 3, n), random.uniform(0.3, 3, n))
        game = SecurityGame(kind(n, decay), random.uniform(0.05, 1.5, n))
        labels = np.unique(random.integers(0, n, n), return_inverse=True)[1]
        together = [np.flatnonzero(labels == k).tolist() for k in range(labels.max() + 1)]
        found = coalition_equilibrium(game, together)
        several = [(np.arange(n), each) for each in nash_equilibria(game)]
        several += [(labels, found), (np.zeros(n, dtype=int), social_optimum(game))]
        several += [(labels, random.exponential(size=n))]
        for own, each in several:
            x = each if isinstance(each, np.ndarray) else each.x
            most = regret(game, own, x)
            if x is not each:
                assert each.regret == most <= 1e-12
            for number in range(own.max() + 1):
                members = own == number
                now = game.costs(x)[members].sum()
                # A common level, or one who acts.
                for level in [0.0, *np.geomspace(0.05, 5, 9), *x]:
                    for who in [members, *np.eye(n, dtype=bool)[members]]:
                        y = np.where(members, np.where(who, level, 0.0), x)
                        assert now - game.costs(y)[members].sum() <= most + 1e-15


def test_bounds_hold_in_50_digits_at_the_ends_of_the_floating_range():
    asked = 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _, game in extreme_games(range(200, 270)):
            if game.risk.weights is None:
                continue
            try:
                found = nash_equilibrium(game)
            except ConvergenceError:
                continue
            assert found.regret >= 0
            gains = [exact_gain(game, user, found.x) for user in range(game.n)]
            assert max(gains) <= found.regret
            asked += found.regret < np.inf
    assert asked > 10


@given(vectors(3), decays(3))
@settings(max_examples=15, deadline=None)
def test_a_risk_of_one_s_own_and_caps_have_a_bound(costs, decay):
    weights = np.array([[1.0, 0.4, 0.0], [0.2, 1.0, 0.3], [0.0, 0.5, 1.0]])
    known = SecurityGame(WeightedEffort(weights, decay), costs)
    own = CustomRisk(3, known.risk.value, known.risk.jacobian)
    x = nash_equilibrium(SecurityGame(own, costs)).x
    assert regret(SecurityGame(own, costs), range(3), x) == pytest.approx(
        regret(known, range(3), x), abs=1e-11 * known.social_cost(x)
    )
    caps = np.full(3, 0.3)
    capped = capped_equilibrium(known, caps)
    for user in range(3):
        y = np.where(np.arange(3) == user, min(float(exact_reply(known, user, capped.x)), 0.3), 0)
        y = np.where(np.arange(3) == user, y, capped.x)
        gain = known.costs(capped.x)[user] - known.costs(y)[user]
        assert gain <= capped.regret + 1e-15
    assert capped.regret <= 2e-9 * known.social_cost(capped.x)


def test_the_team_optimum_of_users_with_one_type_is_the_optimum_with_its_bound():
    weights = np.array([[1.0, 0.5], [0.2, 1.0]])
    team = team_optimum(BayesianGame(weights, [[0.2], [0.6]], [[1.0], [1.0]]))
    game = SecurityGame(WeightedEffort(weights, Exponential()), [0.2, 0.6])
    least = min(game.social_cost(social_optimum(game).x), game.social_cost(team.x[:, 0]))
    assert game.social_cost(team.x[:, 0]) - least <= team.regret < 1e-8


@settings(max_examples=20, deadline=None)
@given(games(least=2, most=4))
def test_a_gain_that_a_certificate_finds_is_below_its_bound(game):
    found = is_equilibrium(game, np.full(game.n, 0.4))
    assert found.gain <= found.regret <= found.gain + 1e-8 * game.social_cost(np.full(game.n, 0.4))
