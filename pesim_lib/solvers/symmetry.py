"""Users who can change places: of equilibria that differ in their names alone, one is searched."""

from itertools import combinations

import numpy as np

# Smaller groups save less than it takes to look for them.
LEAST = 3


def interchangeable(matrix, *attributes):
    """A label for each user (N,), equal for users whom a swap leaves everything as it is.

    That is M (N, N) and each of the `attributes`, (N,) arrays. Perfect substitutes, whose swaps
    fill a continuum, and groups of fewer than `LEAST` keep labels of their own.
    """
    n = len(matrix)
    diagonal = matrix.diagonal()
    columns = np.column_stack([diagonal, *attributes])
    labels = np.full(n, -1)
    for user in range(n):
        if labels[user] >= 0:
            continue
        labels[user] = user
        alike = (columns == columns[user]).all(axis=1) & (labels < 0)
        alike &= (matrix[:, user] == matrix[user]) & (matrix[user] != diagonal)
        for other in np.flatnonzero(alike):
            same = (matrix[other] == matrix[user]) & (matrix[:, other] == matrix[:, user])
            same[[user, other]] = True
            if same.all():
                labels[other] = user
    _, place, size = np.unique(labels, return_inverse=True, return_counts=True)
    return np.where(size[place] >= LEAST, labels, np.arange(n))


def images(x, labels):
    """Every distinct profile (N,) that x becomes when users of one label change places.

    Of one label, those who invest do so alike.
    """
    _, place, size = np.unique(labels, return_inverse=True, return_counts=True)
    investing = np.bincount(place[x > 0], minlength=len(size))
    moving = np.flatnonzero((investing > 0) & (investing < size))
    return _placed(x, [np.flatnonzero(place == label) for label in moving])


def _placed(x, groups):
    """One after the other, for they may be more than memory holds."""
    if not groups:
        yield x
        return
    members, *rest = groups
    investing = members[x[members] > 0]
    for chosen in combinations(members, len(investing)):
        y = x.copy()
        y[members] = 0.0
        y[list(chosen)] = x[investing[0]]
        yield from _placed(y, rest)
