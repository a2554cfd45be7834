"""Efforts and the network: one linear system, the lowest eigenvalue, the hub of a star."""

import numpy as np
import pytest
from games import weighted_games
from hypothesis import given, settings
from hypothesis import strategies as st

from pesim_lib import (
    Exponential,
    SecurityGame,
    WeightedEffort,
    nash_equilibria,
    nash_equilibrium,
    social_optimum,
)
from pesim_lib.beyond.centrality import (
    efforts_of_investors,
    hub_margin,
    lowest_eigenvalue,
    star_game,
    walk_sums,
)
from pesim_lib.paper.examples import ring_game, three_user_ring
from pesim_lib.solvers.network import desired_effort


@given(weighted_games(least=2, most=5))
@settings(max_examples=30, deadline=None)
def test_the_investors_of_an_equilibrium_solve_their_linear_system(game):
    found = nash_equilibrium(game)
    weights = game.risk.dense_weights()
    slack = weights @ found.x - desired_effort(game)
    scale = 1 + np.abs(found.x).max()
    assert (slack >= -1e-6 * scale).all()
    active = found.x > 1e-6 * scale
    block = weights[np.ix_(active, active)]
    if active.any() and np.linalg.cond(block) < 1e4:
        again = efforts_of_investors(game, active)
        np.testing.assert_allclose(again, found.x, atol=1e-4 * scale)


def test_walks_of_each_length_add_up_to_the_efforts():
    game = ring_game(5, 0.3, 0.3, weight=0.2)
    links = game.risk.weights - np.eye(5)
    sums = walk_sums(links, desired_effort(game), 60)
    np.testing.assert_allclose(sums[-1], nash_equilibrium(game).x, atol=1e-9)
    np.testing.assert_allclose(sums[1] - sums[0], -0.4 * np.log(1 / 0.3))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_above_minus_1_symmetric_weights_give_one_equilibrium_and_below_some_costs_give_more(seed):
    random = np.random.default_rng(seed)
    upper = np.triu(random.random((4, 4)) * random.choice([0.5, 1.0, 1.5]), 1)
    weights = np.eye(4) + upper + upper.T
    lowest = lowest_eigenvalue(weights)
    risk = WeightedEffort(weights, Exponential())
    if lowest > -1 + 1e-6:
        costs = np.exp(random.normal(-1.5, 0.5, 4))
        assert len(nash_equilibria(SecurityGame(risk, costs))) == 1
        return
    if lowest > -1 - 1e-3:
        return
    # Of users i and j with the least principal minor below zero: costs at which both invest.
    counts = []
    for size in range(2, 5):
        users = np.arange(size)
        wanted = weights[:, users] @ np.ones(size)
        counts.append(len(nash_equilibria(SecurityGame(risk, np.exp(-wanted)))))
    negative = [np.linalg.det(weights[:k, :k]) < 0 for k in range(2, 5)]
    if any(negative):
        assert max(counts) > 1


@pytest.mark.parametrize(
    ("weights", "named"),
    [([[1, 2], [0, 1]], "not symmetric"), ([[2, 0], [0, 1]], "another diagonal"), ([1], "not sym")],
    ids=["one-way", "diagonal", "flat"],
)
def test_other_matrices_have_no_lowest_eigenvalue_here(weights, named):
    with pytest.raises(ValueError, match=named):
        lowest_eigenvalue(weights)


def test_investors_must_be_named_and_their_weights_regular():
    with pytest.raises(ValueError, match="a bool for every user"):
        efforts_of_investors(three_user_ring(), [0, 1])
    with pytest.raises(ValueError, match="singular"):
        efforts_of_investors(three_user_ring(1.0), np.ones(3, dtype=bool))


@given(st.integers(1, 8), st.floats(0.01, 0.95), st.floats(0.01, 0.95))
@settings(max_examples=40, deadline=None)
def test_the_margin_of_a_hub_is_the_difference_of_its_efforts_where_all_invest(m, reach, need):
    protects, depends = reach / m, need / m
    game = star_game(m + 1, protects, depends, c=1e-6)
    nash, optimum = nash_equilibrium(game).x, social_optimum(game).x
    if min(nash.min(), optimum.min()) > 1e-6:
        difference = (1 - m * protects * depends) * (nash[0] - optimum[0])
        assert hub_margin(m, protects, depends) == pytest.approx(difference, abs=1e-5)


def test_a_hub_that_protects_nobody_does_too_much_and_one_that_needs_nobody_too_little():
    assert (hub_margin(4, 1e-9, np.linspace(0.01, 0.24, 9)) > 0).all()
    assert (hub_margin(4, np.linspace(0.01, 0.24, 9), 1e-9) < 0).all()


@pytest.mark.parametrize(("m", "h", "a"), [(4, 0.25, 0.1), (4, 0.1, 0.3), (4, 0.0, 0.1)])
def test_other_stars_are_outside_the_formula(m, h, a):
    with pytest.raises(ValueError, match="spokes times"):
        hub_margin(m, h, a)
