"""The classroom experiment: its two games in points, and simulated classes that play them.

Part A is a total-effort game of the whole room, part B is PESIM about one effort in small groups.
All amounts are points. To change the experiment, change the constants.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from pesim_lib import (
    Exponential,
    Messages,
    SecurityGame,
    TotalEffort,
    equilibrium_messages,
    nash_equilibrium,
    outcome,
    participation,
    social_optimum,
)

# Part A: sets are printed for rooms of up to so many students.
SIZES = (12, 24, 36, 48, 60)
ROUNDS = 4
CARDS = np.arange(7)
# The cost of one unit of effort: students with odd numbers are red, with even ones black.
RED, BLACK = 20, 30
LOSS_PER_SEAT = 20
# This many times does the risk halve while the total effort grows by one for each seat.
HALVINGS_PER_SEAT = 3

# Part B: one effort, of the first member; nobody else can invest.
GROUP_SIZES = (3, 4, 5)
GROUP_ROUNDS = 3
PROPOSALS = np.arange(11)
MOST_PRICE = 500
INVESTOR_COST = 120
# A unit costs the others more than it saves all of them, even the first one.
OTHERS_COST = 1000
GROUP_LOSS = 2760
GROUP_HALVING = 2
# Equilibrium prices are free up to a constant. This one makes every disagreement cost something.
LEAST_PRICE = 10


@dataclass(frozen=True, eq=False)
class Room:
    """Part A for the students who came, by their `numbers` (n,), with the set of a given `size`.

    Raises ValueError for no student, a number outside 1..size, or a size that is not printed.
    """

    numbers: np.ndarray
    size: int

    def __post_init__(self):
        if self.size not in SIZES:
            raise ValueError(f"size: got {self.size}; allowed: one of {SIZES}")
        numbers = np.array(self.numbers, dtype=int)
        if len(numbers) == 0:
            raise ValueError("numbers: got no student; allowed: one or more")
        if numbers.min() < 1 or numbers.max() > self.size:
            raise ValueError(
                f"numbers: got {numbers.min()} to {numbers.max()}; allowed: 1 to {self.size}, "
                "the size of the set"
            )
        object.__setattr__(self, "numbers", numbers)

    @property
    def loss(self):
        """The risk of everybody when nobody makes an effort."""
        return LOSS_PER_SEAT * self.size

    @property
    def halving(self):
        """The total effort that halves the risk."""
        return self.size // HALVINGS_PER_SEAT

    @property
    def red(self):
        """Who has the cheap effort, (n,) bool."""
        return self.numbers % 2 == 1

    @cached_property
    def game(self):
        """The room as a `SecurityGame`, whose users are `numbers` in their order."""
        risk = TotalEffort(len(self.numbers), Exponential(self.loss, np.log(2) / self.halving))
        return SecurityGame(risk, np.where(self.red, RED, BLACK))

    @cached_property
    def nash(self):
        """Efforts (n,) of a Nash equilibrium, not rounded to cards."""
        return nash_equilibrium(self.game).x

    @cached_property
    def optimum(self):
        """Efforts (n,) of a social optimum, not rounded to cards."""
        return social_optimum(self.game).x

    @cached_property
    def risks(self):
        """The printed table: the risk in whole points at total effort 0, 1, ..."""
        total = np.arange(CARDS[-1] * self.size + 1)
        return np.rint(self.loss * 0.5 ** (total / self.halving)).astype(int)

    @property
    def screen_step(self):
        """The step of total effort at which a table on a screen shows the risk."""
        return self.halving // 4

    def points(self, efforts):
        """Everybody's points (n,): the start minus risk and cost, for cards `efforts` (n,).

        Who has no card (NaN) adds nothing to the total and has NaN points.
        """
        total = int(np.nansum(efforts))
        return self.loss - self.risks[total] - self.game.unit_costs * efforts

    def best_card(self, student, efforts):
        """The card (the least, if several) with most points against the others' `efforts` (n,)."""
        others = int(efforts.sum() - efforts[student])
        return CARDS[np.argmin(self.risks[others + CARDS] + self.game.unit_costs[student] * CARDS)]

    def settle(self):
        """Cards (n,) from which no student gains by another: best replies, one after another.

        Raises RuntimeError if the room does not come to rest.
        """
        efforts = np.zeros(len(self.numbers), dtype=int)
        for _ in range(100):
            before = efforts.copy()
            for student in range(len(efforts)):
                efforts[student] = self.best_card(student, efforts)
            if (efforts == before).all():
                return efforts
        raise RuntimeError("settle: no rest after 100 turns of everybody")

    def best_cards(self):
        """Cards (n,) with the most points in all: every effort by those for whom it is cheap."""
        reds = CARDS[-1] * np.count_nonzero(self.red)
        total = np.arange(CARDS[-1] * len(self.numbers) + 1)
        effort_cost = RED * np.minimum(total, reds) + BLACK * np.maximum(total - reds, 0)
        best = np.argmin(len(self.numbers) * self.risks[total] + effort_cost)
        efforts = np.zeros(len(self.numbers), dtype=int)
        efforts[self.red] = _shared(min(best, reds), np.count_nonzero(self.red))
        efforts[~self.red] = _shared(max(best - reds, 0), np.count_nonzero(~self.red))
        return efforts


def _shared(total, users):
    """`total` in whole shares (users,) that differ by at most one."""
    return (total + np.arange(users)[::-1]) // users if users else np.empty(0, dtype=int)


def size_for(students):
    """The smallest printed set for so many students; ValueError if there are too many."""
    if not 1 <= students <= SIZES[-1]:
        raise ValueError(f"students: got {students}; allowed: 1 to {SIZES[-1]}")
    return next(size for size in SIZES if size >= students)


def group_losses(members):
    """What the members (k,) of a group lose without effort: one share, two shares, ..."""
    if members not in GROUP_SIZES:
        raise ValueError(f"members: got {members}; allowed: one of {GROUP_SIZES}")
    shares = np.arange(1, members + 1)
    return GROUP_LOSS // shares.sum() * shares


def group_game(members):
    """Part B as a `SecurityGame` of 3 to 5 users, of whom only the first is able to invest."""
    decay = Exponential(group_losses(members), np.log(2) / GROUP_HALVING)
    costs = [INVESTOR_COST, *[OTHERS_COST] * (members - 1)]
    return SecurityGame(TotalEffort(members, decay), costs)


def group_risks(members):
    """The members' cards: risk in whole points (k, P), by the sum of proposals 0, 1, ..., P - 1."""
    mean = np.arange(members * PROPOSALS[-1] + 1) / members
    return np.rint(group_losses(members)[:, None] * 0.5 ** (mean / GROUP_HALVING)).astype(int)


def group_outcome(proposals, prices):
    """PESIM for whole `proposals` and `prices` (k,) about the one effort: (effort, taxes (k,))."""
    about_one = np.eye(len(proposals))[0]
    result = outcome(Messages(np.outer(prices, about_one), np.outer(proposals, about_one)))
    return result.x[0], result.taxes


def group_costs(proposals, prices):
    """Points (k,) that the members lose: risk by their cards, the investor's cost, and taxes."""
    effort, taxes = group_outcome(proposals, prices)
    risks = group_risks(len(proposals))[:, int(np.sum(proposals))]
    return risks + taxes + INVESTOR_COST * effort * np.eye(len(proposals))[0]


def group_alone(members):
    """The whole effort of the investor that serves it best, without a mechanism."""
    return _least_cost_effort(members, group_risks(members)[0])


def group_optimum(members):
    """The whole effort of the investor that serves the group best."""
    return _least_cost_effort(members, group_risks(members).sum(axis=0))


def _least_cost_effort(members, risks):
    """The effort at which the investor's cost and `risks`, by the sum of proposals, are least."""
    costs = risks[members * PROPOSALS] + INVESTOR_COST * PROPOSALS
    return int(PROPOSALS[np.argmin(costs)])


def operations(members, given_prices=False):
    """Sums and products of the busiest member, member 1, in one round of part B.

    P is added up by one member for all. With `given_prices`, as in round 3, each member also works
    out L times effort and its sum with the risk for every proposal; member 1 adds its cost, too.
    """
    # P, and the effort.
    shared = members
    penalty, share, total, tax = 3, 1, 4, 1
    cost, loses = 1, 2
    plan = 3 * len(PROPOSALS) if given_prices else 0
    return shared + penalty + share + total + tax + cost + loses + plan


@lru_cache
def group_participation(members):
    """`Participation` of the members: what they gain by staying rather than leaving alone."""
    return participation(group_game(members))


def group_wanted(members, prices):
    """The whole efforts (k,) that members like best on their own cards, at whole `prices` (k,)."""
    shares = np.roll(prices, -1) - np.roll(prices, -2)
    unit = shares + INVESTOR_COST * np.eye(members)[0]
    costs = group_risks(members)[:, members * PROPOSALS] + np.outer(unit, PROPOSALS)
    return PROPOSALS[costs.argmin(axis=1)]


def equilibrium_prices(members):
    """Whole prices (k,) that support the optimum, from `LEAST_PRICE` on: equation (23)."""
    prices = equilibrium_messages(group_game(members)).prices[:, 0]
    return np.rint(prices).astype(int) + LEAST_PRICE


# Simulated classes


def simulate_room(random, room, rounds=ROUNDS, free_riders=0.0, altruists=0.0, noise=0.1):
    """Cards (n, rounds) of a simulated class; `random` is a numpy Generator.

    A share of the students rides free (never an effort), a share is altruist (aims at the total
    that is best for the room), all others aim at the total that is best for themselves. Whoever
    aims at a total expects everybody with the same colour to take an equal part of the change. The
    first round, and each card with probability `noise`, is drawn at random.
    """
    n = len(room.numbers)
    kind = random.permutation(np.linspace(0, 1, n, endpoint=False))
    rides, gives = kind < free_riders, (kind >= free_riders) & (kind < free_riders + altruists)
    heard = np.where(gives, n, 1)
    aim = room.game.risk.decay.effort_at_slope(room.game.unit_costs / heard)
    movers = np.where(room.red, np.sum(room.red & ~rides), np.sum(~room.red & ~rides))
    efforts = np.zeros((n, rounds), dtype=int)
    for k in range(rounds):
        guess = random.integers(0, len(CARDS), n)
        if k == 0:
            cards = guess
        else:
            before = efforts[:, k - 1]
            wanted = before + (aim - before.sum()) / np.maximum(movers, 1)
            cards = np.floor(wanted + random.random(n)).clip(0, CARDS[-1])
            cards = np.where(random.random(n) < noise, guess, cards)
        efforts[:, k] = np.where(rides, 0, cards)
    return efforts


def simulate_group(random, members, rounds=GROUP_ROUNDS):
    """Proposals and prices, each (rounds, k), of a simulated group.

    Members first propose what suits them best without taxes, at prices drawn at random. From round
    to round half of them, in the mean, turn to the prices on the board and to what suits them best
    at those; in the last round all of them do.
    """
    losses = group_losses(members)
    own_cost = np.where(np.arange(members) == 0, INVESTOR_COST, 0)
    alone = losses[:, None] * 0.5 ** (PROPOSALS / GROUP_HALVING) + np.outer(own_cost, PROPOSALS)
    board = equilibrium_prices(members)
    share = np.roll(board, -1) - np.roll(board, -2)
    priced = alone + np.outer(share, PROPOSALS)
    proposals = np.empty((rounds, members), dtype=int)
    prices = np.empty((rounds, members), dtype=int)
    proposals[0] = PROPOSALS[alone.argmin(axis=1)]
    prices[0] = 10 * random.integers(0, 11, members)
    for k in range(1, rounds):
        turns = (random.random(members) < 0.5) | (k == rounds - 1)
        proposals[k] = np.where(turns, PROPOSALS[priced.argmin(axis=1)], proposals[k - 1])
        prices[k] = np.where(turns, board, prices[k - 1])
    return proposals, prices
