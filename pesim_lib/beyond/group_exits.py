"""Groups that leave PESIM together, and which of their members gain by it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pesim_lib._checks import at_least_zero, positive_array, quiet, require_three_users
from pesim_lib._sealed import Sealed
from pesim_lib.paper.equilibrium import partition_equilibrium, social_optimum
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.pesim import equilibrium_taxes

MOST_GROUP_USERS = 10


@dataclass(frozen=True, eq=False)
class GroupExits(Sealed):
    """Every group of a game, one row each, and what users bear after it has left PESIM.

    Attributes
    ----------
    members : (M, N) bool array
        Those who leave: all groups but nobody, single users and everybody among them.
    inside : (N,) array
        What each user bears in PESIM, taxes included.
    apart : (M, N) array
        g_i(x) where leavers act each for itself and all others go on as one.
    together : (M, N) array
        The same where leavers act as one, and so do all others.
    dissolved : (M, N) array
        The same where leavers act as one, and the others each for itself.

    Examples
    --------
    >>> from pesim_lib import leaving_groups
    >>> from pesim_lib.paper.examples import total_effort_game
    >>> leaving_groups(total_effort_game(n=3)).members.shape
    (7, 3)
    """

    members: np.ndarray
    inside: np.ndarray
    apart: np.ndarray
    together: np.ndarray
    dissolved: np.ndarray

    def all_gain(self, costs, tolerance=1e-9):
        """(M,) bool: every leaver bears less than inside, by more than `tolerance` of it."""
        less = costs < self.inside * (1 - at_least_zero("tolerance", tolerance))
        return (less | ~self.members).all(axis=1)

    def gain_in_sum(self, costs, tolerance=1e-9):
        """(M,) bool: leavers together bear less than inside; they may share it among themselves."""
        inside = np.where(self.members, self.inside, 0).sum(axis=1)
        outside = np.where(self.members, costs, 0).sum(axis=1)
        return outside < inside * (1 - at_least_zero("tolerance", tolerance))


@quiet
def leaving_groups(game: SecurityGame) -> GroupExits:
    """All 2^N - 1 groups that may leave PESIM, in a game of 3 to 10 users.

    Where equilibria are several, this compares with one of each.

    Parameters
    ----------
    game : SecurityGame

    Returns
    -------
    GroupExits

    Raises
    ------
    ValueError
        For fewer than 3 or more than 10 users.
    ConvergenceError
        If an equilibrium cannot be certified.

    Examples
    --------
    Of five users any three who ride free gain by leaving, each for itself; four do not.

    >>> from pesim_lib import leaving_groups
    >>> from pesim_lib.paper.examples import total_effort_game
    >>> found = leaving_groups(total_effort_game(n=5))
    >>> riders = ~found.members[:, 0]
    >>> sizes = found.members.sum(axis=1)
    >>> [bool(found.all_gain(found.apart)[riders & (sizes == k)].all()) for k in (1, 2, 3, 4)]
    [True, True, True, False]
    """
    require_three_users(game.n)
    if game.n > MOST_GROUP_USERS:
        raise ValueError(f"game.n: got {game.n}; allowed: at most {MOST_GROUP_USERS}")
    masks = np.arange(1, 1 << game.n)
    members = (masks[:, None] >> np.arange(game.n) & 1) > 0
    x = social_optimum(game).x
    alone = np.arange(1, game.n + 1)
    return GroupExits(
        members,
        inside=game.costs(x) + equilibrium_taxes(game, x),
        apart=_costs(game, [np.where(group, alone, 0) for group in members]),
        together=_costs(game, [group.astype(int) for group in members]),
        dissolved=_costs(game, [np.where(group, 0, alone) for group in members]),
    )


def _costs(game, partitions):
    """g(x) in equilibrium between the coalitions of each partition, given as labels (N,)."""
    found: dict[tuple[int, ...], NDArray] = {}
    for labels in partitions:
        _, numbered = np.unique(labels, return_inverse=True)
        key = tuple(numbered.tolist())
        if key not in found:
            found[key] = game.costs(partition_equilibrium(game, numbered).x)
    return np.array([found[tuple(np.unique(each, return_inverse=True)[1])] for each in partitions])


def most_leavers(n: ArrayLike, c1: ArrayLike) -> NDArray:
    """How many free riders at most can leave Section V's example together and all gain.

    Each for itself, n users who share exp(-s), the cheapest of unit cost c1 <= 1 inside: the
    largest k below n ln(n / c1) / (1 + ln(n / c1)), elementwise. Raises ValueError for another c1.
    """
    n, c1 = np.broadcast_arrays(positive_array("n", n), positive_array("c1", c1))
    if (c1 > 1).any():
        raise ValueError(f"c1: got {c1.max():g}; allowed: at most 1")
    total = np.log(n / c1)
    return np.ceil(n * total / (1 + total)).astype(int) - 1
