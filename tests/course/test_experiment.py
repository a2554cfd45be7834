"""The classroom experiment: its games, its printed sheets, its reader, its simulated classes."""

import contextlib
import io
import itertools
import re

import classroom_figures
import nbformat
import numpy as np
import pytest
from classroom import (
    BLACK,
    CARDS,
    GROUP_LOSS,
    GROUP_ROUNDS,
    GROUP_SIZES,
    INVESTOR_COST,
    MOST_PRICE,
    OTHERS_COST,
    PROPOSALS,
    RED,
    ROUNDS,
    SIZES,
    Room,
    equilibrium_prices,
    group_alone,
    group_costs,
    group_game,
    group_losses,
    group_optimum,
    group_outcome,
    group_risks,
    simulate_group,
    simulate_room,
    size_for,
)
from hypothesis import given
from hypothesis import strategies as st
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from print_cards import groups_page, room_page
from printed_sheets import sheet_texts
from pypdf import PdfReader
from records import (
    MOST_GROUPS,
    SHEETS,
    group_example,
    group_sheet,
    read_groups,
    read_room,
    report,
    room_example,
    room_sheet,
)
from site_files import ROOT, built

from pesim_lib import nash_equilibrium, social_optimum

ROOMS = [Room(np.arange(1, n + 1), size_for(n)) for n in (10, 12, 13, 25, 37, 49, 60)]
SMALL = Room([1, 2, 3, 4], 12)


def name(room):
    return f"{len(room.numbers)} of {room.size}"


# Part A


@pytest.mark.parametrize("room", ROOMS, ids=name)
def test_the_printed_risks_and_points_are_those_of_the_game(room):
    random = np.random.default_rng(0)
    for _ in range(20):
        cards = random.choice(CARDS, len(room.numbers))
        assert np.abs(room.game.risks(cards) - room.risks[cards.sum()]).max() <= 0.5
        assert np.abs(room.loss - room.game.costs(cards) - room.points(cards)).max() <= 0.5
    assert len(room.risks) == CARDS[-1] * room.size + 1
    assert room.risks[room.halving] == room.loss / 2


@pytest.mark.parametrize("room", ROOMS, ids=name)
def test_totals_in_equilibrium_and_at_the_optimum_are_as_derived_by_hand(room):
    first_unit = room.loss * np.log(2) / room.halving
    assert room.nash.sum() == pytest.approx(room.halving * np.log2(first_unit / RED))
    heard = first_unit * len(room.numbers)
    assert room.optimum.sum() == pytest.approx(room.halving * np.log2(heard / RED))


@pytest.mark.parametrize("room", ROOMS, ids=name)
def test_cards_at_rest_are_an_equilibrium_near_the_library_s(room):
    cards = room.settle()
    points = room.points(cards)
    for student, card in itertools.product(range(len(cards)), CARDS):
        other = np.where(np.arange(len(cards)) == student, card, cards)
        assert room.points(other)[student] <= points[student]
    assert abs(cards.sum() - room.nash.sum()) < 2
    assert not cards[~room.red].any()


@pytest.mark.parametrize("room", ROOMS, ids=name)
def test_the_best_cards_are_near_the_optimum_and_can_be_played(room):
    cards = room.best_cards()
    assert set(cards) <= set(CARDS)
    assert not cards[~room.red].any()
    assert abs(cards.sum() - room.optimum.sum()) < 4
    social = (room.loss - room.points(cards)).sum()
    assert social <= room.game.social_cost(room.optimum) * 1.02


@pytest.mark.parametrize("room", ROOMS, ids=name)
def test_at_the_best_cards_every_red_student_earns_less_than_any_black_one(room):
    points = room.points(room.best_cards())
    assert points[room.red].max() < points[~room.red].min()


def test_the_more_the_others_do_the_less_a_student_does():
    for room in ROOMS:
        done = [room.best_card(0, np.full(len(room.numbers), card)) for card in CARDS]
        assert done == sorted(done, reverse=True)
        assert done[0] > done[-1] == 0


def test_in_a_small_room_enumeration_finds_the_same_equilibria_and_optimum():
    profiles = np.array(list(itertools.product(CARDS, repeat=4)))
    totals = [SMALL.points(cards).sum() for cards in profiles]
    assert SMALL.points(SMALL.best_cards()).sum() == max(totals)
    at_rest = [
        cards.tolist()
        for cards in profiles
        if all(
            SMALL.points(cards)[k] >= SMALL.points(np.where(np.arange(4) == k, card, cards))[k]
            for k in range(4)
            for card in CARDS
        )
    ]
    assert SMALL.settle().tolist() in at_rest


def test_a_missing_card_adds_nothing_and_earns_nothing():
    points = SMALL.points(np.array([2, np.nan, 1, 0]))
    assert np.isnan(points[1])
    assert points[0] == SMALL.loss - SMALL.risks[3] - 2 * RED
    assert points[3] == SMALL.loss - SMALL.risks[3]
    assert SMALL.points(np.array([0, 1, 0, 0]))[1] == SMALL.loss - SMALL.risks[1] - BLACK


@pytest.mark.parametrize(
    ("numbers", "size", "named"),
    [([], 12, "numbers"), ([0, 1], 12, "numbers"), ([13], 12, "numbers"), ([1], 13, "size")],
)
def test_a_room_without_students_or_with_foreign_numbers_is_refused(numbers, size, named):
    with pytest.raises(ValueError, match=f"{named}: got"):
        Room(numbers, size)


def test_the_smallest_set_with_a_sheet_for_everybody_is_taken():
    for students in range(1, SIZES[-1] + 1):
        assert size_for(students) == min(size for size in SIZES if size >= students)
    for students in (0, 61):
        with pytest.raises(ValueError, match="students: got"):
            size_for(students)


# Part B


@pytest.mark.parametrize("members", GROUP_SIZES)
def test_the_investor_alone_can_be_worth_its_effort(members):
    game = group_game(members)
    first_unit = -game.risk_jacobian(np.zeros(members)).sum(axis=0)
    assert INVESTOR_COST < first_unit[0] < OTHERS_COST
    assert (social_optimum(game).x[1:] == 0).all()
    assert group_losses(members).sum() == GROUP_LOSS
    assert social_optimum(game).x[0] == pytest.approx(group_optimum(members), abs=0.02)
    assert nash_equilibrium(game).x[0] == pytest.approx(group_alone(members), abs=0.2)
    assert group_alone(members) < group_optimum(members)


@pytest.mark.parametrize("members", GROUP_SIZES)
def test_the_members_cards_are_their_risks(members):
    game, risks = group_game(members), group_risks(members)
    assert risks.shape == (members, members * PROPOSALS[-1] + 1)
    for total, column in enumerate(risks.T):
        x = np.eye(members)[0] * total / members
        assert np.abs(game.risks(x) - column).max() <= 0.5 + 1e-9


@pytest.mark.parametrize("members", GROUP_SIZES)
def test_at_the_board_s_prices_nobody_gains_by_another_message(members):
    best, board = np.full(members, group_optimum(members)), equilibrium_prices(members)
    assert board.max() <= MOST_PRICE
    costs = group_costs(best, board)
    assert group_outcome(best, board)[1].sum() == pytest.approx(0)
    for k, proposal, price in itertools.product(range(members), PROPOSALS, (1, 10, 100)):
        own = np.arange(members) == k
        changed = group_costs(np.where(own, proposal, best), np.where(own, price, board))
        assert changed[k] >= costs[k] - 0.5


@pytest.mark.parametrize("members", GROUP_SIZES)
def test_at_the_board_s_prices_all_members_want_the_same_effort(members):
    game, board = group_game(members), equilibrium_prices(members)
    share = np.roll(board, -1) - np.roll(board, -2)
    efforts = np.linspace(0, 10, 1001)
    costs = np.array([game.costs(np.eye(members)[0] * x) + share * x for x in efforts])
    assert efforts[costs.argmin(axis=0)] == pytest.approx(group_optimum(members), abs=0.02)


@pytest.mark.parametrize("members", GROUP_SIZES)
def test_the_empty_rows_of_every_card_have_one_least_sum_the_optimum(members):
    board = equilibrium_prices(members)
    for k, risks in enumerate(group_risks(members)):
        share = board[(k + 1) % members] - board[(k + 2) % members]
        sums = risks[members * PROPOSALS] + share * PROPOSALS
        if k == 0:
            sums = sums + INVESTOR_COST * PROPOSALS
        assert np.flatnonzero(sums == sums.min()).tolist() == [group_optimum(members)]


def test_walker_s_taxes_cover_the_cost_for_every_message():
    random = np.random.default_rng(1)
    for n in (3, 4, 7):
        m, q = random.normal(size=n), random.random()
        taxes = (q / n + np.roll(m, -1) - np.roll(m, -2)) * m.sum()
        assert taxes.sum() == pytest.approx(q * m.sum())


def test_an_outcome_is_as_the_sheet_says():
    random = np.random.default_rng(0)
    for members in GROUP_SIZES:
        y, prices = random.choice(PROPOSALS, members), random.integers(0, MOST_PRICE, members)
        total = sum(y)
        effort, taxes = group_outcome(y, prices)
        assert effort * members == pytest.approx(total)
        for i in range(members):
            after, second = (i + 1) % members, (i + 2) % members
            own = prices[i] * (y[i] - y[after]) ** 2
            following = prices[after] * (y[after] - y[second]) ** 2
            t = (prices[after] - prices[second]) * total + members * (own - following)
            assert taxes[i] * members == pytest.approx(t)
        assert taxes.sum() == pytest.approx(0, abs=1e-9)


def test_groups_of_two_or_six_are_refused():
    for members in (2, 6):
        with pytest.raises(ValueError, match=f"members: got {members}"):
            group_losses(members)


# Simulated classes


@pytest.mark.parametrize("students", [10, 25, 60])
def test_selfish_classes_find_the_equilibrium_and_altruists_the_optimum(students):
    room = Room(np.arange(1, students + 1), size_for(students))
    for altruists, total in [(0, room.nash.sum()), (1, room.optimum.sum())]:
        random = np.random.default_rng(3)
        cards = simulate_room(random, room, 60, altruists=altruists, noise=0)[:, 20:]
        assert set(np.unique(cards)) <= set(CARDS)
        assert cards.sum(axis=0).mean() == pytest.approx(total, rel=0.1)


def test_free_riders_never_make_an_effort():
    room = ROOMS[3]
    cards = simulate_room(np.random.default_rng(0), room, 20, free_riders=0.4)
    assert np.sum(~cards.any(axis=1)) >= 10
    assert not simulate_room(np.random.default_rng(0), room, 5, free_riders=1).any()


@pytest.mark.parametrize("members", GROUP_SIZES)
def test_simulated_groups_end_at_the_optimum_and_balance_all_the_way(members):
    proposals, prices = simulate_group(np.random.default_rng(5), members)
    assert (proposals[0] != group_optimum(members)).all()
    assert (proposals[-1] == group_optimum(members)).all()
    for each, price in zip(proposals, prices, strict=True):
        assert group_outcome(each, price)[1].sum() == pytest.approx(0, abs=1e-9)


# Sheets to fill in, and the example


def test_the_stored_sheets_are_those_that_the_code_writes():
    def stored(name):
        return (SHEETS / f"{name}.csv").read_text(encoding="utf-8")

    assert stored("room-example") == room_example()
    assert stored("groups-example") == group_example()
    assert stored("room") == room_sheet([[number] for number in range(1, SIZES[-1] + 1)])
    rounds = itertools.product(range(1, MOST_GROUPS + 1), range(1, GROUP_ROUNDS + 1))
    assert stored("groups") == group_sheet([list(each) for each in rounds])


@pytest.mark.parametrize("size", SIZES)
def test_an_empty_sheet_reads_as_rows_without_entry(size):
    record = read_room(SHEETS / "room.csv", size)
    assert len(record.numbers) == 0
    assert record.rounds == ROUNDS
    assert report(record) == "without an entry: student 1 and 59 more"
    assert report(read_groups(SHEETS / "groups.csv")).startswith("without an entry: group 1")


# Reading


def test_a_clean_sheet_is_read_as_it_stands():
    record = read_room(room_sheet([[1, 0, 1, 2, 3], [4, 6, 5, 4, 3]]), 12)
    assert record.numbers.tolist() == [1, 4]
    assert record.efforts.tolist() == [[0, 1, 2, 3], [6, 5, 4, 3]]
    assert record.aside == ()
    assert report(record) == "nothing was set aside"


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("", "missing"),
        ("3 late", "late"),
        ("LATE", "late"),
        ("-1", "no card from 0 to 6"),
        ("7", "no card"),
        ("1e9", "no card"),
        ("1000000000000000000000", "no card"),
        ("three", "no card"),
        ("2.5", "no card"),
        ("2;5", "no card"),
        ("nan", "no card"),
        ("=1+1", "no card"),
        ("1_0", "no card"),
    ],
)
def test_an_entry_that_is_no_card_is_set_aside_with_its_reason(entry, reason):
    record = read_room(room_sheet([[1, 2, 2, 2, 2], [2, 1, entry, 3, 4]]), 12)
    assert record.numbers.tolist() == [1, 2]
    assert np.isnan(record.efforts[1, 1])
    assert np.isnan(record.efforts).sum() == 1
    (aside,) = record.aside
    assert (aside.line, aside.what) == (3, "student 2, round 2")
    assert reason in aside.reason
    assert entry in aside.reason


@pytest.mark.parametrize("entry", ["2", " 2 ", '"2"', "2.0", "+2", "02"])
def test_other_spellings_of_a_card_are_read(entry):
    record = read_room(room_sheet([[1, 2, entry, 2, 2]]), 12)
    assert record.efforts[0, 1] == 2
    assert record.aside == ()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,3,3,3,3", "has a row above"),
        ("61,1,1,1,1", "no student's number"),
        ("52,1,1,1,1", "the printed set has the numbers 1 to 36"),
        ("0,1,1,1,1", "no student's number"),
        ("Anna,1,1,1,1", "no student's number"),
        (",1,1,1,1", "no student's number"),
        ("2,1,1,1,1,1", "5 entries for 4 rounds"),
        ("2,2,5,3,4,1", "5 entries for 4 rounds"),
        ("2,,,,", "no entry"),
    ],
)
def test_a_row_that_cannot_be_used_is_set_aside_whole(row, reason):
    record = read_room("student,round 1,round 2,round 3,round 4\n1,0,0,0,0\n" + row + "\n", 36)
    assert record.numbers.tolist() == [1]
    (aside,) = record.aside
    assert aside.line == 3
    assert reason in aside.reason


SHEET = "student;round 1;round 2\r\n1;2;3\r\n\r\n2;4,0;late\r\n"


@pytest.mark.parametrize(
    "sheet",
    [
        SHEET,
        "\ufeff" + SHEET,
        SHEET.encode("utf-8-sig"),
        SHEET.encode("utf-16"),
        SHEET.replace("student", "Schüler").encode("cp1252"),
        SHEET.replace(";", "\t"),
        SHEET.replace(";", ",").replace("4,0", "4"),
        SHEET.replace("\r\n", "\n") + ";;\n\n",
        SHEET.split("\r\n", 1)[1],
    ],
    ids=["text", "mark", "utf-8", "utf-16", "cp1252", "tabs", "commas", "blank", "headless"],
)
def test_every_way_to_store_a_sheet_is_read_alike(sheet):
    record = read_room(sheet, 60)
    assert record.numbers.tolist() == [1, 2]
    assert record.efforts[0].tolist() == [2, 3]
    assert record.efforts[1, 0] == 4
    (aside,) = record.aside
    assert aside.what == "student 2, round 2"


@pytest.mark.parametrize("sheet", ["", "\n\n", b"", ";;;\n", "student,round 1\n", '"\n"'])
def test_a_sheet_without_rows_is_an_empty_record(sheet):
    for record in (read_room(sheet, 60), read_groups(sheet)):
        assert record.aside == ()
    assert len(read_room(sheet, 60).numbers) == 0
    assert read_groups(sheet).rounds == ()


ENTRIES = st.sampled_from(
    [
        "",
        "1",
        "2",
        "3",
        "6",
        "7",
        "-1",
        "1e9",
        "late",
        "2,0",
        "x",
        '"',
        " ",
        "60",
        "61",
        "ü",
        "\x00",
    ]
)
ROWS = st.lists(st.lists(ENTRIES, min_size=1, max_size=7), max_size=8)
TYPED = st.builds(
    lambda titled, separator, rows: "\n".join(
        [*(["student,round 1,round 2".replace(",", separator)] if titled else [])]
        + [separator.join(row) for row in rows]
    ),
    st.booleans(),
    st.sampled_from(",;\t"),
    ROWS,
)


def rows_of(sheet):
    """How many rows below the title a sheet has."""
    lines = [line for line in sheet.splitlines() if re.sub(r'[\s,;"]', "", line)]
    first = re.split(r"[,;\t]", lines[0])[0].strip(' "') if lines else ""
    titled = lines and not re.fullmatch(r"\+?[0-9]{1,9}([.,]0*)?", first)
    return len(lines) - bool(titled)


@given(st.one_of(TYPED, st.text()))
def test_every_row_and_every_entry_of_any_sheet_is_used_or_set_aside(sheet):
    record = read_room(sheet, 60)
    entries = [aside for aside in record.aside if ", round" in aside.what]
    rows = len(record.aside) - len(entries)
    assert len(record.numbers) + rows == rows_of(sheet)
    assert np.isnan(record.efforts).sum() == len(entries)
    assert len(set(record.numbers)) == len(record.numbers)
    assert np.isin(record.efforts[~np.isnan(record.efforts)], CARDS).all()
    groups = read_groups(sheet)
    assert len(groups.rounds) + len(groups.aside) == rows_of(sheet)
    for each in groups.rounds:
        assert len(each.proposals) == len(each.prices)
        assert len(each.prices) in GROUP_SIZES


@given(st.binary())
def test_any_file_is_read(content):
    read_room(content, 60)
    read_groups(content)


def test_a_clean_group_is_read_as_it_stands():
    record = read_groups(group_sheet([[1, 1, 5, 10, 6, 0, 7, 500], [2, 3, *[1, 2] * 5]]))
    assert record.aside == ()
    first, second = record.rounds
    assert (first.group, first.round, second.group, second.round) == (1, 1, 2, 3)
    assert first.proposals.tolist() == [5, 6, 7]
    assert first.prices.tolist() == [10, 0, 500]
    assert len(second.prices) == 5


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,2,5,1,5,1,5", "price of member 3: missing"),
        ("1,2,5,1,,1,5,1", "proposal of member 2: missing"),
        ("1,2,11,1,5,1,5,1", "proposal of member 1: '11' is no whole number from 0 to 10"),
        ("1,2,5,-1,5,1,5,1", "price of member 1: '-1' is no whole number from 0 to 500"),
        ("1,2,5,1e9,5,1,5,1", "'1e9'"),
        ("1,2,5,1,5,1,5 late,1", "late"),
        ("1,2,5,1,5,1", "2 members"),
        ("1,2," + "5,1," * 4, "4 members; the group had 3 above"),
        ("1,2," + "5,1," * 6, "12 entries"),
        ("1,1,5,1,5,1,5,1", "has a row above"),
        ("1,,5,1,5,1,5,1", "no group and round"),
        ("0,1,5,1,5,1,5,1", "no group and round"),
        ("1,2", "no entry"),
    ],
)
def test_a_group_s_row_that_cannot_be_used_is_set_aside(row, reason):
    record = read_groups(group_sheet([[1, 1, 5, 1, 5, 1, 5, 1]]) + row + "\n")
    assert len(record.rounds) == 1
    (aside,) = record.aside
    assert aside.line == 3
    assert reason in aside.reason


def results(room, tmp_path):
    """The notebook of results run on a sheet up to the room's picture: the cells' outputs."""
    notebook = nbformat.read(ROOT / "course/experiment-results.ipynb", 4)
    last = next(k for k, cell in enumerate(notebook.cells) if "room_rounds(" in cell.source)
    notebook.cells = notebook.cells[: last + 1]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    sheet = tmp_path / "room.csv"
    sheet.write_text(room, encoding="utf-8")
    files = next(cell for cell in notebook.cells if cell.source.startswith("ROOM_FILE"))
    files.source = f"{files.source}\nROOM_FILE = {str(sheet)!r}"
    client = NotebookClient(notebook, resources={"metadata": {"path": str(ROOT / "course")}})
    with contextlib.suppress(CellExecutionError):
        client.execute()
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def test_a_mistyped_number_does_not_stop_the_results(tmp_path):
    said, counted, shown = results(room_sheet([[1, 0, 0, 0, 0], [52, 1, 1, 1, 1]]), tmp_path)
    assert "student 52: the printed set has the numbers 1 to 36" in said.text
    assert "1 students, 1 of them red" in counted.text
    assert "1 students: total effort 0, 0, 0, 0" in shown.data["text/plain"]


def test_an_empty_sheet_stops_the_results_with_one_line(tmp_path):
    said, stopped = results(room_sheet([[1], [2]]), tmp_path)
    assert said.text.strip() == "without an entry: student 1 and 1 more"
    assert stopped.output_type == "error"
    assert stopped.traceback == ["No student has a card yet: fill in the room's sheet."]


# Pictures


def test_the_room_s_picture_states_its_totals():
    figure = classroom_figures.room_rounds(SMALL, np.array([[1, 6], [np.nan, 6], [2, 6], [0, 6]]))
    assert "total effort 3, 24 in rounds 1 to 2" in figure.get_label()
    assert f"equilibrium {SMALL.nash.sum():.1f}" in figure.get_label()


def test_the_groups_picture_counts_who_agrees_on_the_best():
    sheet = group_sheet([[1, 1, *[5, 1] * 3], [2, 1, *[6, 1] * 3], [3, 1, 5, 1, 6, 1, 7, 1]])
    label = classroom_figures.proposals_by_round(read_groups(sheet).rounds).get_label()
    assert "agree in 2 of 3 groups" in label
    assert "the best one, 6, in 2." in label
    assert "No group" in classroom_figures.proposals_by_round(()).get_label()


# Print


def pages(name):
    return sheet_texts(built(f"course/experiment/{name}.pdf"))


@pytest.mark.parametrize("size", SIZES)
def test_a_set_has_the_risk_table_and_a_sheet_with_cards_for_every_student(size):
    table, counting, *sheets = pages(f"room-{size}")
    room = Room(np.arange(1, size + 1), size)
    shown = [list(map(int, line.split())) for line in table.splitlines() if line[:1].isdigit()]
    rows = {row[0]: row[1:] for row in shown[1:]}
    assert [risk for tens in sorted(rows) for risk in rows[tens]] == room.risks.tolist()
    assert counting.count("Round ") == ROUNDS
    assert len(sheets) == size / 2
    for number in room.numbers:
        (sheet,) = [text for text in sheets if re.search(rf"Student {number}\b", text)]
        assert len(re.findall(rf"student {number}\b", sheet)) == ROUNDS
        assert f"You start each round with {room.loss} points." in " ".join(sheet.split())
    assert sum(text.count("♦ red") for text in sheets) == size / 2


def test_groups_have_a_sheet_and_cards_for_each_size():
    printed = pages("groups")
    starts = [k for k, text in enumerate(printed) if "Group sheet" in text]
    assert len(starts) == len(GROUP_SIZES)
    for members, start, end in zip(GROUP_SIZES, starts, [*starts[1:], None], strict=True):
        sheet, cards = printed[start], " ".join(printed[start + 1 : end])
        words = " ".join(sheet.split())
        assert f"Group sheet for {members} members" in words
        assert re.findall(r"Round (\d)", words) == [str(k) for k in range(GROUP_ROUNDS + 1)]
        assert f"proposal for the effort (0 to {PROPOSALS[-1]})" in words
        assert f"member 1 adds {INVESTOR_COST} × effort" in words
        assert cards.count("sum") == 2 * members
        assert cards.count("L × effort") == members
        assert cards.count(f"{INVESTOR_COST} × effort") == 1
        lines = cards.splitlines()
        for member, risks in enumerate(group_risks(members), 1):
            assert f"Member {member} of {members}" in cards
            assert set(risks) <= set(map(int, re.findall(r"\d+", cards)))
            at_efforts = " ".join(map(str, risks[members * PROPOSALS]))
            assert f"my risk {at_efforts}" in lines


OUTSIDE = """() => [...document.querySelectorAll("section, .pair article")].flatMap((sheet) => {
  const edge = sheet.getBoundingClientRect();
  return [...sheet.querySelectorAll("*")].filter((element) => {
    const box = element.getBoundingClientRect();
    const cut = element.scrollWidth > element.clientWidth + 1 && element.matches("td, th");
    return cut || box.right > edge.right || box.bottom > edge.bottom;
  }).map((element) => element.outerHTML.slice(0, 80));
})"""


@pytest.mark.parametrize(
    "html", [*map(room_page, SIZES), groups_page()], ids=[*map(str, SIZES), "groups"]
)
def test_nothing_is_cut_off_a_printed_sheet(html, chromium):
    page = chromium.new_page()
    page.emulate_media(media="print")
    page.set_content(html)
    assert page.evaluate(OUTSIDE) == []
    page.add_style_tag(content="section { height: 40mm !important }")
    assert page.evaluate(OUTSIDE)
    printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert printed.pages[0].mediabox.width == pytest.approx(595, abs=2)
    page.close()
