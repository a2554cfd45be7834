"""Between the database's rows and the frozen lesson."""

import os
import time

import segno
from lesson import Answer, Lesson, Seat, Stage
from otree.database import db

ROOM = "game"
# A phone that was heard of in the last two minutes counts as here.
HERE = 120
# Presence is written no more often than this, in seconds.
NOTED = 20


def load(subsession, Entry):
    """The lesson of a subsession, from its rows."""
    now = time.time()
    stage = Stage(
        subsession.part, subsession.turn, subsession.is_open, subsession.size, subsession.board
    )
    players = sorted(subsession.get_players(), key=lambda player: player.id_in_group)
    seats = tuple(
        Seat(
            id=player.id_in_group,
            number=player.number,
            robot=player.robot,
            group=player.team,
            member=player.member,
            here=now - player.seen < HERE,
            stays=player.field_maybe_none("stays"),
        )
        for player in players[:-1]
    )
    answers = tuple(
        Answer(
            entry.part,
            entry.turn,
            entry.number,
            entry.team,
            entry.member,
            (entry.first,) if entry.second is None else (entry.first, entry.second),
            entry.by,
        )
        for entry in Entry.filter(subsession=subsession)
    )
    return Lesson(stage, seats, answers, seed=subsession.id)


def save(subsession, Entry, before, change, quiet=False):
    """Write a `Change` into the rows and return its lesson; unless `quiet`, phones must look."""
    after = change.lesson
    stage = after.stage
    if stage != before.stage:
        subsession.part, subsession.turn = stage.part, stage.turn
        subsession.is_open, subsession.size, subsession.board = stage.open, stage.size, stage.board
    pairs = zip(before.seats, after.seats, strict=True)
    changed = {new.id: (old, new) for old, new in pairs if old != new}
    for player in subsession.get_players() if changed else ():
        if player.id_in_group in changed:
            _write_seat(player, *changed[player.id_in_group])
    for answer in change.added:
        first, second = (*answer.values, None)[:2]
        Entry.create(
            subsession=subsession,
            part=answer.part,
            turn=answer.turn,
            number=answer.number,
            team=answer.group,
            member=answer.member,
            first=first,
            second=second,
            by=answer.by,
        )
    if not quiet:
        subsession.version += 1
    # oTree commits after it has answered: a phone would be told of what a crash then loses.
    db.commit()
    return after


def _write_seat(player, old, new):
    player.number, player.robot = new.number, new.robot
    player.team, player.member = new.group, new.member
    player.stays = new.stays
    # Phones are given participants that were not visited: no robot's.
    if new.robot and new.number:
        player.participant.visited = True
    elif old.robot and old.number:
        player.participant.visited = False


def seat_of(lesson, seat_id):
    """The seat with this id."""
    return lesson.seats[seat_id - 1]


def mark_seen(player):
    """Note that this player's phone is here."""
    if time.time() - player.seen > NOTED:
        player.seen = time.time()


def needs_place(player):
    """Whether the phone has to be given a number, or a group in part B."""
    return not player.number or (player.subsession.part == "groups" and not player.team)


def page_vars(player, lecturer):
    """What the page is rendered with: the address to join, its QR code, and the own link."""
    address = os.environ.get("LIVE_ADDRESS", "")
    join = f"{address}/room/{ROOM}"
    code = segno.make(f"{join}?welcome_page_ok=1", error="m", micro=False)
    return {
        "lecturer": lecturer,
        "join": join if address else "",
        "qr": code.svg_inline(border=4, omitsize=True, light="white") if address else "",
        "own_link": player.participant._start_url(),
    }
