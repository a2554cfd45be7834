"""PESIM on a network: a user's message covers only the efforts that matter to it.

The stakeholders of effort k are the users i with w_ik > 0, user k among them. They alone name a
price and a proposal for k, and they stand in a ring of their own; everybody else's prices for k are
zero. Where an effort has just two stakeholders, a third user joins them as a witness, so that
nobody sets a price that it pays itself. Messages have one entry for each link (i, k), in order of
k, then i: their size, and the time of everything here, grows with the number of links.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pesim_lib._checks import finite_array, quiet, require_three_users, require_weighted_effort
from pesim_lib._sealed import Sealed
from pesim_lib.paper.equilibrium import social_optimum
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.pesim import Outcome


@dataclass(frozen=True, eq=False)
class Links(Sealed):
    """Who has a stake in whose effort: M links between `n` users.

    Attributes
    ----------
    n : int
    users, efforts : (M,) int arrays
        Link m lets user `users[m]` speak about the effort of user `efforts[m]`.
    weights : (M,) array
        w_ik, zero for a witness.
    successor : (M,) int array
        The link of the next stakeholder on the ring of the same effort.

    Examples
    --------
    On a ring everybody speaks about its own effort and those of both neighbours.

    >>> from pesim_lib import links
    >>> from pesim_lib.paper.examples import ring_game
    >>> found = links(ring_game(n=5))
    >>> len(found.users), found.users[found.efforts == 0].tolist()
    (15, [0, 1, 4])
    """

    n: int
    users: np.ndarray
    efforts: np.ndarray
    weights: np.ndarray
    successor: np.ndarray


@dataclass(frozen=True, eq=False)
class LocalMessages(Sealed):
    """A price and a proposal for each of M links.

    Attributes
    ----------
    links : Links
    prices : (M,) array
        Money per unit of effort, >= 0.
    proposals : (M,) array
        Units of effort.

    Raises
    ------
    ValueError
        For another shape, NaN or a negative price.

    Examples
    --------
    >>> import numpy as np
    >>> from pesim_lib import LocalMessages, links, local_outcome
    >>> from pesim_lib.paper.examples import ring_game
    >>> ring = links(ring_game(n=5))
    >>> local_outcome(LocalMessages(ring, np.zeros(15), np.ones(15))).x
    array([1., 1., 1., 1., 1.])
    """

    links: Links
    prices: np.ndarray
    proposals: np.ndarray

    def __post_init__(self):
        shape = self.links.users.shape
        for name in ("prices", "proposals"):
            object.__setattr__(self, name, finite_array(name, getattr(self, name), shape=shape))
        if (self.prices < 0).any():
            raise ValueError(f"prices: got {self.prices.min():g}; allowed: >= 0")


@quiet
def links(game: SecurityGame) -> Links:
    """Who may speak about whose effort in a weighted-effort game of N >= 3 users.

    Parameters
    ----------
    game : SecurityGame

    Returns
    -------
    Links

    Raises
    ------
    ValueError
        For another risk, or N < 3.

    Examples
    --------
    >>> from pesim_lib import links
    >>> from pesim_lib.paper.examples import ring_game
    >>> float(links(ring_game(n=5)).weights.sum())
    10.0
    """
    require_weighted_effort(game)
    require_three_users(game.n)
    return in_rings(game.n, *_with_witnesses(game.n, *game.risk.stakes()))


def in_rings(n, users, efforts, weights):
    """The `Links` of the given pairs, sorted, with a ring for each effort in order of users."""
    order = np.lexsort((users, efforts))
    users, efforts, weights = users[order], efforts[order], weights[order]
    successor = np.arange(1, len(users) + 1)
    last = np.flatnonzero(np.append(efforts[1:] != efforts[:-1], True))
    successor[last] = np.append(0, last[:-1] + 1)
    return Links(n, users, efforts, weights, successor)


@quiet
def local_outcome(messages: LocalMessages) -> Outcome:
    """Efforts by (6) and taxes by (7), both over stakeholders. Taxes sum to zero.

    Parameters
    ----------
    messages : LocalMessages

    Returns
    -------
    Outcome

    Examples
    --------
    At the equilibrium's messages the efforts are the social optimum.

    >>> import numpy as np
    >>> from pesim_lib import local_equilibrium_messages, local_outcome, social_optimum
    >>> from pesim_lib.paper.examples import ring_game
    >>> game = ring_game(n=5)
    >>> decided = local_outcome(local_equilibrium_messages(game))
    >>> np.allclose(decided.x, social_optimum(game).x), abs(round(decided.taxes.sum().item(), 9))
    (True, 0.0)
    """
    ring, prices, proposals = messages.links, messages.prices, messages.proposals
    x = _sums(ring.efforts, proposals, ring.n) / _sums(ring.efforts, 1.0, ring.n)
    penalties = prices * (proposals - proposals[ring.successor]) ** 2
    terms = local_prices(messages) * x[ring.efforts] + penalties - penalties[ring.successor]
    return Outcome(x, _sums(ring.users, terms, ring.n))


@quiet
def local_prices(messages: LocalMessages) -> NDArray:
    """What user i pays for a unit of user k's effort, l_ik, for each link (i, k).

    Parameters
    ----------
    messages : LocalMessages

    Returns
    -------
    (M,) array
        Money per unit of effort.

    Examples
    --------
    >>> from pesim_lib import links, local_equilibrium_messages, local_prices
    >>> from pesim_lib.paper.examples import ring_game
    >>> messages = local_equilibrium_messages(ring_game(n=5))
    >>> local_prices(messages)[messages.links.efforts == 0].round(4)
    array([-0.1359,  0.068 ,  0.068 ])
    """
    following = messages.links.successor
    return messages.prices[following] - messages.prices[following[following]]


@quiet
def local_equilibrium_messages(game: SecurityGame) -> LocalMessages:
    """Everybody proposes x* wherever it has a stake, at the smallest prices that support it.

    The prices l_ik are Lindahl prices, those of `lindahl_prices`, which are zero off the links.

    Parameters
    ----------
    game : SecurityGame

    Returns
    -------
    LocalMessages

    Raises
    ------
    ValueError
        For another risk than weighted effort, or N < 3.
    ConvergenceError
        If the optimum cannot be certified.

    Examples
    --------
    >>> from pesim_lib import local_equilibrium_messages
    >>> from pesim_lib.paper.examples import ring_game
    >>> float(local_equilibrium_messages(ring_game(n=5)).prices.min())
    0.0
    """
    ring, optimum = links(game), social_optimum(game).x
    slope = np.broadcast_to(game.risk.decay.slope(game.risk.effort(optimum)), game.n)
    own = ring.users == ring.efforts
    lindahl = np.where(own, 0.0, -ring.weights * slope[ring.users])
    lindahl[own] = -_sums(ring.efforts, lindahl, ring.n)[ring.efforts[own]]
    return LocalMessages(ring, local_ring_prices(ring, lindahl), optimum[ring.efforts])


def _with_witnesses(n, users, efforts, weights):
    """(users, efforts, weights) of all links, a witness added where an effort has two of them."""
    stakes = np.bincount(efforts, minlength=n)
    pairs = np.flatnonzero(stakes == 2)
    of_pair = stakes[efforts] == 2
    # The two add up to a number that tells, with k itself, which of users 0, 1, 2 is neither.
    other = _sums(efforts[of_pair], users[of_pair], n)[pairs].astype(int) - pairs
    witness = np.full(len(pairs), 2)
    for candidate in (1, 0):
        witness[(pairs != candidate) & (other != candidate)] = candidate
    return (
        np.append(users, witness),
        np.append(efforts, pairs),
        np.append(weights, np.zeros(len(pairs))),
    )


def local_ring_prices(ring, lindahl):
    """`ring_prices`, recursion (24), on rings of different lengths: one price for each link."""
    before = np.empty_like(ring.successor)
    before[ring.successor] = np.arange(len(before))
    # The sums start afresh on each ring, where they are zero but for rounding.
    falls = np.cumsum(lindahl[before[before]])
    starts = np.flatnonzero(np.append(True, ring.efforts[1:] != ring.efforts[:-1]))
    rings = ring.efforts
    falls -= np.append(0.0, falls[starts[1:] - 1])[rings]
    return np.maximum.reduceat(falls, starts)[rings] - falls


def _sums(groups, values, n):
    return np.bincount(groups, np.broadcast_to(values, groups.shape), n)
