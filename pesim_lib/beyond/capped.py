"""Efforts that cannot exceed a cap: a budget, or what a user is able to do."""

from collections.abc import Iterable, Sequence
from itertools import chain, product

import numpy as np
from numpy.typing import ArrayLike

from pesim_lib._checks import efforts_of, nonnegative_array, quiet
from pesim_lib.paper.equilibrium import coalition_labels
from pesim_lib.paper.game import SecurityGame
from pesim_lib.solvers import general
from pesim_lib.solvers.certificate import Equilibrium, certified
from pesim_lib.solvers.newton import fischer_burmeister_newton

# Beyond this many users, arrays (2 N, 2 N) take minutes.
MOST_CAPPED_USERS = 300
# Where Newton's method fails from the usual starts, it begins from as many more at most.
MOST_CHOICES = 243
# Of plain steps towards each of them.
NEWTON_STEPS = 10
# The part of a cap, or of a decay length, that is taken for nothing.
AT_END = 1e-13


@quiet
def capped_equilibrium(
    game: SecurityGame,
    caps: ArrayLike,
    coalitions: Sequence[Sequence[int]] | None = None,
    start: ArrayLike | None = None,
) -> Equilibrium:
    """An equilibrium in which no user's effort exceeds its cap.

    Caps have multipliers m: 0 <= x, 0 <= F(x) + m, 0 <= m, 0 <= caps - x, with x'(F(x) + m) = 0
    and m'(caps - x) = 0, solved by Newton's method. Forms (2 N, 2 N) arrays.

    Parameters
    ----------
    game : SecurityGame
    caps : (N,) array
        Units of effort, >= 0.
    coalitions : sequence of sequences of int, optional
        A partition of the users as in `coalition_equilibrium`; by default everybody is alone, and
        `[range(N)]` asks for the optimum under the caps.
    start : (N,) array, optional
        Efforts from which to search.

    Returns
    -------
    Equilibrium
        Its residual is the largest distance from x to x - F(x), kept between zero and the caps, in
        the units of `Equilibrium`.

    Raises
    ------
    ValueError
        For a wrong cap, start or partition, or more than 300 users.
    ConvergenceError
        If no profile could be certified.

    Examples
    --------
    The cheaper user would do all, -ln 0.25 = 1.3863; what is beyond its cap nobody does.

    >>> from pesim_lib import Exponential, SecurityGame, TotalEffort, capped_equilibrium
    >>> game = SecurityGame(TotalEffort(2, Exponential()), [0.25, 0.5])
    >>> capped_equilibrium(game, [1.0, 1.0]).x.round(4)
    array([1., 0.])
    >>> capped_equilibrium(game, [0.2, 1.0]).x.round(4)
    array([0.2   , 0.4931])
    """
    caps = nonnegative_array("caps", caps, (game.n,))
    if game.n > MOST_CAPPED_USERS:
        raise ValueError(f"game.n: got {game.n}; allowed: at most {MOST_CAPPED_USERS} with caps")
    alone = [[user] for user in range(game.n)]
    labels = coalition_labels(game, alone if coalitions is None else coalitions)
    given = [] if start is None else [efforts_of(game, start)]
    function, jacobian, length = general.logarithmic_problem(game, labels)
    values, _, _ = general.problem(game, labels)
    n, limits, caps = game.n, caps, caps / length

    def with_multipliers(z):
        return np.concatenate([function(z[:n]) + z[n:], caps - z[:n]])

    def slopes(z):
        below = np.hstack([-np.eye(n), np.zeros((n, n))])
        return np.vstack([np.hstack([jacobian(z[:n]), np.eye(n)]), below])

    best, least, steps = np.zeros(n), np.inf, 0
    usual = chain((x / length for x in given), [np.zeros(n), np.ones(n), caps])
    begins = chain(
        (np.append(np.minimum(x, caps), np.zeros(n)) for x in usual),
        _between(function, jacobian, caps),
    )
    for begin in begins:
        found, _, steps = fischer_burmeister_newton(with_multipliers, slopes, begin)
        x = np.clip(found[:n], 0.0, caps)
        # Newton comes to zero and to a cap within rounding; users are there exactly.
        x = np.where(x <= AT_END * (1 + caps), 0.0, x)
        x = np.where(x >= caps * (1 - AT_END), caps, x)
        residual = np.abs(x - np.clip(x - values(x), 0.0, caps)).max()
        if residual < least:
            best, least = x, residual
        if least <= 1e-12:
            break

    def regret(x):
        return game.risk.solver.regret(game, labels, x, limits)

    return certified(np.minimum(best * length, limits), least, regret, None, steps, "Newton")


def _between(function, jacobian, caps):
    """Efforts and multipliers (2 N,), for each choice of users at zero and at their caps, or some.

    The others' efforts are where plain Newton steps lead that solve F_k = 0 for them.
    """
    n = len(caps)
    choices: Iterable = product(range(3), repeat=n)
    if 3**n > MOST_CHOICES:
        choices = np.random.default_rng(0).integers(0, 3, (MOST_CHOICES, n))
    for choice in map(np.array, choices):
        free, at_cap = np.flatnonzero(choice == 1), choice == 2
        x = np.where(at_cap, caps, 0.0)
        for _ in range(NEWTON_STEPS if free.size else 0):
            values, block = function(x)[free], jacobian(x)[np.ix_(free, free)]
            if not (np.isfinite(values).all() and np.isfinite(block).all()):
                break
            step = np.linalg.lstsq(block, values, rcond=None)[0]
            x[free] = np.clip(x[free] - step, 0.0, caps[free])
        values = function(x)
        if np.isfinite(values).all():
            yield np.append(x, np.where(at_cap, np.maximum(-values, 0.0), 0.0))
