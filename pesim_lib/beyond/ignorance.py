"""What not knowing the others' types costs, beside what selfishness costs."""

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq

from pesim_lib._checks import finite_array, positive_array, user_count
from pesim_lib.beyond.bayesian import BayesianGame, bayesian_equilibrium, expected_social_cost
from pesim_lib.beyond.private_costs import all_draws, independent_prior
from pesim_lib.beyond.team_optimum import team_optimum
from pesim_lib.paper.equilibrium import nash_equilibrium, social_optimum


def draws_of(game):
    """All draws of types (D, N) of a `BayesianGame` and their chances (D,)."""
    return all_draws(game.n, game.kinds), independent_prior(game.chances).ravel()


def costs_by_knowledge(game):
    """Expected social cost of four ways to play a `BayesianGame`, a (2, 2) array.

    Rows: each for itself; all for the sum of everybody's costs. Columns: a user knows its own type
    only; everybody's. It solves two games for each draw of types.
    """
    private = [solve(game).x for solve in (bayesian_equilibrium, team_optimum)]
    informed = np.zeros(2)
    for draw, odds in zip(*draws_of(game), strict=True):
        known = game.known(draw)
        profiles = nash_equilibrium(known).x, social_optimum(known).x
        informed += odds * np.array([known.social_cost(x) for x in profiles])
    return np.column_stack([[expected_social_cost(game, x) for x in private], informed])


class UniformCosts:
    """Unit costs uniform on [low, high], 0 <= low < high.

    Raises ValueError for other numbers.
    """

    def __init__(self, low, high):
        self.low, self.high = (float(finite_array("low, high", end, ())) for end in (low, high))
        if not 0 <= self.low < self.high:
            raise ValueError(f"low, high: got {low}, {high}; allowed: 0 <= low < high")

    def capped_mean(self, cap):
        """E min(cap, c)."""
        inside = np.clip(cap, self.low, self.high)
        below = (inside**2 - self.low**2) / 2 + cap * (self.high - inside)
        return below / (self.high - self.low)

    def share_below(self, cost):
        """The chance of a cost below `cost`."""
        return (np.clip(cost, self.low, self.high) - self.low) / (self.high - self.low)

    def types(self, kinds):
        """`kinds` costs of equal chances: the middles of as many equal parts."""
        return self.low + (self.high - self.low) * (np.arange(kinds) + 0.5) / kinds


def free_riding_threshold(n, costs):
    """The cost m above which a user rides free, if N users share exp(-s) and draw their `costs`.

    A user of cost c exerts ln(m / c) where c < m, in the symmetric Bayesian equilibrium: the root
    of E min(m, c) = m^(N/(N-1)), at most 1. `n` >= 2.
    """
    n = user_count("n", n)
    if n < 2:
        raise ValueError(f"n: got {n}; allowed: >= 2")

    def excess(log_cap):
        return np.log(costs.capped_mean(np.exp(log_cap))) - log_cap * n / (n - 1)

    if excess(0.0) >= 0:
        return 1.0
    return float(np.exp(brentq(excess, -700.0, 0.0, xtol=1e-15)))


def expected_risks(n, costs, caring=False):
    """What N users with `costs` lose to risk, each, in expectation: (private, known).

    `private` in the symmetric Bayesian equilibrium, E min(m, c); `known` where all know all costs
    and the cheapest supplies everything, E min(1, least cost). With `caring` the same for all
    users' sake: for each unit all losses count, so costs are in units of N.
    """
    unit = n if caring else 1
    scaled = UniformCosts(costs.low / unit, costs.high / unit)
    cap = free_riding_threshold(n, scaled)
    known, _ = quad(lambda c: (1 - scaled.share_below(c)) ** n, 0, min(1.0, scaled.high), limit=200)
    return float(scaled.capped_mean(cap)), known


def discrete_game(n, costs, kinds):
    """The `BayesianGame` of N users who share exp(-s), with `kinds` types in place of `costs`."""
    types = positive_array("costs", costs.types(kinds))
    shape = n, kinds
    return BayesianGame(np.ones((n, n)), np.tile(types, (n, 1)), np.full(shape, 1 / kinds))
