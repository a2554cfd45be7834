"""Users who can change places: what is searched once is listed whole, and nothing is lost."""

from itertools import permutations

import numpy as np
import pytest
from exact import solve_exactly

from pesim_lib import (
    Exponential,
    SecurityGame,
    WeightedEffort,
    nash_equilibria,
    price_of_anarchy,
)
from pesim_lib.solvers.enumeration import enumerate_solutions
from pesim_lib.solvers.symmetry import images, interchangeable


def symmetric_problem(seed):
    """Three or four variables of which three at least can change places, from small integers."""
    random = np.random.default_rng(seed)
    n = int(random.integers(3, 5))
    matrix = random.integers(0, 4, (n, n)).astype(float)
    offset = -np.ones(n)
    alike = random.permutation(n)[:3]
    matrix[np.ix_(alike, alike)] = random.integers(0, 4)
    matrix[alike, :] = np.where(np.isin(np.arange(n), alike), matrix[alike], matrix[alike[0]])
    matrix[:, alike] = np.where(
        np.isin(np.arange(n), alike)[:, None], matrix[:, alike], matrix[:, alike[:1]]
    )
    matrix[np.arange(n), np.arange(n)] = random.integers(1, 3, n)
    matrix[alike, alike] = matrix[alike[0], alike[0]]
    return matrix, offset


def test_lists_of_symmetric_problems_are_those_of_exact_arithmetic():
    searched = left_open = 0
    for seed in range(60):
        matrix, offset = symmetric_problem(seed)
        searched += len(set(interchangeable(matrix, offset))) < len(offset)
        exact = solve_exactly(matrix, offset)
        found = enumerate_solutions(matrix, offset)
        assert found.complete is not False
        left_open += found.complete is None
        vertices = {tuple(np.round([float(entry) for entry in x], 9)) for x in exact.vertices}
        points = {tuple(np.round(x, 9)) for x in found.points}
        assert len(points) == len(found.points)
        assert points <= vertices, seed
        if found.complete:
            assert found.continuum == exact.continuum, seed
            assert exact.continuum or points == vertices, seed
    assert searched > 30
    # Ends of a continuum that floating point does not tell apart.
    assert left_open <= 6


def test_labels_are_what_trying_every_swap_finds():
    for seed in range(40):
        matrix, offset = symmetric_problem(seed)
        labels = interchangeable(matrix, offset)
        for i, j in permutations(range(len(offset)), 2):
            order = np.arange(len(offset))
            order[[i, j]] = order[[j, i]]
            swap = (matrix[np.ix_(order, order)] == matrix).all() and offset[i] == offset[j]
            assert labels[i] != labels[j] or (swap and matrix[i, j] != matrix[i, i])


def test_images_are_every_way_to_place_those_who_invest():
    made = list(images(np.array([2.0, 0.0, 0.0, 5.0]), np.array([0, 0, 0, 3])))
    assert sorted(map(tuple, made)) == [(0, 0, 2, 5), (0, 2, 0, 5), (2, 0, 0, 5)]


@pytest.mark.parametrize("weight", [1.5, 2.0])
def test_sixty_equal_users_have_an_exact_price_of_anarchy(weight):
    # Any k of them may invest, 1 / (1 + (k - 1) w) of what one alone wants: 2^60 - 1 equilibria.
    n, cost = 60, 0.3
    weights = np.full((n, n), weight)
    np.fill_diagonal(weights, 1.0)
    game = SecurityGame(WeightedEffort(weights, Exponential()), np.full(n, cost))
    found = price_of_anarchy(game)
    assert found.exact is True
    assert found.worst.unique is False
    costs = []
    for k in range(1, n + 1):
        effort = -np.log(cost) / (1 + (k - 1) * weight)
        costs.append(game.social_cost(np.where(np.arange(n) < k, effort, 0.0)))
    least = game.social_cost(found.optimum.x)
    assert found.ratio == pytest.approx(max(costs) / least, rel=1e-9)
    assert found.best_ratio == pytest.approx(min(costs) / least, rel=1e-9)


def test_a_list_too_long_to_make_is_cut_and_not_called_complete():
    matrix = np.full((40, 40), 2.0)
    np.fill_diagonal(matrix, 1.0)
    found = enumerate_solutions(matrix, -np.ones(40), most_solutions=100)
    assert found.complete is False
    assert len(found.points) == 101


def test_equal_best_responses_at_unequal_losses_are_told_apart_by_what_they_cost():
    # Alike to the search for equilibria, but not to society: all three must be looked at.
    weights = np.full((3, 3), 2.0)
    np.fill_diagonal(weights, 1.0)
    loss = np.array([1.0, 2.0, 4.0])
    game = SecurityGame(WeightedEffort(weights, Exponential(loss)), 0.3 * loss)
    every = nash_equilibria(game)
    costs = [game.social_cost(each.x) for each in every]
    found = price_of_anarchy(game)
    assert len(every) == 7
    least = game.social_cost(found.optimum.x)
    assert found.ratio == pytest.approx(max(costs) / least)
    assert found.best_ratio == pytest.approx(min(costs) / least)
