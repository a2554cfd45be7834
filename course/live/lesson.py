"""The lesson as it stands: stage, seats and answers, all frozen, and what follows from them."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from classroom import (
    CARDS,
    MOST_PRICE,
    PROPOSALS,
    SIZES,
    Room,
    group_wanted,
)

PARTS = ("welcome", "room", "groups", "vote", "end")
PERSON, ABSENT = "person", "absent"
# Groups of four work best; sizes differ by one.
GROUP_SIZE = 4
MOST_SEATS = SIZES[-1]


class RefusedError(ValueError):
    """An answer or a command that the lesson does not accept; the message is for its sender."""


@dataclass(frozen=True)
class Stage:
    """Where the lesson is: the `part`, its `turn`, and whether answers are taken.

    `size` is that of the printed set that part A plays (0 before it starts); `board` says whether
    the equilibrium prices are shown.
    """

    part: str = "welcome"
    turn: int = 0
    open: bool = False
    size: int = 0
    board: bool = False

    @property
    def key(self):
        """What a button press names, so that a second press cannot act on the next stage."""
        return f"{self.part} {self.turn} {'open' if self.open else 'closed'}"


@dataclass(frozen=True)
class Seat:
    """A player: `number` (0 for a robot that fills a group), `robot` kind or an empty text.

    `group` and `member` count from 1, 0 before part B. `here` says whether its phone has been
    heard of lately; `stays` is the vote, None before it.
    """

    id: int
    number: int
    robot: str = ""
    group: int = 0
    member: int = 0
    here: bool = True
    stays: bool | None = None


@dataclass(frozen=True)
class Answer:
    """What was played in one turn: (effort,) in part A and by investors in round 0 of part B,
    (proposal, price) in its later rounds. `by` is "person", "absent" or a kind of robot."""

    part: str
    turn: int
    number: int
    group: int
    member: int
    values: tuple[int, ...]
    by: str = PERSON


@dataclass(frozen=True)
class Lesson:
    """Everything that is stored. `seed` makes its robots differ from those of other lessons."""

    stage: Stage
    seats: tuple[Seat, ...]
    answers: tuple[Answer, ...]
    seed: int = 0

    @cached_property
    def table(self):
        """All answers: {(part, turn): {number or (group, member): Answer}}."""
        table = {}
        for answer in self.answers:
            place = answer.number if answer.part == "room" else (answer.group, answer.member)
            table.setdefault((answer.part, answer.turn), {})[place] = answer
        return table

    def seat(self, number):
        """The seat with this number."""
        return next(seat for seat in self.seats if seat.number == number)

    # Part A

    @cached_property
    def room_turns(self):
        """How many rounds of part A are over."""
        turn = max((turn for part, turn in self.table if part == "room"), default=0)
        if self.stage.part == "room":
            turn = self.stage.turn - self.stage.open
        return turn

    @cached_property
    def efforts(self):
        """Cards (n, rounds) of the rounds that are over, NaN where missing; rows as `numbers`."""
        cards = np.full((len(self.numbers), self.room_turns), np.nan)
        for k in range(self.room_turns):
            for row, number in enumerate(self.numbers):
                if answer := self.table.get(("room", k + 1), {}).get(number):
                    cards[row, k] = answer.values[0]
        return cards

    @cached_property
    def numbers(self):
        """Those who came, as the sheets count them: whoever has a card in a round that is over."""
        turns = range(1, self.room_turns + 1)
        return sorted({number for k in turns for number in self.table.get(("room", k), {})})

    @property
    def room(self):
        """`numbers` as a `Room`, None if nobody has a card."""
        return Room(np.array(self.numbers), self.stage.size) if self.numbers else None

    # Part B

    @cached_property
    def groups(self):
        """The seats of each group by member: {group: (seat, ...)}."""
        groups = {}
        for seat in sorted(self.seats, key=lambda seat: (seat.group, seat.member)):
            if seat.group:
                groups.setdefault(seat.group, []).append(seat)
        return {group: tuple(seats) for group, seats in groups.items()}

    @cached_property
    def group_turns(self):
        """How many rounds of part B with prices are over."""
        if self.stage.part == "groups":
            return max(self.stage.turn - self.stage.open, 0)
        return max((turn for part, turn in self.table if part == "groups"), default=0)

    @cached_property
    def histories(self):
        """Each group's rounds that are over: {group: {turn: (proposals, prices)}}, (k,) each."""
        return {
            group: {
                turn: tuple(np.array([answer.values for answer in answers]).T)
                for turn in range(1, self.group_turns + 1)
                if (answers := self._complete(group, turn))
            }
            for group in self.groups
        }

    def _complete(self, group, turn):
        """The answers of all members of a group in a round; empty unless all are there."""
        played = self.table.get(("groups", turn), {})
        answers = [played.get((group, seat.member)) for seat in self.groups[group]]
        return [] if None in answers else answers

    @cached_property
    def agreements(self):
        """By group, the first round in which its messages were an equilibrium, 0 before.

        All members proposed the same effort, and at their prices each likes this effort best.
        """
        return {
            group: next((turn for turn, sent in rounds.items() if _in_equilibrium(*sent)), 0)
            for group, rounds in self.histories.items()
        }

    def alone(self, group):
        """The investor's effort in round 0, None before it is over."""
        if self.stage.part == "groups" and self.stage.turn == 0 and self.stage.open:
            return None
        answer = self.table.get(("groups", 0), {}).get((group, 1))
        return answer and answer.values[0]

    # Whose turn it is

    def expected(self, seat):
        """Whether an answer of this person is taken in the open round."""
        stage = self.stage
        if not stage.open or seat.robot:
            return False
        if stage.part == "room":
            return 0 < seat.number <= stage.size
        if not seat.group:
            return False
        if stage.part == "vote":
            return True
        first = stage.turn == 0
        return seat.member == 1 if first else not self.agreements[seat.group]

    def answered(self, seat):
        """The answer that this seat has given in the present round, or None."""
        if self.stage.part == "vote":
            return None if seat.stays is None else (int(seat.stays),)
        place = seat.number if self.stage.part == "room" else (seat.group, seat.member)
        answer = self.table.get((self.stage.part, self.stage.turn), {}).get(place)
        return answer and answer.values


def _in_equilibrium(proposals, prices):
    return bool((group_wanted(len(prices), prices) == proposals).all() and np.ptp(proposals) == 0)


def check_answer(lesson, seat, key, values):
    """The answer as a tuple of ints, checked; `key` is the stage that the phone was shown.

    Raises RefusedError for anything that the open round does not take from this seat.
    """
    stage = lesson.stage
    if not isinstance(key, str) or key != stage.key:
        raise RefusedError(f"This answer is for another round: now is {spoken(stage)}.")
    if not lesson.expected(seat):
        raise RefusedError("No answer is asked from you now.")
    limits = _limits(stage)
    if not isinstance(values, list) or len(values) != len(limits):
        raise RefusedError(f"answer: got {_short(values)}; allowed: {', '.join(limits)}")
    for value, (name, most) in zip(values, limits.items(), strict=True):
        if type(value) is not int or not 0 <= value <= most:
            raise RefusedError(
                f"{name}: got {_short(value)}; allowed: a whole number from 0 to {most}"
            )
    given = lesson.answered(seat)
    if given is not None and given != tuple(values):
        said = ", ".join(f"{name} {value}" for name, value in zip(limits, given, strict=True))
        raise RefusedError(f"You have answered already: {said}. The first answer counts.")
    return tuple(values)


def spoken(stage):
    """The stage in words."""
    words = {
        "welcome": "the welcome",
        "room": f"part A, round {stage.turn}",
        "groups": f"part B, round {stage.turn}",
        "vote": "the vote",
        "end": "the end",
    }[stage.part]
    closed = stage.part in ("room", "groups", "vote") and not stage.open
    return f"{words}, closed" if closed else words


def group_sizes(people):
    """Sizes of groups for three or more people: around four, differing by one."""
    count = max(round(people / GROUP_SIZE), 1)
    return np.diff(np.arange(count + 1) * people // count).tolist()


def with_seats(lesson, changed):
    """The lesson with `changed` seats in place of those with their ids."""
    new = {seat.id: seat for seat in changed}
    return replace(lesson, seats=tuple(new.get(seat.id, seat) for seat in lesson.seats))


def _limits(stage):
    if stage.part == "room":
        return {"effort": int(CARDS[-1])}
    if stage.part == "vote":
        return {"stay": 1}
    if stage.turn == 0:
        return {"effort": int(PROPOSALS[-1])}
    return {"proposal": int(PROPOSALS[-1]), "price": MOST_PRICE}


def _short(value):
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
