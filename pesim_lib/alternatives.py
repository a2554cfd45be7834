"""What else a regulator could do: the schemes of the paper's introduction on one game.

A scheme is a rule that takes everybody's efforts x and says what each user pays, t(x). It turns
the game into another, in which user i minimises g_i(x) + t_i(x) over its own effort x_i >= 0.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from pesim_lib._checks import finite_array, positive_array, user_index
from pesim_lib.equilibrium import best_response, nash_equilibrium, social_optimum
from pesim_lib.game import SecurityGame
from pesim_lib.mechanism import lindahl_prices
from pesim_lib.participation import exit_equilibrium
from pesim_lib.risk import CustomRisk


@dataclass(frozen=True, eq=False)
class Scheme:
    """A scheme with one of its equilibria.

    Attributes
    ----------
    game, name : SecurityGame, str
    rule : callable
        Efforts x (N,) to payments t(x) (N,); negative where a user is paid.
    x : (N,) array
        Efforts in equilibrium.
    outside : (N,) array or None
        What each user would get if it alone refused; None where nobody can refuse.
    """

    game: SecurityGame
    name: str
    rule: Callable[[np.ndarray], np.ndarray]
    x: np.ndarray
    outside: np.ndarray | None = None

    @property
    def taxes(self):
        """t(x) in equilibrium, (N,)."""
        return self.rule(self.x)

    @property
    def budget(self):
        """The sum of the taxes: a surplus, or a deficit where it is negative."""
        return float(self.taxes.sum())

    @property
    def utilities(self):
        """-g_i(x) - t_i(x) in equilibrium, (N,)."""
        return self.game.utilities(self.x, self.taxes)

    @property
    def gain(self):
        """utilities - outside, (N,): who is below zero leaves. None where nobody can refuse."""
        return None if self.outside is None else self.utilities - self.outside

    @property
    def ratio(self):
        """G(x) / G(x*), the price of anarchy of this equilibrium under the scheme."""
        return self.game.social_cost(self.x) / self.game.social_cost(social_optimum(self.game).x)


@dataclass(frozen=True, eq=False)
class Slip:
    """What one user's wrong effort does: to the other users' utilities, in sum, and the budget."""

    others: float
    budget: float


def slip(scheme, user=None, share=0.5):
    """The effects of `user` exerting only `share` of its effort while nobody else reacts.

    `user` defaults to the one who exerts most.
    """
    user = int(scheme.x.argmax()) if user is None else user_index("user", user, scheme.game.n)
    wrong = np.where(np.arange(scheme.game.n) == user, share, 1.0) * scheme.x
    change = scheme.game.utilities(wrong, scheme.rule(wrong)) - scheme.utilities
    return Slip(float(np.delete(change, user).sum()), float(scheme.rule(wrong).sum()))


def regret(scheme, grid=65):
    """The most that any user could gain by another effort of its own: a certificate.

    Rules may jump, so it is searched on `grid` efforts up to three times the largest in
    equilibrium, or f_i(0) / c_i where that is more, and refined around the best.
    """
    game, x = scheme.game, scheme.x

    def gain(user):
        def cost(effort):
            y = np.where(np.arange(game.n) == user, effort, x)
            return -game.utilities(y, scheme.rule(y))[user]

        top = max(3 * x.max(), game.risks(np.zeros(game.n))[user] / game.unit_costs[user])
        efforts = np.sort(np.append(np.linspace(0, top, grid), x[user]))
        best = int(np.argmin([cost(effort) for effort in efforts]))
        around = efforts[max(best - 1, 0)], efforts[min(best + 1, grid)]
        refined = minimize_scalar(cost, bounds=around, options={"xatol": 1e-10})
        return cost(x[user]) - min(cost(efforts[best]), refined.fun)

    return max(gain(user) for user in range(game.n))


def no_regulation(game):
    """t = 0: the Nash equilibrium."""
    return Scheme(game, "no regulation", lambda x: np.zeros(game.n), nash_equilibrium(game).x)


def mandate(game):
    """Who is found below x_i* pays twice what x_i* would have cost."""
    x = social_optimum(game).x
    return Scheme(game, "mandate and audit", lambda y: 2 * game.unit_costs * x * _short(y, x), x)


def strict_liability(game):
    """Every user pays everybody else's losses, whatever it did."""
    x = social_optimum(game).x
    return Scheme(game, "strict liability", lambda y: _others_risks(game, y), x)


def due_care(game):
    """Who is below x_i* pays everybody else's losses."""
    x = social_optimum(game).x
    return Scheme(game, "due care", lambda y: _others_risks(game, y) * _short(y, x), x)


def fine(game):
    """A unit of effort below x_i* costs what it is worth to the others; a unit above earns that."""
    x = social_optimum(game).x
    rate = external_benefit(game, x)
    return Scheme(game, "fine on effort", lambda y: rate * (x - y), x)


def certification(game):
    """Who reaches x_i* is compensated for k_i times its loss, with the least k_i that suffices."""
    x = social_optimum(game).x
    outside = refusing(game, x)
    share = (game.costs(x) + outside) / game.risks(x)
    share = np.where(share > 1e-12, share, 0.0)

    def rule(y):
        return -share * game.risks(y) * ~_short(y, x)

    return Scheme(game, "certification", rule, x, outside)


def subsidy(game):
    """Every unit of effort earns what it is worth to the others at x*."""
    x = social_optimum(game).x
    rate = external_benefit(game, x)
    return Scheme(game, "subsidy on effort", lambda y: -rate * y, x, refusing(game, x))


def bonus(game):
    """Who is not breached is paid a bonus; the chance of a breach is f_i(x) / f_i(0).

    The least bonus, b_i f_i(0), makes x_i* the best effort: (1 + b_i)(-df_i/dx_i) = c_i.
    """
    x = social_optimum(game).x
    own = -np.diag(game.risk_jacobian(x))
    factor = np.where(x > 0, game.unit_costs / own - 1, 0.0)

    def rule(y):
        return factor * (game.risks(y) - game.risks(np.zeros(game.n)))

    return Scheme(game, "bonus on outcome", rule, x, refusing(game, x))


def insurance(game, coverage=0.5):
    """An insurer bears `coverage` of each loss for a fair premium that ignores effort."""
    _check_share("coverage", coverage)
    x = nash_equilibrium(SecurityGame(game.risk, game.unit_costs / (1 - coverage))).x

    def rule(y):
        return coverage * (game.risks(x) - game.risks(y))

    return Scheme(game, "insurance, unmonitored", rule, x, refusing(game, x))


def monitored_insurance(game, coverage=0.5):
    """The same for a premium that falls with effort, by what effort saves insurer and others."""
    _check_share("coverage", coverage)
    x = social_optimum(game).x
    discount = external_benefit(game, x) - coverage * np.diag(game.risk_jacobian(x))

    def rule(y):
        return coverage * (game.risks(x) - game.risks(y)) + discount * (x - y)

    return Scheme(game, "insurance, monitored", rule, x, refusing(game, x))


def pivotal(game):
    """The Pivotal mechanism (Clarke): user i pays the others' costs, less what they are without it.

    Without user i means after its exit. The second term is fixed: no effort of i changes it.
    """
    x = social_optimum(game).x
    exits = _exit_costs(game)
    without = exits.sum(axis=1) - np.diag(exits)

    def rule(y):
        costs = game.costs(y)
        return costs.sum() - costs - without

    return Scheme(game, "Pivotal (Clarke)", rule, x, -np.diag(exits))


def pesim(game):
    """PESIM at its equilibrium prices: user i pays l_i* . x."""
    prices, x = lindahl_prices(game), social_optimum(game).x
    return Scheme(game, "PESIM", lambda y: prices @ y, x, -np.diag(_exit_costs(game)))


COMPULSORY = (no_regulation, mandate, strict_liability, due_care, fine)
VOLUNTARY = (certification, subsidy, bonus, insurance, monitored_insurance, pivotal, pesim)
SCHEMES = COMPULSORY + VOLUNTARY


def compare(game):
    """All schemes on one game, in the order of `SCHEMES`."""
    return [scheme(game) for scheme in SCHEMES]


def external_benefit(game, x):
    """What a unit of each user's effort is worth to all others at x, (N,)."""
    jacobian = game.risk_jacobian(x)
    return np.diag(jacobian) - jacobian.sum(axis=0)


def refusing(game, x):
    """What each user would get without any payment, the others' efforts staying at x, (N,)."""
    replies = np.array([best_response(game, user, x) for user in range(game.n)])
    profiles = np.where(np.eye(game.n, dtype=bool), replies, x)
    return -np.array([game.costs(profile)[user] for user, profile in enumerate(profiles)])


def transfer_slack(game):
    """sum_i g_i(exit_i) - G(x*): no balanced transfers bring everybody to stay where it is < 0."""
    return float(np.trace(_exit_costs(game)) - game.social_cost(social_optimum(game).x))


def type_game(risk, low, high, chance):
    """The Bayesian game of N users with private unit costs as a game between their 2N types.

    User i's cost is low[i] with probability `chance` and high[i] otherwise, independently. Type
    (i, low) is user i of the result and type (i, high) user N + i; each bears user i's risk
    expected over the others' types. A Nash equilibrium of it is a Bayesian equilibrium.
    Raises ValueError for costs that are not positive or a chance outside (0, 1).
    """
    n = risk.n
    costs = np.append(positive_array("low", low, (n,)), positive_array("high", high, (n,)))
    _check_share("chance", chance)
    draws = np.array(list(itertools.product([0, 1], repeat=n)))
    odds = np.where(draws == 0, chance, 1 - chance)
    owner, kind = np.tile(np.arange(n), 2), np.repeat([0, 1], n)
    # Given its own type: only draws that have it count, each with the others' odds.
    weight = odds.prod(axis=1) * (draws[:, owner] == kind).T / odds[:, owner].T

    def played(draw):
        return np.arange(n) + n * draw

    def value(x):
        return sum(
            w * risk.value(x[played(d)])[owner] for d, w in zip(draws, weight.T, strict=True)
        )

    def jacobian(x):
        total = np.zeros((2 * n, 2 * n))
        for draw, share in zip(draws, weight.T, strict=True):
            total[:, played(draw)] += share[:, None] * risk.jacobian(x[played(draw)])[owner]
        return total

    return SecurityGame(CustomRisk(2 * n, value, jacobian), costs)


def _others_risks(game, y):
    risks = game.risks(y)
    return risks.sum() - risks


def _short(y, x):
    """Who falls short of x, up to rounding."""
    return y < x * (1 - 1e-12)


def _exit_costs(game):
    """g(exit_i) in row i, (N, N)."""
    return np.array([game.costs(exit_equilibrium(game, user)) for user in range(game.n)])


def _check_share(name, value):
    if not 0 < finite_array(name, value, ()) < 1:
        raise ValueError(f"{name}: got {value:g}; allowed: between 0 and 1")
