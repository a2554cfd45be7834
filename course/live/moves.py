"""What the lecturer's buttons do: from one lesson to the next, as pure functions."""

from dataclasses import dataclass, replace

import numpy as np
import robots
from classroom import ROUNDS, SIZES, Room, size_for
from lesson import (
    ABSENT,
    MOST_SEATS,
    PERSON,
    Answer,
    Lesson,
    RefusedError,
    group_sizes,
    spoken,
    with_seats,
)
from records import MOST_GROUPS

FILLER = "follower"


@dataclass(frozen=True)
class Change:
    """A lesson after a move, and the answers that the move has added."""

    lesson: Lesson
    added: tuple[Answer, ...] = ()


def button(lesson):
    """The words on the lecturer's main button, empty at the end."""
    stage = lesson.stage
    if stage.open:
        return f"Close {'the vote' if stage.part == 'vote' else f'round {stage.turn}'}"
    if stage.part == "welcome":
        return "Start part A"
    if stage.part == "room":
        return f"Open round {stage.turn + 1}" if stage.turn < ROUNDS else "Form groups: part B"
    if stage.part == "groups":
        everybody = lesson.groups and all(lesson.agreements.values())
        more = stage.turn < MOST_GROUPS and not (stage.turn and everybody)
        return f"Open round {stage.turn + 1}" if more else "Open the vote"
    return "End the lesson" if stage.part == "vote" else ""


def forward(lesson, key):
    """The `Change` when the main button is pressed that was shown at the stage `key`."""
    stage = lesson.stage
    if key != stage.key:
        raise RefusedError(f"This button was for another stage: now is {spoken(stage)}.")
    if stage.open:
        return _close(lesson)
    words = button(lesson)
    if words == "Start part A":
        return Change(start_room(lesson))
    if words == "Form groups: part B":
        return Change(start_groups(lesson))
    if words == "Open the vote":
        return Change(replace(lesson, stage=replace(stage, part="vote", turn=0, open=True)))
    if words == "End the lesson":
        return Change(replace(lesson, stage=replace(stage, part="end", turn=0)))
    if not words:
        raise RefusedError("The lesson is over.")
    return Change(replace(lesson, stage=replace(stage, turn=stage.turn + 1, open=True)))


def skip(lesson, key, part):
    """The `Change` that goes to `part` at once: from a closed round, to a later part."""
    stage = lesson.stage
    if key != stage.key:
        raise RefusedError(f"This button was for another stage: now is {spoken(stage)}.")
    if stage.open:
        raise RefusedError("Close the round first.")
    later = {"welcome": ("groups",), "room": ("groups",), "groups": ("vote", "end")}
    if part not in later.get(stage.part, ("end",)):
        raise RefusedError(f"part: got {part!r}; allowed: a later part")
    if part == "groups":
        return Change(start_groups(lesson))
    return Change(replace(lesson, stage=replace(stage, part=part, turn=0, open=part == "vote")))


def show_board(lesson, shown):
    """The `Change` that shows or hides the equilibrium prices."""
    return Change(replace(lesson, stage=replace(lesson.stage, board=shown is True)))


def add_robots(lesson, kind, count):
    """The `Change` with `count` robots of a `kind`, before part A starts."""
    if lesson.stage.part != "welcome":
        raise RefusedError("Robots join before part A starts.")
    if kind not in robots.KINDS:
        raise RefusedError(f"kind: got {kind!r}; allowed: one of {', '.join(robots.KINDS)}")
    free = [seat for seat in lesson.seats if not seat.number and not seat.robot]
    room_left = MOST_SEATS - sum(seat.number > 0 for seat in lesson.seats)
    if type(count) is not int or not 1 <= count <= room_left:
        raise RefusedError(f"count: got {count!r}; allowed: 1 to {room_left}, the free seats")
    # From the end: the next phones get the free seats from the beginning.
    taken = [seat for seat in free if seat.id <= MOST_SEATS][::-1][:count]
    changed = [
        replace(seat, number=number, robot=kind)
        for seat, number in zip(taken, free_numbers(lesson), strict=False)
    ]
    return Change(with_seats(lesson, changed))


def remove_robots(lesson):
    """The `Change` without any robot, before part A starts."""
    if lesson.stage.part != "welcome":
        raise RefusedError("Robots leave before part A starts.")
    changed = [replace(seat, number=0, robot="") for seat in lesson.seats if seat.robot]
    return Change(with_seats(lesson, changed))


def free_numbers(lesson):
    """The students' numbers that nobody has, in order."""
    taken = {seat.number for seat in lesson.seats}
    return [number for number in range(1, MOST_SEATS + 1) if number not in taken]


def numbered(lesson, seat):
    """The lesson in which this person's seat has the first free number."""
    return with_seats(lesson, [replace(seat, number=free_numbers(lesson)[0])])


def set_size(lesson, size):
    """The `Change` in which part A plays the printed set of this `size`; 0 lets it fit the room."""
    if lesson.stage.part != "welcome":
        raise RefusedError("The set is chosen before part A starts.")
    if size != 0 and size not in SIZES:
        raise RefusedError(f"size: got {size!r}; allowed: one of {SIZES}, or 0 to fit the room")
    return Change(replace(lesson, stage=replace(lesson.stage, size=size)))


def start_room(lesson):
    """Part A, round 1, with the set chosen, or one that leaves a tenth of its seats to the late."""
    highest = max((seat.number for seat in lesson.seats), default=0)
    if not highest:
        raise RefusedError("Nobody has joined yet.")
    fitting = size_for(min(highest + max(2, highest // 10), MOST_SEATS))
    size = max(lesson.stage.size or fitting, size_for(highest))
    return replace(lesson, stage=replace(lesson.stage, part="room", turn=1, open=True, size=size))


def start_groups(lesson):
    """Part B, round 0: groups, in the order of numbers, of all robots and everybody who is here.

    Fewer than three are joined by robots that follow PESIM.
    """
    playing = [seat for seat in lesson.seats if seat.number and (seat.robot or seat.here)]
    playing.sort(key=lambda seat: seat.number)
    if not playing:
        raise RefusedError("Nobody is here.")
    lesson, fillers = _fillers(lesson, 3 - len(playing))
    playing += fillers
    places = [
        (group, member)
        for group, size in enumerate(group_sizes(len(playing)), 1)
        for member in range(1, size + 1)
    ]
    changed = [
        replace(seat, group=group, member=member)
        for seat, (group, member) in zip(playing, places, strict=True)
    ]
    stage = replace(lesson.stage, part="groups", turn=0, open=True, board=False)
    return replace(with_seats(lesson, changed), stage=stage)


def place_late(lesson, seat):
    """The lesson in which a person without a group has one: a robot's place, or a new group."""
    taken = [each for each in lesson.seats if each.group and each.robot]
    if taken:
        robot = min(
            taken,
            key=lambda each: (
                lesson.agreements[each.group] > 0,
                each.number > 0,
                each.group,
                each.member,
            ),
        )
        left = replace(robot, group=0, member=0, robot=robot.robot if robot.number else "")
        arrived = replace(seat, group=robot.group, member=robot.member)
        return with_seats(lesson, [left, arrived])
    group = max(lesson.groups, default=0) + 1
    if group > MOST_GROUPS:
        return lesson
    lesson, fillers = _fillers(lesson, 2)
    members = [seat, *fillers]
    changed = [replace(each, group=group, member=k) for k, each in enumerate(members, 1)]
    return with_seats(lesson, changed)


def _fillers(lesson, count):
    """The lesson with `count` of its spare seats turned into robots, and these seats."""
    spare = [seat for seat in lesson.seats if seat.id > MOST_SEATS and not seat.robot]
    fillers = [replace(seat, robot=FILLER) for seat in spare[: max(count, 0)]]
    return with_seats(lesson, fillers), fillers


def _close(lesson):
    stage = lesson.stage
    added = {"room": _robot_cards, "groups": _group_answers}.get(stage.part, lambda _: ())(lesson)
    if stage.part == "vote":
        voters = [seat for seat in lesson.seats if seat.group and seat.robot]
        votes = [
            replace(seat, stays=robots.stays(seat.robot, len(lesson.groups[seat.group]), k))
            for seat in voters
            for k in [seat.member - 1]
        ]
        lesson = with_seats(lesson, votes)
    closed = replace(lesson, stage=replace(stage, open=False), answers=(*lesson.answers, *added))
    return Change(closed, tuple(added))


def _robot_cards(lesson):
    """The robots' cards of the round of part A that is being closed."""
    turn, playing = lesson.stage.turn, [seat for seat in lesson.seats if seat.robot and seat.number]
    if not playing:
        return []
    given = lesson.table.get(("room", turn), {})
    before = lesson.table.get(("room", turn - 1), {})
    numbers = sorted({*given, *before, *(seat.number for seat in playing)})
    room = Room(np.array(numbers), lesson.stage.size)
    cards = None
    if before:
        cards = np.array([before[n].values[0] if n in before else 0 for n in numbers])
    added = []
    for seat in playing:
        seed, student = (lesson.seed, seat.number), numbers.index(seat.number)
        card = robots.room_card(seat.robot, seed, room, student, cards)
        added.append(Answer("room", turn, seat.number, 0, 0, (card,), seat.robot))
    return added


def _group_answers(lesson):
    """What robots, and stand-ins for absent members, play in the round that is being closed."""
    turn, added = lesson.stage.turn, []
    given = lesson.table.get(("groups", turn), {})
    for group, seats in lesson.groups.items():
        if turn and lesson.agreements[group]:
            continue
        for seat in seats[: None if turn else 1]:
            if (group, seat.member) not in given:
                values, by = _stand_in(lesson, seat)
                added.append(Answer("groups", turn, seat.number, group, seat.member, values, by))
    return added


def _stand_in(lesson, seat):
    """What is played in a place without an answer, and by whom.

    A robot plays its kind. The place of an absent person repeats its last message; before any, it
    replies selfishly.
    """
    turn, k = lesson.stage.turn, len(lesson.groups[seat.group])
    kind, by = seat.robot or "selfish", seat.robot or ABSENT
    seed = (lesson.seed, seat.group, seat.member)
    if turn == 0:
        return (robots.alone_effort(kind, seed, k),), by
    history = lesson.histories[seat.group]
    if history and by == ABSENT:
        proposals, prices = history[max(history)]
        return (int(proposals[seat.member - 1]), int(prices[seat.member - 1])), by
    prices = history[max(history)][1] if history else None
    return robots.group_message(kind, seed, k, seat.member - 1, prices), by


def given(lesson, seat, values):
    """The `Change` with a person's checked answer, or None if it has been given before."""
    if lesson.answered(seat) is not None:
        return None
    stage = lesson.stage
    if stage.part == "vote":
        return Change(with_seats(lesson, [replace(seat, stays=bool(values[0]))]))
    answer = Answer(stage.part, stage.turn, seat.number, seat.group, seat.member, values, PERSON)
    return Change(replace(lesson, answers=(*lesson.answers, answer)), (answer,))
