"""A weighted-effort game among users with names of their own, and results as a table of them."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from pesim_lib._sealed import Sealed
from pesim_lib.data.rows import Rows
from pesim_lib.paper.decay import Decay, Exponential
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.risk import WeightedEffort

# What makes a decay of the losses (N,).
DecayOfLosses = Callable[[NDArray], Decay]


@dataclass(frozen=True, eq=False)
class NamedGame(Sealed):
    """A game, and the name of each of its users.

    Attributes
    ----------
    game : SecurityGame
    names : (N,) array
        Of user 0, 1, ...: text, numbers, or any objects that can be keys of a dictionary.

    Examples
    --------
    >>> from pesim_lib import game_from_links, social_optimum
    >>> found = game_from_links([("shop", "bank", 0.5)], costs={"shop": 0.2, "bank": 0.3})
    >>> found.number("bank")
    1
    >>> found.table(effort=social_optimum(found.game).x.round(4))
    {'user': array(['shop', 'bank'], dtype='<U4'), 'effort': array([0.8047, 1.6094])}
    """

    game: SecurityGame
    names: NDArray

    def number(self, name: Hashable) -> int:
        """The user called `name`, 0..N-1; ValueError where nobody is."""
        listed = self.names.tolist()
        if name not in listed:
            raise ValueError(f"name: got {name!r}; allowed: a user's name, as {listed[0]!r}")
        return listed.index(name)

    def table(self, kind: str = "columns", **columns: ArrayLike) -> Any:
        """A table with the users' names under `user`, and the `columns` (N,) given.

        `kind` is "columns" for a dictionary, name -> array (N,), "pandas" for a DataFrame or
        "arrow" for an Arrow table.

        Raises ValueError for another kind, a column of another length or one called `user`,
        ImportError where what makes the table is not installed.
        """
        kinds = {"columns": dict, "pandas": _pandas, "arrow": _arrow}
        if kind not in kinds:
            raise ValueError(f"kind: got {kind!r}; allowed: {', '.join(kinds)}")
        arrays = {name: np.asarray(column) for name, column in columns.items()}
        for name, array in arrays.items():
            if name == "user" or array.shape != (self.game.n,):
                raise ValueError(
                    f"columns: got {name!r} of shape {array.shape}; allowed: names other than "
                    f"'user', arrays of shape ({self.game.n},)"
                )
        return kinds[kind]({"user": self.names} | arrays)

    def graph(self, **columns: ArrayLike) -> Any:
        """A networkx DiGraph of who depends on whom, with `columns` (N,) as what its nodes carry.

        Raises ImportError without networkx, ValueError as `table` does.
        """
        table = self.table("columns", **columns)
        graph = needed("networkx").DiGraph()
        del table["user"]
        for number, name in enumerate(self.names.tolist()):
            graph.add_node(name, **{key: value[number].item() for key, value in table.items()})
        users, others, weights = self.game.risk.stakes()
        apart = users != others
        ends = (self.names[side[apart]].tolist() for side in (users, others))
        graph.add_weighted_edges_from(zip(*ends, weights[apart].tolist(), strict=True))
        return graph


def _pandas(columns):
    return needed("pandas").DataFrame(columns)


def _arrow(columns):
    return needed("pyarrow").table(columns)


def needed(name: str) -> Any:
    """The module `name`; an ImportError that says how to get it where it is not installed."""
    try:
        return import_module(name)
    except ImportError as error:
        raise ImportError(f'{name} is not installed: pip install "pesim-lib[data]"') from error


def game_from_matrix(
    weights: ArrayLike | sparse.sparray,
    costs: ArrayLike,
    losses: ArrayLike = 1.0,
    names: ArrayLike | None = None,
    decay: DecayOfLosses = Exponential,
) -> NamedGame:
    """The game of a matrix of weights, dense or sparse, with names.

    Parameters
    ----------
    weights : (N, N) array or scipy.sparse matrix
        W of `WeightedEffort`, with a positive diagonal.
    costs : float or (N,) array
        Money per unit of effort.
    losses : float or (N,) array
        Money that each user loses without effort.
    names : (N,) array, optional
        Distinct; 0, 1, ... without.
    decay : callable
        Losses (N,) to a `Decay`: `Exponential`, or as `lambda loss: PowerLaw(loss, 2.0)`.

    Returns
    -------
    NamedGame

    Raises
    ------
    ValueError
        For names that are not distinct or of another number, or what makes no game.

    Examples
    --------
    >>> from scipy import sparse
    >>> from pesim_lib import game_from_matrix
    >>> weights = sparse.csr_array([[1.0, 0.5], [0.0, 1.0]])
    >>> game_from_matrix(weights, costs=0.2, names=["shop", "bank"]).names.tolist()
    ['shop', 'bank']
    """
    n = np.shape(weights)[0] if np.ndim(weights) or sparse.issparse(weights) else 0
    listed = np.arange(n) if names is None else array_of_names(names)
    if len(listed) != n:
        raise ValueError(f"names: got {len(listed)}; allowed: one for each of {n} users")
    numbers_of(listed, Rows("names", range(n)))
    risk = WeightedEffort(weights, decay(np.broadcast_to(losses, n)))
    return NamedGame(SecurityGame(risk, np.broadcast_to(costs, n)), listed)


def assembled(
    users: Mapping[str, Any],
    links: Mapping[str, Any],
    decay: DecayOfLosses,
    where: tuple[Rows, Rows],
) -> NamedGame:
    """The game of two tables, name -> column, whose rows are those of `where`.

    `users` has `user` and `cost`, and may have `loss`, one where it does not, and `own`, the weight
    of the own effort, one too. `links` has `user`, `other`, on whom it depends, and `weight`.
    """
    in_users, in_links = where
    names = array_of_names(users["user"])
    number = numbers_of(names, in_users)
    n = len(names)
    cost = _numbers(users, "cost", in_users, zero=False)
    loss = _numbers(users, "loss", in_users) if "loss" in users else np.ones(n)
    own = _numbers(users, "own", in_users, zero=False) if "own" in users else np.ones(n)
    first, second = _ends(links, number, in_links)
    weight = _numbers(links, "weight", in_links)
    for row in np.flatnonzero(first == second)[:1].tolist():
        alone = names.tolist()[first[row]]
        in_links.refuse(row, f"a link of {alone!r} with itself", "links between two users")
    _refuse_twice(first * n + second, in_links, "a link")
    entries = (np.append(weight, own), (np.append(first, range(n)), np.append(second, range(n))))
    matrix = sparse.csr_array(entries, shape=(n, n))
    return NamedGame(SecurityGame(WeightedEffort(matrix, decay(loss)), cost), names)


def array_of_names(values: Any) -> NDArray:
    """Names as an array (N,): of one kind where they are all text or all whole numbers."""
    listed = _listed(values)
    kinds = {type(value) for value in listed}
    if kinds <= {str} or kinds <= {int}:
        return np.array(listed, dtype=None if listed else object)
    names = np.empty(len(listed), dtype=object)
    names[:] = listed
    return names


def numbers_of(names: NDArray, rows: Rows) -> dict[Hashable, int]:
    """name -> number of the user; ValueError at a name that stands twice, or is none."""
    number: dict[Hashable, int] = {}
    for row, name in enumerate(names.tolist()):
        # What is missing in a table is None, or a number that does not equal itself.
        if name is None or name == "" or name != name:
            rows.refuse(row, f"the name {name!r}", "a name for each user")
        if number.setdefault(name, row) != row:
            rows.refuse(
                row, f"the user {name!r} again, as in {rows.place(number[name])}", "each user once"
            )
    return number


def _listed(values):
    return values.tolist() if hasattr(values, "tolist") else list(values)


def _ends(links, number, rows):
    """The users (2, M) whom links name."""
    sides = ("user", "other")
    listed = [_listed(links[side]) for side in sides]
    ends = np.array([[number.get(name, -1) for name in names] for names in listed], dtype=np.int64)
    for row in np.flatnonzero((ends < 0).any(axis=0))[:1].tolist():
        side = int(ends[0, row] >= 0)
        allowed = "the name of one of the users"
        rows.refuse(row, f"{sides[side]} {listed[side][row]!r}", allowed)
    return ends


def _numbers(table, name, rows, zero=True):
    """A column of numbers (M,) that are positive, or zero where that is allowed."""
    try:
        values = np.array(table[name], dtype=float)
    except (TypeError, ValueError):
        values = np.array([_number(value) for value in table[name]])
    bad = ~(np.isfinite(values) & ((values >= 0) if zero else (values > 0)))
    for row in np.flatnonzero(bad)[:1].tolist():
        got = np.asarray(table[name], dtype=object)[row]
        rows.refuse(row, f"{name} {got}", f"a number {'>= 0' if zero else '> 0'}")
    return values


def _number(value):
    try:
        return float(value)
    except (TypeError, ValueError):
        return np.nan


def _refuse_twice(codes, rows, what):
    """ValueError at the first of `codes` (M,) that stood in a row before."""
    order = np.argsort(codes, kind="stable")
    again = np.flatnonzero(codes[order][1:] == codes[order][:-1])
    if len(again):
        at = again[np.argmin(order[1:][again])]
        before, row = order[at], order[at + 1]
        rows.refuse(row, f"{what} that stands in {rows.place(before)}", f"{what} once")
