"""Sufficient tests for a single equilibrium."""

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from pesim_lib.solvers.sweeps import MODERATE, _dense, dominance


def _is_p_matrix(matrix):
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
    matrix = _dense(matrix)
    try:
        np.linalg.cholesky(matrix + matrix.T - 1e-9 * np.eye(len(matrix)))
    except np.linalg.LinAlgError:
        return False
    return True


def _within_components(matrix):
    """M with zeros wherever row and column lie in different strong components, sparse."""
    entries = sparse.coo_array(matrix)
    _, component = connected_components(entries, connection="strong")
    row, column = entries.coords
    kept = component[row] == component[column]
    return sparse.csr_array((entries.data[kept], (row[kept], column[kept])), entries.shape)


def _balanced(matrix):
    """The matrix with rows and columns scaled so that their largest entries are near 1."""
    for _ in range(3):
        for axis in (0, 1):
            largest = np.abs(matrix).max(axis=axis, keepdims=True, initial=0.0)
            matrix = matrix / np.where(largest > 0, np.sqrt(largest), 1.0)
    return matrix


def _is_regular(matrix):
    """Whether the columns are independent, None where rounding hides it."""
    if matrix.shape[1] == 0:
        return True
    values = np.linalg.svd(matrix, compute_uv=False)
    if matrix.shape[1] > matrix.shape[0] or values[-1] <= 1e-14 * values[0]:
        return False
    return True if values[-1] > 1e-11 * values[0] else None
