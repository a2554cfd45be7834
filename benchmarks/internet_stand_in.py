"""The stand-in for the Internet: `python benchmarks/internet_stand_in.py` writes it (ten seconds).

CAIDA's files of who buys transit from whom may not be passed on with this book, so its chapter runs
on a network that networkx draws, in the same format.
"""

import sys
from pathlib import Path

import networkx

from pesim_lib import write_as_relationships
from pesim_lib.data.as_relationships import from_internet_graph

FILE = Path(__file__).parents[1] / "chapters/internet.as-rel.txt.bz2"


def write_stand_in(path, n, seed):
    """Write `n` networks drawn with `seed`, and what drew them."""
    graph = networkx.random_internet_as_graph(n, seed=seed)
    made = f"networkx {networkx.__version__}: random_internet_as_graph({n}, seed={seed})"
    comments = ["drawn at random, no measured network", f"written by {made}"]
    write_as_relationships(path, from_internet_graph(graph), comments)


if __name__ == "__main__":
    write_stand_in(FILE, 10_000, 1)
    sys.stdout.write(f"{FILE.name}: {FILE.stat().st_size} bytes\n")
