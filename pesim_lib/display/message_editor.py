"""Messages to edit: efforts, taxes and their balance answer, with or without a kernel.

A page without a kernel replays the arithmetic of (6) and (7). That arithmetic is recorded, not
retyped: `recipe` runs the library's own functions on symbols that note every step.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pesim_lib.display.base import Display
from pesim_lib.paper.pesim import Messages, mean_proposal, tax_terms

if TYPE_CHECKING:
    from ipywidgets import Widget

ROWS = ("effort", "price · mean", "own penalty", "neighbour’s penalty", "tax")
# What a message has -> the field of `Messages` that holds it.
KINDS = {"proposal": "proposals", "price": "prices"}


def edit_messages(messages: Messages) -> MessageEditor:
    """A table of messages in which a reader changes numbers and sees the outcome answer.

    Parameters
    ----------
    messages : Messages

    Returns
    -------
    MessageEditor
        Displays itself.

    Examples
    --------
    >>> from pesim_lib import edit_messages, equilibrium_messages
    >>> from pesim_lib.paper.examples import total_effort_game
    >>> editor = edit_messages(equilibrium_messages(total_effort_game(n=3)))
    >>> editor.messages.n
    3
    """
    return MessageEditor(messages)


def settlement(prices: np.ndarray, proposals: np.ndarray) -> np.ndarray:
    """What follows from `prices` and `proposals` (N, N), as an array (5, N + 1).

    Rows: effort (6), the three terms of (7), tax (7). A column for each user, then their sum.
    """
    terms = tax_terms(prices, proposals)
    rows = np.vstack([mean_proposal(proposals), terms, terms.sum(axis=0)])
    return np.column_stack([rows, rows.sum(axis=1)])


def recipe(compute: Callable[..., np.ndarray], *shapes: tuple[int, ...]) -> dict[str, list]:
    """The steps by which `compute(*arrays)`, arrays of these shapes, gets its array of numbers.

    Returns {"steps": [...], "results": [...]}. Values are numbered: first the inputs in order,
    then one for each step. A step ["=", v] is the number v, ["exp", i] acts on value i, any other
    [operation, i, j] on values i and j. `results` numbers the values of compute's array in order.
    Raises TypeError if `compute` does more than + - * /, powers and exp.
    """
    sizes = [int(np.prod(shape)) for shape in shapes]
    steps = []
    inputs = [_Symbol(i, steps, sum(sizes)) for i in range(sum(sizes))]
    blocks = np.split(np.array(inputs, dtype=object), np.cumsum(sizes)[:-1])
    arrays = [block.reshape(shape) for block, shape in zip(blocks, shapes, strict=True)]
    return {"steps": steps, "results": [symbol.number for symbol in compute(*arrays).flat]}


class _Symbol:
    """A number still unknown, the `number`-th value of a recipe; arithmetic adds `steps`."""

    def __init__(self, number, steps, inputs):
        self.number, self.steps, self.inputs = number, steps, inputs

    def _noted(self, *step):
        self.steps.append(step)
        return _Symbol(self.inputs + len(self.steps) - 1, self.steps, self.inputs)

    def _with(self, operation, other):
        if not isinstance(other, _Symbol):
            other = self._noted("=", float(other))
        return self._noted(operation, self.number, other.number)

    def __add__(self, other):
        return self._with("+", other)

    __radd__ = __add__

    def __sub__(self, other):
        return self._with("-", other)

    def __mul__(self, other):
        return self._with("*", other)

    __rmul__ = __mul__

    def __truediv__(self, other):
        return self._with("/", other)

    def __pow__(self, other):
        return self._with("^", other)

    def __neg__(self):
        return self * -1.0

    def exp(self):
        """What numpy's exp calls on an array of objects."""
        return self._noted("exp", self.number)


@dataclass(frozen=True, eq=False)
class MessageEditor(Display):
    """What `edit_messages` returns: displays itself."""

    messages: Messages

    def __repr__(self) -> str:
        table = _words(settlement(self.messages.prices, self.messages.proposals))
        users = [f"user {user}" for user in range(1, self.messages.n + 1)]
        return "\n".join(
            f"{name:20}" + "".join(f"{cell:>10}" for cell in cells)
            for name, cells in [("", [*users, "sum"]), *zip(ROWS, table, strict=True)]
        )

    def live(self) -> Widget:
        """The ipywidgets form: a box for every number, and the results, computed by the library."""
        import ipywidgets as widgets

        boxes, rows = [], []
        for kind, field in KINDS.items():
            for i, row in enumerate(getattr(self.messages, field), 1):
                line = [
                    widgets.FloatText(
                        float(value), tooltip=_name(kind, i, k), layout={"width": "5em"}
                    )
                    for k, value in enumerate(row, 1)
                ]
                boxes += line
                rows.append(widgets.HBox([widgets.Label(f"user {i}: {field}"), *line]))
        initial = [box.value for box in boxes]
        results, reset = widgets.HTML(), widgets.Button(description="Reset")

        def settle(_=None):
            proposals, prices = np.reshape([box.value for box in boxes], (2, -1, self.messages.n))
            try:
                changed = Messages(prices, proposals)
                results.value = _results_html(settlement(changed.prices, changed.proposals))
            except ValueError as error:
                results.value = html.escape(str(error))

        def restore(_):
            for box, value in zip(boxes, initial, strict=True):
                box.value = value

        for box in boxes:
            box.observe(settle, "value")
        reset.on_click(restore)
        settle()
        return widgets.VBox([*rows, reset, results])

    def page(self) -> str:
        """The form for a page without a kernel: native inputs and the recipe of the results."""
        n = self.messages.n
        steps = recipe(lambda x, prices: settlement(prices, x), (n, n), (n, n))
        tables = "".join(
            _inputs_html(kind, getattr(self.messages, field)) for kind, field in KINDS.items()
        )
        return (
            f'<div class="editor" data-recipe="{html.escape(json.dumps(steps))}">'
            f'<div class="messages">{tables}</div>'
            f"{_results_html(settlement(self.messages.prices, self.messages.proposals))}"
            '<p class="reading" aria-live="polite"></p>'
            '<button type="button" hidden>Reset</button></div>'
        )


def _name(kind: str, i: int, k: int) -> str:
    return f"{kind} of user {i} for user {k}"


def _inputs_html(kind: str, values: np.ndarray) -> str:
    users = range(1, len(values) + 1)
    least = ' min="0"' if kind == "price" else ""
    return _table_html(
        KINDS[kind].capitalize(),
        [f"for {k}" for k in users],
        {
            f"user {i}": [
                f'<input type="number" step="0.1"{least} name="{kind}{i}{k}" '
                f'value="{values[i - 1, k - 1]:.12g}" aria-label="{_name(kind, i, k)}" readonly>'
                for k in users
            ]
            for i in users
        },
    )


def _results_html(table: np.ndarray) -> str:
    columns = [*(f"user {user}" for user in range(1, table.shape[1])), "sum"]
    body = _table_html("What follows", columns, dict(zip(ROWS, _words(table), strict=True)))
    return f'<div class="results">{body}</div>'


def _table_html(caption: str, columns: Sequence[str], rows: Mapping[str, Sequence[str]]) -> str:
    heads = "".join(f'<th scope="col">{name}</th>' for name in columns)
    body = "".join(
        f'<tr><th scope="row">{name}</th>' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
        for name, cells in rows.items()
    )
    return (
        f"<table><caption>{caption}</caption>"
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{body}</tbody></table>"
    )


def _words(table: np.ndarray) -> list[list[str]]:
    """Numbers with four decimals and no negative zero."""
    return [[f"{value:.4f}".replace("-0.0000", "0.0000") for value in row] for row in table]
