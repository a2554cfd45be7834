"""Decay: how the expected loss of a user falls with the effort that protects it, phi(s).

To add one, write a dataclass with a field `loss`, `value`, `slope` and `curvature`.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pesim_lib._checks import one_length, positive_array
from pesim_lib._sealed import Sealed
from pesim_lib.solvers.newton import falling_root


class Decay(Sealed):
    """A positive, falling, convex phi(s) on s >= 0, elementwise over arrays of efforts.

    A subclass has `value`, `slope` and `curvature`: phi, phi' and phi''. Its parameters are
    scalars, or arrays (N,) with one entry per user. The rest follows from these three; a subclass
    that knows a formula says so.

    Examples
    --------
    >>> from pesim_lib import Decay, Exponential
    >>> decay = Exponential(loss=2.0, rate=0.5)
    >>> isinstance(decay, Decay), float(decay.value(0.0)), float(decay.slope(0.0))
    (True, 2.0, -1.0)
    >>> float(decay.length())
    2.0
    """

    def value(self, s):
        """phi(s) > 0."""
        raise NotImplementedError

    def slope(self, s):
        """phi'(s) < 0."""
        raise NotImplementedError

    def curvature(self, s):
        """phi''(s) > 0."""
        raise NotImplementedError

    def effort_at_slope(self, steepness):
        """The s >= 0 with -phi'(s) = steepness > 0; zero where phi is less steep even there."""
        shape = np.broadcast_shapes(np.shape(steepness), np.shape(self.slope(0.0)))
        return falling_root(
            lambda s: np.log(-self.slope(s)) - np.log(steepness),
            np.broadcast_to(self.length(), shape),
        )

    def turning_point(self):
        """The s at which s phi'(s) is least; it must be the only one."""
        return falling_root(
            lambda s: -self.slope(s) - s * self.curvature(s), np.asarray(self.length())
        )

    def length(self):
        """phi(0) / -phi'(0), an effort after which much of the loss is gone."""
        return -self.value(0.0) / self.slope(0.0)

    def of_user(self, values, user):
        """One user's entry of `values`, one of these functions' results."""
        return float(values if np.ndim(values) == 0 else values[user])

    def scaled(self, factor):
        """`factor` phi; a scalar, or an array (N,)."""
        own: Any = self
        return replace(own, loss=factor * own.loss)

    def shifted(self, by):
        """s to phi(by + s): what is left to lose once an effort `by` is made."""
        return Shifted(self, by)


@dataclass(frozen=True, eq=False)
class Exponential(Decay):
    """Decay phi(s) = loss * exp(-rate * s).

    Parameters
    ----------
    loss : float or (N,) array
        Money that is lost without effort, positive; one for all users, or one for each.
    rate : float or (N,) array
        Per unit of effort, positive; as `loss`.

    Raises
    ------
    ValueError
        For a parameter that is not positive and finite, or has more than one dimension.

    Examples
    --------
    >>> from pesim_lib import Exponential
    >>> Exponential(loss=[1.0, 10.0], rate=0.7).value(1.0).round(4)
    array([0.4966, 4.9659])
    """

    loss: float | np.ndarray = 1.0
    rate: float | np.ndarray = 1.0

    def __post_init__(self):
        object.__setattr__(self, "loss", positive_array("loss", self.loss, max_ndim=1))
        object.__setattr__(self, "rate", positive_array("rate", self.rate, max_ndim=1))
        one_length(loss=self.loss, rate=self.rate)

    def value(self, s):
        """phi(s), elementwise; the right limit, infinity, where exp overflows."""
        with np.errstate(over="ignore"):
            return self.loss * np.exp(-self.rate * s)

    def slope(self, s):
        """phi'(s) < 0."""
        return -self.rate * self.value(s)

    def curvature(self, s):
        """phi''(s) > 0."""
        return self.rate**2 * self.value(s)

    def effort_at_slope(self, steepness):
        """The s (of either sign) with -phi'(s) = steepness > 0."""
        return (np.log(self.loss) + np.log(self.rate) - np.log(steepness)) / self.rate

    def turning_point(self):
        """1 / rate."""
        return 1 / self.rate


@dataclass(frozen=True, eq=False)
class PowerLaw(Decay):
    """Decay phi(s) = loss * (1 + s)**-exponent, infinite for s <= -1.

    Parameters
    ----------
    loss : float or (N,) array
        Money that is lost without effort, positive; one for all users, or one for each.
    exponent : float or (N,) array
        Positive; as `loss`.

    Raises
    ------
    ValueError
        For a parameter that is not positive and finite, or has more than one dimension.

    Examples
    --------
    >>> from pesim_lib import PowerLaw
    >>> float(PowerLaw(loss=8.0, exponent=2.0).value(1.0))
    2.0
    """

    loss: float | np.ndarray = 1.0
    exponent: float | np.ndarray = 1.0

    def __post_init__(self):
        object.__setattr__(self, "loss", positive_array("loss", self.loss, max_ndim=1))
        object.__setattr__(self, "exponent", positive_array("exponent", self.exponent, max_ndim=1))
        one_length(loss=self.loss, exponent=self.exponent)

    def _power(self, s, extra):
        # By the logarithm, for 1 + s would lose what large exponents magnify.
        with np.errstate(divide="ignore", over="ignore"):
            logarithm = np.log1p(np.maximum(np.asarray(s, dtype=float), -1.0))
            return self.loss * np.exp(-(self.exponent + extra) * logarithm)

    def value(self, s):
        """phi(s), elementwise."""
        return self._power(s, 0)

    def slope(self, s):
        """phi'(s) < 0."""
        return -self.exponent * self._power(s, 1)

    def curvature(self, s):
        """phi''(s) > 0."""
        return self.exponent * (self.exponent + 1) * self._power(s, 2)

    def effort_at_slope(self, steepness):
        """The s > -1 with -phi'(s) = steepness > 0."""
        log_ratio = np.log(self.loss) + np.log(self.exponent) - np.log(steepness)
        return np.expm1(log_ratio / (self.exponent + 1))

    def turning_point(self):
        """1 / exponent."""
        return 1 / self.exponent


@dataclass(frozen=True, eq=False)
class Shifted(Decay):
    """The decay s to phi(by + s) of a `Decay` phi; `by` is a scalar or an array (N,)."""

    decay: Decay
    by: float | np.ndarray

    def value(self, s):
        """phi(by + s)."""
        return self.decay.value(self.by + s)

    def slope(self, s):
        """phi'(by + s)."""
        return self.decay.slope(self.by + s)

    def curvature(self, s):
        """phi''(by + s)."""
        return self.decay.curvature(self.by + s)

    def effort_at_slope(self, steepness):
        """That of phi, less `by`."""
        return self.decay.effort_at_slope(steepness) - self.by

    def scaled(self, factor):
        """`factor` phi(by + s)."""
        return Shifted(self.decay.scaled(factor), self.by)
