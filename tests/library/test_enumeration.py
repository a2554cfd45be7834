"""All equilibria at once: the search over supports against independent ways to find them."""

from itertools import product

import numpy as np
import pytest
from games import weighted_games
from hypothesis import given, settings
from scipy.optimize import Bounds, LinearConstraint, milp

from pesim_lib import (
    Exponential,
    SecurityGame,
    WeightedEffort,
    nash_equilibria,
    price_of_anarchy,
    weighted_effort_bound,
)
from pesim_lib.solvers.enumeration import enumerate_solutions
from pesim_lib.solvers.limits import Limits


def dense_weights(n, row_sum, seed):
    """Random weights (n, n) with a unit diagonal and off-diagonal rows that sum to `row_sum`."""
    weights = np.random.default_rng(seed).random((n, n))
    np.fill_diagonal(weights, 0)
    weights *= row_sum / weights.sum(axis=1, keepdims=True)
    np.fill_diagonal(weights, 1)
    return weights


def by_trying_every_support(matrix, offset):
    """Solutions of the linear problem, one support at a time.

    None if a support is singular, or the rounding of the offset decides about a solution.
    """
    n, found = len(offset), []
    for choice in product((False, True), repeat=n):
        support = np.array(choice)
        block = matrix[np.ix_(support, support)]
        if support.any() and np.linalg.cond(block) > 1e7:
            return None
        x = np.zeros(n)
        x[support] = np.linalg.solve(block, -offset[support])
        signs = np.where(support, x, matrix @ x + offset)
        if (signs >= -1e-9).all():
            if (signs <= 1e-9).any():
                return None
            found.append(x)
    return found


@settings(max_examples=100, deadline=None)
@given(weighted_games(most=7))
def test_the_search_finds_what_trying_every_support_finds(game):
    weights = game.risk.dense_weights()
    offset = -game.unit_costs * weights.diagonal()
    expected = by_trying_every_support(weights, offset)
    if expected is None:
        return
    found, doubtful, continuum, complete = enumerate_solutions(weights, offset)
    assert complete
    assert not continuum
    assert not doubtful
    for here, there in ((expected, found), (found, expected)):
        for x in here:
            assert min(np.abs(x - y).max() for y in there) <= 1e-6


@pytest.mark.parametrize(("row_sum", "seed"), [(1, 0), (2, 0), (2, 1), (3, 2)])
def test_thirty_users_and_a_mixed_integer_solver_agree_on_the_largest_total_effort(row_sum, seed):
    n = 30
    weights = dense_weights(n, row_sum, seed)
    wanted = np.random.default_rng(seed).uniform(0.5, 1.5, n)
    found, doubtful, continuum, complete = enumerate_solutions(weights, -wanted)
    assert complete
    assert not continuum
    assert not doubtful
    # x <= wanted z and W x - wanted <= (W wanted)(1 - z), with z binary: complementarity.
    most = weights @ wanted
    result = milp(
        np.concatenate([-np.ones(n), np.zeros(n)]),
        integrality=np.repeat([0, 1], n),
        bounds=Bounds(0, np.concatenate([wanted, np.ones(n)])),
        constraints=[
            LinearConstraint(np.hstack([weights, np.zeros((n, n))]), lb=wanted),
            LinearConstraint(np.hstack([np.eye(n), -np.diag(wanted)]), ub=0),
            LinearConstraint(np.hstack([weights, np.diag(most)]), ub=wanted + most),
        ],
        options={"mip_rel_gap": 0},
    )
    assert result.success
    assert max(x.sum() for x in found) == pytest.approx(-result.fun, abs=1e-5)


@pytest.mark.parametrize("pairs", [1, 3, 6, 8])
def test_separate_pairs_have_three_equilibria_each(pairs):
    weights = np.kron(np.eye(pairs), [[1.0, 2.0], [2.0, 1.0]])
    found, doubtful, continuum, complete = enumerate_solutions(weights, -np.ones(2 * pairs))
    assert complete
    assert not continuum
    assert not doubtful
    assert len(found) == 3**pairs
    assert len({tuple(np.round(x, 6)) for x in found}) == 3**pairs
    for x in found:
        assert np.abs(np.minimum(x, weights @ x - 1)).max() <= 1e-9


def test_users_who_are_perfect_substitutes_share_one_continuum():
    # Users 0 and 1 help each other as much as themselves; user 2 stands alone.
    weights = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    found, _, continuum, complete = enumerate_solutions(weights, -np.array([1.0, 1.0, 2.0]))
    assert complete
    assert continuum
    ends = {(1.0, 0.0, 2.0), (0.0, 1.0, 2.0)}
    assert {tuple(np.round(x, 9)) for x in found} == ends


def test_perfect_substitutes_among_thirty_users_leave_the_one_who_wants_most():
    wanted = np.random.default_rng(0).uniform(0.5, 1.5, 30)
    found, doubtful, continuum, complete = enumerate_solutions(np.ones((30, 30)), -wanted)
    assert complete
    assert not continuum
    assert not doubtful
    (x,) = found
    np.testing.assert_allclose(x, np.where(wanted == wanted.max(), wanted, 0), atol=1e-12)


def test_a_search_that_is_cut_short_says_so():
    weights = dense_weights(30, 4, 0)
    found, _, _, complete = enumerate_solutions(weights, -np.ones(30), limits=Limits(branches=100))
    assert not complete
    assert found == []


@pytest.mark.parametrize("strength", [1.5, 2])
def test_beyond_the_search_the_worst_case_lies_between_two_honest_bounds(strength):
    pairs = np.kron(np.eye(35), [[1, strength], [strength, 1]])  # at least 2^35 equilibria
    costs = np.random.default_rng(1).uniform(0.2, 0.4, len(pairs))
    game = SecurityGame(WeightedEffort(pairs, Exponential()), costs)
    result = price_of_anarchy(game)
    assert not result.exact
    assert not nash_equilibria(game).complete
    assert 1 <= result.best_ratio <= result.ratio <= result.upper == weighted_effort_bound(game)


def test_where_all_equilibria_were_seen_the_upper_bound_is_the_ratio():
    costs = np.random.default_rng(1).uniform(0.2, 0.6, 20)
    game = SecurityGame(WeightedEffort(dense_weights(20, 2, 1), Exponential()), costs)
    result = price_of_anarchy(game)
    assert result.exact
    assert result.ratio == result.upper
