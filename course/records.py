"""Record sheets of the classroom experiment: CSV files that people have typed.

Every entry is used or set aside with a reason; none is dropped, guessed or repaired.
"""

import codecs
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from classroom import (
    CARDS,
    GROUP_ROUNDS,
    GROUP_SIZES,
    MOST_PRICE,
    PROPOSALS,
    ROUNDS,
    SIZES,
    Room,
    simulate_group,
    simulate_room,
    size_for,
)

SHEETS = Path(__file__).parent / "experiment"
# 3, 3.0 and 3,0 are whole numbers; 3.5, 1e3 and -1 are none.
WHOLE = re.compile(r"\+?([0-9]{1,9})([.,]0*)?")
MOST_GROUPS = 20
NO_ENTRY = "no entry"


class EmptyRecordError(ValueError):
    """A sheet without an entry that can be used. A notebook stops at its message, one line."""

    def _render_traceback_(self):
        return [str(self)]


@dataclass(frozen=True)
class Aside:
    """An entry that was set aside: its `line` in the file, `what` it is, the `reason`."""

    line: int
    what: str
    reason: str

    def __str__(self):
        return f"line {self.line}, {self.what}: {self.reason}"


@dataclass(frozen=True, eq=False)
class RoomRecord:
    """Part A as recorded.

    Attributes
    ----------
    numbers : (n,) int array
        The students' numbers, each once, in the file's order.
    efforts : (n, rounds) array
        Their cards, NaN where none was used.
    aside : tuple of Aside
        Everything else.
    size : int
        The size of the printed set.
    """

    numbers: np.ndarray
    efforts: np.ndarray
    aside: tuple[Aside, ...]
    size: int

    @property
    def room(self):
        """The students as a `Room`; raises `EmptyRecordError` if there is none."""
        if not self.numbers.size:
            raise EmptyRecordError("No student has a card yet: fill in the room's sheet.")
        return Room(self.numbers, self.size)

    @property
    def rounds(self):
        """The number of rounds."""
        return self.efforts.shape[1]


@dataclass(frozen=True, eq=False)
class GroupRound:
    """One round of one group in part B: whole `proposals` and `prices`, one for each member."""

    group: int
    round: int
    proposals: np.ndarray
    prices: np.ndarray


@dataclass(frozen=True, eq=False)
class GroupRecord:
    """Part B as recorded: the `rounds` that can be used, and what was set `aside`."""

    rounds: tuple[GroupRound, ...]
    aside: tuple[Aside, ...]


@dataclass
class _Table:
    """The cells of a sheet: its header's width and (line, cells) for each row that is not blank."""

    width: int
    rows: list = field(default_factory=list)


def read_room(sheet, size):
    """Part A's `RoomRecord` from a sheet: a path, bytes, or text.

    One row for each student: its number, at most the `size` of the printed set, then one card for
    each round. Separators may be commas, semicolons or tabs. An entry that contains "late" came
    after its round had closed.
    """
    table, numbers, efforts, aside = _table(sheet), [], [], []
    for line, cells in table.rows:
        number = _whole(cells[0], 1, SIZES[-1])
        entries, rest = cells[1 : table.width], cells[table.width :]
        if number is None:
            reason = f"no student's number from 1 to {size}"
            aside.append(Aside(line, f"row {cells[0]!r}", reason))
        elif number in numbers:
            aside.append(Aside(line, f"student {number}", "has a row above"))
        elif any(rest):
            reason = f"{len(cells) - 1} entries for {table.width - 1} rounds"
            aside.append(Aside(line, f"student {number}", reason))
        elif not any(entries):
            aside.append(Aside(line, f"student {number}", NO_ENTRY))
        elif number > size:
            reason = f"the printed set has the numbers 1 to {size}"
            aside.append(Aside(line, f"student {number}", reason))
        else:
            entries += [""] * (table.width - 1 - len(entries))
            cards = [_whole(entry, CARDS[0], CARDS[-1]) for entry in entries]
            for k, (entry, card) in enumerate(zip(entries, cards, strict=True), 1):
                if card is None:
                    what = f"student {number}, round {k}"
                    aside.append(Aside(line, what, _why(entry, f"no card from 0 to {CARDS[-1]}")))
            numbers.append(number)
            efforts.append([np.nan if card is None else card for card in cards])
    shape = (len(numbers), max(table.width - 1, 0))
    return RoomRecord(
        np.array(numbers, dtype=int),
        np.array(efforts, dtype=float).reshape(shape),
        tuple(aside),
        size,
    )


def read_groups(sheet):
    """Part B's `GroupRecord` from a sheet: a path, bytes, or text.

    One row for each group and round: the two numbers, then proposal and price of each member.
    Cells of members that a group does not have stay empty.
    """
    table, rounds, aside = _table(sheet), [], []
    seen, sizes = set(), {}
    for line, cells in table.rows:
        group, k = (_whole(cell, 1, MOST_GROUPS) for cell in (*cells, "", "")[:2])
        messages, rest = cells[2:12], cells[12:]
        members = -(-len(messages) // 2)
        what = f"group {group}, round {k}"
        if group is None or k is None:
            what, reason = f"row {cells[0]!r}", f"no group and round from 1 to {MOST_GROUPS}"
        elif (group, k) in seen:
            reason = "has a row above"
        elif any(rest):
            reason = f"{len(cells) - 2} entries; a group has at most 10"
        elif not messages:
            reason = NO_ENTRY
        elif members not in GROUP_SIZES:
            reason = f"{members} members; a group has 3 to 5"
        elif members != sizes.setdefault(group, members):
            reason = f"{members} members; the group had {sizes[group]} above"
        else:
            reason = _unusable(messages)
            seen.add((group, k))
        if reason:
            aside.append(Aside(line, what, reason))
            continue
        numbers = np.array([_whole(entry, 0, MOST_PRICE) for entry in messages])
        rounds.append(GroupRound(group, k, numbers[::2], numbers[1::2]))
    return GroupRecord(tuple(rounds), tuple(aside))


def report(record):
    """What was set aside, as text: one line each, and one for all rows without an entry."""
    empty = [each.what for each in record.aside if each.reason == NO_ENTRY]
    lines = [str(each) for each in record.aside if each.reason != NO_ENTRY]
    if empty:
        rest = f" and {len(empty) - 1} more" if len(empty) > 1 else ""
        lines.append(f"without an entry: {empty[0]}{rest}")
    return "\n".join(lines) or "nothing was set aside"


def _unusable(messages):
    """Why a row of proposals and prices cannot be used, or an empty text."""
    messages = messages + [""] * (len(messages) % 2)
    for k, entry in enumerate(messages):
        member, kind = k // 2 + 1, ("proposal", "price")[k % 2]
        most = (PROPOSALS[-1], MOST_PRICE)[k % 2]
        if _whole(entry, 0, most) is None:
            reason = _why(entry, f"no whole number from 0 to {most}")
            return f"{kind} of member {member}: {reason}"
    return ""


def _table(sheet):
    """The cells of a sheet: separator and width from its first row, unless that has numbers."""
    text = _text(sheet)
    lines = [(k, line) for k, line in enumerate(text.splitlines(), 1) if line.strip(',;\t "')]
    if not lines:
        return _Table(0)
    separator = max("\t;,", key=lines[0][1].count)
    rows = [(k, _cells(line, separator)) for k, line in lines]
    rows = [(k, cells) for k, cells in rows if cells]
    if not rows:
        return _Table(0)
    header = rows[0][1]
    titled = _whole(header[0], 0, 10**9) is None
    return _Table(len(header), rows[1:] if titled else rows)


def _text(sheet):
    if isinstance(sheet, Path):
        sheet = sheet.read_bytes()
    if isinstance(sheet, str):
        return sheet.removeprefix("\ufeff")
    if sheet.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return sheet.decode("utf-16", errors="replace")
    try:
        return sheet.decode("utf-8-sig")
    except UnicodeDecodeError:
        return sheet.decode("cp1252", errors="replace")


def _cells(line, separator):
    """The cells of a line up to the last that is not empty."""
    cells = [cell.strip().strip('"').strip() for cell in line.split(separator)]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _whole(entry, least, most):
    """The whole number that an entry holds, or None."""
    match = WHOLE.fullmatch(entry)
    if match is None or not least <= int(match[1]) <= most:
        return None
    return int(match[1])


def _why(entry, rule):
    if not entry:
        return "missing"
    return f"{entry!r} is late" if "late" in entry.lower() else f"{entry!r} is {rule}"


# Sheets to fill in, and an example


def room_sheet(rows, rounds=ROUNDS):
    """Part A's sheet as text; `rows` are lists of the student's number and its entries."""
    return _sheet(["student", *(f"round {k}" for k in range(1, rounds + 1))], rows)


def group_sheet(rows):
    """Part B's sheet as text; `rows` are lists of group, round and the members' entries."""
    members = range(1, GROUP_SIZES[-1] + 1)
    titles = [f"{kind} {member}" for member in members for kind in ("proposal", "price")]
    return _sheet(["group", "round", *titles], rows)


def _sheet(titles, rows):
    lines = [titles, *([*row, *[""] * (len(titles) - len(row))] for row in rows)]
    return "".join(",".join(map(str, line)) + "\n" for line in lines)


def room_example(seed=1):
    """A simulated class of 25 with six slips of the pen, as part A's sheet."""
    random = np.random.default_rng(seed)
    room = Room(np.arange(1, 26), size_for(25))
    efforts = simulate_room(random, room, free_riders=0.2, altruists=0.2)
    entries = [[number, *cards] for number, cards in zip(room.numbers, efforts, strict=True)]
    slips = ("", "", "{} late", "-1", "1e9", "three")
    students = random.choice(len(entries), len(slips), replace=False)
    for student, slip in zip(students, slips, strict=True):
        k = random.integers(1, ROUNDS + 1)
        entries[student][k] = slip.format(entries[student][k])
    return room_sheet(entries)


def group_example(seed=2):
    """Six simulated groups of three to five, as part B's sheet; one message lacks its price."""
    random = np.random.default_rng(seed)
    rows = []
    for group, members in enumerate((4, 4, 4, 4, 5, 4), 1):
        proposals, prices = simulate_group(random, members)
        for k in range(GROUP_ROUNDS):
            messages = np.column_stack([proposals[k], prices[k]]).ravel().tolist()
            rows.append([group, k + 1, *messages])
    rows[3][5] = ""
    return group_sheet(rows)


def main():
    """Write the sheets to fill in, and the examples."""
    students = [[number] for number in range(1, SIZES[-1] + 1)]
    groups = [[g, k] for g in range(1, MOST_GROUPS + 1) for k in range(1, GROUP_ROUNDS + 1)]
    sheets = {
        "room": room_sheet(students),
        "groups": group_sheet(groups),
        "room-example": room_example(),
        "groups-example": group_example(),
    }
    for name, text in sheets.items():
        (SHEETS / f"{name}.csv").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
