"""Individual rationality, Section V: each user's utility inside PESIM and as a loner."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pesim_lib._checks import positive_array, quiet, require_three_users, user_count, user_index
from pesim_lib._sealed import Sealed
from pesim_lib.paper.equilibrium import (
    coalition_response,
    partition_equilibrium,
    social_optimum,
    solver,
)
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.pesim import equilibrium_taxes
from pesim_lib.solvers.certificate import Equilibrium, embed
from pesim_lib.solvers.exits import side_by_side
from pesim_lib.solvers.parallel import in_parallel

# Totals closer than this, in proportion, are a tie in the closed form of the example.
TIE = 1e-14


@dataclass(frozen=True, eq=False)
class Participation(Sealed):
    """Utilities inside and outside, and what users do outside.

    Attributes
    ----------
    inside, outside : (N,) arrays
        u_i in PESIM's equilibrium, and after user i alone has left.
    gain : (N,) array
        inside - outside; a user with a negative gain would rather leave.
    exit_x : (N, N) array
        Row i: everybody's efforts after user i has left.
    timing : "simultaneous" or "sequential"

    Examples
    --------
    >>> from pesim_lib import participation
    >>> from pesim_lib.paper.examples import total_effort_game
    >>> found = participation(total_effort_game(n=3))
    >>> found.timing, (found.inside - found.outside == found.gain).all().item()
    ('simultaneous', True)
    """

    inside: np.ndarray
    outside: np.ndarray
    exit_x: np.ndarray
    timing: str

    @property
    def gain(self):
        """inside - outside, (N,)."""
        return self.inside - self.outside


@quiet
def participation(game: SecurityGame, timing: str = "simultaneous") -> Participation:
    """What every user gains by taking part in PESIM rather than leaving alone.

    After user i leaves, the others minimise the sum of their own costs on x >= 0 and user i
    minimises its own: both at once (simultaneous, the exit equilibrium), or user i first and
    the others in reply (sequential). Where exit equilibria are several, this compares with one
    of them; `beyond.exits` finds others, and the range of the gains. Where the others have several
    joint answers to the loner, each timing takes one of them, and moving first may then hurt it.
    Forms (N, N) arrays.

    Parameters
    ----------
    game : SecurityGame
    timing : "simultaneous" or "sequential"

    Returns
    -------
    Participation

    Raises
    ------
    ValueError
        For another timing or N < 3.
    ConvergenceError
        If an outcome cannot be certified.

    Examples
    --------
    Every user would rather leave alone.

    >>> from pesim_lib import participation
    >>> from pesim_lib.paper.examples import total_effort_game
    >>> participation(total_effort_game(n=4, c1=0.5)).gain.round(4)
    array([-0.2016, -0.2183, -0.2183, -0.2183])
    """
    if timing not in ("simultaneous", "sequential"):
        raise ValueError(f"timing: got {timing!r}; allowed: 'simultaneous', 'sequential'")
    require_three_users(game.n)
    x = social_optimum(game).x
    taxes = equilibrium_taxes(game, x)
    exits = exit_equilibria(game) if timing == "simultaneous" else _exits_by_leading(game)
    exit_x = np.array([found.x for found in exits])
    outside = np.array([game.utilities(x)[user] for user, x in enumerate(exit_x)])
    return Participation(game.utilities(x, taxes), outside, exit_x, timing)


@quiet
def exit_equilibria(game: SecurityGame) -> list[Equilibrium]:
    """`exit_equilibrium(game, i)` for every user i.

    Weighted effort is solved for many users side by side, on all processors in large games. Forms
    (N, N) arrays: the N answers hold (N,) efforts each.

    Parameters
    ----------
    game : SecurityGame

    Returns
    -------
    list of Equilibrium

    Raises
    ------
    ConvergenceError
        If one of them cannot be certified.

    Examples
    --------
    >>> from pesim_lib import exit_equilibria
    >>> from pesim_lib.paper.examples import ring_game
    >>> [round(float(found.x.sum()), 4) for found in exit_equilibria(ring_game(n=4))]
    [3.6088, 3.3959, 3.9722, 3.3959]
    """
    return solver(game).exits(game)


@quiet
def exit_gains(game: SecurityGame, users: ArrayLike | None = None) -> NDArray:
    """What each of some users gains by taking part in PESIM rather than leaving alone.

    As `participation(game).gain`, without a table of N answers. Blocks of users are solved by
    joblib where it is installed: within `joblib.parallel_config("dask")` on the workers of a Dask
    cluster, with `parallel_config(n_jobs=4)` in four processes. With threadpoolctl each worker uses
    one thread, whatever its settings; `pip install "pesim-lib[cluster]"` has all three.

    Parameters
    ----------
    game : SecurityGame
    users : (M,) array of int, optional
        Distinct users, say a sample of them; all of them by default.

    Returns
    -------
    (M,) array
        Money; who has a negative gain would rather leave.

    Raises
    ------
    ValueError
        For users not in 0..N-1 or twice, a risk that is not differentiable, or N < 3.
    ConvergenceError
        If the optimum or an exit equilibrium cannot be certified.

    Examples
    --------
    >>> from pesim_lib import exit_gains
    >>> from pesim_lib.paper.examples import total_effort_game
    >>> exit_gains(total_effort_game(n=4, c1=0.5), [0, 3]).round(4)
    array([-0.2016, -0.2183])
    """
    require_three_users(game.n)
    chosen = range(game.n) if users is None else np.asarray(users).ravel().tolist()
    asked = np.array([user_index("users", user, game.n) for user in chosen], dtype=int)
    if len(np.unique(asked)) < len(asked):
        raise ValueError("users: got a user twice; allowed: distinct users")
    optimum = social_optimum(game).x
    inside = game.utilities(optimum, equilibrium_taxes(game, optimum))
    if len(asked) == 0:
        return inside[asked]
    outside = in_parallel(_outside, game, optimum, side_by_side(game, asked))
    return inside[asked] - np.concatenate(outside)


@quiet
def _outside(game, optimum, users):
    """The utilities of `users` (M,), each after it has left the `optimum` (N,) alone."""
    exits = solver(game).exits_from(game, optimum)(users)
    return np.array([-game.costs(found.x)[user] for user, found in zip(users, exits, strict=True)])


@quiet
def exit_equilibrium(game: SecurityGame, user: int) -> Equilibrium:
    """Efforts when `user` and the others, as one coalition, answer each other.

    Parameters
    ----------
    game : SecurityGame
    user : int
        0..N-1.

    Returns
    -------
    Equilibrium

    Raises
    ------
    ValueError
        For a user not in 0..N-1.
    ConvergenceError
        If no profile can be certified.

    Examples
    --------
    Without user 1 the others want ln(2 / 0.3) units of effort, and user 2 supplies them.

    >>> from pesim_lib import Exponential, SecurityGame, TotalEffort, exit_equilibrium
    >>> game = SecurityGame(TotalEffort(3, Exponential()), [0.2, 0.3, 0.4])
    >>> exit_equilibrium(game, 0).x.round(4)
    array([0.    , 1.8971, 0.    ])
    """
    user = user_index("user", user, game.n)
    return partition_equilibrium(game, (np.arange(game.n) != user).astype(int))


@quiet
def exit_by_leading(game: SecurityGame, user: int, grid: int = 129) -> Equilibrium:
    """Efforts (N,) when `user` commits to an effort first and the others reply jointly.

    For total effort the leader either does nothing or does all it would do alone. For other
    risks its effort is searched on `grid` points of [0, f_i(0) / c_i], beyond which it never
    pays, and refined between the neighbours of the best: the utility found is a lower bound. The
    residual is that of the others' reply.

    Raises ValueError for a user not in 0..N-1, ConvergenceError if a reply cannot be certified.
    """
    user = user_index("user", user, game.n)
    others = [k for k in range(game.n) if k != user]
    effort = solver(game).leading_effort(game, user, user_count("grid", grid))
    return coalition_response(game, others, embed(game.n, user, effort))


def _exits_by_leading(game):
    return [exit_by_leading(game, user) for user in range(game.n)]


def loner_gain(n: ArrayLike, c1: ArrayLike, c2: ArrayLike) -> NDArray:
    """u_1^IN - u_1^OUT in Section V's example, in closed form, elementwise over arrays.

    n >= 3 users share f(x) = exp(-x_1 - ... - x_N); c1 is user 1's unit cost and c2 the least of
    the others'. Inside, the cheapest user supplies ln(N / c). Outside, the others want
    ln((N - 1) / c2) in all and user 1 wants ln(1 / c1); whoever wants more supplies it all. This
    is the simultaneous timing; a loner who leads may free-ride even where it wants more.
    Raises ValueError where c1 or c2 is not positive or n < 3.
    """
    n, c1, c2 = np.broadcast_arrays(n, positive_array("c1", c1), positive_array("c2", c2))
    if not ((n >= 3) & (n == np.round(n))).all():
        raise ValueError(f"n: got {n}; allowed: integers >= 3")
    cheapest = np.minimum(c1, c2)
    total = np.maximum(np.log(n / cheapest), 0.0)
    # User 1 pays l_11 x_1 if it supplies, and l_12 = exp(-total) per unit if user 2 does.
    tax = np.where(c1 <= c2, -(n - 1) * np.exp(-total) * total, np.exp(-total) * total)
    inside = -np.exp(-total) - np.where(c1 <= c2, c1 * total, 0.0) - tax
    alone = np.maximum(-np.log(c1), 0.0)
    others = np.maximum(np.log((n - 1) / c2), 0.0)
    # As in `coalition_equilibrium`, user 1 supplies the total that both want equally.
    supplies = alone >= others * (1 - TIE)
    outside = -np.exp(-np.maximum(alone, others)) - np.where(supplies, c1 * alone, 0.0)
    return inside - outside
