"""Stored tables, CSV files that a command wrote and a chapter reads."""

import csv
from os import PathLike

import numpy as np
from numpy.typing import NDArray


def read_table(file: str | PathLike) -> NDArray:
    """The table as a structured array: a field for each column, an entry for each row.

    Lines that begin with # say what made it and are left out. A column of whole numbers is int, one
    of numbers and gaps float with nan for a gap, any other text.
    """
    with open(file, encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    columns = {name: _typed([row[name] for row in rows]) for name in rows[0]}
    table = np.empty(len(rows), dtype=[(name, column.dtype) for name, column in columns.items()])
    for name, column in columns.items():
        table[name] = column
    return table


def _typed(cells):
    if any(cells):
        for read in (int, lambda cell: float(cell or "nan")):
            try:
                return np.array([read(cell) for cell in cells])
            except ValueError:
                continue
    return np.array(cells, dtype=str)
