"""What certifies an answer: the residual, the tolerance, and the results that carry them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pesim_lib._sealed import Sealed
from pesim_lib.solvers.matrices import scaled

# A point solves a problem, and a user does not invest, to within this, in users' own units.
TOLERANCE = 1e-9


class ConvergenceError(RuntimeError):
    """No point with a small enough residual was found.

    Attributes
    ----------
    residual : float
        The best one reached.

    Examples
    --------
    >>> from pesim_lib import ConvergenceError
    >>> error = ConvergenceError("equilibrium", residual=0.25)
    >>> print(error, error.residual)
    equilibrium: reached residual 0.25, allowed 1e-09 0.25
    """

    def __init__(self, message, residual, allowed=TOLERANCE):
        super().__init__(f"{message}: reached residual {residual:.3g}, allowed {allowed:.3g}")
        self.residual = residual
        self._arguments = message, residual, allowed

    def __reduce__(self):
        return type(self), self._arguments


@dataclass(frozen=True, eq=False)
class Equilibrium(Sealed):
    """A certified equilibrium.

    Attributes
    ----------
    x : (N,) array
        Efforts, exactly zero for users who do not invest.
    residual : float
        The largest of `abs(min(x_k, F_k(x)))` with F_k in units of c_k and x_k in units of the
        shortest decay length, the least `f_i(0) / abs(df_i/dx_k(0))`, that it has for a member i
        of k's coalition; at most 1e-9.
    regret : float
        Money: no coalition gains more than this by other efforts of its own, in sum over its
        members. At the optimum, where everybody is one coalition, G(x) exceeds the least social
        cost by no more. An upper bound, from the convexity of costs, with all rounding in it.
    unique : bool or None
        Whether it is the only equilibrium; None where that was not settled.
    iterations : int
        Steps of the method, 0 where a closed form gave the answer.
    method : str
        What answered: "closed form", "best responses", "Lemke", "support search", "Newton",
        "Newton-CG" or "coalitions in turn".

    Examples
    --------
    >>> from pesim_lib import nash_equilibrium
    >>> from pesim_lib.paper.examples import two_user_game
    >>> found = nash_equilibrium(two_user_game())
    >>> found.x.round(4), found.unique, found.residual <= 1e-9, found.regret <= 1e-12
    (array([0.9944, 0.4191]), True, True, True)
    """

    x: np.ndarray
    residual: float
    regret: float
    unique: bool | None
    iterations: int
    method: str


@dataclass(frozen=True, eq=False)
class Equilibria(Sealed, Sequence):
    """Several `Equilibrium`, a sequence.

    Attributes
    ----------
    found : tuple of Equilibrium
    complete : bool or None
        All isolated equilibria are in it; None where that was searched, but users are so nearly
        tied that rounding hides it.
    continuum : bool or None
        Some equilibria are not isolated; end points of each continuum stand in for it. None where
        rounding hides it.
    ends_extreme : bool
        No profile of a continuum is cheaper or dearer for society than all its end points.
    doubtful : frozenset of int
        Which of `found` are certified by their residual alone: of users so nearly tied, rounding
        hides whether there is an equilibrium near. Where `complete` is None, some equilibrium is
        in `found` all the same.

    Examples
    --------
    Users with equal costs may share the total effort in any way; each of two ends is one that
    pays for all of it.

    >>> from pesim_lib import Exponential, SecurityGame, TotalEffort, nash_equilibria
    >>> found = nash_equilibria(SecurityGame(TotalEffort(2, Exponential()), [0.5, 0.5]))
    >>> found.continuum, [each.x.round(4).tolist() for each in found]
    (True, [[0.6931, 0.0], [0.0, 0.6931]])
    """

    found: tuple[Equilibrium, ...]
    complete: bool | None
    continuum: bool | None
    ends_extreme: bool = False
    doubtful: frozenset[int] = frozenset()

    def __len__(self):
        return len(self.found)

    def __getitem__(self, index):
        if not isinstance(index, slice):
            return self.found[index]
        places = range(len(self.found))[index]
        whole = len(places) == len(self.found)
        return Equilibria(
            self.found[index],
            self.complete if whole else False,
            self.continuum,
            self.ends_extreme and whole,
            frozenset(new for new, old in enumerate(places) if old in self.doubtful),
        )


def sealed(x, residual, regret, unique, iterations, method):
    """The `Equilibrium` at x (N,), which nobody can change afterwards."""
    x = np.ascontiguousarray(x)
    return Equilibrium(x, float(residual), float(regret), unique, iterations, method)


def certified(x, residual, regret, unique, iterations, method):
    """`sealed`, or a ConvergenceError if the residual is above the tolerance.

    `regret` is a function of x.
    """
    if not residual <= TOLERANCE:
        raise ConvergenceError("equilibrium", residual)
    return sealed(x, residual, regret(x), unique, iterations, method)


def natural_residual(x, values):
    """The largest `abs(min(x_k, F_k))`, zero exactly at a solution of the complementarity problem.

    Parameters
    ----------
    x : (N,) array
    values : (N,) array
        F(x).

    Returns
    -------
    float

    Examples
    --------
    >>> import numpy as np
    >>> from pesim_lib import natural_residual
    >>> natural_residual(np.array([0.0, 2.0]), np.array([3.0, 0.0]))
    0.0
    """
    return float(np.max(np.abs(np.minimum(x, values)), initial=0.0))


def in_own_units(matrix, offset):
    """The linear problem with x_k in units of |q_k|: (M, q, units), q of -1, 0 and 1 alone.

    What is small is then small for every user, whatever its unit of effort.
    """
    unit = np.where(offset == 0, 1.0, np.abs(offset))
    return scaled(matrix, 1 / unit, unit), offset / unit, unit


def embed(n, users, values):
    """The array (n,) with `values` at `users` and zeros elsewhere."""
    x = np.zeros(n)
    x[users] = values
    return x
