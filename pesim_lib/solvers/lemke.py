"""Lemke's complementary pivoting [Cottle, Pang and Stone, 2009]."""

from itertools import cycle

import numpy as np
from scipy.linalg import LinAlgError
from scipy.linalg.blas import dger

from pesim_lib.solvers.certificate import TOLERANCE, ConvergenceError, natural_residual
from pesim_lib.solvers.matrices import finite

# A path mostly takes about as many pivots as there are variables, but some are far longer: many
# short ones are tried before a few long ones, again and again. Entries are pivots per variable.
PATHS = (5,) * 12 + (20, 20)
# What all paths together may cost: pivots per variable, and pivots times N^2. Seconds to a minute.
PIVOTS = 2000
WORK = 2e10
# After so many pivots the inverse of the basis is computed afresh.
REFRESHED = 64


def lemke(matrix, offset):
    """Solve 0 <= x, 0 <= M x + q, x'(M x + q) = 0 by complementary pivoting.

    M (N, N) strictly copositive (for instance nonnegative with a positive diagonal) guarantees
    that every path ends in a solution. A path follows w = M x + q + d z as the artificial variable
    z falls to zero. The covering vector d > 0 is drawn from fixed pseudo-random numbers, so that
    the line q + d z meets no two faces at once where q itself does not: ties, which equal users
    have in plenty, do not arise before the end. Where they do, the lexicographic rule decides.

    Returns x (N,). Raises ConvergenceError where no path ends in a point whose residual is at most
    1e-9 max |q|, within `PIVOTS` N pivots and `WORK` / N^2.
    """
    n, best = len(offset), np.inf
    if (offset >= 0).all():
        return np.zeros(n)
    random = np.random.default_rng(0)
    allowed = TOLERANCE * np.abs(offset).max()
    left = int(min(PIVOTS * n, WORK / n**2))
    for pivots in cycle(PATHS):
        if left <= 0:
            break
        covering = np.abs(offset).max() * random.uniform(1, 2, n)
        support, taken = _path(matrix, offset, covering, min(pivots * n + 100, left))
        left -= taken
        if support is None:
            continue
        x = np.zeros(n)
        block = matrix[np.ix_(support, support)]
        x[support] = np.maximum(np.linalg.lstsq(block, -offset[support], rcond=None)[0], 0.0)
        residual = natural_residual(x, matrix @ x + offset)
        if residual <= allowed:
            return x
        best = min(best, residual)
    raise ConvergenceError("lemke: no path ends in a solution", best, allowed)


def _path(matrix, offset, covering, most):
    """(support at the end of the path or None, pivots taken), at most `most` pivots."""
    n = len(offset)
    # Columns: slacks 0..n-1, variables n..2n-1, the artificial variable 2n.
    basis = np.arange(n)

    def columns(which):
        made = np.zeros((n, len(which)), order="F")
        slack, variable = np.flatnonzero(which < n), np.flatnonzero((which >= n) & (which < 2 * n))
        made[which[slack], slack] = 1.0
        made[:, variable] = -matrix[:, which[variable] - n]
        made[:, which == 2 * n] = -covering[:, None]
        return made

    inverse = np.eye(n, order="F")
    # Lexicographically, -q / d is largest in the last of the rows that tie.
    ratios = offset / covering
    row, entering = int(np.flatnonzero(ratios == ratios.min())[-1]), 2 * n
    column, values = -covering, offset
    for pivot in range(1, most + 1):
        leaving, basis[row] = basis[row], entering
        if leaving == 2 * n:
            return np.sort(basis[basis >= n]) - n, pivot
        if pivot % REFRESHED == 0:
            try:
                inverse = np.asfortranarray(finite(np.linalg.inv(columns(basis))))
            except LinAlgError:
                return None, pivot
        else:
            change = column.copy()
            change[row] -= 1
            inverse = dger(
                -1 / column[row], change, inverse[row].copy(), a=inverse, overwrite_a=True
            )
        entering = leaving + n if leaving < n else leaving - n
        column = inverse @ columns(np.array([entering]))[:, 0]
        values = inverse @ offset
        row = _leaving_row(column, values, inverse, basis == 2 * n)
        if row is None:
            return None, pivot
    return None, most


def _leaving_row(column, values, inverse, artificial):
    """The row with the lexicographically least ratio, or None where no entry is positive.

    Rows are compared by their value, then by those of the basis's inverse; the artificial variable
    leaves in ties.
    """
    rows = np.flatnonzero(column > 1e-10 * np.abs(column).max())
    if rows.size == 0:
        return None
    ratios = np.maximum(values[rows], 0.0) / column[rows]
    rows = rows[ratios <= ratios.min() + 1e-12 * np.abs(values).max() / column[rows]]
    if artificial[rows].any():
        return int(rows[artificial[rows]][0])
    for key in range(len(column)):
        if rows.size == 1:
            break
        ratios = inverse[rows, key] / column[rows]
        rows = rows[ratios <= ratios.min() + 1e-12 * np.abs(ratios).max()]
    return int(rows[0])
