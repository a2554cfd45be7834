"""What certifies an answer: the residual, the tolerance, and the results that carry them."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

TOLERANCE = 1e-9


class ConvergenceError(RuntimeError):
    """No point with a small enough residual was found; `.residual` is the best one reached."""

    def __init__(self, message, residual, allowed=TOLERANCE):
        super().__init__(f"{message}: reached residual {residual:.3g}, allowed {allowed:.3g}")
        self.residual = residual


def natural_residual(x, values):
    """max_k |min(x_k, F_k)|, zero exactly at a solution; `values` is F(x), both (N,)."""
    return float(np.max(np.abs(np.minimum(x, values)), initial=0.0))


def in_own_units(matrix, offset):
    """The linear problem with x_k in units of |q_k|: (M, q, units), q of -1, 0 and 1 alone.

    What is small is then small for every user, whatever its unit of effort.
    """
    unit = np.where(offset == 0, 1.0, np.abs(offset))
    if sparse.issparse(matrix):
        scaled = (sparse.diags_array(1 / unit) @ matrix @ sparse.diags_array(unit)).tocsr()
    else:
        scaled = matrix * unit / unit[:, None]
    return scaled, offset / unit, unit


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """A certified equilibrium.

    Attributes
    ----------
    x : (N,) array
        Efforts, exactly zero for users who do not invest.
    residual : float
        max_k |min(x_k, F_k(x))| with F_k in units of c_k and x_k in units of the shortest decay
        length min_i f_i(0) / |df_i/dx_k(0)| that it has for a member i of k's coalition; at most
        1e-9.
    unique : bool or None
        Whether it is the only equilibrium; None where that was not settled.
    iterations : int
        Newton steps, 0 where a closed form gave the answer.
    """

    x: np.ndarray
    residual: float
    unique: bool | None
    iterations: int


class Equilibria(list):
    """A list of `Equilibrium`.

    `complete`: all isolated equilibria are in it. `continuum`: some equilibria are not isolated;
    end points of each continuum stand in the list for it.
    """

    def __init__(self, equilibria, complete, continuum):
        super().__init__(equilibria)
        self.complete = complete
        self.continuum = continuum


def _sealed(x, residual, unique, steps):
    x = np.ascontiguousarray(x)
    x.flags.writeable = False
    return Equilibrium(x, float(residual), unique, steps)


def _embed(n, users, values):
    x = np.zeros(n)
    x[users] = values
    return x
