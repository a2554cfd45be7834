"""Equilibria, (2), (3) and Proposition 1: each coalition minimises its members' total cost.

Coalitions of one user give the Nash equilibrium (3), one coalition of everybody the social optimum
(2), one user against the rest the exit equilibrium of Section V.
"""

from collections.abc import Callable, Iterable, Sequence
from types import ModuleType

import numpy as np
from numpy.typing import ArrayLike

from pesim_lib._checks import efforts_of, positive_array, quiet, user_count, user_index
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.risk import Risk
from pesim_lib.solvers.certificate import Equilibria, Equilibrium
from pesim_lib.solvers.limits import Limits


def solver(game: SecurityGame) -> ModuleType:
    """The module of `solvers` that answers for `game`: every room takes its solver from here."""
    return game.risk.solver


@quiet
def best_response(game: SecurityGame, user: int, x: ArrayLike) -> float:
    """The effort x_i >= 0 that minimises g_i given everybody else's: user i's best response.

    By Proposition 1 it is at most f_i(0) / c_i.

    Parameters
    ----------
    game : SecurityGame
    user : int
        0..N-1.
    x : (N,) array
        Everybody's efforts; `x[user]` itself is ignored.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For a user not in 0..N-1, or `x` of the wrong shape or negative.

    Examples
    --------
    Alone, user 1 wants -ln 0.2 = 1.6094 units of effort; one of them is already there.

    >>> from pesim_lib import Exponential, SecurityGame, TotalEffort, best_response
    >>> game = SecurityGame(TotalEffort(3, Exponential()), [0.2, 0.3, 0.4])
    >>> round(best_response(game, 0, [0.0, 1.0, 0.0]), 4)
    0.6094
    """
    return solver(game).best_response(game, user_index("user", user, game.n), efforts_of(game, x))


@quiet
def nash_equilibrium(game: SecurityGame, start: ArrayLike | None = None) -> Equilibrium:
    """One Nash equilibrium of the game without transfers, equation (3).

    Forms (N, N) arrays up to 2000 users.

    Parameters
    ----------
    game : SecurityGame
    start : (N,) array, optional
        Efforts from which to search; among several equilibria one to which best responses lead
        from there is found if there is any. Closed forms need none.

    Returns
    -------
    Equilibrium
        `.unique` says whether there are others; `nash_equilibria` lists them.

    Raises
    ------
    ValueError
        For a start of the wrong shape or negative.
    ConvergenceError
        If no profile could be certified.

    Examples
    --------
    The cheapest user alone invests, -ln 0.2, and everybody else rides free.

    >>> from pesim_lib import Exponential, SecurityGame, TotalEffort, nash_equilibrium
    >>> game = SecurityGame(TotalEffort(3, Exponential()), [0.2, 0.3, 0.4])
    >>> found = nash_equilibrium(game)
    >>> found.x.round(4), found.unique
    (array([1.6094, 0.    , 0.    ]), True)
    """
    return partition_equilibrium(game, np.arange(game.n), start)


@quiet
def nash_equilibria(
    game: SecurityGame,
    branches: int | None = None,
    seconds: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Equilibria:
    """All isolated Nash equilibria.

    Complete for total effort, wherever uniqueness is certified, and for weighted effort where a
    search over supports ends within `branches`, 20 000 equilibria, and `seconds` if given: mostly
    up to 30 users who may invest. Otherwise it holds what that search and others from 20 starts
    find, and `.complete` is False. Where users are so nearly tied that rounding hides what is an
    equilibrium, `.complete` is None. Forms (N, N) arrays up to 2000 users.

    Parameters
    ----------
    game : SecurityGame
    branches : int, optional
        How many the search may look at; by default two million, and fewer beyond 36 users.
    seconds : float, optional
        How long it may take.
    progress : callable, optional
        Called again and again with the branches looked at and the equilibria found so far. What
        takes as long as several branches counts as many, a start as one.

    Returns
    -------
    Equilibria

    Raises
    ------
    ValueError
        For limits that are not positive.
    ConvergenceError
        If the searches find none.

    Examples
    --------
    Two users who protect each other better than themselves: either may invest, or both.

    >>> from pesim_lib import Exponential, SecurityGame, WeightedEffort, nash_equilibria
    >>> risk = WeightedEffort([[1.0, 2.0], [2.0, 1.0]], Exponential())
    >>> found = nash_equilibria(SecurityGame(risk, [0.5, 0.5]))
    >>> len(found), found.complete, found.continuum
    (3, True, False)
    >>> sorted(each.x.round(4).tolist() for each in found)
    [[0.0, 0.6931], [0.231, 0.231], [0.6931, 0.0]]
    """
    return solver(game).equilibria(game, search_limits(branches, seconds, progress))


def search_limits(branches, seconds, progress, one_of_each=False):
    """The `Limits` with what a caller asks for; raises ValueError for what is not positive."""
    if branches is not None:
        branches = user_count("branches", branches)
    if seconds is not None:
        seconds = float(positive_array("seconds", seconds, ()))
    if progress is not None and not callable(progress):
        raise ValueError(f"progress: got {progress!r}; allowed: a function of two numbers")
    return Limits(branches, seconds, progress, one_of_each)


@quiet
def social_optimum(game: SecurityGame, start: ArrayLike | None = None) -> Equilibrium:
    """The efforts x* that minimise the social cost G over x >= 0, equation (2).

    Parameters
    ----------
    game : SecurityGame
    start : (N,) array, optional
        Efforts from which to search: fewer steps where they are near. Closed forms need none.

    Returns
    -------
    Equilibrium

    Raises
    ------
    ValueError
        For a start of the wrong shape or negative.
    ConvergenceError
        If no profile could be certified.

    Examples
    --------
    The cheapest user invests until the last unit saves all three together what it costs.

    >>> from pesim_lib import Exponential, SecurityGame, TotalEffort, social_optimum
    >>> game = SecurityGame(TotalEffort(3, Exponential()), [0.2, 0.3, 0.4])
    >>> social_optimum(game).x.round(4)
    array([2.7081, 0.    , 0.    ])
    """
    return partition_equilibrium(game, np.zeros(game.n, dtype=int), start)


@quiet
def along_costs(
    solve: Callable[..., Equilibrium], risk: Risk, unit_costs: ArrayLike
) -> list[Equilibrium]:
    """Answers for many unit costs, each searched from the one before.

    Parameters
    ----------
    solve : callable
        `nash_equilibrium`, `social_optimum`, or another function of a game and a `start`.
    risk : Risk
    unit_costs : (M, N) array
        One game in each row; in an order in which neighbours are alike, the search is short.

    Returns
    -------
    list of Equilibrium
        One for each row.

    Raises
    ------
    ValueError
        For unit costs of another shape, or not positive.
    ConvergenceError
        If an answer could not be certified.

    Examples
    --------
    >>> import numpy as np
    >>> from pesim_lib import Exponential, TotalEffort, along_costs, social_optimum
    >>> costs = np.linspace([0.2, 0.3], [0.5, 0.3], 3)
    >>> found = along_costs(social_optimum, TotalEffort(2, Exponential()), costs)
    >>> np.array([each.x for each in found]).round(4)
    array([[2.3026, 0.    ],
           [0.    , 1.8971],
           [0.    , 1.8971]])
    """
    rows = positive_array("unit_costs", unit_costs)
    if rows.ndim != 2 or rows.shape[1] != risk.n:
        raise ValueError(f"unit_costs: got shape {rows.shape}; allowed: (M, {risk.n})")
    found, start = [], None
    for row in rows:
        found.append(solve(SecurityGame(risk, row), start))
        start = found[-1].x
    return found


@quiet
def coalition_response(game: SecurityGame, members: Sequence[int], x: ArrayLike) -> Equilibrium:
    """Efforts after `members` jointly minimise the sum of their costs against the rest.

    Forms (N, N) arrays, but for total effort.

    Parameters
    ----------
    game : SecurityGame
    members : sequence of int
        Users.
    x : (N,) array
        Everybody's efforts; those of the others stay.

    Returns
    -------
    Equilibrium
        Its residual is over members.

    Raises
    ------
    ValueError
        For users not in 0..N-1 or twice, or `x` of the wrong shape or negative.
    ConvergenceError
        If no answer could be certified.

    Examples
    --------
    >>> from pesim_lib import Exponential, SecurityGame, TotalEffort, coalition_response
    >>> game = SecurityGame(TotalEffort(3, Exponential()), [0.2, 0.3, 0.4])
    >>> coalition_response(game, [1, 2], [0.0, 0.0, 0.0]).x.round(4)
    array([0.    , 1.8971, 0.    ])
    """
    x = efforts_of(game, x)
    members = list(members) if isinstance(members, Iterable) else []
    users = np.array([user_index("members", user, game.n) for user in members], dtype=int)
    if len(users) == 0 or len(np.unique(users)) < len(users):
        raise ValueError(f"members: got {members!r}; allowed: distinct users, at least one")
    return solver(game).response(game, np.sort(users), x)


@quiet
def coalition_equilibrium(
    game: SecurityGame, coalitions: Sequence[Sequence[int]], start: ArrayLike | None = None
) -> Equilibrium:
    """An equilibrium between coalitions that each minimise the sum of their members' costs.

    Weighted effort beyond 2000 users is solved as sparse as it is, coalitions answering in turn.
    Forms (N, N) arrays up to there, unless there is one coalition with at most one user outside.

    Parameters
    ----------
    game : SecurityGame
    coalitions : sequence of sequences of int
        A partition of the users 0..N-1.
    start : (N,) array, optional
        Efforts from which to search. Closed forms need none.

    Returns
    -------
    Equilibrium

    Raises
    ------
    ValueError
        If `coalitions` is not a partition of the users, or for a wrong start.
    ConvergenceError
        If no profile could be certified.

    Examples
    --------
    Two users act as one, and the third alone.

    >>> from pesim_lib import Exponential, SecurityGame, TotalEffort, coalition_equilibrium
    >>> game = SecurityGame(TotalEffort(3, Exponential()), [0.2, 0.3, 0.4])
    >>> coalition_equilibrium(game, [[0, 1], [2]]).x.round(4)
    array([2.3026, 0.    , 0.    ])
    """
    return partition_equilibrium(game, coalition_labels(game, coalitions), start)


@quiet
def partition_equilibrium(game, labels, start=None):
    """`coalition_equilibrium` for the coalition number (N,) of each user."""
    start = None if start is None else efforts_of(game, start)
    return solver(game).equilibrium(game, labels, start)


def coalition_labels(game, coalitions):
    """The coalition number of each user, (N,); raises ValueError unless `coalitions` partition."""
    try:
        coalitions = [list(members) for members in coalitions]
    except TypeError as error:
        raise ValueError(f"coalitions: got {coalitions!r}; allowed: a partition") from error
    labels = np.full(game.n, -1)
    for number, members in enumerate(coalitions):
        for user in members:
            user = user_index("coalitions", user, game.n)
            if labels[user] >= 0:
                raise ValueError(f"coalitions: got user {user} twice; allowed: a partition")
            labels[user] = number
        if len(members) == 0:
            raise ValueError("coalitions: got an empty coalition; allowed: a partition")
    if (labels < 0).any():
        raise ValueError(f"coalitions: user {labels.argmin()} is missing; allowed: a partition")
    return labels
