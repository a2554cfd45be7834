"""Linear complementarity problems in exact rational arithmetic: slow, and never wrong."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations


@dataclass(frozen=True)
class Exact:
    """All solutions of 0 <= x, 0 <= M x + q, x'(M x + q) = 0, as `Fraction`s.

    `vertices`: those that are corners of the set of all solutions; `continuum`: whether some
    solutions are not isolated. For M nonnegative with a positive diagonal, which bounds them.
    """

    vertices: list
    continuum: bool


def solve_exactly(matrix, offset):
    """The `Exact` solutions, by trying every support: for a handful of variables."""
    matrix = [[_fraction(entry) for entry in row] for row in matrix]
    offset = [_fraction(entry) for entry in offset]
    n, vertices, continuum = len(offset), {}, False
    for size in range(n + 1):
        for tight in combinations(range(n), size):
            # The solutions that have (M x + q)_k = 0 for k in `tight` and x_k = 0 elsewhere.
            corners = set()
            for count in range(size + 1):
                for support in combinations(tight, count):
                    x = _only_solution(matrix, offset, tight, support)
                    if x is not None:
                        corners.add(x)
            vertices |= dict.fromkeys(corners)
            continuum |= len(corners) > 1
    return Exact(list(vertices), continuum)


def _only_solution(matrix, offset, tight, support):
    """x > 0 on `support` alone that solves the rows `tight`, if there is just one, else None."""
    rows = [[matrix[i][k] for k in support] + [-offset[i]] for i in tight]
    width = len(support)
    for column in range(width):
        pivot = next((r for r in range(column, len(rows)) if rows[r][column] != 0), None)
        if pivot is None:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        head = rows[column]
        for r, row in enumerate(rows):
            if r != column and row[column] != 0:
                factor = row[column] / head[column]
                rows[r] = [a - factor * b for a, b in zip(row, head, strict=True)]
    if any(row[-1] != 0 for row in rows[width:]):
        return None
    values = [rows[k][-1] / rows[k][k] for k in range(width)]
    if any(value <= 0 for value in values):
        return None
    x = [Fraction(0)] * len(offset)
    for k, value in zip(support, values, strict=True):
        x[k] = value
    slack = [
        sum(entry * value for entry, value in zip(row, x, strict=True)) + constant
        for row, constant in zip(matrix, offset, strict=True)
    ]
    return tuple(x) if all(value >= 0 for value in slack) else None


def _fraction(number):
    return number if isinstance(number, Fraction) else Fraction(float(number))
