"""Equilibria, (2), (3) and Proposition 1: each coalition minimises its members' total cost.

Coalitions of one user give the Nash equilibrium (3), one coalition of everybody the social optimum
(2), one user against the rest the exit equilibrium of Section V.
"""

from collections.abc import Iterable, Sequence
from types import ModuleType

import numpy as np
from numpy.typing import ArrayLike

from pesim_lib._checks import efforts_of, positive_array, user_count, user_index
from pesim_lib.paper.game import SecurityGame
from pesim_lib.solvers.certificate import Equilibria, Equilibrium


def solver(game: SecurityGame) -> ModuleType:
    """The module of `solvers` that answers for `game`: every room takes its solver from here."""
    return game.risk.solver


def best_response(game: SecurityGame, user: int, x: ArrayLike) -> float:
    """The effort x_i >= 0 that minimises g_i(x_i, x_-i): user i's best response to x (N,).

    `x[user]` itself is ignored. By Proposition 1 the answer is at most f_i(0) / c_i.
    Raises ValueError for a user not in 0..N-1 or x of the wrong shape or negative.
    """
    return solver(game).best_response(game, user_index("user", user, game.n), efforts_of(game, x))


def nash_equilibrium(game: SecurityGame) -> Equilibrium:
    """One Nash equilibrium of the game without transfers, equation (3).

    `.unique` says whether there are others; `nash_equilibria` lists them.
    Raises ConvergenceError if no profile could be certified.
    """
    return partition_equilibrium(game, np.arange(game.n))


def nash_equilibria(
    game: SecurityGame, branches: int | None = None, seconds: float | None = None
) -> Equilibria:
    """All isolated Nash equilibria, with the flags of `Equilibria`.

    Complete for total effort, wherever uniqueness is certified, and for weighted effort where a
    search over supports ends within `branches`, by default two million and fewer beyond 36 users,
    20 000 equilibria, and `seconds` if given: mostly up to 30 users who may invest. Otherwise it
    holds what that search and others from 20 starts find, and `.complete` is False. Where users
    are so nearly tied that rounding hides what is an equilibrium, `.complete` is None.

    Raises ValueError for limits that are not positive, ConvergenceError if nothing is found.
    """
    if branches is not None:
        branches = user_count("branches", branches)
    if seconds is not None:
        seconds = float(positive_array("seconds", seconds, ()))
    return solver(game).equilibria(game, branches, seconds)


def social_optimum(game: SecurityGame) -> Equilibrium:
    """The efforts x* that minimise the social cost G over x >= 0, equation (2).

    Raises ConvergenceError if no profile could be certified.
    """
    return partition_equilibrium(game, np.zeros(game.n, dtype=int))


def coalition_response(game: SecurityGame, members: Sequence[int], x: ArrayLike) -> Equilibrium:
    """Efforts (N,) after `members` jointly minimise the sum of their costs against the rest.

    `members` is a sequence of users; the efforts of the others stay as in `x` (N,), and the
    residual is over members. Raises ValueError for users not in 0..N-1 or twice, or `x` of the
    wrong shape or negative; ConvergenceError if no answer could be certified.
    """
    x = efforts_of(game, x)
    members = list(members) if isinstance(members, Iterable) else []
    users = np.array([user_index("members", user, game.n) for user in members], dtype=int)
    if len(users) == 0 or len(np.unique(users)) < len(users):
        raise ValueError(f"members: got {members!r}; allowed: distinct users, at least one")
    return solver(game).response(game, np.sort(users), x)


def coalition_equilibrium(game: SecurityGame, coalitions: Sequence[Sequence[int]]) -> Equilibrium:
    """An equilibrium between coalitions that each minimise the sum of their members' costs.

    Parameters
    ----------
    game : SecurityGame
    coalitions : sequence of sequences of int
        A partition of the users 0..N-1.

    Raises
    ------
    ValueError
        If `coalitions` is not a partition of the users.
    ConvergenceError
        If no profile could be certified.
    """
    return partition_equilibrium(game, coalition_labels(game, coalitions))


def partition_equilibrium(game, labels):
    """`coalition_equilibrium` for the coalition number (N,) of each user."""
    return solver(game).equilibrium(game, labels)


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
