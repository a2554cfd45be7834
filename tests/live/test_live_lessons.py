"""Whole lessons with programs for students: nobody is stuck, and the library's numbers come out."""

import asyncio

import numpy as np
import pytest
from classroom import GROUP_SIZES, ROUNDS, group_outcome
from records import read_groups, read_room
from whole_class import GROUP_TURNS, WholeClass


@pytest.mark.parametrize("students", [3, 4, 29, 60])
def test_a_lesson_with_late_absent_and_returning_students_runs_to_its_end(server, students):
    lesson = WholeClass(server, students, reliable=False)
    sheets = asyncio.run(lesson.play())
    size = lesson.teacher.view["size"]
    record = read_room(sheets["room.csv"], size)
    assert len(record.numbers) == students - 1
    # The late miss two rounds, those who come and go one; nothing else was set aside.
    assert len(record.aside) == 2 * (len(lesson.late) - 1) + len(lesson.flaky)
    assert all(aside.reason == "missing" for aside in record.aside)
    groups = read_groups(sheets["groups.csv"])
    assert groups.aside == ()
    for each in groups.rounds:
        assert len(each.proposals) in GROUP_SIZES
        assert group_outcome(each.proposals, each.prices)[1].sum() == pytest.approx(0, abs=1e-6)
    assert {each.round for each in groups.rounds} == set(range(1, GROUP_TURNS + 1))


def test_sixty_at_once_leave_no_error_and_sheets_with_nothing_set_aside(server):
    sheets = asyncio.run(WholeClass(server, 60, reliable=True).play())
    record, groups = read_room(sheets["room.csv"], 60), read_groups(sheets["groups.csv"])
    assert record.efforts.shape == (60, ROUNDS)
    assert not np.isnan(record.efforts).any()
    assert record.aside == groups.aside == ()
    assert len(groups.rounds) == 15 * GROUP_TURNS
    people = [line for line in sheets["answers.csv"].splitlines() if ",person," in line]
    # Every card, the investors' efforts, and every message.
    assert len(people) == 60 * ROUNDS + 15 + 60 * GROUP_TURNS
