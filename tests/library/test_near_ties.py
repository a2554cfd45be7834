"""Near ties: what the search over supports lists, against exact arithmetic."""

import numpy as np
import pytest
from exact import solve_exactly

from pesim_lib import Exponential, SecurityGame, WeightedEffort, nash_equilibria
from pesim_lib.solvers.enumeration import enumerate_solutions
from pesim_lib.solvers.limits import Limits


def nearly_tied_problem(seed):
    """Up to four variables: small integers, some of them off by 1e-16 to 1e-8."""
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 5))
    matrix = random.integers(0, 3, (n, n)).astype(float)
    np.fill_diagonal(matrix, random.integers(1, 3, n))
    offset = -random.integers(0, 3, n).astype(float)
    size = 10.0 ** random.uniform(-16, -8)
    if seed % 3 == 1:
        matrix *= 1 + size * random.integers(-1, 2, (n, n))
    if seed % 3 == 2:
        offset *= 1 + size * random.integers(-1, 2, n)
    return matrix, offset


def is_in(x, points):
    return any(np.abs(x - y).max() <= 1e-9 * (1 + np.abs(x).max()) for y in points)


def exactly_listed(seed):
    """What the search finds in a nearly tied problem: as far as it claims, what is there."""
    matrix, offset = nearly_tied_problem(seed)
    exact = solve_exactly(matrix, offset)
    vertices = [np.array([float(entry) for entry in x]) for x in exact.vertices]
    found = enumerate_solutions(matrix, offset)
    assert found.complete is not False
    assert all(is_in(x, vertices) for x in found.points), seed
    if found.complete:
        assert found.continuum == exact.continuum, seed
        assert found.doubtful == []
        assert exact.continuum or len(found.points) == len(vertices), seed
        assert exact.continuum or all(is_in(x, found.points) for x in vertices), seed
    elif not exact.continuum:
        assert all(is_in(x, found.points + found.doubtful) for x in vertices), seed
    return found


@pytest.mark.parametrize("block", range(6))
def test_a_list_called_complete_is_what_exact_arithmetic_lists(block):
    found = [exactly_listed(seed) for seed in range(100 * block, 100 * block + 100)]
    # Only what differs by a few units in the last place is left open.
    assert sum(each.complete is None for each in found) <= 15


@pytest.mark.parametrize("gap", [1e-9, 1e-11, 1e-13, 1e-14])
def test_of_two_perfect_substitutes_the_one_who_wants_a_little_more_does_it_all(gap):
    found = enumerate_solutions(np.ones((2, 2)), -np.array([1.0, 1 + gap]))
    assert found.complete
    assert found.continuum is False
    (x,) = found.points
    assert x.tolist() == [0, 1 + gap]


def test_where_rounding_hides_who_wants_more_both_are_doubtful():
    found = enumerate_solutions(np.ones((2, 2)), -np.array([1.0, 1 + 2e-16]))
    assert found.complete is None
    assert found.continuum is None
    assert found.points == []
    assert sorted(tuple(x.round(9)) for x in found.doubtful) == [(0, 1), (1, 0)]


def test_equal_entries_that_come_from_different_numbers_are_doubtful_too():
    tied = enumerate_solutions(np.ones((2, 2)), -np.ones(2))
    apart = enumerate_solutions(np.ones((2, 2)), -np.ones(2), same=np.arange(2))
    assert (tied.continuum, tied.complete) == (True, True)
    assert (apart.continuum, apart.complete) == (None, None)


@pytest.mark.parametrize("gap", [1e-3, 1e-6, 1e-9, 1e-12])
def test_nearly_singular_weights_have_three_equilibria_that_are_far_apart(gap):
    matrix = np.array([[1, 1 + gap], [1 + gap, 1]])
    found = enumerate_solutions(matrix, -np.ones(2))
    assert found.complete
    expected = [(0, 1), (1 / (2 + gap), 1 / (2 + gap)), (1, 0)]
    np.testing.assert_allclose(sorted(map(tuple, found.points)), expected, rtol=1e-14)


def test_a_search_ends_after_its_seconds_with_what_it_has():
    random = np.random.default_rng(0)
    matrix = random.random((40, 40)) * 0.3
    np.fill_diagonal(matrix, 1)
    found = enumerate_solutions(matrix, -np.ones(40), limits=Limits(seconds=0.0))
    assert found.complete is False


def test_an_effort_of_open_sign_hides_no_equilibrium_of_other_users():
    weights = np.array(
        [
            [2.000000000000001, 1.999999999999999, 0.0],
            [2.000000000000001, 2.0, 0.0],
            [4.0, 4.0, 1.0],
        ]
    )
    game = SecurityGame(WeightedEffort(weights, Exponential()), [0.3, 0.3, 0.6769524953221963])
    found = nash_equilibria(game)
    assert found.complete is None
    level = np.log(2 / 0.3) / 2
    listed = [found[number].x for number in found.doubtful]
    for profile in ([level, 0, 0], [0, level, 0]):
        assert any(np.allclose(profile, x, atol=1e-12) for x in listed)
