"""Decay: how the expected loss of a user falls with the effort that protects it, phi(s).

To add one, write a dataclass with a field `loss`, `value`, `slope` and `curvature`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from pesim_lib._checks import nonnegative_array, one_length, positive_array
from pesim_lib._sealed import Sealed
from pesim_lib.solvers.newton import falling_root


class Decay(Sealed):
    """A positive, falling, convex phi(s) on s >= 0, elementwise over arrays of efforts.

    A user with nothing to lose has phi = 0.

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
        """phi(0) / -phi'(0), after which much of the loss is gone; one where there is no loss."""
        slope = self.slope(0.0)
        if np.all(slope < 0):
            return -self.value(0.0) / slope
        return np.where(slope < 0, -self.value(0.0) / np.where(slope < 0, slope, -1.0), 1.0)

    def rounding(self, s):
        """How far `value` and `slope` are off at s >= 0, in proportion, where nothing underflows.

        They are a product with the exponential of a number, which has a few roundings of its own.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            size = np.abs(np.log(self.slope(s) / self.slope(0.0)))
        # Beyond this an exponential underflows; who has nothing to lose has no slope.
        return 8 * np.finfo(float).eps * (1 + np.fmin(size, 750.0))

    def formula(self):
        """What decays share that differ in their parameters alone."""
        return type(self)

    def family(self):
        """A number for each formula, () or (N,): users of different ones are not compared."""
        return 0.0

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
        Money that is lost without effort; one for all users, or one for each. Zero for who has
        nothing to lose, and can still protect others.
    rate : float or (N,) array
        Per unit of effort, positive.

    Raises
    ------
    ValueError
        For a negative loss, another rate, a number that is not finite, or more than one dimension.

    Examples
    --------
    >>> from pesim_lib import Exponential
    >>> Exponential(loss=[1.0, 10.0], rate=0.7).value(1.0).round(4)
    array([0.4966, 4.9659])
    """

    loss: float | np.ndarray = 1.0
    rate: float | np.ndarray = 1.0

    def __post_init__(self):
        object.__setattr__(self, "loss", nonnegative_array("loss", self.loss, max_ndim=1))
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
        """The s (of either sign) with -phi'(s) = steepness > 0; -infinity without a loss."""
        with np.errstate(divide="ignore"):
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
        Money that is lost without effort; one for all users, or one for each. Zero for who has
        nothing to lose, and can still protect others.
    exponent : float or (N,) array
        Positive.

    Raises
    ------
    ValueError
        For a negative loss, another exponent, a number that is not finite, or more than one
        dimension.

    Examples
    --------
    >>> from pesim_lib import PowerLaw
    >>> float(PowerLaw(loss=8.0, exponent=2.0).value(1.0))
    2.0
    """

    loss: float | np.ndarray = 1.0
    exponent: float | np.ndarray = 1.0

    def __post_init__(self):
        object.__setattr__(self, "loss", nonnegative_array("loss", self.loss, max_ndim=1))
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
        """The s >= -1 with -phi'(s) = steepness > 0; -1 without a loss."""
        with np.errstate(divide="ignore"):
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

    def rounding(self, s):
        """That of phi at by + s."""
        return self.decay.rounding(self.by + s)

    def scaled(self, factor):
        """`factor` phi(by + s)."""
        return Shifted(self.decay.scaled(factor), self.by)

    def formula(self):
        """With that of phi."""
        return type(self), self.decay.formula()

    def family(self):
        """That of phi."""
        return self.decay.family()


@dataclass(frozen=True, eq=False)
class MixedDecay(Decay):
    """A decay of its own for each user.

    Parameters
    ----------
    decays : sequence of Decay
        One for each user, with scalar parameters.

    Raises
    ------
    ValueError
        For anything else.

    Examples
    --------
    The second user's loss falls ever more slowly.

    >>> import numpy as np
    >>> from pesim_lib import Exponential, MixedDecay, PowerLaw
    >>> MixedDecay([Exponential(), PowerLaw(exponent=2.0)]).value(np.array([1.0, 1.0])).round(4)
    array([0.3679, 0.25  ])
    """

    decays: Sequence[Decay]

    def __post_init__(self):
        try:
            decays = tuple(self.decays)
            scalar = len(decays) > 0 and all(np.ndim(each.value(0.0)) == 0 for each in decays)
        except (AttributeError, TypeError):
            scalar = False
        if not scalar:
            raise ValueError(
                f"decays: got {self.decays!r}; allowed: a Decay with scalar parameters per user"
            )
        object.__setattr__(self, "decays", decays)
        object.__setattr__(self, "_groups", tuple(_grouped(decays)))

    def _each(self, ask, *arrays):
        """What `ask(decay, *its part of arrays)` says for each user: the last axis."""
        arrays = np.broadcast_arrays(np.zeros(len(self.decays)), *arrays)[1:]
        answers = np.empty(arrays[0].shape if arrays else len(self.decays))
        for users, decay in self._groups:
            answers[..., users] = ask(decay, *(array[..., users] for array in arrays))
        return answers

    def value(self, s):
        """phi_i(s_i) on the last axis of s, or of one s for all."""
        return self._each(lambda decay, s: decay.value(s), s)

    def slope(self, s):
        """phi_i'(s_i)."""
        return self._each(lambda decay, s: decay.slope(s), s)

    def curvature(self, s):
        """phi_i''(s_i)."""
        return self._each(lambda decay, s: decay.curvature(s), s)

    def effort_at_slope(self, steepness):
        """The s_i with -phi_i'(s_i) = steepness_i."""
        return self._each(lambda decay, steep: decay.effort_at_slope(steep), steepness)

    def turning_point(self):
        """That of each user's, (N,)."""
        return self._each(lambda decay: decay.turning_point())

    def length(self):
        """That of each user's, (N,)."""
        return self._each(lambda decay: decay.length())

    def family(self):
        """A number for each formula, (N,)."""
        formulas = [each.formula() for each in self.decays]
        return np.array([float(formulas.index(formula)) for formula in formulas])

    def scaled(self, factor):
        """`factor` phi_i; a scalar, or an array (N,)."""
        factors = np.broadcast_to(factor, len(self.decays))
        pairs = zip(self.decays, factors, strict=True)
        return MixedDecay([decay.scaled(float(by)) for decay, by in pairs])


def _grouped(decays):
    """(users, their decay) for each formula, whose parameters are collected in arrays."""
    users: dict[type, list[int]] = {}
    for user, decay in enumerate(decays):
        users.setdefault(type(decay), []).append(user)
    for members in users.values():
        first: Any = decays[members[0]]
        columns = {
            field.name: np.array([getattr(decays[user], field.name) for user in members])
            for field in fields(first)
        }
        if all(column.dtype.kind == "f" and column.ndim == 1 for column in columns.values()):
            yield np.array(members), replace(first, **columns)
        else:
            yield from ((np.array([user]), decays[user]) for user in members)
