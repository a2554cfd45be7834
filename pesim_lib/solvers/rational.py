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
        """(s, s M as rows of integers): every float is an integer over a power of two."""
        ratios = [[float(entry).as_integer_ratio() for entry in row] for row in self.matrix]
        scale = max(below for row in ratios for _, below in row)
        return scale, [[above * (scale // below) for above, below in row] for row in ratios]


@dataclass(frozen=True)
class Verdict:
    """Whether x > 0 on `support` alone solves the problem: True, False, or None if open.

    `efforts` are the x of `support`, correctly rounded for the q given.
    `rank` and `independent` describe the rows that were solved: with a rank below the number of
    their unknowns and holds True, they have many solutions, and nothing is said of their signs.
    """

    holds: bool | None
    support: tuple = ()
    efforts: tuple = ()
    rank: int = 0
    independent: tuple = ()


def judge(problem, tight, unknown):
    """The `Verdict` on x that is zero but for `unknown`, with M x + q = 0 in the rows `tight`."""
    tight, unknown = [int(k) for k in tight], [int(k) for k in unknown]
    labels, first, label = np.unique(problem.same[tight], return_index=True, return_inverse=True)
    users = np.asarray(tight)[first]
    values = [Fraction(float(v)) for v in problem.offset[users]]
    errors = [Fraction(float(e)) for e in problem.error[users]]
    scale, whole = problem.whole
    rows = [
        [whole[i][k] for k in unknown]
        + [-scale if label[r] == c else 0 for c in range(len(labels))]
        for r, i in enumerate(tight)
    ]
    width, rank = len(unknown), 0
    order, before, columns = list(tight), 1, []
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
                    (head[column] * a - factor * b) // before
                    for a, b in zip(row, head, strict=True)
                ]
        before = head[column]
        columns.append(column)
        rank += 1
    found = {"rank": rank, "independent": tuple(order[:rank])}
    open_question = False
    for row in rows[rank:]:
        sign = _sign(row[width:], values, errors)
        if sign is None:
            open_question = True
        elif sign != 0:
            return Verdict(False, **found)
    if rank < width:
        return Verdict(None if open_question else True, **found)
    # x_k is the sum of its coefficients over `before`, times the labels' values.
    flip = 1 if before > 0 else -1
    signs = {
        k: _sign([flip * a for a in row[width:]], values, errors)
        for k, row in zip(unknown, rows, strict=False)
    }
    support = tuple(k for k in unknown if signs[k] != 0)
    found["support"] = support
    found["efforts"] = tuple(
        float(sum(a * y for a, y in zip(row[width:], values, strict=True)) / before)
        for k, row in zip(unknown, rows, strict=False)
        if signs[k] != 0
    )
    if -1 in signs.values():
        return Verdict(False, **found)
    slacks = []
    for i in set(range(len(problem.offset))) - set(tight):
        total = [
            flip * sum(whole[i][k] * row[width + c] for k, row in zip(unknown, rows, strict=False))
            for c in range(len(labels))
        ]
        own = Fraction(scale * abs(before))
        known = np.flatnonzero(labels == problem.same[i])
        if known.size:
            total[known[0]] += own
            slacks.append(_sign(total, values, errors))
        else:
            slacks.append(
                _sign(
                    [*total, own],
                    [*values, Fraction(float(problem.offset[i]))],
                    [*errors, Fraction(float(problem.error[i]))],
                )
            )
    if -1 in slacks:
        return Verdict(False, **found)
    if open_question or None in slacks or None in signs.values():
        return Verdict(None, **found)
    return Verdict(True, **found)


def _sign(coefficients, values, errors):
    """The sign of sum a_c y_c for |y_c - values_c| <= errors_c; None where both occur."""
    if not any(coefficients):
        return 0
    total = sum(a * y for a, y in zip(coefficients, values, strict=True))
    error = sum(abs(a) * e for a, e in zip(coefficients, errors, strict=True))
    if abs(total) <= error:
        return None
    return 1 if total > 0 else -1
