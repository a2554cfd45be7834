"""Weakest link and best shot, which stand beside total effort [Varian, 2004].

Neither is differentiable where efforts tie, and best shot is not convex: A2 fails, and with it
PESIM's theorems. Their equilibria and optima have closed forms. Mechanisms that need marginal
damages raise ValueError.
"""

import numpy as np
from numpy.typing import NDArray

from pesim_lib._checks import user_count
from pesim_lib.paper.decay import Decay
from pesim_lib.paper.risk import Risk, decay_of
from pesim_lib.solvers import best_shot, weakest_link


class _ExtremeEffort(Risk):
    """f_i(x) = phi_i of one number that all users share."""

    def __init__(self, n: int, decay: Decay):
        self.n = user_count("n", n)
        self.decay = decay_of(decay, self.n)

    def jacobian(self, x):
        """Raises ValueError: there is none where efforts tie, as they do at every solution."""
        raise ValueError(
            f"game.risk: got {type(self).__name__}; allowed: a differentiable risk, for prices, "
            "taxes and marginal damages"
        )


class WeakestLink(_ExtremeEffort):
    """Weakest link: f_i(x) = phi_i(min_j x_j).

    Parameters
    ----------
    n : int
        The number of users N.
    decay : Decay
        With scalar parameters, or one entry per user.

    Examples
    --------
    >>> from pesim_lib import Exponential, SecurityGame, WeakestLink, nash_equilibria
    >>> from pesim_lib import social_optimum
    >>> game = SecurityGame(WeakestLink(2, Exponential()), [0.25, 0.5])
    >>> [each.x.round(3).tolist() for each in nash_equilibria(game)]
    [[0.0, 0.0], [0.693, 0.693]]
    >>> social_optimum(game).x.round(3).tolist()
    [0.981, 0.981]
    """

    solver = weakest_link

    def value(self, x: NDArray) -> NDArray:
        """Risks f(x), shape (N,)."""
        return np.array(np.broadcast_to(self.decay.value(np.min(x)), self.n))


class BestShot(_ExtremeEffort):
    """Best shot: f_i(x) = phi_i(max_j x_j).

    Parameters
    ----------
    n : int
        The number of users N.
    decay : Decay
        With scalar parameters, or one entry per user.

    Examples
    --------
    >>> from pesim_lib import BestShot, Exponential, SecurityGame, nash_equilibria
    >>> game = SecurityGame(BestShot(2, Exponential()), [0.25, 0.5])
    >>> [each.x.round(3).tolist() for each in nash_equilibria(game)]
    [[1.386, 0.0], [0.0, 0.693]]
    """

    solver = best_shot

    def value(self, x: NDArray) -> NDArray:
        """Risks f(x), shape (N,)."""
        return np.array(np.broadcast_to(self.decay.value(np.max(x)), self.n))
