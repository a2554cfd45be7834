"""Contagion after Kunreuther and Heal, with efforts in place of yes or no: who tips whom."""

from collections.abc import Collection
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pesim_lib._checks import efforts_of, nonnegative_array, positive_array
from pesim_lib.beyond.best_replies import BestReplies, best_replies
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.risk import CustomRisk


def contagion(direct: ArrayLike, relayed: ArrayLike, loss: ArrayLike = 1.0) -> CustomRisk:
    """The risk L_i (1 - (1 - p_i exp(-x_i)) prod_{j != i} (1 - q_ij exp(-x_j))).

    A loss comes by a direct attack, of chance p_i at no effort, or by way of user j, of chance
    q_ij, and once only: who will be infected by others gains less by protecting itself. It is
    convex on x >= 0 exactly if p_i + sum_j q_ij <= 1.

    Parameters
    ----------
    direct : (N,) array
        p_i > 0.
    relayed : (N, N) array
        q_ij >= 0; the diagonal is not used.
    loss : float or (N,) array

    Raises
    ------
    ValueError
        For other shapes or signs, or chances of a user that sum to more than 1.

    Examples
    --------
    >>> from pesim_lib.beyond.tipping import contagion
    >>> contagion([0.25, 0.25], [[0, 0.75], [0.75, 0]]).value([0.0, 0.0])
    array([0.8125, 0.8125])
    """
    direct = positive_array("direct", direct)
    n = direct.size
    chances = np.array(nonnegative_array("relayed", relayed, (n, n)))
    np.fill_diagonal(chances, positive_array("direct", direct, (n,)))
    if (chances.sum(axis=1) > 1 + 1e-12).any():
        most = chances.sum(axis=1).max()
        raise ValueError(f"direct, relayed: got chances that sum to {most:g}; allowed: at most 1")
    loss = np.broadcast_to(positive_array("loss", loss, max_ndim=1), (n,))

    def escapes(x):
        return 1 - chances * np.exp(np.negative(x))

    def value(x):
        return loss * (1 - escapes(x).prod(axis=1))

    def jacobian(x):
        spared = escapes(x)
        others = np.array([np.delete(spared, k, axis=1).prod(axis=1) for k in range(n)]).T
        return -loss[:, None] * chances * np.exp(np.negative(x)) * others

    return CustomRisk(n, value, jacobian)


def equal_contagion_game(n: int = 3, c: float = 0.031) -> SecurityGame:
    """`contagion` among n equal users with p = 0.1, chances that sum to 1, L = 1, unit cost c."""
    risk = contagion(np.full(n, 0.1), np.full((n, n), 0.9 / (n - 1)))
    return SecurityGame(risk, np.full(n, c))


def equal_efforts(n: int = 3, c: float = 0.031) -> NDArray:
    """The equilibria of `equal_contagion_game` in which all do the same: that effort, ascending.

    Zero where z (1 - q z)^(n - 1) <= c / p at z = 1, and -ln z for each root z in (0, 1) of the
    equation.
    """
    relayed = np.polynomial.Polynomial([1, -0.9 / (n - 1)])
    excess = np.polynomial.Polynomial([0, 1]) * relayed ** (n - 1) - c / 0.1
    roots = excess.roots()
    real = roots[np.abs(roots.imag) < 1e-9].real
    efforts = -np.log(real[(real > 0) & (real < 1)])
    return np.sort(np.append(efforts, np.zeros(int(excess(1.0) <= 0))))


def tipping(
    game: SecurityGame, group: Collection[int], high: ArrayLike
) -> tuple[BestReplies, BestReplies]:
    """Replies in turn from nothing while `group` is held at its efforts in `high`, and after.

    The second begins where the first ends, with everybody free. Raises ValueError for efforts of
    the wrong shape or negative, or users not in 0..N-1.
    """
    users = sorted(group)
    start = np.zeros(game.n)
    start[users] = efforts_of(game, high)[users]
    held = best_replies(game, in_turn=True, start=start, held=users)
    return held, best_replies(game, in_turn=True, start=held.x)


def least_tipping_group(game: SecurityGame, high: ArrayLike) -> tuple[int, ...]:
    """The smallest group, first in order, that tips everybody to the equilibrium `high` (N,).

    Tries up to 2^N groups. The empty group means that nobody's help is needed. Raises ValueError
    for efforts that are no equilibrium to which replies in turn lead back.
    """
    high = efforts_of(game, high)
    for size in range(game.n + 1):
        for group in combinations(range(game.n), size):
            if np.allclose(tipping(game, group, high)[1].x, high, atol=1e-6):
                return group
    raise ValueError(f"high: got {high!r}; allowed: an equilibrium to which replies lead")
