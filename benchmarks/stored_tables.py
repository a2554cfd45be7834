"""Tables that a benchmark stores: whole or as they were, or growing row by row."""

import csv
import io
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "web/build"))

from whole_files import write_whole


def write_table(path, columns, rows):
    """Write a CSV file afresh, once all its `rows` are there."""
    write_whole(path, "".join(map(_line, [columns, *rows])))


def grow_table(path, columns, keys, rows):
    """Add to the CSV file `path` the rows that it lacks; the number added.

    `keys` are those of all rows, in order: a row's leading cells, as tuples of strings.
    `rows(missing)` yields rows of missing keys, lists of strings, in any order. Each is in the file
    once it is there: who is killed goes on with the rows that lack, a line that was cut short among
    them. At the end all rows are put in order.

    Raises ValueError for a table with other columns or with rows of other keys.
    """
    done = _finished(path, columns, len(keys[0]))
    foreign = sorted(done.keys() - set(keys))
    if foreign:
        raise ValueError(f"{path}: got a row of {foreign[0]}; allowed: rows of the given settings")
    missing, before = [key for key in keys if key not in done], len(done)
    with path.open("a", encoding="utf-8", newline="") as table:
        if table.tell() == 0:
            table.write(_line(columns))
        for row in rows(missing):
            done[tuple(row[: len(keys[0])])] = line = _line(row)
            table.write(line)
            table.flush()
    write_whole(path, "".join([_line(columns), *(done[key] for key in keys if key in done)]))
    return len(done) - before


def _finished(path, columns, key):
    """The complete rows of the table, key -> line; a line that a kill cut short is dropped."""
    if not path.exists():
        return {}
    text = path.read_bytes()
    complete = text[: text.rfind(b"\n") + 1].decode()
    write_whole(path, complete)
    lines = complete.splitlines(keepends=True)
    if lines and lines[0] != _line(columns):
        raise ValueError(f"{path}: got other columns; allowed: {', '.join(columns)}")
    rows = zip(csv.reader(lines[1:]), lines[1:], strict=True)
    return {tuple(row[:key]): line for row, line in rows}


def _line(values):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()
