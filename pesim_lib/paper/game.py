"""The Interdependent Security game of Section II: users, unit costs, risk; (1) and (2)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pesim_lib._checks import finite_array, positive_array, quiet, user_count
from pesim_lib._sealed import Sealed
from pesim_lib.paper.risk import CustomRisk, Risk


@dataclass(frozen=True, eq=False)
class SecurityGame(Sealed):
    """N users who each choose an effort x_i >= 0 at unit cost c_i and bear the risk f_i(x).

    Parameters
    ----------
    risk : Risk
        TotalEffort, WeightedEffort, CustomRisk or another. Any other object with `n`,
        `value(x) -> (N,)` and `jacobian(x) -> (N, N)` becomes a CustomRisk.
    unit_costs : (N,) array
        Money per unit of effort, c_i > 0, in any order.

    Raises
    ------
    ValueError
        For costs of the wrong shape, sign or not finite.

    Examples
    --------
    >>> from pesim_lib import Exponential, SecurityGame, TotalEffort
    >>> game = SecurityGame(TotalEffort(3, Exponential()), [0.2, 0.3, 0.4])
    >>> game.costs([1.0, 0.0, 0.0]).round(4)
    array([0.5679, 0.3679, 0.3679])
    >>> round(game.social_cost([1.0, 0.0, 0.0]), 4)
    1.3036
    """

    risk: Risk
    unit_costs: Any

    @quiet
    def __post_init__(self):
        risk = self.risk
        if not isinstance(risk, Risk):
            if not all(hasattr(risk, name) for name in ("n", "value", "jacobian")):
                raise ValueError(f"risk: got {risk!r}; allowed: a Risk")
            object.__setattr__(self, "risk", CustomRisk(risk.n, risk.value, risk.jacobian))
        n = user_count("risk.n", self.risk.n)
        costs = positive_array("unit_costs", self.unit_costs, shape=(n,))
        if (costs < np.finfo(float).tiny).any():
            raise ValueError(
                f"unit_costs: got {costs.min():g}, too small for its digits; "
                f"allowed: at least {np.finfo(float).tiny:.0e}"
            )
        object.__setattr__(self, "unit_costs", costs)

    @property
    def n(self):
        """Number of users N."""
        return self.risk.n

    @quiet
    def risks(self, x):
        """f(x): expected losses, (N,), for efforts x (N,)."""
        return self.risk.value(self._efforts(x))

    @quiet
    def risk_jacobian(self, x):
        """J[i, k] = df_i/dx_k at efforts x, (N, N)."""
        return self.risk.jacobian(self._efforts(x))

    @quiet
    def costs(self, x):
        """g_i(x) = f_i(x) + c_i x_i, (N,): the cost function beside (1)."""
        x = self._efforts(x)
        return self.risk.value(x) + self.unit_costs * x

    @quiet
    def social_cost(self, x):
        """G(x) = sum_i g_i(x), the objective of (2)."""
        return float(self.costs(x).sum())

    @quiet
    def utilities(self, x, taxes=0.0):
        """u_i(x, t_i) = -f_i(x) - c_i x_i - t_i, (N,): equation (1). `taxes` is (N,) or 0."""
        taxes = finite_array("taxes", taxes)
        if taxes.shape not in ((), (self.n,)):
            raise ValueError(f"taxes: got shape {taxes.shape}; allowed: () or ({self.n},)")
        return -self.costs(x) - taxes

    def _efforts(self, x):
        return finite_array("x", x, shape=(self.n,))
