"""The lesson's rules by themselves: stages, groups, robots, stand-ins, sheets."""

from dataclasses import replace

import moves
import pytest
from classroom import GROUP_SIZES, MOST_PRICE
from lesson import Lesson, RefusedError, Seat, Stage, check_answer, group_sizes
from phone import phone_view
from projector import projector_view
from records import MOST_GROUPS, read_groups
from sheets import sheets


def lesson_of(people, here=None):
    """A lesson in which `people` seats have numbers, and the first `here` of them phones."""
    here = people if here is None else here
    seats = [Seat(k, k if k <= people else 0, here=k <= here) for k in range(1, 63)]
    return Lesson(Stage(), tuple(seats), ())


def forward(lesson, times=1):
    for _ in range(times):
        lesson = moves.forward(lesson, lesson.stage.key).lesson
    return lesson


def answered(lesson, answer):
    """The lesson in which everybody who is asked answers `answer(seat)`."""
    for seat in lesson.seats:
        if lesson.expected(seat):
            values = check_answer(lesson, seat, lesson.stage.key, answer(seat))
            lesson = moves.given(lesson, seat, values).lesson
    return lesson


@pytest.mark.parametrize("people", range(3, 61))
def test_groups_have_three_to_five_members_and_hold_everybody(people):
    sizes = group_sizes(people)
    assert sum(sizes) == people
    assert set(sizes) <= set(GROUP_SIZES)
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("here", range(1, 61))
def test_however_many_come_late_everybody_gets_a_group_of_three_to_five(here):
    lesson = moves.start_groups(lesson_of(60, here))
    for number in range(here + 1, 61):
        lesson = moves.place_late(lesson, lesson.seat(number))
    assert all(seat.group for seat in lesson.seats if seat.number)
    assert {len(seats) for seats in lesson.groups.values()} <= set(GROUP_SIZES)
    assert max(lesson.groups) <= MOST_GROUPS
    for seats in lesson.groups.values():
        assert [seat.member for seat in seats] == list(range(1, len(seats) + 1))


def test_an_absent_member_s_last_message_is_repeated_and_a_group_of_nobody_goes_on():
    lesson = forward(moves.start_groups(lesson_of(8)), 2)
    lesson = forward(answered(lesson, lambda seat: [seat.member, 10 * seat.member]))
    before = lesson.histories
    lesson = forward(lesson, 2)
    for group, history in lesson.histories.items():
        assert history[2][0].tolist() == history[1][0].tolist() == before[group][1][0].tolist()
        assert history[2][1].tolist() == history[1][1].tolist()
    by = {answer.by for answer in lesson.answers if answer.turn == 2}
    assert by == {"absent"}
    assert read_groups(sheets(lesson)["groups.csv"]).aside == ()


def test_agreement_is_an_equilibrium_and_not_only_the_same_proposal():
    lesson = forward(moves.start_groups(lesson_of(4)), 2)
    lesson = forward(answered(lesson, lambda seat: [5, 0]))
    assert lesson.agreements == {1: 0}
    lesson = forward(lesson)
    board = phone_view(replace(lesson, stage=replace(lesson.stage, board=True)), lesson.seats[0])
    prices = {
        seat.member: phone_view(replace(lesson, stage=replace(lesson.stage, board=True)), seat)[
            "board"
        ]["price"]
        for seat in lesson.groups[1]
    }
    best = board["board"]["sums"].index(min(board["board"]["sums"]))
    lesson = forward(answered(lesson, lambda seat: [best, prices[seat.member]]))
    assert lesson.agreements == {1: 2}
    assert moves.button(lesson) == "Open the vote"
    again = replace(lesson, stage=replace(lesson.stage, turn=3, open=True))
    assert not any(again.expected(seat) for seat in again.seats)


def test_nobody_who_came_makes_no_difference_to_the_screen():
    lesson = forward(lesson_of(5), 2)
    assert lesson.numbers == []
    assert projector_view(lesson)["room"] is None
    assert sheets(lesson)["room.csv"] == "student,round 1\n"
    assert phone_view(lesson, lesson.seats[0])["played"][0]["effort"] is None


def test_the_set_leaves_seats_for_the_late():
    for people in (1, 10, 11, 30, 58, 60):
        size = moves.start_room(lesson_of(people)).stage.size
        assert size >= min(people + 2, 60)
    chosen = moves.set_size(lesson_of(30), 24).lesson
    assert moves.start_room(chosen).stage.size == 36


@pytest.mark.parametrize("value", [MOST_PRICE + 1, -1, 1.0, "1", None, True])
def test_a_price_that_is_not_allowed_is_refused_by_name(value):
    lesson = forward(moves.start_groups(lesson_of(3)), 2)
    with pytest.raises(RefusedError, match=rf"price: got .*; allowed: .* 0 to {MOST_PRICE}"):
        check_answer(lesson, lesson.seats[0], lesson.stage.key, [5, value])


def test_robots_take_no_seat_that_a_person_has_and_leave_as_they_came():
    lesson = lesson_of(3)
    full = moves.add_robots(lesson, "rider", 57).lesson
    assert sorted(seat.number for seat in full.seats if seat.number) == list(range(1, 61))
    with pytest.raises(RefusedError, match="count: got 1; allowed: 1 to 0"):
        moves.add_robots(full, "rider", 1)
    assert moves.remove_robots(full).lesson.seats == lesson.seats
