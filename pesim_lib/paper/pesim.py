"""PESIM, the message-exchange mechanism of Section IV.

User i sends a price profile pi_i (N,) >= 0 and a proposal x_i (N,) for everybody's effort. Rows
of the (N, N) arrays are users; indices i + 1 and i + 2 run round the ring of users.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pesim_lib._checks import finite_array, quiet, require_three_users, user_index
from pesim_lib._sealed import Sealed
from pesim_lib.paper.equilibrium import social_optimum, solver
from pesim_lib.paper.game import SecurityGame
from pesim_lib.solvers.certificate import TOLERANCE


@dataclass(frozen=True, eq=False)
class Messages(Sealed):
    """One message per user: its prices, and its proposal for everybody's effort.

    Attributes
    ----------
    prices : (N, N) array
        Row i is the price profile of user i, money per unit of effort, >= 0.
    proposals : (N, N) array
        Row i is what user i proposes, in units of effort.
    n : int
        Number of users N.

    Raises
    ------
    ValueError
        For other shapes, NaN, a negative price, or N < 3.

    Examples
    --------
    >>> import numpy as np
    >>> from pesim_lib import Messages
    >>> Messages(prices=np.zeros((3, 3)), proposals=np.eye(3)).n
    3
    """

    prices: np.ndarray
    proposals: np.ndarray

    def __post_init__(self):
        prices = finite_array("prices", self.prices)
        if prices.ndim != 2 or prices.shape[0] != prices.shape[1]:
            raise ValueError(f"prices: got shape {prices.shape}; allowed: (N, N)")
        if (prices < 0).any():
            raise ValueError(f"prices: got {prices.min():g}; allowed: >= 0")
        require_three_users(len(prices))
        object.__setattr__(self, "prices", prices)
        object.__setattr__(
            self, "proposals", finite_array("proposals", self.proposals, shape=prices.shape)
        )

    @property
    def n(self):
        """Number of users N."""
        return len(self.prices)


@dataclass(frozen=True, eq=False)
class Outcome(Sealed):
    """What PESIM decides.

    Attributes
    ----------
    x : (N,) array
        Efforts, by (6).
    taxes : (N,) array
        Money, by (7); negative where a user is paid.

    Examples
    --------
    >>> import numpy as np
    >>> from pesim_lib import Messages, outcome
    >>> decided = outcome(Messages(np.eye(3), np.ones((3, 3))))
    >>> decided.x, decided.taxes
    (array([1., 1., 1.]), array([0., 0., 0.]))
    """

    x: np.ndarray
    taxes: np.ndarray


@dataclass(frozen=True, eq=False)
class Deviation(Sealed):
    """One user's best message against the others'.

    Attributes
    ----------
    gain : float
        The supremum over the user's messages of its utility, minus its utility now; infinity if
        it can gain without bound.
    messages : Messages or None
        All messages with the user's best one in place; None where no message attains the gain.
    attained : bool
        Whether some message earns the gain.

    Examples
    --------
    >>> from pesim_lib import best_deviation, equilibrium_messages
    >>> from pesim_lib.paper.examples import total_effort_game
    >>> game = total_effort_game(n=3)
    >>> deviation = best_deviation(game, equilibrium_messages(game), user=0)
    >>> deviation.gain, deviation.attained
    (0.0, True)
    """

    gain: float
    messages: Messages | None

    @property
    def attained(self):
        """Whether some message earns the gain."""
        return self.messages is not None


@quiet
def outcome(messages: Messages) -> Outcome:
    """The outcome function h(m): efforts by (6), taxes by (7). Taxes sum to zero.

    Forms (N, N) arrays; `local_outcome` needs none.

    Parameters
    ----------
    messages : Messages

    Returns
    -------
    Outcome

    Examples
    --------
    >>> import numpy as np
    >>> from pesim_lib import Messages, outcome
    >>> decided = outcome(Messages(np.eye(3), np.diag([3.0, 0.0, 0.0])))
    >>> decided.x, decided.taxes
    (array([1., 0., 0.]), array([ 9., -1., -8.]))
    """
    x = mean_proposal(messages.proposals)
    return Outcome(x, tax_terms(messages.prices, messages.proposals).sum(axis=0))


def mean_proposal(proposals: NDArray) -> NDArray:
    """Equation (6): the mean of the rows of `proposals` (N, N)."""
    return proposals.sum(axis=0) / len(proposals)


def tax_terms(prices: NDArray, proposals: NDArray) -> NDArray:
    """The three terms of (7): price, own penalty, neighbour's penalty.

    Plain array arithmetic, so that symbols may stand in for numbers (dtype object).

    Parameters
    ----------
    prices, proposals : (N, N) arrays
        As in `Messages`.

    Returns
    -------
    (3, N) array
        A column for each user; the tax is its sum.

    Examples
    --------
    >>> import numpy as np
    >>> from pesim_lib import tax_terms
    >>> tax_terms(np.eye(3), np.diag([3.0, 0.0, 0.0]))
    array([[ 0., -1.,  1.],
           [ 9.,  0.,  0.],
           [-0., -0., -9.]])
    """
    penalties = (prices * (proposals - _next(proposals)) ** 2).sum(axis=1)
    price_terms = _next(prices - _next(prices)) @ mean_proposal(proposals)
    return np.stack([price_terms, penalties, -_next(penalties)])


@quiet
def lindahl_prices(game: SecurityGame) -> NDArray:
    """Lindahl prices l_i* at the social optimum: equation (21).

    User i pays user k its own marginal benefit, l_ik = -df_i/dx_k for k != i, and is paid what
    the others pay for its effort, l_kk = sum over j != k of df_j/dx_k. Columns sum to zero.
    This is (21) with the multiplier of x_k >= 0 borne by user k; others are possible where
    x_k* = 0, with the same taxes. Forms (N, N) arrays; `local_prices` need none.

    Parameters
    ----------
    game : SecurityGame

    Returns
    -------
    (N, N) array
        Row i is l_i*, money per unit of effort.

    Raises
    ------
    ConvergenceError
        If the optimum cannot be certified.

    Examples
    --------
    >>> from pesim_lib import Exponential, SecurityGame, TotalEffort, lindahl_prices
    >>> game = SecurityGame(TotalEffort(3, Exponential()), [0.3, 0.4, 0.5])
    >>> lindahl_prices(game).round(4)
    array([[-0.2,  0.1,  0.1],
           [ 0.1, -0.2,  0.1],
           [ 0.1,  0.1, -0.2]])
    """
    return _prices_at(game, social_optimum(game).x)


@quiet
def equilibrium_messages(game: SecurityGame) -> Messages:
    """Theorem 2's equilibrium: everybody proposes x*, prices solve (23) by the recursion (24).

    The prices are the smallest nonnegative ones. Forms (N, N) arrays;
    `local_equilibrium_messages` needs none.

    Parameters
    ----------
    game : SecurityGame

    Returns
    -------
    Messages

    Raises
    ------
    ValueError
        For N < 3.
    ConvergenceError
        If the optimum cannot be certified.

    Examples
    --------
    >>> from pesim_lib import Exponential, SecurityGame, TotalEffort, equilibrium_messages, outcome
    >>> game = SecurityGame(TotalEffort(3, Exponential()), [0.3, 0.4, 0.5])
    >>> outcome(equilibrium_messages(game)).taxes.round(4)
    array([-0.4605,  0.2303,  0.2303])
    """
    require_three_users(game.n)
    optimum = social_optimum(game).x
    prices = ring_prices(_prices_at(game, optimum))
    return Messages(prices, np.tile(optimum, (game.n, 1)))


def ring_prices(lindahl: NDArray) -> NDArray:
    """Recursion (24): the least prices >= 0, (N, N), with pi_{i+1} - pi_{i+2} = `lindahl` row i.

    They exist because the columns of `lindahl` (N, N) sum to zero: a constant per column is free.
    """
    prices = -np.cumsum(np.concatenate([lindahl[-2:], lindahl[:-2]]), axis=0)
    return prices - prices.min(axis=0)


def equilibrium_taxes(game: SecurityGame, x: ArrayLike) -> NDArray:
    """The taxes (12) at Lindahl prices and efforts x (N,), sum over k of l_ik x_k: (N,).

    From what users do to each other: no messages, whose differences would round over many scales.
    """
    caused, felt = game.risk.externalities(x)
    return caused * x - felt


@quiet
def best_deviation(
    game: SecurityGame, messages: Messages, user: int, unrestricted: bool = False
) -> Deviation:
    """The most that `user` can gain by changing its own message, over its whole message space.

    Its own prices enter its tax only as weights of a penalty, so zero prices are best, and then
    its proposal steers the mean x to any point: it minimises g_i(x) + l_i'x, (14). The mean is
    kept at x >= 0; with `unrestricted` it may be any vector, as the paper writes the message
    space, and the gain can be infinite. Forms (N, N) arrays.

    Parameters
    ----------
    game : SecurityGame
    messages : Messages
    user : int
        0..N-1.
    unrestricted : bool
        Whether the mean may be negative; for weighted effort.

    Returns
    -------
    Deviation

    Raises
    ------
    ValueError
        For a wrong user, messages for another N, a mean below zero without `unrestricted`, or
        `unrestricted` with a risk other than weighted effort.
    ConvergenceError
        If a minimum cannot be certified.

    Examples
    --------
    In equilibrium nobody gains. Where everybody proposes nothing, user 1 does.

    >>> import numpy as np
    >>> from pesim_lib import Messages, best_deviation, equilibrium_messages
    >>> from pesim_lib.paper.examples import total_effort_game
    >>> game = total_effort_game(n=3)
    >>> best_deviation(game, equilibrium_messages(game), user=0).gain
    0.0
    >>> nothing = Messages(np.zeros((3, 3)), np.zeros((3, 3)))
    >>> best_deviation(game, nothing, user=0).gain > 0
    True
    """
    user = user_index("user", user, game.n)
    if messages.n != game.n:
        raise ValueError(f"messages: got {messages.n} users; allowed: {game.n}")
    now = outcome(messages)
    rounding = 4 * np.finfo(float).eps * np.abs(messages.proposals).sum(axis=0)
    if (now.x < -rounding).any() and not unrestricted:
        raise ValueError(
            f"messages: got a mean proposal of {now.x.min():g} for user {now.x.argmin()}; "
            "allowed: >= 0, or unrestricted=True"
        )
    ring = np.roll(np.arange(game.n), -user)
    prices = messages.prices[ring[1]] - messages.prices[ring[2]]
    # Prices are differences of rounded numbers: only a gain beyond that rounding is a gain. Both
    # come out of a mechanism whose prices are no more exact than the optimum behind them.
    paid = messages.prices[[ring[1], ring[2]]].max(axis=0)
    rounding = 4 * game.n * np.finfo(float).eps * np.maximum(paid, game.unit_costs)
    nearly_free = (np.abs(prices) <= TOLERANCE * game.unit_costs) & (prices < 0)
    linear = np.where(nearly_free, 0.0, prices)
    linear += np.where(prices == 0, 0.0, rounding)
    # The optimum behind a user's own price is certified to this share of its unit cost.
    linear[user] += game.unit_costs[user] * (1 + TOLERANCE)
    start = np.maximum(now.x, 0.0)
    lowest, x = solver(game).user_minimum(game, user, linear, start, unrestricted)
    neighbour_term = tax_terms(messages.prices, messages.proposals)[2, user]
    gain = game.utilities(now.x, now.taxes)[user] * -1 - (lowest + neighbour_term)
    if gain <= 0:
        return Deviation(0.0, messages)
    if x is None:
        return Deviation(float(gain), None)
    new_prices, new_proposals = messages.prices.copy(), messages.proposals.copy()
    new_prices[user] = 0.0
    new_proposals[user] = game.n * x - (messages.proposals.sum(axis=0) - messages.proposals[user])
    return Deviation(float(gain), Messages(new_prices, new_proposals))


def _next(rows):
    """Row i + 1 in place of row i, round the ring."""
    return np.concatenate([rows[1:], rows[:1]])


def _prices_at(game, x):
    jacobian = game.risk_jacobian(x)
    off_diagonal = jacobian - np.diag(np.diag(jacobian))
    return np.diag(off_diagonal.sum(axis=0)) - off_diagonal
