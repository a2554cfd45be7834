"""Which supports carry solutions of a linear complementarity problem, in rational arithmetic.

The matrix M is taken as exact. The offset q comes out of logarithms and is known up to an error;
entries that come from the same numbers carry the same label and are equal whatever it is. So every
quantity here is a sum of labels' values with exact coefficients: it is zero where they all are,
it has a sign where its size exceeds its error, and otherwise nobody can tell.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Problem:
    """M (N, N) and q (N,) with the errors of q (N,) and the labels (N,) of equal entries."""

    matrix: np.ndarray
    offset: np.ndarray
    error: np.ndarray
    same: np.ndarray

    @cached_property
    def whole(self):
        """As `in_integers` for M."""
        return in_integers(self.matrix)


def in_integers(matrix):
    """(s, s times the matrix as rows of integers): floats are integers over a power of two."""
    ratios = [[float(entry).as_integer_ratio() for entry in row] for row in matrix]
    scale = max(below for row in ratios for _, below in row)
    return scale, [[above * (scale // below) for above, below in row] for row in ratios]


def has_full_rank(matrix):
    """Whether the columns of a matrix (M, N) are independent, exactly."""
    _, rows = in_integers(matrix)
    return _eliminated(rows, matrix.shape[1])[2] == matrix.shape[1]


@dataclass(frozen=True)
class Verdict:
    """Whether x > 0 on `support` alone solves the problem: True, False, or None if open.

    `efforts` are the x of `support`, correctly rounded for the q given. `rank` and `independent`
    describe the rows that were solved: with a rank below the number of their unknowns and `holds`
    True, they have many solutions, and nothing is said of their signs.
    """

    holds: bool | None
    rank: int
    independent: tuple[int, ...]
    support: tuple[int, ...] = ()
    efforts: tuple[float, ...] = ()


def judge(problem, tight, unknown):
    """The `Verdict` on x that is zero but for `unknown`, with M x + q = 0 in the rows `tight`."""
    tight, unknown = [int(k) for k in tight], [int(k) for k in unknown]
    labels = sorted({int(label) for label in problem.same})
    place = [labels.index(label) for label in problem.same]
    values, errors = _of_labels(problem, labels)
    scale, whole = problem.whole

    def constants(user, factor):
        return [factor if column == place[user] else 0 for column in range(len(labels))]

    width = len(unknown)
    rows = [[whole[i][k] for k in unknown] + constants(i, -scale) for i in tight]
    rows, order, rank, divisor = _eliminated(rows, width)
    independent = tuple(tight[r] for r in order[:rank])
    agree = [_sign(row[width:], values, errors) for row in rows[rank:]]
    if any(agree):
        return Verdict(False, rank, independent)
    if rank < width:
        return Verdict(None if None in agree else True, rank, independent)
    # Each x_k is the sum of its coefficients, over the divisor, times the labels' values.
    flip = 1 if divisor > 0 else -1
    solved = [[flip * entry for entry in row[width:]] for row in rows[:width]]
    signs = [_sign(row, values, errors) for row in solved]
    slacks = []
    for i in set(range(len(problem.offset))) - set(tight):
        total = constants(i, scale * abs(divisor))
        for k, row in zip(unknown, solved, strict=True):
            total = [a + whole[i][k] * b for a, b in zip(total, row, strict=True)]
        slacks.append(_sign(total, values, errors))
    if -1 in signs or -1 in slacks:
        return Verdict(False, rank, independent)
    investing = [(k, row) for k, row, sign in zip(unknown, solved, signs, strict=True) if sign != 0]
    efforts = tuple(float(_value(row, values) / abs(divisor)) for _, row in investing)
    settled = None not in agree + signs + slacks
    support = tuple(k for k, _ in investing)
    return Verdict(settled or None, rank, independent, support, efforts)


def _of_labels(problem, labels):
    """The value of q and its largest error for each of the `labels`, as `Fraction`s."""
    values, errors = [], []
    for label in labels:
        users = problem.same == label
        values.append(Fraction(float(problem.offset[users][0])))
        errors.append(Fraction(float(problem.error[users].max())))
    return values, errors


def _eliminated(rows, width):
    """Integer rows after Gauss's and Jordan's elimination of the first `width` columns.

    By Bareiss's division, which keeps them integers. Returns (rows, where they stood before, rank,
    the divisor that all pivots equal).
    """
    rank, divisor, order = 0, 1, list(range(len(rows)))
    for column in range(width):
        pivot = next((r for r in range(rank, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        order[rank], order[pivot] = order[pivot], order[rank]
        head = rows[rank]
        for r, row in enumerate(rows):
            if r != rank:
                factor = row[column]
                rows[r] = [
                    (head[column] * a - factor * b) // divisor
                    for a, b in zip(row, head, strict=True)
                ]
        divisor = head[column]
        rank += 1
    return rows, order, rank, divisor


def _value(coefficients, values):
    return sum((a * y for a, y in zip(coefficients, values, strict=True)), Fraction(0))


def _sign(coefficients, values, errors):
    """The sign of sum a_c y_c for |y_c - values_c| <= errors_c; None where both occur."""
    if not any(coefficients):
        return 0
    total = _value(coefficients, values)
    error = _value(map(abs, coefficients), errors)
    if abs(total) <= error:
        return None
    return 1 if total > 0 else -1
