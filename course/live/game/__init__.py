"""The oTree app: one page for everybody, on which phones and projector exchange live messages.

It stores the lesson and carries messages; what they mean is decided in `lesson`, `moves`, `phone`
and `projector`. No page waits for anybody and none has a timeout, so that no absent phone can
hold others up. Everything that is known lies in the database before an answer is confirmed.
"""

import moves
from lesson import MOST_SEATS, RefusedError, check_answer
from otree.api import BaseConstants, BaseGroup, BasePlayer, BaseSubsession, ExtraModel, Page
from otree.api import models as fields
from phone import phone_view
from projector import progress, projector_view
from sheets import answers_csv, groups_csv, room_csv, sheets

import game.store as store

doc = "The classroom experiment on phones: the unregulated game, then PESIM."
SPARE_SEATS = 2
PARTICIPANTS = MOST_SEATS + SPARE_SEATS + 1


class C(BaseConstants):
    NAME_IN_URL = "game"
    PLAYERS_PER_GROUP = None
    NUM_ROUNDS = 1


class Subsession(BaseSubsession):
    part = fields.StringField(initial="welcome")
    turn = fields.IntegerField(initial=0)
    is_open = fields.BooleanField(initial=False)
    size = fields.IntegerField(initial=0)
    board = fields.BooleanField(initial=False)
    # Grows with every change that a phone must learn of.
    version = fields.IntegerField(initial=1)


class Group(BaseGroup):
    pass


class Player(BasePlayer):
    number = fields.IntegerField(initial=0)
    robot = fields.StringField(initial="")
    team = fields.IntegerField(initial=0)
    member = fields.IntegerField(initial=0)
    stays = fields.BooleanField()
    seen = fields.FloatField(initial=0)


class Entry(ExtraModel):
    """One answer. `first` is an effort or a proposal, `second` a price or None."""

    subsession = fields.Link(Subsession)
    part = fields.StringField()
    turn = fields.IntegerField()
    number = fields.IntegerField()
    team = fields.IntegerField()
    member = fields.IntegerField()
    first = fields.IntegerField()
    second = fields.IntegerField()
    by = fields.StringField()


def creating_session(subsession):
    players = subsession.get_players()
    if len(players) != PARTICIPANTS:
        raise ValueError(f"participants: got {len(players)}; allowed: {PARTICIPANTS}")
    # Phones are given participants that were not visited: never the lecturer or a spare seat.
    for player in players[MOST_SEATS:]:
        player.participant.visited = True


def is_lecturer(player):
    return player.id_in_group == PARTICIPANTS


def receive(player, message):
    """oTree's live method: answers one message from a phone or from the lecturer."""
    me, subsession = player.id_in_group, player.subsession
    message = message if isinstance(message, dict) else {}
    if message.get("do") == "hello" and not is_lecturer(player):
        store.mark_seen(player)
        if not store.needs_place(player) and message.get("have") == subsession.version:
            return {me: {"version": subsession.version}}
    lesson = store.load(subsession, Entry)
    try:
        if is_lecturer(player):
            return _lecture(subsession, lesson, message)
        return _attend(player, lesson, message)
    except RefusedError as refusal:
        return {me: {"refused": str(refusal)}}


def _attend(player, lesson, message):
    """What a phone gets for its message, and what the projector learns of it."""
    me, subsession = player.id_in_group, player.subsession
    if store.needs_place(player):
        lesson = store.save(subsession, Entry, lesson, _placed(lesson, me), quiet=True)
    if message.get("do") == "answer":
        seat = store.seat_of(lesson, me)
        values = check_answer(lesson, seat, message.get("key"), message.get("values"))
        if change := moves.given(lesson, seat, values):
            lesson = store.save(subsession, Entry, lesson, change, quiet=True)
    view = phone_view(lesson, store.seat_of(lesson, me)) | {"version": subsession.version}
    return {me: view, PARTICIPANTS: {"progress": progress(lesson)}}


def _placed(lesson, me):
    """The `Change` in which this phone has a number, and in part B a group."""
    seat = store.seat_of(lesson, me)
    if not seat.number:
        lesson = moves.numbered(lesson, seat)
        seat = store.seat_of(lesson, me)
    if lesson.stage.part == "groups" and not seat.group:
        lesson = moves.place_late(lesson, seat)
    return moves.Change(lesson)


def _lecture(subsession, lesson, message):
    """What everybody gets when the lecturer presses a button."""
    do, key = message.get("do"), message.get("key")
    buttons = {
        "forward": lambda: moves.forward(lesson, key),
        "skip": lambda: moves.skip(lesson, key, message.get("part")),
        "board": lambda: moves.show_board(lesson, message.get("shown")),
        "robots": lambda: moves.add_robots(lesson, message.get("kind"), message.get("count")),
        "no robots": lambda: moves.remove_robots(lesson),
        "size": lambda: moves.set_size(lesson, message.get("size")),
    }
    if do == "sheets":
        return {PARTICIPANTS: {"sheets": sheets(lesson)}}
    if do not in buttons:
        return {PARTICIPANTS: projector_view(lesson) | {"version": subsession.version}}
    lesson = store.save(subsession, Entry, lesson, buttons[do]())
    version = {"version": subsession.version}
    views = {
        seat.id: phone_view(lesson, seat) | version
        for seat in lesson.seats
        if seat.number and not seat.robot
    }
    return views | {PARTICIPANTS: projector_view(lesson) | version}


class Play(Page):
    live_method = receive
    use_blank_layout = True

    @staticmethod
    def vars_for_template(player):
        return store.page_vars(player, is_lecturer(player))

    @staticmethod
    def js_vars(player):
        return {"lecturer": is_lecturer(player)}

    @staticmethod
    def error_message(player, values):
        return "Nothing is sent by this form: the page's own buttons answer."


page_sequence = [Play]


def _latest(players):
    """The lesson of the session that was created last, of those exported."""
    subsession = max((player.subsession for player in players), key=lambda each: each.id)
    return store.load(subsession, Entry)


def custom_export_room(players):
    return _rows(room_csv(_latest(players)))


def custom_export_groups(players):
    return _rows(groups_csv(_latest(players)))


def custom_export_answers(players):
    return _rows(answers_csv(_latest(players)))


def _rows(text):
    return [line.split(",") for line in text.splitlines()]
