"""Games from tables: columns, pandas and Arrow tables, lists of links, and CSV files."""

import csv
from collections.abc import Iterable, Mapping
from os import PathLike, fspath
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pesim_lib.data.named_game import DecayOfLosses, NamedGame, assembled
from pesim_lib.data.rows import Rows, numbered_lines
from pesim_lib.paper.decay import Exponential

# What a table must have, and what it may have.
USERS = ("user", "cost"), ("loss", "own")
LINKS = ("user", "other", "weight"), ()


def game_from_tables(users: Any, links: Any, decay: DecayOfLosses = Exponential) -> NamedGame:
    """The game of a table of users and a table of links between them.

    Parameters
    ----------
    users : table
        Columns `user`, a name, `cost`, money per unit of effort, and, where they differ from one,
        `loss`, money, and `own`, the weight of the own effort. A pandas DataFrame, an Arrow table
        or a dictionary of columns.
    links : table
        Columns `user`, `other` and `weight`: how much of the other's effort protects the user.
    decay : callable
        Losses (N,) to a `Decay`.

    Returns
    -------
    NamedGame

    Raises
    ------
    ValueError
        With the number of the row, from 0, for a wrong column, a user or a link twice, a link with
        itself or with somebody who is no user, and a number that is not allowed.

    Examples
    --------
    >>> from pesim_lib import game_from_tables, nash_equilibrium
    >>> users = {"user": ["shop", "bank"], "cost": [0.2, 0.3]}
    >>> links = {"user": ["shop"], "other": ["bank"], "weight": [0.5]}
    >>> nash_equilibrium(game_from_tables(users, links).game).x.round(4)
    array([1.0075, 1.204 ])
    """
    who, whom = _columns(users, "users", *USERS), _columns(links, "links", *LINKS)
    where = Rows("users", range(len(who["user"]))), Rows("links", range(len(whom["user"])))
    return assembled(who, whom, decay, where)


def game_from_links(
    links: Iterable[tuple[Any, Any, float]],
    costs: ArrayLike | Mapping[Any, float],
    losses: ArrayLike | Mapping[Any, float] = 1.0,
    decay: DecayOfLosses = Exponential,
) -> NamedGame:
    """The game of a list of links.

    Parameters
    ----------
    links : iterable of (user, other, weight)
        `weight` is how much of the other's effort protects the user.
    costs, losses : float or mapping
        Of everybody, or name -> number. The users are the keys of `costs` where it is a mapping,
        in its order; else those whom links name, in the order in which they do.
    decay : callable
        Losses (N,) to a `Decay`.

    Returns
    -------
    NamedGame

    Raises
    ------
    ValueError
        With the number of the link, from 0, as `game_from_tables`.

    Examples
    --------
    >>> from pesim_lib import game_from_links
    >>> game_from_links([("a", "b", 0.5), ("b", "c", 0.5)], costs=0.2).names.tolist()
    ['a', 'b', 'c']
    """
    listed = [tuple(link) for link in links]
    rows = Rows("links", range(len(listed)))
    for row, link in enumerate(listed):
        if len(link) != 3:
            rows.refuse(row, f"{link!r}", "(user, other, weight)")
    ends = [list(end) for end in zip(*listed, strict=True)] or [[], [], []]
    named = dict.fromkeys(name for pair in zip(*ends[:2], strict=True) for name in pair)
    names = list(costs if isinstance(costs, Mapping) else named)
    users = {
        "user": names,
        "cost": _for_each("costs", costs, names),
        "loss": _for_each("losses", losses, names),
    }
    table = dict(zip(("user", "other", "weight"), ends, strict=True))
    return assembled(users, table, decay, (Rows("users", range(len(names))), rows))


def read_game(
    users: str | PathLike, links: str | PathLike, decay: DecayOfLosses = Exponential
) -> NamedGame:
    """The game of two CSV files, plain or compressed by gzip or bzip2.

    Parameters
    ----------
    users, links : path
        With the columns of `game_from_tables`, named in the first line, in any order. Names are
        text, as they are written.
    decay : callable
        Losses (N,) to a `Decay`.

    Returns
    -------
    NamedGame

    Raises
    ------
    ValueError
        With the file and the number of the line, for what `game_from_tables` refuses, a line with
        another number of fields, and a compressed file that ends too early.
    OSError
        Where there is no such file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from pesim_lib import read_game
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     users, links = Path(folder, "users.csv"), Path(folder, "links.csv")
    ...     _ = users.write_text("user,cost\\nshop,0.2\\nbank,0.3\\n")
    ...     _ = links.write_text("user,other,weight\\nshop,bank,-0.5\\n")
    ...     try:
    ...         read_game(users, links)
    ...     except ValueError as error:
    ...         print(str(error).removeprefix(folder)[1:])
    links.csv, line 2: got weight -0.5; allowed: a number >= 0
    """
    read = [_read(path, *kind) for path, kind in ((users, USERS), (links, LINKS))]
    (user_columns, user_rows), (link_columns, link_rows) = read
    return assembled(user_columns, link_columns, decay, (user_rows, link_rows))


def _for_each(argument, values, names):
    if not isinstance(values, Mapping):
        return np.broadcast_to(values, len(names))
    missing = [name for name in names if name not in values]
    if missing:
        raise ValueError(f"{argument}: got none for {missing[0]!r}; allowed: one for each user")
    return [values[name] for name in names]


def _check_columns(place, found, needed, possible):
    """ValueError unless the columns `found` are those needed, and possible ones."""
    if sorted(found) != sorted({*needed, *(set(possible) & set(found))}):
        also = f", and {', '.join(possible)}" if possible else ""
        raise ValueError(
            f"{place}: got the columns {', '.join(map(str, found))}; "
            f"allowed: {', '.join(needed)}{also}"
        )


def _columns(table, name, needed, possible):
    """name -> array, of a dictionary, a pandas DataFrame or an Arrow table."""
    found = list(table.column_names if hasattr(table, "column_names") else table.keys())
    _check_columns(name, found, needed, possible)
    columns = {key: np.asarray(table[key]) for key in found}
    if len({len(column) for column in columns.values()}) > 1:
        lengths = ", ".join(f"{len(column)} for {key}" for key, column in columns.items())
        raise ValueError(f"{name}: got columns of lengths {lengths}; allowed: equal lengths")
    return columns


def _read(path, needed, possible):
    """(name -> column of texts, its `Rows`) of a CSV file."""
    file = fspath(path)
    reader = csv.reader((line for _, line in numbered_lines(path)), strict=True)
    rows, numbers = [], []
    try:
        for row in reader:
            rows.append(row)
            numbers.append(reader.line_num)
    except csv.Error as error:
        raise ValueError(
            f"{file}, line {reader.line_num}: got {error}; allowed: comma-separated values"
        ) from error
    head = rows[0] if rows else []
    _check_columns(f"{file}, line 1", head, needed, possible)
    lines = Rows(file, numbers[1:], "line")
    for number, row in enumerate(rows[1:]):
        if len(row) != len(head):
            lines.refuse(number, f"{len(row)} fields", f"{len(head)}: {', '.join(head)}")
    columns = zip(*rows[1:], strict=True) if len(rows) > 1 else ([] for _ in head)
    return dict(zip(head, map(list, columns), strict=True)), lines
