"""What else a regulator could do: the schemes of the paper's introduction on one game.

A scheme is a rule that takes everybody's efforts x and says what each user pays, t(x). It turns
the game into another, in which user i minimises g_i(x) + t_i(x) over its own effort x_i >= 0.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.optimize import minimize_scalar

from pesim_lib._checks import _check_share, user_index
from pesim_lib.beyond.coalitions import _exit_costs
from pesim_lib.beyond.private_costs import caring
from pesim_lib.paper.equilibrium import (
    best_response,
    coalition_response,
    nash_equilibria,
    nash_equilibrium,
    social_optimum,
)
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.pesim import lindahl_prices
from pesim_lib.paper.risk import CustomRisk, Exponential, PowerLaw, TotalEffort, WeightedEffort
from pesim_lib.solvers.certificate import Equilibria

MOST_COMPENSATED_USERS = 12


@dataclass(frozen=True, eq=False)
class Scheme:
    """A scheme with the equilibrium it aims at.

    Attributes
    ----------
    game, name : SecurityGame, str
    rule : callable
        Efforts x (N,) to payments t(x) (N,); negative where a user is paid.
    x : (N,) array
        Efforts in that equilibrium.
    search : callable
        () to the `Equilibria` of the induced game.
    outside : callable
        () to what each user gets, (N,), after it alone has left and everybody has reacted.
    """

    game: SecurityGame
    name: str
    rule: Callable[[np.ndarray], np.ndarray]
    x: np.ndarray
    search: Callable[[], Equilibria]
    outside: Callable[[], np.ndarray]

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
    def accepting(self):
        """What each gains over refusing alone, (N,), while the others' efforts stay."""
        return self.utilities - refusing(self.game, self.x)

    @property
    def joining(self):
        """What each gains over leaving alone, (N,), after which the others react."""
        return self.utilities - self.outside()

    @cached_property
    def equilibria(self):
        """The equilibria of the induced game that the search finds, and whether it is complete."""
        return self.search()

    @property
    def worst(self):
        """Efforts (N,) in the costliest equilibrium found, by which (4) judges."""
        return max([self.x, *(found.x for found in self.equilibria)], key=self.game.social_cost)

    @property
    def ratios(self):
        """G(x) / G(x*) for the scheme's x and in the equilibria found, (M,).

        The largest is the price of anarchy (4) under the scheme, or less if the search is
        incomplete.
        """
        profiles = [self.x, *(found.x for found in self.equilibria)]
        costs = np.array([self.game.social_cost(x) for x in profiles])
        return costs / self.game.social_cost(social_optimum(self.game).x)


@dataclass(frozen=True, eq=False)
class Slip:
    """What one user's wrong effort does: to the other users' utilities, in sum, and the budget."""

    others: float
    budget: float


def slip(scheme, user=None, share=0.5):
    """The effects of `user` exerting `share` of its effort while nobody else reacts.

    `user` defaults to the one who exerts most.
    """
    user = int(scheme.x.argmax()) if user is None else user_index("user", user, scheme.game.n)
    wrong = np.where(np.arange(scheme.game.n) == user, share, 1.0) * scheme.x
    change = scheme.game.utilities(wrong, scheme.rule(wrong)) - scheme.utilities
    return Slip(float(np.delete(change, user).sum()), float(scheme.rule(wrong).sum()))


def regret(scheme, x=None, grid=65):
    """The most that any user could gain by another effort of its own at x: a certificate.

    `x` (N,) defaults to the scheme's equilibrium.

    Rules may jump, so it is searched on `grid` efforts up to three times the largest in x, or
    f_i(0) / c_i where that is more, and refined around the best.
    """
    game, x = scheme.game, scheme.x if x is None else np.asarray(x)

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


def leavers(gain):
    """The users (0-based) with a negative `gain` (N,), up to rounding."""
    return np.flatnonzero(gain < -1e-9 * (1 + np.abs(gain).max()))


def no_regulation(game):
    """t = 0: the Nash equilibrium. Nothing is left by leaving."""
    x = nash_equilibrium(game).x
    return Scheme(
        game,
        "no regulation",
        lambda x: np.zeros(game.n),
        x,
        search=lambda: nash_equilibria(game),
        outside=lambda: -game.costs(x),
    )


def mandate(game):
    """Who is found below x_i* pays twice what x_i* would have cost."""
    x = social_optimum(game).x
    return _optimal(game, "mandate and audit", x, lambda y: 2 * game.unit_costs * x * _short(y, x))


def strict_liability(game):
    """Every user pays everybody else's losses, whatever it did."""
    x = social_optimum(game).x
    return _optimal(game, "strict liability", x, lambda y: _others_risks(game, y))


def due_care(game):
    """Who is below x_i* pays everybody else's losses."""
    x = social_optimum(game).x
    return _optimal(game, "due care", x, lambda y: _others_risks(game, y) * _short(y, x))


def fine(game):
    """A unit of effort below x_i* costs what it is worth to the others; a unit above earns that."""
    x = social_optimum(game).x
    rate = external_benefit(game, x)
    return _priced(game, "fine on effort", x, lambda y: rate * (x - y), game.unit_costs - rate)


def subsidy(game):
    """Every unit of effort earns what it is worth to the others at x*."""
    x = social_optimum(game).x
    rate = external_benefit(game, x)
    return _priced(game, "subsidy on effort", x, lambda y: -rate * y, game.unit_costs - rate)


def bonus(game):
    """Who is not breached is paid a bonus; the chance of a breach is f_i(x) / f_i(0).

    The least bonus, b_i f_i(0), makes x_i* the best effort: (1 + b_i)(-df_i/dx_i) = c_i.
    """
    x = social_optimum(game).x
    factor = np.where(x > 0, game.unit_costs / _own_benefit(game, x) - 1, 0.0)

    def rule(y):
        return factor * (game.risks(y) - game.risks(np.zeros(game.n)))

    return _priced(game, "bonus on outcome", x, rule, game.unit_costs)


def certification(game):
    """Who reaches x_i* is compensated for k_i times its loss, with the least k_i that suffices.

    The search goes through all patterns of who seeks the certificate, for at most 12 users whom
    it pays anything.
    """
    x = social_optimum(game).x
    share = (game.costs(x) + refusing(game, x)) / game.risks(x)
    share = np.where(share > 1e-12, share, 0.0)

    def rule(y):
        return -share * game.risks(y) * ~_short(y, x)

    scheme = _optimal(game, "certification", x, rule)
    return replace(scheme, search=lambda: _certified_patterns(game, x, share))


def insurance(game, coverage=0.5):
    """An insurer bears `coverage` of each loss for a fair premium that ignores effort.

    Who leaves faces others who are still insured.
    """
    _check_share("coverage", coverage)
    dear = game.unit_costs / (1 - coverage)
    x = nash_equilibrium(SecurityGame(game.risk, dear)).x

    def rule(y):
        return coverage * (game.risks(x) - game.risks(y))

    def outside():
        costs = np.where(np.eye(game.n, dtype=bool), game.unit_costs, dear)
        exits = [nash_equilibrium(SecurityGame(game.risk, row)).x for row in costs]
        return -np.diag([game.costs(y) for y in exits])

    return Scheme(
        game,
        "insurance, unmonitored",
        rule,
        x,
        search=lambda: nash_equilibria(SecurityGame(game.risk, dear)),
        outside=outside,
    )


def monitored_insurance(game, coverage=0.5, saved="everybody"):
    """The same for a premium that falls with effort, by what effort saves at the equilibrium.

    `saved` says what counts: what the user's own claims shrink by ("own claim"), what all claims
    together do ("all claims"), or what everybody saves but the user itself ("everybody"), which
    takes a regulator. `joining` supposes that those who stay reach their optimum, as with
    "everybody". Raises ValueError for another.
    """
    _check_share("coverage", coverage)
    solved = {
        "own claim": lambda: nash_equilibrium(game),
        "all claims": lambda: nash_equilibrium(
            SecurityGame(caring(game.risk, coverage), game.unit_costs)
        ),
        "everybody": lambda: social_optimum(game),
    }
    if saved not in solved:
        raise ValueError(f"saved: got {saved!r}; allowed: {', '.join(solved)}")
    x = solved[saved]().x
    discount = coverage * _own_benefit(game, x)
    if saved != "own claim":
        share = coverage if saved == "all claims" else 1.0
        discount = discount + share * external_benefit(game, x)

    def rule(y):
        return coverage * (game.risks(x) - game.risks(y)) + discount * (x - y)

    idle = (game.unit_costs - discount) / (1 - coverage)
    return _priced(game, "insurance, monitored", x, rule, idle)


def pivotal(game):
    """The Pivotal mechanism (Clarke): user i pays the others' costs, less what they are without it.

    Without user i means with x_i = 0: the least cost of the others together. Nothing that user i
    does or says changes that, so truth is a dominant strategy.
    """
    zero = np.zeros(game.n)
    members = [np.delete(np.arange(game.n), user) for user in range(game.n)]
    without = [game.costs(coalition_response(game, rest, zero))[rest].sum() for rest in members]
    return _pivotal(game, "Pivotal (Clarke)", np.array(without))


def exit_pivotal(game):
    """The same with the others' costs in the exit equilibrium, which depends on g_i too."""
    exits = _exit_costs(game)
    return _pivotal(game, "Pivotal, exit equilibria", exits.sum(axis=1) - np.diag(exits))


def pesim(game):
    """PESIM at its equilibrium prices: user i pays l_i* . x."""
    prices = lindahl_prices(game)
    x = social_optimum(game).x
    return _priced(game, "PESIM", x, lambda y: prices @ y, game.unit_costs + np.diag(prices))


SCHEMES = (
    no_regulation,
    mandate,
    strict_liability,
    due_care,
    fine,
    certification,
    subsidy,
    bonus,
    insurance,
    monitored_insurance,
    pivotal,
    pesim,
)


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


def _optimal(game, name, x, rule):
    """A scheme all of whose equilibria are social optima: that is for the chapter to prove.

    Who leaves gets what it bears in the exit equilibrium.
    """
    return Scheme(
        game,
        name,
        rule,
        x,
        search=lambda: Equilibria([social_optimum(game)], complete=True, continuum=False),
        outside=lambda: -np.diag(_exit_costs(game)),
    )


def _priced(game, name, x, rule, idle):
    """A scheme that changes the price of effort, so that x is an equilibrium.

    Whoever works at x then has a unit cost equal to its own marginal benefit there; `idle` (N,)
    are the unit costs of the others, no less than their marginal benefit but for rounding.
    """
    own = _own_benefit(game, x)
    costs = np.where(x > 0, own, np.maximum(idle, own))
    scheme = _optimal(game, name, x, rule)
    return replace(scheme, search=lambda: nash_equilibria(SecurityGame(game.risk, costs)))


def _pivotal(game, name, without):
    def rule(y):
        costs = game.costs(y)
        return costs.sum() - costs - without

    return _optimal(game, name, social_optimum(game).x, rule)


def _certified_patterns(game, x, share):
    """Equilibria of users who bear only 1 - share_i of their risk once they reach x_i*.

    For each pattern of who does: all equilibria in which these start from x_i*, and of them those
    in which every user is content with its part.
    """
    paid = np.flatnonzero(share)
    if len(paid) > MOST_COMPENSATED_USERS:
        return Equilibria([social_optimum(game)], complete=False, continuum=False)
    # Who is compensated in full has no reason to do more than x_i*.
    dear = SecurityGame(game.risk, game.unit_costs / np.maximum(1 - share, 1e-9))

    def cost(user, effort, y):
        z = np.where(np.arange(game.n) == user, effort, y)
        return game.costs(z)[user] - share[user] * game.risks(z)[user] * (effort >= x[user])

    def content(user, y):
        # The best effort below x_i* costs no less than this one, which may be above it.
        without = best_response(game, user, y)
        options = without, max(best_response(dear, user, y), x[user])
        least = min(cost(user, effort, y) for effort in options)
        return cost(user, y[user], y) <= least + 1e-9 * game.costs(y)[user]

    found, complete, continuum = [], True, False
    for pattern in itertools.product([False, True], repeat=len(paid)):
        certified = np.isin(np.arange(game.n), paid[list(pattern)])
        floor = np.where(certified, x, 0.0)
        costs = np.where(certified, dear.unit_costs, game.unit_costs)
        above = nash_equilibria(SecurityGame(_above(game.risk, floor), costs))
        complete &= above.complete
        continuum |= above.continuum
        shifted = [replace(each, x=floor + each.x, unique=None) for each in above]
        found += [each for each in shifted if all(content(user, each.x) for user in paid)]
    return Equilibria(found, complete, continuum)


def _above(risk, floor):
    """The risk of efforts that come on top of `floor` (N,)."""
    if not isinstance(risk, WeightedEffort):
        return CustomRisk(
            risk.n, lambda y: risk.value(floor + y), lambda y: risk.jacobian(floor + y)
        )
    reached, decay = risk.effort(floor), risk.decay
    if isinstance(decay, Exponential):
        shifted = Exponential(decay.value(reached), decay.rate)
        if isinstance(risk, TotalEffort):
            return TotalEffort(risk.n, shifted)
        return WeightedEffort(risk.weights, shifted)
    # (1 + r + s)^-a is (1 + r)^-a (1 + s / (1 + r))^-a.
    weights = risk.dense_weights() / (1 + reached)[:, None]
    return WeightedEffort(weights, PowerLaw(decay.value(reached), decay.exponent))


def _own_benefit(game, x):
    """What a unit of each user's effort is worth to itself at x, (N,)."""
    return -np.diag(game.risk_jacobian(x))


def _others_risks(game, y):
    risks = game.risks(y)
    return risks.sum() - risks


def _short(y, x):
    """Who falls short of x, up to rounding."""
    return y < x * (1 - 1e-12)
