"""Lemke's method against exact arithmetic, an independent solver, and problems full of ties."""

import numpy as np
import pytest
import quantecon
from exact import solve_exactly

from pesim_lib import ConvergenceError, natural_residual
from pesim_lib.solvers.lemke import lemke


def tied_problem(seed):
    """Up to five variables with entries that are small integers."""
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 6))
    matrix = random.integers(0, 3, (n, n)).astype(float)
    np.fill_diagonal(matrix, random.integers(1, 3, n))
    return matrix, -random.integers(0, 3, n).astype(float)


def links_of_one_weight(n, degree, weight, seed):
    """Everybody depends on `degree` others, all alike."""
    random = np.random.default_rng(seed)
    matrix = np.eye(n)
    for user in range(n):
        others = random.permutation(n - 1)[:degree]
        matrix[user, others + (others >= user)] = weight
    return matrix, -np.ones(n)


def test_a_problem_on_which_the_wrong_row_among_ties_cycles():
    matrix = np.array([[1.0, 2.0, 2.0], [2.0, 1.0, 2.0], [0.0, 0.0, 1.0]])
    assert lemke(matrix, -np.ones(3)).tolist() == [0, 0, 1]


def test_six_thousand_small_problems_full_of_ties_are_solved():
    for seed in range(6000):
        matrix, offset = tied_problem(seed)
        x = lemke(matrix, offset)
        assert natural_residual(x, matrix @ x + offset) <= 1e-13, seed


def test_what_is_found_solves_the_problem_in_exact_arithmetic():
    for seed in range(200):
        matrix, offset = tied_problem(seed)
        x = lemke(matrix, offset)
        exact = solve_exactly(matrix, offset)
        corners = np.array(exact.vertices, dtype=float)
        near = np.abs(corners - x).max(axis=1).min() <= 1e-12
        assert near or exact.continuum, seed


@pytest.mark.parametrize("weight", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("seed", range(4))
def test_random_links_of_one_weight_are_solved(weight, seed):
    matrix, offset = links_of_one_weight(80, 4, weight, seed)
    x = lemke(matrix, offset)
    assert natural_residual(x, matrix @ x + offset) <= 1e-12


def test_a_problem_whose_paths_are_nearly_all_long_is_solved_by_one_of_many():
    matrix, offset = links_of_one_weight(150, 4, 2.0, 7)
    x = lemke(matrix, offset)
    assert natural_residual(x, matrix @ x + offset) <= 1e-12


@pytest.mark.parametrize("seed", range(10))
def test_what_an_independent_solver_solves_is_solved(seed):
    random = np.random.default_rng(seed)
    matrix = random.random((60, 60)) * (random.random((60, 60)) < random.uniform(0.05, 1))
    np.fill_diagonal(matrix, 1)
    offset = -random.uniform(0.5, 1.5, 60)
    theirs = quantecon.optimize.lcp_lemke(matrix, offset).z
    assert natural_residual(theirs, matrix @ theirs + offset) <= 1e-9
    x = lemke(matrix, offset)
    assert natural_residual(x, matrix @ x + offset) <= 1e-12


def test_a_thousand_users_without_dominance_are_solved():
    matrix, offset = links_of_one_weight(1000, 4, 0.5, 0)
    x = lemke(matrix, offset)
    assert natural_residual(x, matrix @ x + offset) <= 1e-12


def test_where_no_path_ends_in_a_solution_it_says_so():
    with pytest.raises(ConvergenceError, match="no path"):
        lemke(np.array([[-1.0]]), np.array([-1.0]))
