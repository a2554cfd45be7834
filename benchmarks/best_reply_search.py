"""Where best replies settle and where they cycle: `make replies` renews chapters/best-replies.csv.

Random games of weighted effort, of four kinds of networks and three strengths: how many have one
equilibrium, proved; of these, in how many the sufficient condition for best replies to settle
holds, in how many replies of all at once cycle, and replies in turn, and in how many one of the
two has not ended. Both begin with nobody's effort; replies in turn also from five random profiles.
"""

from pathlib import Path

import numpy as np
from stored_tables import write_table

from pesim_lib import Exponential, SecurityGame, WeightedEffort, best_replies, nash_equilibrium
from pesim_lib.beyond.best_replies import reply_radius

TABLE = Path(__file__).parents[1] / "chapters" / "best-replies.csv"
USERS, GAMES, STARTS, ROUNDS = 6, 100, 5, 3000
STRENGTHS = (0.5, 1.0, 2.0)
COLUMNS = ("kind", "strength", "tried", "unique", "contracting", "at_once", "in_turn", "open")


def symmetric(random):
    """Links that go both ways, with the same weight."""
    upper = np.triu(random.random((USERS, USERS)) * (random.random((USERS, USERS)) < 0.5), 1)
    return upper + upper.T


def dense(random):
    """Everybody depends on everybody."""
    return random.random((USERS, USERS))


def sparse(random):
    """Each user depends on each other with one chance in three."""
    return random.random((USERS, USERS)) * (random.random((USERS, USERS)) < 1 / 3)


def one_way(random):
    """Of two users, one depends on the other."""
    ahead = np.triu(random.random((USERS, USERS)) < 0.5, 1)
    return random.random((USERS, USERS)) * (ahead | (np.triu(~ahead, 1)).T)


KINDS = {"symmetric": symmetric, "dense": dense, "sparse": sparse, "one way": one_way}


def drawn(kind, strength):
    """The games of one row; each user's dependence on others is `strength` in the mean."""
    random = np.random.default_rng([list(KINDS).index(kind), int(10 * strength)])
    for _ in range(GAMES):
        links = KINDS[kind](random)
        np.fill_diagonal(links, 0.0)
        weights = np.eye(USERS) + strength * links / links.sum(axis=1).mean()
        costs = np.exp(random.normal(-1.5, 0.3, USERS))
        yield SecurityGame(WeightedEffort(weights, Exponential()), costs), random


def row(kind, strength):
    """One row of the table, in the order of COLUMNS."""
    counts = np.zeros(5, dtype=int)
    for game, random in drawn(kind, strength):
        starts = [None, *random.exponential(size=(STARTS, USERS))]
        if nash_equilibrium(game).unique:
            ends = {best_replies(game, True, start, rounds=ROUNDS).period for start in starts}
            at_once = best_replies(game, rounds=ROUNDS).period
            cycles = bool({at_once} - {1, None}), bool(ends - {1, None})
            counts += [1, reply_radius(game) < 1, *cycles, None in ends | {at_once}]
    return kind, f"{strength:g}", GAMES, *counts.tolist()


def main():
    """Write the table afresh."""
    write_table(TABLE, COLUMNS, (row(kind, strength) for kind in KINDS for strength in STRENGTHS))


if __name__ == "__main__":
    main()
