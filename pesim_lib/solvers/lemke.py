"""Lemke's complementary pivoting [Cottle, Pang and Stone, 2009]."""

import numpy as np

from pesim_lib.solvers.certificate import ConvergenceError


def lemke(matrix, offset):
    """Solve 0 <= x, 0 <= M x + q, x'(M x + q) = 0 by complementary pivoting.

    M (N, N) strictly copositive (for instance nonnegative with a positive diagonal) guarantees
    that the path ends in a solution. The lexicographic rule decides ties, so it cannot cycle.
    Returns x (N,); raises ConvergenceError if the path ends in a ray.
    """
    n = len(offset)
    if (offset >= 0).all():
        return np.zeros(n)
    # Columns: slacks 0..n-1, variables n..2n-1, the artificial variable 2n, the right-hand side.
    tableau = np.hstack([np.eye(n), -matrix, -np.ones((n, 1)), offset[:, None]])
    basis = np.arange(n)
    row, entering = int(np.argmin(offset)), 2 * n
    for _ in range(50 * n + 100):
        leaving = basis[row]
        tableau[row] /= tableau[row, entering]
        others = np.arange(n) != row
        tableau[others] -= np.outer(tableau[others, entering], tableau[row])
        basis[row] = entering
        if leaving == 2 * n:
            x = np.zeros(2 * n + 1)
            x[basis] = tableau[:, -1]
            return np.maximum(x[n : 2 * n], 0.0)
        entering = leaving + n if leaving < n else leaving - n
        row = _ratio_test(tableau, entering, basis)
    raise ConvergenceError("lemke: too many pivots", np.inf)


def _ratio_test(tableau, entering, basis):
    """Row of the lexicographically smallest ratio; the artificial variable leaves in ties."""
    n = len(basis)
    column = tableau[:, entering]
    rows = np.flatnonzero(column > 1e-11 * np.abs(column).max())
    if rows.size == 0:
        raise ConvergenceError("lemke: secondary ray", np.inf)
    for key in [2 * n + 1, *range(n)]:
        ratios = tableau[rows, key] / column[rows]
        rows = rows[ratios <= ratios.min() + 1e-12 * np.abs(ratios).max()]
        if key == 2 * n + 1 and (basis[rows] == 2 * n).any():
            return int(rows[basis[rows] == 2 * n][0])
        if rows.size == 1:
            break
    return int(rows[0])
