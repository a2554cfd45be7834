"""PESIM, the message-exchange mechanism of Section IV.

User i sends a price profile pi_i (N,) >= 0 and a proposal x_i (N,) for everybody's effort. Rows
of the (N, N) arrays are users; indices i + 1 and i + 2 run round the ring of users.
"""

from dataclasses import dataclass

import numpy as np

from pesim_lib._checks import _require_three_users, finite_array, user_index
from pesim_lib.paper.equilibrium import social_optimum
from pesim_lib.paper.risk import WeightedEffort
from pesim_lib.solvers.certificate import TOLERANCE, ConvergenceError
from pesim_lib.solvers.newton import fischer_burmeister_newton, forward_differences


def ring_prices(lindahl):
    """The smallest nonnegative prices (N, N) with pi_{i+1} - pi_{i+2} = row i of `lindahl`.

    They exist because the columns of `lindahl` (N, N) sum to zero: a constant per column is free.
    """
    prices = -np.cumsum(np.roll(lindahl, 2, axis=0), axis=0)
    return prices - prices.min(axis=0)


@dataclass(frozen=True, eq=False)
class Messages:
    """One message per user: `prices` (N, N) >= 0 (money per unit of effort), `proposals` (N, N).

    Raises ValueError for other shapes, NaN, a negative price, or N < 3.
    """

    prices: np.ndarray
    proposals: np.ndarray

    def __post_init__(self):
        prices = finite_array("prices", self.prices)
        if prices.ndim != 2 or prices.shape[0] != prices.shape[1]:
            raise ValueError(f"prices: got shape {prices.shape}; allowed: (N, N)")
        if (prices < 0).any():
            raise ValueError(f"prices: got {prices.min():g}; allowed: >= 0")
        _require_three_users(len(prices))
        object.__setattr__(self, "prices", prices)
        object.__setattr__(
            self, "proposals", finite_array("proposals", self.proposals, shape=prices.shape)
        )

    @property
    def n(self):
        """Number of users N."""
        return len(self.prices)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What PESIM decides: efforts `.x` (N,) by (6) and `.taxes` (N,) by (7)."""

    x: np.ndarray
    taxes: np.ndarray


@dataclass(frozen=True, eq=False)
class Deviation:
    """One user's best message against the others'.

    Attributes
    ----------
    gain : float
        The supremum over the user's messages of its utility, minus its utility now; infinity if
        it can gain without bound.
    messages : Messages or None
        All messages with the user's best one in place; None where no message attains the gain.
    """

    gain: float
    messages: Messages | None

    @property
    def attained(self):
        """Whether some message earns the gain."""
        return self.messages is not None


def outcome(messages):
    """The outcome function h(m): efforts by (6), taxes by (7). Taxes sum to zero."""
    x = mean_proposal(messages.proposals)
    return Outcome(x, tax_terms(messages.prices, messages.proposals).sum(axis=0))


def mean_proposal(proposals):
    """Equation (6): the mean of the rows of `proposals` (N, N)."""
    return proposals.sum(axis=0) / len(proposals)


def tax_terms(prices, proposals):
    """The three terms of (7) as an array (3, N): price, own penalty, neighbour's penalty.

    Plain array arithmetic, so that symbols may stand in for numbers (dtype object).
    """
    penalties = (prices * (proposals - _next(proposals)) ** 2).sum(axis=1)
    price_terms = (_next(prices) - _next(_next(prices))) @ mean_proposal(proposals)
    return np.stack([price_terms, penalties, -_next(penalties)])


def lindahl_prices(game):
    """Lindahl prices l_i* (row i) at the social optimum, (N, N): equation (21).

    User i pays user k its own marginal benefit, l_ik = -df_i/dx_k for k != i, and is paid what
    the others pay for its effort, l_kk = sum over j != k of df_j/dx_k. Columns sum to zero.
    This is (21) with the multiplier of x_k >= 0 borne by user k; others are possible where
    x_k* = 0, with the same taxes. Raises ConvergenceError if the optimum cannot be certified.
    """
    return _prices_at(game, social_optimum(game).x)


def equilibrium_messages(game):
    """Theorem 2's equilibrium: everybody proposes x*, prices solve (23) by the recursion (24).

    The prices are the smallest nonnegative ones. Raises ValueError for N < 3, ConvergenceError
    if the optimum cannot be certified.
    """
    _require_three_users(game.n)
    optimum = social_optimum(game).x
    steps = np.roll(_prices_at(game, optimum), 2, axis=0)
    prices = -np.cumsum(steps, axis=0)
    return Messages(prices - prices.min(axis=0), np.tile(optimum, (game.n, 1)))


def best_deviation(game, messages, user, unrestricted=False):
    """The most that `user` can gain by changing its own message, over its whole message space.

    Its own prices enter its tax only as weights of a penalty, so zero prices are best, and then
    its proposal steers the mean x to any point: it minimises g_i(x) + l_i'x, (14). The mean is
    kept at x >= 0; with `unrestricted` it may be any vector, as the paper writes the message
    space, and the gain can be infinite.

    Raises ValueError for a wrong user, messages for another N, a mean below zero without
    `unrestricted`, or `unrestricted` with a risk other than weighted effort; ConvergenceError if
    a minimum cannot be certified.
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
    # Prices are differences of rounded numbers: only a gain beyond that rounding is a gain.
    rounding = 4 * game.n * np.finfo(float).eps * messages.prices.max(axis=0)
    linear = prices + np.where(prices == 0, 0.0, rounding)
    # The optimum behind a user's own price is certified to this share of its unit cost.
    linear[user] += game.unit_costs[user] * (1 + TOLERANCE)
    if isinstance(game.risk, WeightedEffort):
        lowest, x = _weighted_effort_minimum(game, user, linear, unrestricted)
    elif unrestricted:
        raise ValueError("unrestricted: got True with a custom risk; allowed: weighted effort")
    else:
        lowest, x = _custom_minimum(game, user, linear, np.maximum(now.x, 0.0))
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
    return np.roll(rows, -1, axis=0)


def _prices_at(game, x):
    jacobian = game.risk_jacobian(x)
    off_diagonal = jacobian - np.diag(np.diag(jacobian))
    return np.diag(off_diagonal.sum(axis=0)) - off_diagonal


def _weighted_effort_minimum(game, user, linear, unrestricted):
    """Infimum of f_i(x) + linear'x and a minimiser (N,), or None where it is not attained.

    f_i falls with w_i'x alone, so on x >= 0 it is best to buy it where it is cheapest.
    """
    weights = game.risk.dense_weights()[user]
    decay = game.risk.decay

    def of_user(values):
        return float(np.broadcast_to(values, game.n)[user])

    helps = weights > 0
    unit_prices = linear[helps] / weights[helps]
    cheapest = int(np.flatnonzero(helps)[unit_prices.argmin()])
    unit_price = unit_prices.min()
    if unrestricted:
        # In a direction that leaves w_i'x unchanged but moves linear'x, the cost has no bottom.
        uneven = np.abs(linear - unit_price * weights).max() > 1e-8 * np.abs(linear).max()
        unbounded = uneven or unit_price < 0
    else:
        unbounded = (linear < 0).any()
    if unbounded:
        return -np.inf, None
    if unit_price == 0:
        return 0.0, None
    effort = of_user(decay.effort_at_slope(unit_price))
    if not unrestricted:
        effort = max(effort, 0.0)
    x = np.zeros(game.n)
    x[cheapest] = effort / weights[cheapest]
    return of_user(decay.value(effort)) + unit_price * effort, x


def _custom_minimum(game, user, linear, start):
    """The same for a risk of unknown form, by Newton's method from `start`.

    Where the infimum is not attained, the value is within the solver's tolerance of it.
    """
    if (linear < 0).any():
        return -np.inf, None
    scale = max(np.abs(linear).max(), game.unit_costs[user])

    def function(x):
        return (linear + game.risk.jacobian(x)[user]) / scale

    x, residual, _ = fischer_burmeister_newton(
        function, lambda x: forward_differences(function, x), start
    )
    if not residual <= TOLERANCE:
        raise ConvergenceError("best_deviation", residual)
    lowest = float(game.risks(x)[user] + linear @ x)
    # At a price of zero more effort always helps a little: only the limit attains the gain.
    attained = not ((linear == 0) & (game.risk.jacobian(x)[user] < 0)).any()
    return lowest, x if attained else None
