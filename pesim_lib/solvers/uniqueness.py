"""Sufficient tests for a single equilibrium."""

import numpy as np
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

from pesim_lib.solvers.certificate import TOLERANCE
from pesim_lib.solvers.general import problem
from pesim_lib.solvers.matrices import FEW, MODERATE, dense, finite
from pesim_lib.solvers.rational import has_full_rank
from pesim_lib.solvers.sweeps import dominance

# Up to so many columns, rational arithmetic takes a moment to tell whether they are independent.
MOST_EXACT = 40


def is_p_matrix(matrix):
    """A sufficient test for a nonnegative matrix with unit diagonal: True is a proof.

    Every principal minor is one of M without the links between users who do not depend on each
    other both ways. There, either a positive vector shows generalised diagonal dominance, or the
    symmetric part is positive definite; both make all of them positive, so the linear problem has
    one solution.
    """
    if dominance(matrix) is not None:
        return True
    matrix = _within_components(matrix)
    if dominance(matrix) is not None:
        return True
    if len(matrix.diagonal()) > MODERATE:
        return False
    matrix = dense(matrix)
    try:
        finite(np.linalg.cholesky(matrix + matrix.T - 1e-9 * np.eye(len(matrix))))
    except np.linalg.LinAlgError:
        return False
    return True


def _within_components(matrix):
    """M with zeros wherever row and column lie in different strong components, sparse."""
    entries = sparse.coo_array(matrix)
    _, component = connected_components(entries, connection="strong")
    row, column = entries.row, entries.col
    kept = component[row] == component[column]
    return sparse.csr_array((entries.data[kept], (row[kept], column[kept])), entries.shape)


def optimum_is_unique(game, x):
    """Whether x is the only optimum of a weighted-effort game, None where rounding hides it.

    Strict convexity of the decays fixes W x at every optimum: it is the only one where W is
    nonsingular, and otherwise another optimum lies at x + d
    with W d = 0, d_k = 0 where F_k > 0 and d_k >= 0 where x_k = 0: a linear feasibility question.
    """
    if dominance(game.risk.weights) is not None:
        return True
    if game.n > FEW:
        return None
    function, _, length = problem(game, np.zeros(game.n, dtype=int))
    values = function(x / length)
    candidates = np.flatnonzero(values < 1e-8)
    columns = game.risk.dense_weights()[:, candidates]
    positive = x[candidates] > 0
    regular, alone = _is_regular(columns), _is_regular(columns[:, positive])
    if regular:
        return True
    traces = positive & (x[candidates] <= TOLERANCE * length[candidates])
    hidden = (values[candidates] > 1e-13).any() or regular is None or alone is None or traces.any()
    weights = _balanced(columns)
    if alone is False:
        return None if hidden else False
    joining = (~positive).astype(float)
    result = linprog(
        np.zeros(len(candidates)),
        A_eq=np.vstack([weights, joining]),
        b_eq=np.append(np.zeros(game.n), 1.0),
        bounds=[(None if invests else 0, None) for invests in positive],
    )
    if result.status == 2:
        return True
    return None if hidden else False


def _balanced(matrix):
    """The matrix with rows and columns scaled so that their largest entries are near 1."""
    for _ in range(3):
        for axis in (0, 1):
            largest = np.abs(matrix).max(axis=axis, keepdims=True, initial=0.0)
            matrix = matrix / np.where(largest > 0, np.sqrt(largest), 1.0)
    return matrix


def _is_regular(matrix):
    """Whether the columns are independent, exactly; None where rounding hides it in large ones."""
    if matrix.shape[1] == 0:
        return True
    if matrix.shape[1] > matrix.shape[0]:
        return False
    values = np.linalg.svd(_balanced(matrix), compute_uv=False)
    if values[-1] > 1e-11 * values[0]:
        return True
    return has_full_rank(matrix) if matrix.shape[1] <= MOST_EXACT else None
