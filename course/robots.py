"""Simulated players for the live game and the solo mode: five kinds, one answer at a time.

A robot decides from what a person in its seat would see, and plays the same whenever it is asked
again with the same seed.
"""

import numpy as np
from classroom import (
    CARDS,
    PROPOSALS,
    equilibrium_prices,
    group_alone,
    group_optimum,
    group_participation,
    group_wanted,
)

KINDS = {
    "rider": "free rider",
    "altruist": "altruist",
    "selfish": "selfish best reply",
    "follower": "PESIM follower",
    "frozen": "freezes",
}


def check_kind(kind):
    """Raise ValueError unless `kind` is one of `KINDS`."""
    if kind not in KINDS:
        raise ValueError(f"kind: got {kind!r}; allowed: one of {tuple(KINDS)}")


def room_card(kind, seed, room, student, before=None):
    """A robot's card in part A: it is the `student`-th of `room`.

    `before` (n,) holds the cards of the round before, 0 where none was given; None in the first.
    Whoever is neither free rider nor altruist starts at random. Then a robot that freezes repeats
    its card, and a selfish one, or a follower, to whom part A offers no mechanism, moves to the
    total that is best for itself, as if all of its colour who can took an equal part of the change.
    """
    check_kind(kind)
    first = int(np.random.default_rng(seed).choice(CARDS))
    if kind == "rider":
        return 0
    if kind == "altruist":
        return int(room.best_cards()[student])
    if kind == "frozen" or before is None:
        return first
    aim = np.rint(room.game.risk.decay.effort_at_slope(room.game.unit_costs[student]))
    change = int(aim - before.sum())
    can_move = before < CARDS[-1] if change > 0 else before > CARDS[0]
    movers = np.flatnonzero((room.red == room.red[student]) & can_move).tolist()
    if student not in movers:
        return int(before[student])
    # Whole steps: where they do not come out even, the first in the row go one further.
    steps, further = divmod(abs(change), len(movers))
    steps += movers.index(student) < further
    return int(np.clip(before[student] + np.sign(change) * steps, CARDS[0], CARDS[-1]))


def alone_effort(kind, seed, members):
    """The effort of a robot that is the investor of a group, in the round without prices."""
    check_kind(kind)
    return {
        "rider": 0,
        "altruist": group_optimum(members),
        "frozen": int(np.random.default_rng(seed).choice(PROPOSALS)),
    }.get(kind, group_alone(members))


def group_message(kind, seed, members, member, prices=None):
    """A robot's (proposal, price) in part B, as the `member`-th, from 0, of its group.

    `prices` (k,) are those of the round before, None in the first. A selfish robot, or a free
    rider, names the price zero, as its own price can only cost it a penalty, and proposes what it
    likes best at the prices it has seen; a free rider never offers an effort of its own. Altruist
    and follower name the prices of the equilibrium; the altruist proposes the optimum, the
    follower what it likes best at those prices.
    """
    check_kind(kind)
    board = equilibrium_prices(members)
    seen = np.zeros(members, dtype=int) if prices is None else np.asarray(prices)
    if kind == "frozen":
        random = np.random.default_rng(seed)
        return int(random.choice(PROPOSALS)), int(10 * random.integers(0, 11))
    if kind == "rider" and member == 0:
        return 0, 0
    if kind == "altruist":
        return group_optimum(members), int(board[member])
    if kind == "follower":
        return int(group_wanted(members, board)[member]), int(board[member])
    return int(group_wanted(members, seen)[member]), 0


def stays(kind, members, member):
    """A robot's vote: free riders and selfish robots leave if leaving alone pays."""
    check_kind(kind)
    pays = group_participation(members).gain[member] < 0
    return not (pays and kind in ("rider", "selfish"))
