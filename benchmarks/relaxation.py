"""What linear programmes save in the search for all equilibria: `python benchmarks/relaxation.py`.

Renews benchmarks/relaxation.csv. Every search gets the same games, of users who all differ: random
weights, all links or some directed ones. "pivots" is branch and bound by intervals alone; "fresh"
computes branches afresh where pivots have piled up errors; "relaxed" thins wide batches by linear
programmes, too. A search ends after 20,000 nodes, and a linear programme counts as the nodes that
take as long. Nodes, and times with one BLAS thread, are sums over the games.
"""

import os
from pathlib import Path
from time import perf_counter

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np  # noqa: E402
from stored_tables import write_table  # noqa: E402
from tqdm import tqdm  # noqa: E402

from pesim_lib.solvers import supports  # noqa: E402
from pesim_lib.solvers.enumeration import enumerate_solutions  # noqa: E402
from pesim_lib.solvers.limits import Limits  # noqa: E402

TABLE = Path(__file__).with_suffix(".csv")
COLUMNS = ("links", "n", "search", "games", "completed", "nodes", "time_s")
NODES, GAMES = 20_000, 3
SEARCHES = {"pivots": (np.inf, np.inf), "fresh": (np.inf, supports.STALE),
            "relaxed": (supports.WIDE, supports.STALE)}  # fmt: skip


def dense(n, random, row_sum):
    """Everybody depends on everybody, with weights that sum to `row_sum`."""
    weights = random.random((n, n))
    np.fill_diagonal(weights, 0.0)
    return weights * row_sum / weights.sum(axis=1, keepdims=True)


def directed(n, random, degree):
    """Each depends on `degree` others on average, with weights up to two."""
    return random.uniform(0, 2, (n, n)) * (random.random((n, n)) < degree / (n - 1))


def levels(n, random, degree):
    """The same, with four weights."""
    return random.choice([0.25, 0.5, 1, 2], (n, n)) * (random.random((n, n)) < degree / (n - 1))


CASES = (
    (dense, 2, (24, 30, 36)),
    (dense, 4, (24, 28)),
    (directed, 3, (30, 40, 50, 60)),
    (directed, 5, (26, 30)),
    (levels, 4, (30, 40, 60)),
)


def problem(kind, number, n, seed):
    """M (n, n) and q (n,)."""
    random = np.random.default_rng([n, seed])
    weights = kind(n, random, number)
    np.fill_diagonal(weights, 1.0)
    return weights, -random.uniform(0.5, 2.0, n)


def row(kind, number, n, search):
    """One row of the table, in the order of COLUMNS."""
    completed, nodes, start = 0, 0, perf_counter()
    whole = supports.WIDE, supports.STALE
    supports.WIDE, supports.STALE = SEARCHES[search]
    try:
        for seed in range(GAMES):
            looked = [0]
            limits = Limits(NODES, progress=lambda branches, _, seen=looked: seen.append(branches))
            found = enumerate_solutions(*problem(kind, number, n, seed), limits=limits)
            completed += found.complete is True
            nodes += looked[-1]
    finally:
        supports.WIDE, supports.STALE = whole
    taken = perf_counter() - start
    return f"{kind.__name__} {number}", n, search, GAMES, completed, nodes, f"{taken:.2f}"


def main():
    """Write the table afresh."""
    cases = [(kind, k, n, search) for kind, k, sizes in CASES for n in sizes for search in SEARCHES]
    write_table(TABLE, COLUMNS, (row(*case) for case in tqdm(cases, unit=" rows")))


if __name__ == "__main__":
    main()
