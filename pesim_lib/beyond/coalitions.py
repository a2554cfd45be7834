"""Partial agreement: who stays together if leaving is allowed, and what transfers keep users in."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pesim_lib._checks import at_least_zero, quiet
from pesim_lib._sealed import Sealed
from pesim_lib.paper.equilibrium import coalition_equilibrium, social_optimum
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.individual_rationality import exit_equilibria, loner_gain


def transfer_slack(game):
    """sum_i g_i(exit_i) - G(x*): no balanced transfers bring everybody to stay where it is < 0."""
    return float(np.trace(exit_costs(game)) - game.social_cost(social_optimum(game).x))


def keeping_transfers(game):
    """Balanced taxes (N,) that leave everybody the same gain over leaving: the slack over N."""
    optimum = game.costs(social_optimum(game).x)
    return np.diag(exit_costs(game)) - optimum - transfer_slack(game) / game.n


def total_effort_slack(n, c1, c2):
    """`transfer_slack` of `total_effort_game(n, c1, c2)` for n >= 3 and c1 < c2, elementwise.

    PESIM's taxes balance, so it is the sum of the gains: of user 1 and of n - 1 who do nothing.
    """
    total = np.maximum(np.log(n / c1), 0.0)
    without = np.maximum(np.log((n - 1) / c1), 0.0)
    idle = np.exp(-without) - np.exp(-total) * (1 + total)
    return loner_gain(n, c1, c2) + (n - 1) * idle


@lru_cache(maxsize=16)
def exit_costs(game):
    """g(exit_i) in row i, (N, N)."""
    costs = np.array([game.costs(found.x) for found in exit_equilibria(game)])
    costs.flags.writeable = False
    return costs


MOST_COALITION_USERS = 12


@dataclass(frozen=True, eq=False)
class Coalitions(Sealed):
    """Every coalition of a game, one row each, and which of them hold together.

    A coalition minimises the sum of its members' costs and everybody else its own cost, all at
    once. Coalitions of one are left out, and the first row, without members, stands for them.

    Attributes
    ----------
    members : (M, N) bool array
    costs : (M, N) array
        g_i(x) of every user, members or not.
    internal : (M,) bool array
        No member would pay less after leaving alone.
    external : (M,) bool array
        No outsider would pay less after joining alone.
    potential : (M,) bool array
        Transfers between the members can make it internally stable: together they pay no more
        than the sum of what each would pay after leaving alone.
    stable : (M,) bool array
        internal and external.

    Examples
    --------
    >>> from pesim_lib import stable_coalitions
    >>> from pesim_lib.paper.examples import ring_game
    >>> stable_coalitions(ring_game(n=4)).members.shape
    (12, 4)
    """

    members: np.ndarray
    costs: np.ndarray
    internal: np.ndarray
    external: np.ndarray
    potential: np.ndarray

    @property
    def stable(self):
        """internal and external, (M,)."""
        return self.internal & self.external


@quiet
def stable_coalitions(game: SecurityGame, tolerance: float = 1e-9) -> Coalitions:
    """All 2^N - N coalitions of a game of at most 12 users: who stays if leaving is allowed.

    Who leaves a coalition of two leaves nobody to act jointly with. Where equilibria are several,
    this compares one of each.

    Parameters
    ----------
    game : SecurityGame
    tolerance : float
        Differences within this share of a user's cost decide nothing.

    Returns
    -------
    Coalitions

    Raises
    ------
    ValueError
        For more than 12 users.
    ConvergenceError
        If an equilibrium cannot be certified.

    Examples
    --------
    On a ring of four users: nobody, or two who are not neighbours.

    >>> import numpy as np
    >>> from pesim_lib import stable_coalitions
    >>> from pesim_lib.paper.examples import ring_game
    >>> found = stable_coalitions(ring_game(n=4))
    >>> [np.flatnonzero(row).tolist() for row in found.members[found.stable]]
    [[], [0, 2], [1, 3]]
    """
    if game.n > MOST_COALITION_USERS:
        raise ValueError(f"game.n: got {game.n}; allowed: at most {MOST_COALITION_USERS}")
    bits = 1 << np.arange(game.n)
    masks = [mask for mask in range(1 << game.n) if mask.bit_count() != 1]
    row = {**{int(bit): 0 for bit in bits}, **{mask: k for k, mask in enumerate(masks)}}
    members = (np.array(masks)[:, None] & bits) > 0
    optimum = social_optimum(game).x
    costs = np.array([game.costs(_coalition_efforts(game, inside, optimum)) for inside in members])
    # Where each user's switching sides leads: out for a member, in for an outsider.
    other = np.array([[row[mask ^ int(bit)] for bit in bits] for mask in masks])
    after = costs[other, np.arange(game.n)]
    tolerance = at_least_zero("tolerance", tolerance)
    content = costs <= after * (1 + tolerance)
    together = np.where(members, costs, 0).sum(axis=1)
    apart = np.where(members, after, 0).sum(axis=1)
    return Coalitions(
        members,
        costs,
        internal=(content | ~members).all(axis=1),
        external=(content | members).all(axis=1),
        potential=together <= apart * (1 + tolerance),
    )


def _coalition_efforts(game, inside, optimum):
    """Efforts (N,) when the users `inside` (N,) act as one and every other user alone.

    Sought from the `optimum` on.
    """
    together = np.flatnonzero(inside).tolist()
    alone = [[user] for user in np.flatnonzero(~inside).tolist()]
    if not together or not alone:
        return coalition_equilibrium(game, alone + [together] * (len(together) > 0)).x
    return coalition_equilibrium(game, [*alone, together], optimum).x
