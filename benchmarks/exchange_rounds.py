"""How many rounds the message exchange needs: `make rates` renews chapters/exchange.csv.

Twenty dense games and twenty rings of each size, with seeds that no constant was chosen on. Rounds
until all efforts stay within a millionth of the largest, empty where MOST rounds are not enough.
"""

from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from stored_tables import write_table

from pesim_lib import exchange, social_optimum
from pesim_lib.paper.examples import dense_game, ring_game

TABLE = Path(__file__).parents[1] / "chapters" / "exchange.csv"
SIZES, SEEDS, MOST = (3, 5, 10, 20, 30, 50), range(1000, 1020), 1000
METHODS = ("fixed", "adapted", "accelerated")


def game_of(family, n, seed):
    """The game, and how many users have a stake in each effort."""
    random = np.random.default_rng(seed)
    if family == "dense":
        return dense_game(random, n), n
    c1, c2 = random.uniform(0.1, 0.5, 2)
    return ring_game(n, c1, c2, random.uniform(0.2, 0.5)), 3


def rows(family, n, seed):
    """One row for each method."""
    game, stakes = game_of(family, n, seed)
    optimum = social_optimum(game).x
    options = {
        "fixed": {"penalty": 0.2 / stakes, "accelerate": False},
        "adapted": {"accelerate": False},
        "accelerated": {},
    }
    needed = {
        name: exchange(game, rounds=MOST, **options[name]).rounds_to(optimum) for name in METHODS
    }
    return [(family, n, seed, name, count or "") for name, count in needed.items()]


def main():
    """Write the table afresh."""
    tasks = [(family, n, seed) for family in ("dense", "ring") for n in SIZES for seed in SEEDS]
    found = Parallel(n_jobs=-1, verbose=1)(delayed(rows)(*task) for task in tasks)
    columns = ("family", "n", "seed", "method", "rounds")
    write_table(TABLE, columns, (row for group in found for row in group))


if __name__ == "__main__":
    main()
