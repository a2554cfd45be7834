"""The message exchange: what its chapter proves and measures."""

import csv

import numpy as np
import play_stability
import pytest
from games import games, weighted_games
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st
from scipy import sparse

from pesim_lib import (
    ConvergenceError,
    CustomRisk,
    Exponential,
    LocalMessages,
    SecurityGame,
    WeightedEffort,
    best_deviation,
    equilibrium_messages,
    exchange,
    lindahl_prices,
    local_outcome,
    outcome,
    social_optimum,
)
from pesim_lib.beyond.manipulation import (
    best_freeze,
    freezing_gain,
    reported_game,
    reporting_gain,
    reporting_slope,
)
from pesim_lib.beyond.play import (
    least_stable_penalty,
    play_growth,
    play_matrix,
    reply,
    stability_boundary,
    stable_penalty,
)
from pesim_lib.paper.examples import (
    dense_game,
    equal_users_game,
    random_game,
    ring_game,
    total_effort_game,
)
from pesim_lib.paper.pesim import ring_prices

few = settings(max_examples=15, deadline=None)


@few
@given(games(least=3, most=5))
def test_every_round_sends_pesim_messages_whose_taxes_balance(game):
    run = exchange(game, rounds=40)
    result = outcome(run.messages)
    np.testing.assert_allclose(result.x, run.x, atol=1e-12 * (1 + run.x.max()))
    assert (run.messages.prices >= 0).all()
    assert (run.messages.proposals >= 0).all()
    scale = 1 + np.abs(run.messages.prices).max() * (1 + np.abs(run.messages.proposals).max()) ** 2
    assert np.abs(run.trace.balance).max() <= 1e-10 * game.n**2 * scale


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("n", [3, 6, 10])
def test_the_protocol_reaches_the_optimum_and_lindahl_prices(n, seed):
    game = dense_game(np.random.default_rng(seed), n)
    optimum = social_optimum(game).x
    run = exchange(game)
    assert run.converged
    assert run.rounds_to(optimum) is not None
    paid, due = outcome(run.messages).taxes, lindahl_prices(game) @ optimum
    np.testing.assert_allclose(paid, due, atol=1e-5 * np.abs(due).max())
    gains = [best_deviation(game, run.messages, user).gain for user in range(n)]
    assert max(gains) <= 1e-5 * game.social_cost(optimum)


@pytest.mark.parametrize("n", [3, 10, 20])
def test_in_dense_games_the_protocol_needs_at_most_300_rounds(n):
    for seed in range(500, 520):
        game = dense_game(np.random.default_rng(seed), n)
        assert exchange(game, rounds=300).rounds_to(social_optimum(game).x), seed


def test_in_dense_games_of_50_the_protocol_needs_at_most_300_rounds():
    for seed in range(500, 506):
        game = dense_game(np.random.default_rng(seed), 50)
        assert exchange(game, rounds=300).rounds_to(social_optimum(game).x), seed


def test_on_rings_of_all_sizes_the_protocol_converges_mostly_within_300_rounds():
    counts = []
    for n in range(3, 31):
        game = ring_game(n)
        run = exchange(game, rounds=1000)
        assert run.converged, n
        counts.append(run.rounds_to(social_optimum(game).x))
        assert counts[-1], n
    assert np.median(counts) <= 150
    assert np.quantile(counts, 0.9) <= 300


def test_random_games_with_users_who_share_nothing_converge():
    for seed in range(500, 530):
        game = random_game(np.random.default_rng(seed), 6)
        run = exchange(game)
        assert run.converged, seed
        assert run.rounds_to(social_optimum(game).x, 1e-5), seed


@pytest.mark.parametrize("unit", [1e-4, 1e-2, 1e2, 1e4])
def test_the_unit_of_effort_does_not_matter(unit):
    for seed in range(500, 510):
        game = dense_game(np.random.default_rng(seed), 8)
        decay = Exponential(game.risk.decay.loss, unit)
        same = SecurityGame(WeightedEffort(game.risk.weights, decay), unit * game.unit_costs)
        assert exchange(same, rounds=300).rounds_to(social_optimum(game).x / unit), seed


def test_a_penalty_far_too_large_does_not_pass_for_convergence():
    run = exchange(ring_game(), penalty=1e9, rounds=50)
    assert not run.converged


@few
@given(weighted_games(least=3, most=5), st.integers(0, 2**32 - 1))
def test_steps_lead_nearer_as_the_lemma_says(game, seed):
    """Any two states, and a state and the limit built from Lindahl prices."""
    random, penalty = np.random.default_rng(seed), game.unit_costs.mean()
    optimum, costs = social_optimum(game).x, np.diag(game.unit_costs)

    def step(state):
        agreed = state.mean(axis=0)
        linear = costs + penalty * (state - agreed)
        centre = np.tile(agreed, (game.n, 1))
        return reply(game, linear, penalty, centre) - agreed

    scale = 1 + optimum.max()
    first, second = scale * random.normal(size=(2, game.n, game.n))
    limit = optimum + lindahl_prices(game) / penalty
    assert np.abs(step(limit)).max() <= 1e-6 * scale
    for other in (second, limit):
        gap, turn = first - other, step(first) - step(other)
        assert (gap * turn).sum() <= -(turn**2).sum() + 1e-6 * (1 + (gap**2).sum())


def test_the_step_never_grows_and_obeys_the_bound_at_every_round():
    game, penalty = ring_game(7), 0.05
    limit = social_optimum(game).x + lindahl_prices(game) / penalty
    state, steps = np.zeros((7, 7)), []
    for _ in range(100):
        agreed = state.mean(axis=0)
        linear = np.diag(game.unit_costs) + penalty * (state - agreed)
        step = reply(game, linear, penalty, np.tile(agreed, (7, 1))) - agreed
        steps.append((step**2).sum())
        state = state + step
    assert (np.diff(steps) <= 1e-12).all()
    assert (steps <= (limit**2).sum() / np.arange(1, 101)).all()


def test_an_extrapolation_that_is_wrong_every_time_is_not_kept(monkeypatch):
    """States tried at random, as far away as allowed: the exchange converges all the same."""
    random, solve = np.random.default_rng(0), np.linalg.lstsq

    def wrong(matrix, *rest, **options):
        weights, *others = solve(matrix, *rest, **options)
        return 100 * random.normal(size=weights.shape), *others

    game = ring_game(5, 0.3, 0.3, 0.4)
    monkeypatch.setattr(np.linalg, "lstsq", wrong)
    run = exchange(game, rounds=4000, tolerance=1e-8)
    assert run.converged
    assert run.rounds_to(social_optimum(game).x, 1e-5)


@few
@given(weighted_games(least=3, most=5), st.integers(0, 2**32 - 1))
def test_a_reply_minimises_its_strongly_convex_problem(game, seed):
    random = np.random.default_rng(seed)
    centre, penalty = random.normal(size=(game.n, game.n)), float(np.exp(random.normal()))
    linear = random.normal(size=(game.n, game.n))
    y = reply(game, linear, penalty, centre)
    gradients = np.array([game.risk.jacobian(row)[i] for i, row in enumerate(y)])
    slopes = gradients + linear + penalty * (y - centre)
    assert np.abs(np.minimum(y, slopes)).max() <= 1e-8 * (1 + np.abs(slopes).max())


@pytest.mark.parametrize("costs", [[20, 30, 40, 50], [2, 3, 4, 5], [1.5, 30, 2, 8]])
@pytest.mark.parametrize("seed", range(10))
def test_an_exchange_ends_where_nobody_invests_from_wherever_it_starts(costs, seed):
    game = SecurityGame(WeightedEffort(np.eye(4) + 0.1, Exponential()), costs)
    start = np.random.default_rng(seed).uniform(0, 3, (4, 4))
    found = exchange(game, start=start)
    assert found.converged
    assert found.x == pytest.approx(social_optimum(game).x, abs=1e-9)


@pytest.mark.parametrize("damping", [0.5, 0.8, 1.0])
@pytest.mark.parametrize("n", [5, 9])
def test_the_stability_boundary_of_play_is_sharp(n, damping):
    game = equal_users_game(n)
    total = social_optimum(game).x.sum()
    boundary = stability_boundary(n, game.unit_costs[0], damping)
    noise = np.random.default_rng(n).normal(size=(n, n))
    start = (total + 1e-4 + 1e-5 * (noise - noise.mean())) / n

    def run(penalty):
        return exchange(game, "play", weight=penalty, damping=damping, rounds=100, start=start)

    assert abs(run(1.05 * boundary).x.sum() - total) < 0.5e-4
    assert abs(run(0.95 * boundary).x.sum() - total) > 2e-4
    spread = run(1.05 * boundary).trace.spread
    assert (spread[-1] < 0.5 * spread[0]) == (damping < 1)


@pytest.mark.parametrize("damping", [0.3, 1.0])
@pytest.mark.parametrize("curvature", [0.0, 0.7])
@pytest.mark.parametrize("n", [3, 6])
def test_the_eigenvalues_of_play_are_those_of_the_theorem(n, curvature, damping):
    penalty, a = 0.05, curvature / n**2
    roots = np.exp(2j * np.pi * np.arange(1, n) / n)
    expected = 1 - damping + damping * (a + 2 * penalty * roots) / (a + 2 * penalty)
    expected = np.append(1 - damping * n * a / (a + 2 * penalty), expected)
    found = np.linalg.eigvals(play_matrix(np.full(n, curvature), penalty, damping))
    assert np.sort_complex(found) == pytest.approx(np.sort_complex(expected), abs=1e-9)


@pytest.mark.parametrize("damping", [0.6, 1.0])
def test_play_near_the_optimum_moves_as_its_matrix_says(damping):
    """A game in which all invest, with different risks: Hessians of all efforts."""
    losses = np.array([1.0, 2.0, 0.7, 1.5])
    risk = WeightedEffort(np.eye(4) + 0.2 * (1 - np.eye(4)), Exponential(losses))
    game = SecurityGame(risk, np.full(4, 0.1))
    optimum, penalty, weights = social_optimum(game).x, 0.02, risk.dense_weights()
    bend = risk.decay.curvature(weights @ optimum)
    hessians = bend[:, None, None] * weights[:, :, None] * weights[:, None, :]
    error = 1e-5 * np.random.default_rng(1).normal(size=(4, 4))
    run = exchange(game, "play", weight=penalty, damping=damping, rounds=1, start=optimum + error)
    predicted = (play_matrix(hessians, penalty, damping) @ error.ravel()).reshape(4, 4)
    assert run.messages.proposals - optimum == pytest.approx(predicted, abs=1e-8)


def test_the_largest_curvature_in_the_formula_is_not_on_the_safe_side():
    curvatures = np.array([1.0, 1, 0, 0, 0, 0])
    assert play_growth(curvatures, 1.25 * stability_boundary(6, 1.0)) > 1
    assert play_growth(np.repeat([1.0, 0.0], [7, 13]), 10 * stability_boundary(20, 1.0)) > 1


@few
@given(
    st.lists(st.sampled_from([0.0, 1e-3, 0.1, 1.0, 7.0]), min_size=3, max_size=24).filter(any),
    st.sampled_from([0.2, 0.7, 1.0]),
    st.sampled_from([1.0, 3.0, 100.0]),
)
def test_from_the_proved_penalty_on_play_is_stable(curvatures, damping, factor):
    penalty = factor * stable_penalty(curvatures)
    assert play_growth(curvatures, penalty, damping) < 1


@few
@given(st.lists(st.floats(0, 5), min_size=3, max_size=12).filter(lambda a: max(a) > 0.1))
def test_on_the_boundary_the_two_facts_of_the_proof_hold(curvatures):
    """An eigenvalue on the circle: |mu|^2 <= 2 sum b, and arguments that sum to pi at least."""
    curvatures = np.array(curvatures)
    penalty = least_stable_penalty(curvatures)
    # Where play is stable at every penalty, there is no boundary.
    assume(penalty > 1e-9 * stable_penalty(curvatures))
    values = np.linalg.eigvals(play_matrix(curvatures, penalty))
    edge = values[np.abs(values).argmax()]
    assert abs(edge) == pytest.approx(1, abs=1e-6)
    beta = curvatures / len(curvatures) ** 2 / (2 * penalty)
    assert abs(edge - 1) ** 2 <= 2 * (beta / (1 + beta)).sum() + 1e-6
    turns = np.abs(np.angle((1 + beta) * edge - beta))
    assert turns.sum() >= np.pi
    assert turns.sum() <= np.abs(np.angle(edge)) * (len(beta) + beta.sum()) + 1e-6


@pytest.mark.parametrize("n", [3, 6, 8])
def test_the_stored_search_for_unstable_curvatures_is_what_the_program_finds(n):
    with play_stability.TABLE.open(encoding="utf-8") as file:
        stored = [tuple(row.values()) for row in csv.DictReader(file) if row["n"] == str(n)]
    assert len(stored) == len(play_stability.KINDS)
    for old in stored:
        fresh = [str(value) for value in play_stability.row(n, old[1])]
        assert fresh[1:3] == list(old[1:3])
        numbers = [[float(row[3]), float(row[5])] for row in (fresh, old)]
        np.testing.assert_allclose(*numbers, atol=2e-4)


def test_play_on_the_ring_circles_though_its_positive_efforts_are_stable():
    game = ring_game()
    optimum = social_optimum(game).x
    active, weights = optimum > 0, game.risk.weights
    bend = game.risk.decay.curvature(weights @ optimum)
    hessians = (bend[:, None, None] * weights[:, :, None] * weights[:, None, :])[:, active]
    hessians = hessians[:, :, active]
    penalty = stability_boundary(6, np.linalg.eigvalsh(hessians).max())
    assert np.abs(np.linalg.eigvals(play_matrix(hessians, penalty, 0.5))).max() < 0.98
    start = optimum + 0.01 * np.random.default_rng(0).normal(size=(6, 6))
    run = exchange(game, "play", weight=penalty, damping=0.5, rounds=1000, start=start)
    assert run.trace.spread[-100:].min() > 0.1


@pytest.mark.parametrize("n", [3, 5, 8])
def test_best_responses_at_correct_prices_multiply_the_error_by_n_minus_1(n):
    game = ring_game(n)
    optimum = social_optimum(game).x
    run = exchange(game, "play", rounds=5, start=np.tile(optimum + 1e-3, (n, 1)))
    errors = run.trace.efforts - optimum
    np.testing.assert_allclose(errors[1:], -(n - 1) * errors[:-1], rtol=1e-6)
    assert not run.converged


@pytest.mark.parametrize("user", range(3))
def test_at_prices_of_zero_no_best_message_exists(user):
    game = ring_game()
    messages = exchange(game, rounds=3).messages
    free = type(messages)(np.zeros_like(messages.prices), messages.proposals)
    assert not best_deviation(game, free, user).attained


@pytest.mark.parametrize("seed", range(5))
def test_best_responses_set_all_prices_to_zero_and_then_there_is_none(seed):
    game = ring_game(4 + seed)
    noise = np.random.default_rng(seed).normal(size=(game.n, game.n))
    start = social_optimum(game).x + 0.01 * noise
    run = exchange(game, "best response", start=start)
    assert run.rounds == 1
    assert not run.converged
    assert (run.messages.prices == 0).all()


def test_best_responses_stay_at_an_equilibrium():
    game = ring_game()
    run = exchange(game, "best response", start=equilibrium_messages(game).proposals)
    assert run.converged
    assert run.rounds == 1


@pytest.mark.parametrize("n", [5, 8, 14])
def test_the_local_protocol_reaches_the_same_outcome_with_one_entry_for_each_link(n):
    game = ring_game(n)
    run = exchange(game, local=True)
    truth = outcome(equilibrium_messages(game))
    assert run.converged
    assert isinstance(run.messages, LocalMessages)
    assert run.messages.prices.shape == (3 * n,)
    settled = local_outcome(run.messages)
    assert settled.x == pytest.approx(truth.x, abs=1e-6)
    assert settled.taxes == pytest.approx(truth.taxes, abs=1e-6)
    assert np.abs(run.trace.balance).max() < 1e-9
    stored = WeightedEffort(sparse.csr_array(game.risk.weights), game.risk.decay)
    same = SecurityGame(stored, game.unit_costs)
    np.testing.assert_allclose(exchange(same, local=True).x, run.x, atol=1e-7)


def test_witnesses_do_not_change_where_the_local_protocol_ends():
    weights = np.eye(5)
    weights[0, 1], weights[1, 0], weights[2, 3], weights[3, 2] = 0.5, 0.4, 0.3, 0.6
    game = SecurityGame(WeightedEffort(weights, Exponential(2)), [0.3, 0.5, 0.4, 0.6, 0.5])
    run = exchange(game, local=True)
    truth = outcome(equilibrium_messages(game))
    assert run.converged
    assert local_outcome(run.messages).x == pytest.approx(truth.x, abs=1e-6)
    assert local_outcome(run.messages).taxes == pytest.approx(truth.taxes, abs=1e-6)


def test_who_has_no_stake_pays_nothing_and_repeats_the_mean():
    game = ring_game(6)
    run = exchange(game)
    prices = np.roll(run.messages.prices, -1, axis=0) - np.roll(run.messages.prices, -2, axis=0)
    idle = game.risk.weights == 0
    assert np.abs(prices[idle]).max() <= 1e-12
    assert np.abs((run.messages.proposals - run.x)[idle]).max() <= 1e-12


def test_ten_thousand_users_exchange_messages():
    random, n = np.random.default_rng(7), 10_000
    users = np.repeat(np.arange(n), 4)
    links = sparse.csr_array((random.random(4 * n), (users, random.permuted(users))), (n, n))
    risk = WeightedEffort(0.15 * links + sparse.eye_array(n), Exponential())
    game = SecurityGame(risk, random.uniform(0.1, 0.7, n))
    run = exchange(game, local=True, tolerance=1e-9)
    assert run.converged
    assert run.x == pytest.approx(social_optimum(game).x, abs=1e-5)


def test_a_custom_risk_reaches_the_same_optimum():
    game = total_effort_game(3)
    custom = SecurityGame(CustomRisk(3, game.risk.value, game.risk.jacobian), game.unit_costs)
    run = exchange(custom, tolerance=1e-7)
    assert run.converged
    np.testing.assert_allclose(run.x, social_optimum(game).x, atol=1e-5)


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.2])
def test_a_user_that_freezes_dictates_the_efforts_and_gains_what_is_computed(factor):
    game = ring_game()
    frozen = factor * (0.2 + social_optimum(game).x)
    run = exchange(game, frozen={1: frozen})
    assert run.converged
    np.testing.assert_allclose(run.x, frozen, rtol=1e-6)
    truth = outcome(equilibrium_messages(game))
    gain = (
        game.utilities(run.x, outcome(run.messages).taxes) - game.utilities(truth.x, truth.taxes)
    )[1]
    assert gain == pytest.approx(freezing_gain(game, 1, frozen), abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(games(least=3, most=6))
def test_freezing_just_below_the_optimum_never_loses(game):
    optimum = social_optimum(game).x
    scale = game.social_cost(optimum)
    gains = [freezing_gain(game, user, 0.999 * optimum) for user in range(game.n)]
    assert min(gains) >= -1e-5 * scale


@settings(max_examples=30, deadline=None)
@given(weighted_games(least=3, most=6), st.integers(0, 2**32 - 1))
def test_no_freeze_gains_more_than_the_bound(game, seed):
    random, optimum = np.random.default_rng(seed), social_optimum(game).x
    for user in range(game.n):
        try:
            best = best_freeze(game, user)
        except ConvergenceError:
            # What is not certified is not returned.
            reject()
        slack = 1e-6 * (1 + abs(best.bound))
        assert freezing_gain(game, user, best.x) == pytest.approx(best.gain, abs=slack)
        assert -slack <= best.gain <= best.bound + slack
        tried = random.choice([0, 0.5, 1, 2], (20, game.n)) * (
            optimum + random.random((20, game.n))
        )
        near = np.maximum(best.x + 0.1 * random.normal(size=(20, game.n)), 0.0)
        assert freezing_gain(game, user, np.vstack([tried, near])).max() <= best.bound + slack


@pytest.mark.parametrize(("user", "gain"), [(0, 1.144), (1, 1.165), (2, 1.247)])
def test_the_best_freezes_on_the_ring_beat_all_multiples_of_the_optimum(user, gain):
    game = ring_game()
    optimum = social_optimum(game).x
    best = best_freeze(game, user)
    assert best.gain == pytest.approx(gain, abs=1e-3)
    assert best.bound - best.gain <= 1e-3
    ray = freezing_gain(game, user, np.linspace(0, 1.5, 151)[:, None] * optimum)
    assert best.gain > ray.max() + 0.05


@pytest.mark.parametrize("seed", range(10))
def test_a_small_lie_changes_the_gain_by_the_formula(seed):
    game = dense_game(np.random.default_rng(seed), 5)
    for user in range(5):
        slope = reporting_slope(game, user)
        near = [reporting_gain(game, user, 1 + h) for h in (1e-4, -1e-4)]
        assert slope <= 0
        assert (near[0] - near[1]) / 2e-4 == pytest.approx(slope, rel=1e-3, abs=1e-5)


def test_where_all_rows_are_independent_every_lie_costs():
    risk = WeightedEffort(np.eye(3) + 0.2 * (1 - np.eye(3)), Exponential())
    game = SecurityGame(risk, np.full(3, 0.1))
    assert reporting_slope(game, 1) == pytest.approx(0, abs=1e-9)
    assert all(reporting_gain(game, 1, factor) < 0 for factor in (0.5, 0.8, 0.9, 1.1, 1.2))


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_liar_moves_the_efforts_to_the_optimum_of_the_reported_game(factor):
    game = ring_game()
    lie = reported_game(game, 1, factor)
    run = exchange(lie)
    assert run.rounds_to(social_optimum(lie).x) is not None
    taxes = outcome(run.messages).taxes
    truth = outcome(equilibrium_messages(game))
    gain = (game.utilities(run.x, taxes) - game.utilities(truth.x, truth.taxes))[1]
    assert gain == pytest.approx(reporting_gain(game, 1, factor), abs=1e-5)


@pytest.mark.parametrize("loss", [0.1, 0.3, 0.5, 0.7])
def test_with_lost_proposals_the_protocol_converges(loss):
    game = ring_game()
    optimum = social_optimum(game).x
    for seed in range(10):
        run = exchange(game, penalty=0.03, loss=loss, seed=seed)
        assert run.converged, seed
        assert run.rounds_to(optimum), seed
        assert np.abs(run.trace.balance).max() < 1e-9
    again = exchange(game, penalty=0.03, loss=loss, seed=9)
    assert again.rounds == run.rounds


@pytest.mark.parametrize("delay", [1, 2, 5, 8])
def test_with_late_proposals_the_protocol_converges(delay):
    game = ring_game()
    run = exchange(game, penalty=0.03, delay=delay)
    assert run.converged
    assert run.rounds_to(social_optimum(game).x)
    assert run.rounds > exchange(game, penalty=0.03, accelerate=False).rounds


def test_losses_and_delays_leave_the_penalty_free_to_adapt():
    for seed in range(500, 505):
        game = dense_game(np.random.default_rng(seed), 5)
        optimum = social_optimum(game).x
        assert exchange(game, loss=0.2, rounds=3000).rounds_to(optimum), seed
        assert exchange(game, delay=2, rounds=3000).rounds_to(optimum), seed


@pytest.mark.parametrize("n", [3, 7])
def test_ring_prices_are_nonnegative_and_have_the_differences_asked_for(n):
    lindahl = np.random.default_rng(n).normal(size=(n, n))
    lindahl -= lindahl.mean(axis=0)
    prices = ring_prices(lindahl)
    assert (prices >= 0).all()
    differences = np.roll(prices, -1, axis=0) - np.roll(prices, -2, axis=0)
    np.testing.assert_allclose(differences, lindahl, atol=1e-12)


GAME = ring_game()
CUSTOM = SecurityGame(CustomRisk(6, GAME.risk.value, GAME.risk.jacobian), GAME.unit_costs)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: exchange(GAME, "auction"), "process"),
        (lambda: exchange(GAME, penalty=0), "penalty"),
        (lambda: exchange(GAME, damping=0.5), "damping"),
        (lambda: exchange(GAME, "play", damping=0), "damping"),
        (lambda: exchange(GAME, "play", weight=0), "weight"),
        (lambda: exchange(GAME, "play", loss=0.5), "loss"),
        (lambda: exchange(GAME, "play", local=True), "local"),
        (lambda: exchange(GAME, "play", delay=4), "delay"),
        (lambda: exchange(GAME, "play", penalty=1.0), "penalty"),
        (lambda: exchange(GAME, "best response", weight=1.0), "weight"),
        (lambda: exchange(GAME, tolerance=np.nan), "tolerance"),
        (lambda: exchange(GAME, seed=-1), "seed"),
        (lambda: exchange(GAME, rounds=0), "rounds"),
        (lambda: exchange(GAME, loss=1), "loss"),
        (lambda: exchange(GAME, delay=-1), "delay"),
        (lambda: exchange(GAME, delay=1, loss=0.5), "delay"),
        (lambda: exchange(GAME, start=np.zeros(6)), "start"),
        (lambda: exchange(GAME, frozen={6: np.zeros(6)}), "frozen"),
        (lambda: exchange(CUSTOM, local=True), "weighted effort"),
        (lambda: exchange(equal_users_game(2)), "N >= 3"),
        (lambda: reporting_gain(CUSTOM, 0, 0.5), "game"),
        (lambda: freezing_gain(GAME, 0, np.full(6, -1.0)), "x"),
        (lambda: freezing_gain(GAME, 0, np.ones((2, 5))), r"x: got shape \(2, 5\)"),
        (lambda: best_freeze(CUSTOM, 0), "game"),
    ],
)
def test_bad_input_is_refused_by_name(call, named):
    with pytest.raises(ValueError, match=named):
        call()
