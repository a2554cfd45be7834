"""Matrices that may be dense or sparse: the questions about it that solvers need not ask."""

import numpy as np
from scipy import sparse

# Up to this many users, dense arrays and their singular values cost next to nothing.
FEW = 300
# Up to this many, (N, N) arrays and elimination with dense blocks are affordable.
MODERATE = 2000


Matrix = np.ndarray | sparse.csr_array


def dense(matrix):
    """The matrix as an array."""
    return matrix.toarray() if sparse.issparse(matrix) else matrix


def scaled(matrix, rows, columns):
    """diag(rows) M diag(columns), sparse if M is; `rows`, `columns` (N,)."""
    if sparse.issparse(matrix):
        entries = matrix.data * columns[matrix.indices] * np.repeat(rows, np.diff(matrix.indptr))
        return sparse.csr_array((entries, matrix.indices, matrix.indptr), matrix.shape)
    return matrix * columns * rows[:, None]
