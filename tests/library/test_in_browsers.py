"""The library where np.linalg returns nan instead of raising, as in a browser."""

import numpy as np
import pytest

from pesim_lib import Exponential, SecurityGame, WeightedEffort, nash_equilibria
from pesim_lib.solvers.matrices import finite


@pytest.fixture
def browser(monkeypatch):
    def quiet(routine):
        def nan_for_errors(matrix, *rest):
            try:
                return routine(matrix, *rest)
            except np.linalg.LinAlgError:
                return np.full(np.shape(matrix), np.nan)

        return nan_for_errors

    for name in ("cholesky", "inv", "solve"):
        monkeypatch.setattr(np.linalg, name, quiet(getattr(np.linalg, name)))


@pytest.mark.usefixtures("browser")
@pytest.mark.parametrize("pairs", [1, 2])
def test_no_equilibrium_is_certified_to_be_the_only_one_by_a_factor_that_is_nan(pairs):
    weights = np.kron(np.eye(pairs), [[1, 2], [2, 1]])
    game = SecurityGame(WeightedEffort(weights, Exponential()), np.full(2 * pairs, 0.4))
    found = nash_equilibria(game)
    assert len(found) == 3**pairs
    assert found.complete


@pytest.mark.usefixtures("browser")
def test_equilibria_of_singular_weights_are_the_same_as_elsewhere():
    game = SecurityGame(WeightedEffort(np.ones((3, 3)), Exponential()), np.full(3, 0.4))
    assert nash_equilibria(game).continuum


@pytest.mark.parametrize("result", [[[np.nan]], [[1.0, np.inf]]])
def test_what_is_not_finite_is_no_result(result):
    with pytest.raises(np.linalg.LinAlgError):
        finite(np.array(result))
