"""The message exchange: what its chapter proves and measures."""

import numpy as np
import pytest
from games import games, weighted_games
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from pesim_lib import (
    CustomRisk,
    SecurityGame,
    WeightedEffort,
    best_deviation,
    equilibrium_messages,
    exchange,
    lindahl_prices,
    outcome,
    social_optimum,
)
from pesim_lib.examples import dense_game, equal_users_game, ring_game, total_effort_game
from pesim_lib.exchange import (
    freezing_gain,
    reply,
    reported_game,
    reporting_gain,
    ring_prices,
    stability_boundary,
)

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
    assert best_deviation(game, run.messages, 0).gain <= 1e-4


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("n", [20, 50])
def test_the_protocol_needs_at_most_300_rounds_in_dense_games(n, seed):
    game = dense_game(np.random.default_rng(seed), n)
    assert exchange(game).rounds_to(social_optimum(game).x) <= 300


@few
@given(weighted_games(least=3, most=5), st.integers(0, 2**32 - 1))
def test_the_distance_to_an_equilibrium_falls_as_the_proof_says(game, seed):
    """One round of the protocol, against the fixed point built from Lindahl prices."""
    optimum, penalty = social_optimum(game).x, game.unit_costs.mean()
    scale = 1 + optimum.max()
    state = scale * np.random.default_rng(seed).normal(size=(game.n, game.n))
    limit = optimum - lindahl_prices(game) / penalty
    proposals = reply(game, np.diag(game.unit_costs), penalty, state)
    mean, agreed = state.mean(axis=0), proposals.mean(axis=0)
    following = state - mean + 2 * agreed - proposals
    fall = game.n * ((agreed - mean) ** 2).sum() + ((proposals - agreed) ** 2).sum()
    before, after = ((state - limit) ** 2).sum(), ((following - limit) ** 2).sum()
    assert after <= before - fall + 1e-6 * (1 + before)


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


@pytest.mark.parametrize("damping", [0.5, 0.8, 1.0])
@pytest.mark.parametrize("n", [5, 9])
def test_the_stability_boundary_of_play_is_sharp(n, damping):
    game = equal_users_game(n)
    total = social_optimum(game).x.sum()
    boundary = stability_boundary(n, game.unit_costs[0], damping)
    start = np.full((n, n), (total + 1e-4) / n)

    def error(penalty):
        run = exchange(game, "play", penalty, damping, rounds=100, start=start)
        return abs(run.x.sum() - total)

    assert error(1.05 * boundary) < 0.5e-4
    assert error(0.95 * boundary) > 2e-4


@pytest.mark.parametrize("n", [3, 5, 8])
def test_best_responses_at_correct_prices_multiply_the_error_by_n_minus_1(n):
    game = ring_game(n)
    optimum = social_optimum(game).x
    run = exchange(game, "best response", rounds=5, start=np.tile(optimum + 1e-3, (n, 1)))
    errors = run.trace.efforts - optimum
    np.testing.assert_allclose(errors[1:], -(n - 1) * errors[:-1], rtol=1e-6)
    assert not run.converged


@pytest.mark.parametrize("user", range(3))
def test_at_prices_of_zero_no_best_message_exists(user):
    game = ring_game()
    messages = exchange(game, rounds=3).messages
    free = type(messages)(np.zeros_like(messages.prices), messages.proposals)
    assert not best_deviation(game, free, user).attained


def test_the_local_protocol_reaches_the_dense_optimum_with_fewer_numbers():
    game = ring_game(8)
    run = exchange(game, local=True)
    assert run.converged
    assert run.rounds_to(social_optimum(game).x) is not None
    prices = np.roll(run.messages.prices, -1, axis=0) - np.roll(run.messages.prices, -2, axis=0)
    assert np.abs(prices[game.risk.dense_weights() == 0]).max() <= 1e-12
    stored = WeightedEffort(sparse.csr_array(game.risk.weights), game.risk.decay)
    same = SecurityGame(stored, game.unit_costs)
    np.testing.assert_allclose(exchange(same, local=True).x, run.x)


def test_a_custom_risk_reaches_the_same_optimum():
    game = total_effort_game(3)
    custom = SecurityGame(CustomRisk(3, game.risk.value, game.risk.jacobian), game.unit_costs)
    run = exchange(custom, tolerance=1e-7)
    assert run.converged
    np.testing.assert_allclose(run.x, social_optimum(game).x, atol=1e-5)


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.2])
def test_a_user_that_freezes_dictates_the_efforts_and_gains_what_is_computed(factor):
    game = ring_game()
    optimum = social_optimum(game).x
    run = exchange(game, frozen={1: factor * optimum})
    assert run.converged
    np.testing.assert_allclose(run.x, factor * optimum, rtol=1e-6)
    truth = outcome(equilibrium_messages(game))
    gain = (
        game.utilities(run.x, outcome(run.messages).taxes) - game.utilities(truth.x, truth.taxes)
    )[1]
    assert gain == pytest.approx(freezing_gain(game, 1, factor), abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(games(least=3, most=6))
def test_freezing_just_below_the_optimum_never_loses(game):
    scale = game.social_cost(social_optimum(game).x)
    assert all(freezing_gain(game, user, 0.999) >= -1e-5 * scale for user in range(game.n))


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


def test_lost_proposals_delay_the_exchange_and_a_seed_repeats_it():
    game = ring_game()
    optimum = social_optimum(game).x
    runs = [exchange(game, penalty=0.03, loss=0.1, seed=1) for _ in range(2)]
    assert runs[0].rounds == runs[1].rounds
    assert runs[0].rounds_to(optimum) is not None


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
        (lambda: exchange(GAME, "play"), "penalty"),
        (lambda: exchange(GAME, penalty=0), "penalty"),
        (lambda: exchange(GAME, damping=0), "damping"),
        (lambda: exchange(GAME, rounds=0), "rounds"),
        (lambda: exchange(GAME, loss=1), "loss"),
        (lambda: exchange(GAME, start=np.zeros(6)), "start"),
        (lambda: exchange(GAME, frozen={6: np.zeros(6)}), "frozen"),
        (lambda: exchange(CUSTOM, local=True), "local"),
        (lambda: exchange(equal_users_game(2)), "N >= 3"),
        (lambda: reporting_gain(CUSTOM, 0, 0.5), "game"),
        (lambda: freezing_gain(GAME, 0, -1), "factor"),
    ],
)
def test_bad_input_is_refused_by_name(call, named):
    with pytest.raises(ValueError, match=named):
        call()
