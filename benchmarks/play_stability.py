"""Where penalised play is stable: `make stability` renews chapters/play-stability.csv.

A search for curvatures that break a rule of thumb or the proved bound: blocks of equal large
curvatures beside small ones, the same scattered round the ring, and random ones. One row for each
kind and number of users: how many were tried, and the largest ratios of the least stable penalty to
the two formulas.
"""

from pathlib import Path

import numpy as np
from stored_tables import write_table

from pesim_lib.beyond.play import least_stable_penalty, stability_boundary, stable_penalty

TABLE = Path(__file__).parents[1] / "chapters" / "play-stability.csv"
SIZES, DRAWS = (3, 4, 5, 6, 8, 10, 14, 20), 20
COLUMNS = ("n", "kind", "tried", "to_largest", "large_users", "to_bound")


def blocks(n, random):
    """`m` users in a row with curvature 1, the others with a small one, for all m."""
    for small in (0.0, 0.1):
        for m in range(1, n):
            yield np.where(np.arange(n) < m, 1.0, small)


def scattered(n, random):
    """The same curvatures in random order."""
    for curvatures in blocks(n, random):
        yield random.permutation(curvatures)


def drawn(n, random):
    """Lognormal curvatures, from nearly equal to very unequal ones."""
    for spread in np.linspace(0.1, 3, DRAWS):
        yield np.exp(spread * random.normal(size=n))


KINDS = {"block": blocks, "scattered": scattered, "random": drawn}


def row(n, kind):
    """One row of the table, in the order of COLUMNS."""
    tried = list(KINDS[kind](n, np.random.default_rng(n)))
    exact = np.array([least_stable_penalty(curvatures) for curvatures in tried])
    largest = exact / [stability_boundary(n, curvatures.max()) for curvatures in tried]
    bound = exact / [stable_penalty(curvatures) for curvatures in tried]
    worst = tried[int(largest.argmax())]
    large = int(np.sum(worst > worst.max() / 2))
    return n, kind, len(tried), f"{largest.max():.4f}", large, f"{bound.max():.4f}"


def main():
    """Write the table afresh."""
    write_table(TABLE, COLUMNS, (row(n, kind) for n in SIZES for kind in KINDS))


if __name__ == "__main__":
    main()
