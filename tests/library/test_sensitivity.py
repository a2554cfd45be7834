"""Derivatives against differences of solved games, and errors where there are none."""

import numpy as np
import pytest
from games import weighted_games
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import sparse
from test_scale import sparse_game

from pesim_lib import (
    ConvergenceError,
    Exponential,
    SecurityGame,
    TotalEffort,
    WeakestLink,
    WeightedEffort,
    nash_equilibrium,
    sensitivity,
    shift,
    social_optimum,
)
from pesim_lib.beyond import sensitivity as module
from pesim_lib.paper.pesim import equilibrium_taxes

STEP = 1e-4


def moved_game(game, costs, share, weights, step):
    risk = game.risk if weights is None else WeightedEffort(
        game.risk.weights + step * weights, game.risk.decay
    )  # fmt: skip
    factors = np.broadcast_to(1 + step * share, game.n)
    return SecurityGame(risk.scaled(factors), game.unit_costs + step * costs)


def answers(game):
    best, apart = social_optimum(game).x, nash_equilibrium(game).x
    least, most = game.social_cost(best), game.social_cost(apart)
    return best, apart, equilibrium_taxes(game, best), least, most, most / least


def differences(game, *direction):
    """Each answer's difference quotient, and the supports on both sides."""
    before, after = (answers(moved_game(game, *direction, s)) for s in (-STEP, STEP))
    supports = [[tuple(x > 0) for x in each[:2]] for each in (before, after)]
    return [(b - a) / (2 * STEP) for a, b in zip(before, after, strict=True)], supports


def fields(found):
    return [
        found.optimum, found.equilibrium, found.taxes, found.optimal_cost, found.equilibrium_cost,
        found.ratio,
    ]  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(weighted_games(least=1, most=5), st.integers(0, 10**6))
def test_what_moves_moves_as_differences_say_or_is_refused(game, seed):
    random = np.random.default_rng(seed)
    costs, share = random.normal(size=(2, game.n)) * 0.2
    weights = 0.2 * random.random((game.n, game.n)) * (game.risk.dense_weights() > 0)
    assume(nash_equilibrium(game).unique)
    try:
        found = shift(game, costs, share, weights)
    except ValueError as error:
        said = str(error)
        assume("verge" not in said and "not determined" not in said)
        raise
    told, supports = differences(game, costs, share, weights)
    assume(supports[0] == supports[1])
    for ours, theirs in zip(fields(found), told, strict=True):
        size = 1 + np.abs(theirs).max()
        assert np.abs(ours - theirs).max() <= 1e-3 * size


@pytest.mark.parametrize("n", [30, 2_600])
def test_gradients_and_directions_agree_for_any_size(n, monkeypatch):
    if n > 2_000:
        # More users than are eliminated directly.
        monkeypatch.setattr(module, "MODERATE", 100)
    game, random = sparse_game(n, seed=4), np.random.default_rng(1)
    costs, share = random.normal(size=(2, n))
    moved = game.risk.weights.copy()
    moved.data = random.normal(size=moved.nnz)
    found, gradient = shift(game, costs, share, moved), sensitivity(game)
    told = costs @ gradient.unit_costs + share @ gradient.losses
    assert found.ratio == pytest.approx(told + (moved * gradient.weights).sum(), rel=1e-6)
    before, after = (
        answers(moved_game(game, costs, share, moved, s)) for s in (-1e-6, 1e-6)
    )  # fmt: skip
    assert found.ratio == pytest.approx((after[5] - before[5]) / 2e-6, rel=1e-3)
    assert found.taxes.sum() == pytest.approx(0, abs=1e-8 * np.abs(found.taxes).sum())


def test_total_effort_moves_by_its_supplier_alone():
    game = SecurityGame(TotalEffort(3, Exponential()), [0.2, 0.3, 0.4])
    found = shift(game, unit_costs=[1, 0, 0])
    np.testing.assert_allclose(found.optimum, [-5, 0, 0], rtol=1e-9)
    np.testing.assert_allclose(found.equilibrium, [-5, 0, 0], rtol=1e-9)
    assert found.optimal_cost == pytest.approx(np.log(3 / 0.2))


def test_who_is_on_the_verge_of_investing_is_named():
    game = SecurityGame(WeightedEffort(np.eye(2), Exponential()), [1.0, 0.5])
    with pytest.raises(ValueError, match=r"game: got users on the verge of investing \(0\)"):
        shift(game, unit_costs=1.0)
    with pytest.raises(ValueError, match="verge"):
        sensitivity(game)


def test_work_that_can_be_shared_in_many_ways_has_no_derivative():
    game = SecurityGame(WeightedEffort(np.ones((2, 2)), Exponential()), [0.5, 0.5])
    half = np.full(2, np.log(2) / 2)
    with pytest.raises(ValueError, match="not determined"):
        sensitivity(game, half)


def test_a_solve_by_iterations_that_is_not_exact_enough_is_refused(monkeypatch):
    monkeypatch.setattr(module, "MODERATE", 1)
    monkeypatch.setattr(module, "EXACT", 0.0)
    with pytest.raises(ConvergenceError, match="sensitivity: reached residual"):
        sensitivity(sparse_game(40))


def test_wrong_arguments_are_named():
    game = sparse_game(6)
    with pytest.raises(ValueError, match="weights: got shape"):
        shift(game, weights=sparse.eye_array(3))
    with pytest.raises(ValueError, match=r"game\.risk: got WeakestLink"):
        shift(SecurityGame(WeakestLink(2, Exponential()), [0.5, 0.5]))


def test_from_where_the_shift_leads_a_nearby_game_takes_fewer_steps():
    game = sparse_game(400, seed=2)
    costs, step = game.unit_costs, 0.02
    nearby = SecurityGame(game.risk, costs * (1 + step))
    start = np.maximum(social_optimum(game).x + step * shift(game, costs).optimum, 0)
    warm, cold = social_optimum(nearby, start), social_optimum(nearby)
    assert warm.iterations < cold.iterations
    np.testing.assert_allclose(warm.x, cold.x, atol=1e-7)
