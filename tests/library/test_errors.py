"""Bad input is refused: the error names the argument, and results cannot be changed."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from pesim_lib import (
    ConvergenceError,
    CustomRisk,
    Exponential,
    Messages,
    PowerLaw,
    SecurityGame,
    TotalEffort,
    WeightedEffort,
    best_deviation,
    best_response,
    coalition_equilibrium,
    equilibrium_messages,
    nash_equilibrium,
    outcome,
    participation,
    price_of_anarchy,
    social_optimum,
    weighted_effort_bound,
)
from pesim_lib.paper.examples import total_effort_game
from pesim_lib.solvers.lemke import lemke

GAME = total_effort_game(4, 0.3)
PROFILE = equilibrium_messages(GAME)
DENIED = np.diag([1.0, np.nan, 1.0])


def custom(value, jacobian, n=2):
    return lambda: CustomRisk(n, value, jacobian)


def growing(x):
    return np.full(2, 1 + x.sum())


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: Exponential(loss=-1), "loss"),
        (lambda: Exponential(rate=-1), "rate"),
        (lambda: Exponential(loss=[1, np.nan]), "loss"),
        (lambda: PowerLaw(exponent="steep"), "exponent"),
        (lambda: PowerLaw(exponent=np.ones((2, 2))), "exponent"),
        (lambda: TotalEffort(0, Exponential()), "n:"),
        (lambda: TotalEffort(2.5, Exponential()), "n:"),
        (lambda: TotalEffort(3, Exponential([1, 2])), "decay"),
        (lambda: TotalEffort(3, np.exp), "decay"),
        (lambda: WeightedEffort(np.ones((2, 3)), Exponential()), "weights"),
        (lambda: WeightedEffort([[1, -1], [0, 1]], Exponential()), "weights"),
        (lambda: WeightedEffort([[1, 1], [1, 0]], Exponential()), "positive diagonal"),
        (lambda: WeightedEffort(DENIED, Exponential()), "weights"),
        (custom(growing, lambda x: np.ones((2, 2))), "A1"),
        (custom(lambda x: -np.ones(2), lambda x: np.zeros((2, 2))), "A1"),
        (custom(lambda x: np.ones(3), lambda x: np.zeros((2, 2))), "value"),
        (custom(lambda x: np.ones(2), lambda x: np.zeros(2)), "jacobian"),
        (
            custom(
                lambda x: np.full(2, np.exp(-(x.sum() ** 2))),
                lambda x: np.full((2, 2), -2 * x.sum() * np.exp(-(x.sum() ** 2))),
            ),
            "A2",
        ),
        (
            custom(
                lambda x: np.full(2, np.exp(-x.sum())),
                lambda x: np.full((2, 2), -0.5 * np.exp(-x.sum())),
            ),
            "jacobian",
        ),
        (lambda: SecurityGame(TotalEffort(2, Exponential()), [1, 0]), "unit_costs"),
        (lambda: SecurityGame(TotalEffort(2, Exponential()), [1, np.inf]), "unit_costs"),
        (lambda: SecurityGame(TotalEffort(2, Exponential()), [1, 1, 1]), "unit_costs"),
        (lambda: GAME.risks([1, 2]), "x:"),
        (lambda: GAME.costs([1, 2, 3, np.nan]), "x:"),
        (lambda: GAME.utilities(np.zeros(4), taxes=[1, 2]), "taxes"),
        (lambda: best_response(GAME, 4, np.zeros(4)), "user"),
        (lambda: best_response(GAME, 0, -np.ones(4)), "x:"),
        (lambda: coalition_equilibrium(GAME, [[0, 1], [1, 2, 3]]), "coalitions"),
        (lambda: coalition_equilibrium(GAME, [[0, 1]]), "coalitions"),
        (lambda: coalition_equilibrium(GAME, [[], [0, 1, 2, 3]]), "coalitions"),
        (lambda: Messages(np.ones((2, 2)), np.ones((2, 2))), "N >= 3"),
        (lambda: Messages(-np.ones((3, 3)), np.ones((3, 3))), "prices"),
        (lambda: Messages(np.ones((3, 3)), np.ones((3, 2))), "proposals"),
        (lambda: Messages(np.ones((3, 3)), DENIED), "proposals"),
        (lambda: Messages(np.ones(3), np.ones((3, 3))), "prices"),
        (lambda: equilibrium_messages(total_effort_game(2)), "N >= 3"),
        (lambda: participation(total_effort_game(2)), "N >= 3"),
        (lambda: participation(GAME, "never"), "timing"),
        (lambda: best_deviation(GAME, PROFILE, -1), "user"),
        (lambda: best_deviation(total_effort_game(3), PROFILE, 0), "messages"),
        (lambda: best_deviation(GAME, Messages(np.ones((4, 4)), -np.ones((4, 4))), 0), "messages"),
        (lambda: weighted_effort_bound(CUSTOM_GAME), "game.risk"),
        (lambda: best_deviation(CUSTOM_GAME, PROFILE, 0, unrestricted=True), "unrestricted"),
    ],
)
def test_bad_input_is_refused_by_name(call, named):
    with pytest.raises(ValueError, match=named):
        call()


CUSTOM_GAME = SecurityGame(CustomRisk(4, GAME.risk.value, GAME.risk.jacobian), GAME.unit_costs)


def test_a_solver_that_cannot_certify_raises_with_the_residual_it_reached():
    with pytest.raises(ConvergenceError) as raised:
        lemke(np.array([[-1.0]]), np.array([-1.0]))
    assert raised.value.residual > 1e-9


@pytest.mark.parametrize(
    ("result", "field"),
    [
        (GAME, "unit_costs"),
        (nash_equilibrium(GAME), "x"),
        (price_of_anarchy(GAME), "ratio"),
        (PROFILE, "prices"),
        (outcome(PROFILE), "taxes"),
        (best_deviation(GAME, PROFILE, 0), "gain"),
        (participation(GAME), "inside"),
    ],
)
def test_results_are_frozen(result, field):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(result, field, 0)


def test_overflowing_exponentials_keep_their_meaning():
    steep = SecurityGame(TotalEffort(3, Exponential(rate=1e3)), [0.5, 0.6, 0.7])
    assert np.isinf(steep.risks([-10, 0, 0])).all()
    assert (steep.risks([10, 0, 0]) == 0).all()
    assert social_optimum(steep).residual <= 1e-9


def test_importing_the_library_needs_numpy_and_scipy_alone():
    code = (
        "import sys, pesim_lib;"
        "print([m for m in ('matplotlib', 'ipywidgets', 'IPython') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "[]"
