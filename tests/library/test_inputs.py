"""What is no number for every user is refused by name; what is, is taken."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from scipy import sparse

from pesim_lib import (
    CustomRisk,
    Exponential,
    PowerLaw,
    SecurityGame,
    TotalEffort,
    WeightedEffort,
    nash_equilibrium,
    stable_coalitions,
)
from pesim_lib.beyond.scheme import slip
from pesim_lib.beyond.schemes import monitored_insurance, subsidy


class Column:
    """What a column of a table shows of itself: numbers, and an index."""

    def __init__(self, values, index):
        self.values, self.index, self.iloc = values, index, None

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)


REFUSED = {
    "a mask": np.ma.array([0.1, 0.2], mask=[False, True]),
    "strings": ["0.1", "0.2"],
    "one string": "0.1",
    "dates": np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[D]"),
    "spans of time": np.array([1, 2], dtype="timedelta64[s]"),
    "complex numbers": [0.1 + 0j, 0.2],
    "too large an integer": [10**400, 1],
    "nothing": None,
    "nothing for a user": [0.1, None],
    "nan": [np.nan, 0.1],
    "rows of two lengths": [[0.1], [0.1, 0.2]],
    "too many": [0.1, 0.2, 0.3],
    "a sparse array": sparse.csr_array([[0.1, 0.2]]),
    "users in another order": Column([0.1, 0.2], [1, 0]),
    "a set": {0.1, 0.2},
    "a function": len,
}
TAKEN = {
    "floats": [0.1, 0.2],
    "float32": np.array([0.1, 0.2], dtype="float32"),
    "integers": np.array([1, 2]),
    "large integers": [10**30, 10**40],
    "fractions": [Fraction(1, 10), Fraction(1, 5)],
    "decimals": [Decimal("0.1"), Decimal("0.2")],
    "users in order": Column([0.1, 0.2], [0, 1]),
    "users by name": Column([0.1, 0.2], ["a", "b"]),
    "a mask that hides nothing": np.ma.array([0.1, 0.2], mask=[False, False]),
}


@pytest.mark.parametrize("costs", REFUSED.values(), ids=REFUSED)
def test_costs_that_are_not_a_number_for_each_user_are_refused(costs):
    with pytest.raises(ValueError, match="unit_costs: got"):
        SecurityGame(TotalEffort(2, Exponential()), costs)


@pytest.mark.parametrize("costs", TAKEN.values(), ids=TAKEN)
def test_costs_that_are_numbers_are_taken(costs):
    game = SecurityGame(TotalEffort(2, Exponential()), costs)
    assert game.unit_costs.dtype == float


@pytest.mark.parametrize("values", REFUSED.values(), ids=REFUSED)
def test_the_same_of_losses_and_rates_and_weights(values):
    if values is not REFUSED["too many"]:
        with pytest.raises(ValueError, match="loss: got"):
            Exponential(loss=values)
        with pytest.raises(ValueError, match="exponent: got"):
            PowerLaw(exponent=values)
    if not sparse.issparse(values):
        with pytest.raises(ValueError, match="weights: got"):
            WeightedEffort(values, Exponential())


@pytest.mark.parametrize("risk", [None, 3, "total effort", Exponential()])
def test_what_is_no_risk_is_refused(risk):
    with pytest.raises(ValueError, match="risk: got"):
        SecurityGame(risk, [0.1, 0.2])


def test_parameters_of_two_lengths_are_refused():
    with pytest.raises(ValueError, match="loss, rate"):
        Exponential(loss=[1, 2], rate=[1, 2, 3])
    with pytest.raises(ValueError, match="loss, exponent"):
        PowerLaw(loss=[1, 2], exponent=[1, 2, 3])


@pytest.mark.parametrize("value", [np.nan, -1, "a", None])
def test_tolerances_and_shares_are_numbers_from_zero_on(value):
    game = SecurityGame(TotalEffort(3, Exponential()), [0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match="tolerance"):
        stable_coalitions(game, tolerance=value)
    with pytest.raises(ValueError, match="share"):
        slip(subsidy(game), share=value)


def test_a_custom_risk_may_return_lists_sparse_arrays_and_its_own_buffer():
    total = TotalEffort(3, Exponential())
    expected = nash_equilibrium(SecurityGame(total, [0.2, 0.4, 0.6])).x
    buffer, square = np.empty(3), np.empty((3, 3))

    def reused(x):
        buffer[:] = total.value(x)
        return buffer

    def reused_square(x):
        square[:] = total.jacobian(x)
        return square

    risks = [
        CustomRisk(3, lambda x: total.value(x).tolist(), lambda x: total.jacobian(x).tolist()),
        CustomRisk(3, total.value, lambda x: sparse.csr_array(total.jacobian(x))),
        CustomRisk(3, reused, reused_square),
    ]
    for risk in risks:
        found = nash_equilibrium(SecurityGame(risk, [0.2, 0.4, 0.6]))
        np.testing.assert_allclose(found.x, expected, atol=1e-8)


def test_valid_risks_are_not_refused_for_underflow_at_a_probe():
    large = TotalEffort(150, Exponential())
    assert CustomRisk(150, large.value, large.jacobian).n == 150
    steep = TotalEffort(3, Exponential(rate=1e3))
    assert CustomRisk(3, steep.value, steep.jacobian).n == 3
    weights = [[1, 0.5, 0], [0.2, 1, 0.3], [0, 0.4, 1]]
    dear = SecurityGame(WeightedEffort(weights, Exponential(1000.0)), [0.3, 0.2, 0.1])
    assert monitored_insurance(dear, saved="all claims").x.min() >= 0


def test_callers_choose_their_own_probes():
    total = TotalEffort(2, Exponential())
    assert CustomRisk(2, total.value, total.jacobian, probes=[[0, 0], [1, 2]]).n == 2
    for probes in ([[0, 0, 0]], [[-1, 0]], [], "a"):
        with pytest.raises(ValueError, match="probes"):
            CustomRisk(2, total.value, total.jacobian, probes=probes)

    # A kink that only a probe beside it shows: the risk rises beyond an effort of 50.
    def rising(x):
        return total.value(x) + np.maximum(x.sum() - 50, 0) * np.ones(2)

    def slopes(x):
        return total.jacobian(x) + (x.sum() > 50) * np.ones((2, 2))

    assert CustomRisk(2, rising, slopes).n == 2
    with pytest.raises(ValueError, match="A1"):
        CustomRisk(2, rising, slopes, probes=[[0, 0], [40, 40]])


def test_a_large_exponent_keeps_its_digits():
    decay = PowerLaw(exponent=1e9)
    assert decay.value(1e-9) == pytest.approx(np.exp(-1), rel=1e-8)
    effort = decay.effort_at_slope(1e9 * np.exp(-2))
    assert -decay.slope(effort) == pytest.approx(1e9 * np.exp(-2), rel=1e-6)
