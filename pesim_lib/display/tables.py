"""Results as tables: text in a terminal, HTML on a page and in a notebook."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from numbers import Number
from typing import Any

import numpy as np


@dataclass(frozen=True)
class ResultTable:
    """Rows that show themselves; made by `as_table`.

    Attributes
    ----------
    head : tuple of str
    body : tuple of rows, each a tuple of str
        Cells as they are shown.
    numeric : tuple of bool
        Which columns are numbers, and so stand at the right.
    caption : str

    Examples
    --------
    >>> from pesim_lib import as_table
    >>> as_table({"user": "", "effort": ".2f"}, [("shop", 1.25)]).body
    (('shop', '1.25'),)
    """

    head: tuple[str, ...]
    body: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    caption: str

    def __repr__(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.head, *self.body, strict=True)]
        lines = [
            "  ".join(
                cell.rjust(width) if number else cell.ljust(width)
                for cell, width, number in zip(row, widths, self.numeric, strict=True)
            ).rstrip()
            for row in (self.head, *self.body)
        ]
        return "\n".join([self.caption, *lines] if self.caption else lines)

    def _repr_html_(self) -> str:
        caption = f"<caption>{escape(self.caption)}</caption>\n" if self.caption else ""
        head = "".join(
            map(self._cell, self.head, self.numeric, ['th scope="col"'] * len(self.head))
        )
        kinds = ['th scope="row"', *["td"] * (len(self.head) - 1)]
        rows = "\n".join(
            f"<tr>{''.join(map(self._cell, row, self.numeric, kinds))}</tr>" for row in self.body
        )
        return (
            f'<table class="results">\n{caption}<thead><tr>{head}</tr></thead>\n'
            f"<tbody>\n{rows}\n</tbody>\n</table>"
        )

    @staticmethod
    def _cell(text: str, number: bool, kind: str) -> str:
        # Notebooks set all cells at the right.
        style = "" if number else ' style="text-align: left"'
        return f"<{kind}{style}>{escape(text)}</{kind.split()[0]}>"


def as_table(
    columns: Mapping[str, str], rows: Iterable[Iterable[Any]], caption: str = ""
) -> ResultTable:
    """Rows of results as a table that shows itself: text in a terminal, HTML on a page.

    Parameters
    ----------
    columns : mapping
        The head of each column, and how its numbers are written: a format such as ".3f"; "" as
        they are. The first column names the rows.
    rows : iterable
        A value for each column: a number, text, a truth (shown as yes or no) or None (as nothing).
        What rounds to zero has no sign.
    caption : str
        What all rows have in common.

    Returns
    -------
    ResultTable
        Its text has the same cells as its HTML.

    Raises
    ------
    ValueError
        For a row with more or fewer values than there are columns.

    Examples
    --------
    >>> from pesim_lib import as_table
    >>> as_table({"user": "", "effort": ".2f"}, [("shop", 1.25), ("bank", 0)])
    user  effort
    shop    1.25
    bank    0.00
    """
    values = [tuple(row) for row in rows]
    for number, row in enumerate(values):
        if len(row) != len(columns):
            raise ValueError(
                f"rows[{number}]: got {len(row)} values; allowed: {len(columns)}, one a column"
            )
    numeric = tuple(
        any(map(_is_number, column)) and not any(isinstance(each, str) for each in column)
        for column in (zip(*values, strict=True) if values else [()] * len(columns))
    )
    forms = tuple(columns.values())
    body = tuple(
        tuple(_written(value, form) for value, form in zip(row, forms, strict=True))
        for row in values
    )
    return ResultTable(tuple(columns), body, numeric, caption)


def _is_number(value: Any) -> bool:
    return isinstance(value, Number) and not isinstance(value, (bool, np.bool_))


def _written(value: Any, form: str) -> str:
    if value is None:
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if not _is_number(value):
        return str(value)
    text = format(value, form)
    # -0.000 is zero, and +0.000 for a format with signs.
    if text.startswith("-") and not any(digit in text for digit in "123456789ni"):
        text = format(0.0, form)
    return text
