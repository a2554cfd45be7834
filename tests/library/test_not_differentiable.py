"""Risks that no gradient method can handle end in an error, and never hang."""

import numpy as np
import pytest

from pesim_lib import ConvergenceError, CustomRisk, SecurityGame, nash_equilibrium, social_optimum
from pesim_lib.solvers.newton import active_set_newton, fischer_burmeister_newton


def weakest_link(n):
    def jacobian(x):
        return -np.exp(-x.min()) * np.tile(np.arange(n) == x.argmin(), (n, 1))

    return CustomRisk(n, lambda x: np.full(n, np.exp(-x.min())), jacobian)


@pytest.mark.parametrize("solve", [nash_equilibrium, social_optimum])
@pytest.mark.parametrize("n", [2, 3, 4])
def test_a_kink_ends_in_an_answer_that_is_certified_or_in_an_error(solve, n):
    try:
        risk = weakest_link(n)
    except ValueError:
        return
    try:
        found = solve(SecurityGame(risk, np.full(n, 0.3)))
    except ConvergenceError:
        return
    assert found.residual <= 1e-9


@pytest.mark.parametrize("solve", [active_set_newton, fischer_burmeister_newton])
@pytest.mark.parametrize("entry", [np.nan, np.inf])
def test_a_jacobian_that_is_not_finite_ends_the_search(solve, entry):
    _, residual, _ = solve(lambda x: x - 1, lambda x: np.full((3, 3), entry), np.full(3, 5.0))
    assert residual > 1e-9
