"""Matrices that may be dense or sparse: the questions about it that solvers need not ask."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from scipy import sparse

from pesim_lib.solvers.parallel import processors

# Up to this many users, dense arrays and their singular values cost next to nothing.
FEW = 300
# Up to this many, (N, N) arrays and elimination with dense blocks are affordable.
MODERATE = 2000
# With fewer entries, handing over the work takes longer than a product.
WORTH_WHILE = 500_000


Matrix = np.ndarray | sparse.csr_array


def dense(matrix):
    """The matrix as an array."""
    return matrix.toarray() if sparse.issparse(matrix) else matrix


def single(values):
    """An array or a matrix in single precision."""
    return values.astype(np.float32)


def finite(result):
    """The `result` of a routine of np.linalg; raises np.linalg.LinAlgError if it is none.

    In a browser these routines fill it with nan instead of raising: WebAssembly has no flags for
    what went wrong in floating point.
    """
    if not np.isfinite(result).all():
        raise np.linalg.LinAlgError("no finite result")
    return result


def scaled(matrix, rows, columns):
    """diag(rows) M diag(columns), sparse if M is; `rows`, `columns` (N,)."""
    if sparse.issparse(matrix):
        entries = matrix.data * columns[matrix.indices] * np.repeat(rows, np.diff(matrix.indptr))
        return sparse.csr_array((entries, matrix.indices, matrix.indptr), matrix.shape)
    return matrix * columns * rows[:, None]


class Blocks:
    """A sparse matrix as blocks of rows, whose products with vectors are taken side by side."""

    def __init__(self, matrix):
        count = 1 if matrix.nnz < WORTH_WHILE else min(processors(), 8)
        ends = np.searchsorted(matrix.indptr, np.linspace(0, matrix.nnz, count + 1)[1:-1])
        self.ends = [0, *ends.tolist(), matrix.shape[0]]
        self.blocks = []
        for first, last in pairwise(self.ends):
            begin, end = matrix.indptr[[first, last]]
            parts = matrix.data[begin:end], matrix.indices[begin:end]
            starts = matrix.indptr[first : last + 1] - begin
            self.blocks.append(sparse.csr_array((*parts, starts), (last - first, matrix.shape[1])))
        self.each = ThreadPoolExecutor(count).map if count > 1 else map

    def __matmul__(self, x):
        """M x, for x (N,) or (N, 1)."""
        if x.ndim == 2:
            return (self @ x[:, 0])[:, None]
        return np.concatenate(list(self.each(lambda block: block @ x, self.blocks)))

    def back(self, y):
        """M'y, (N,)."""
        pieces = [y[first:last] for first, last in pairwise(self.ends)]
        first, *others = self.each(lambda block, piece: block.T @ piece, self.blocks, pieces)
        for each in others:
            first += each
        return first


def in_blocks(matrix):
    """What multiplies vectors as the matrix does, in `Blocks` where that is worth while."""
    return Blocks(matrix) if getattr(matrix, "nnz", 0) >= WORTH_WHILE else matrix
