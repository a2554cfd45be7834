"""Decks and plans: what fits the time, what is on the screen, what is on paper."""

import re

import nbformat
import numpy as np
import pytest
from classroom import GROUP_SIZES, SIZES, Room, operations
from handout import STYLE, handout
from printed_sheets import sheet_texts
from site_files import ROOT, built

DECKS = sorted(path.stem for path in (ROOT / "course/slides").glob("*.ipynb"))
PLAYED = ("experiment", "workshop")
PLAN = re.compile(r"^\| (\d+)–(\d+) \| (\d+) \|(?: [\d–]+ \|)? (.+?) \| [^|]*\|$", re.MULTILINE)
DROPPED = re.compile(r"^\| (.+?) \| (\d+) \| (in|out)[^|]* \| (in|out)[^|]* \|$", re.MULTILINE)
NOTES = re.compile(r"^:::\{revealjs-notes\}\nMinutes (\d+)–(\d+)[.,] ", re.MULTILINE)


def text_of(name):
    return (ROOT / f"course/{name}.md").read_text(encoding="utf-8")


def markdown_of(deck):
    cells = nbformat.read(ROOT / f"course/slides/{deck}.ipynb", 4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


@pytest.mark.parametrize("session", ["session-1", "session-2", "session-3"])
def test_what_to_leave_out_frees_the_minutes_that_are_missing(session):
    plan = {activity: int(length) for _, _, length, activity in PLAN.findall(text_of(session))}
    rows = DROPPED.findall(text_of(session))
    assert len(rows) == 5
    for with_minutes, column in ((75, 2), (50, 3)):
        free = sum(int(row[1]) for row in rows if row[column] == "out")
        assert 90 - free <= with_minutes
        # Nothing is left out that there is time for.
        assert 90 - free > with_minutes - 5
    for activity, minutes, *_ in rows:
        (length,) = [n for full, n in plan.items() if full.startswith(activity)] or [None]
        assert length == int(minutes), activity


def test_a_group_has_the_time_that_its_arithmetic_takes():
    lengths = {
        re.search(r"Round \d", activity)[0]: int(length)
        for _, _, length, activity in PLAN.findall(text_of("experiment"))
        if "Round " in activity and int(length) and not activity.startswith("Rounds")
    }
    seconds = int(re.search(r"^SECONDS = (\d+)$", text_of("experiment"), re.MULTILINE)[1])
    for members in GROUP_SIZES:
        for number in (1, 2, 3):
            needed = operations(members, given_prices=number == 3) * seconds / 60
            assert lengths[f"Round {number}"] > needed, (members, number)


def test_operations_are_those_of_the_sheet():
    # P: two sums and the quotient; A: 3; L: 1; T: 4; tax: 1; cost: 1; what it loses: 2 sums.
    assert operations(3) == 3 + 3 + 1 + 4 + 1 + 1 + 2
    # For each of 11 efforts a product, the sum with the risk, the sum with the cost.
    assert operations(3, given_prices=True) - operations(3) == 33


@pytest.mark.parametrize("deck", PLAYED)
def test_a_played_deck_follows_its_plan(deck):
    ends = {int(end) for _, end, _, _ in PLAN.findall(text_of(deck))}
    minutes = [tuple(map(int, pair)) for pair in NOTES.findall(markdown_of(deck))]
    assert len(minutes) == markdown_of(deck).count("{revealjs-notes}")
    assert minutes[0][0] == 0
    assert max(end for _, end in minutes) == max(ends)
    assert all(start < end for start, end in minutes)
    assert [start for start, _ in minutes] == sorted(start for start, _ in minutes)


@pytest.mark.parametrize("size", SIZES)
def test_the_risk_table_on_the_screen_is_the_printed_one_in_steps(size):
    room = Room(range(1, size + 1), size)
    shown = nbformat.read(ROOT / "course/slides/experiment.ipynb", 4)
    (table,) = [
        output.data["text/html"]
        for cell in shown.cells
        if cell.source.endswith(f"risk_table({size})")
        for output in cell.outputs
    ]
    numbers = [int(number) for number in re.findall(r"<td>(\d+)</td>", table)]
    assert numbers == room.risks[room.risks > 0][:: room.screen_step].tolist()
    assert f"from {np.flatnonzero(room.risks == 0)[0]} on it is 0" in table
    assert len(re.findall("<tr>", table)) <= 9


def test_a_handout_has_each_slide_with_its_notes():
    page = handout([(b"1", "<p>Say this.</p>"), (b"2", "")])
    assert page.count("<article>") == 2
    assert "<b>1</b> <p>Say this.</p>" in page
    assert STYLE in page


@pytest.mark.parametrize("deck", DECKS)
def test_the_printed_handout_has_the_notes(deck):
    printed = re.sub(r"\W", "", "".join(sheet_texts(built(f"course/slides/{deck}-notes.pdf"))))
    notes = re.findall(r"\{revealjs-notes\}\n(.*?)\n:::", markdown_of(deck), re.DOTALL)
    assert notes
    for note in notes:
        assert re.sub(r"\W", "", note)[:30] in printed


@pytest.mark.parametrize("deck", DECKS)
def test_on_paper_a_picture_takes_the_room_that_its_sliders_leave(open_page, deck):
    page = open_page(f"course/slides/{deck}.html", width=1280, height=720)
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    measure = """() => [...document.querySelectorAll(".explore")].map((box) => [
      parseFloat(getComputedStyle(box.querySelector(".picture svg")).height),
      getComputedStyle(box.querySelector(".explore-controls input")).display])"""
    on_screen = page.evaluate(measure)
    page.emulate_media(media="print")
    on_paper = page.evaluate(measure)
    assert len(on_paper) == len(on_screen)
    if deck == "experiment":
        assert on_paper == []
        return
    for (small, _), (large, shown) in zip(on_screen, on_paper, strict=True):
        assert large > 1.2 * small
        assert shown == "none"
