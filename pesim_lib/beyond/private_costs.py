"""Users who know only their own unit cost: the Bayesian game between types."""

import itertools

import numpy as np

from pesim_lib._checks import check_share, positive_array
from pesim_lib.paper.equilibrium import nash_equilibrium, social_optimum
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.risk import CustomRisk


def caring(risk, share=1.0):
    """The risk of users who each bear, beside their own, `share` of everybody else's.

    With `share` 1 it is the risk under strict liability.
    """
    mixed = share + (1 - share) * np.eye(risk.n)
    return CustomRisk(risk.n, lambda x: mixed @ risk.value(x), lambda x: mixed @ risk.jacobian(x))


def type_game(risk, low, high, chance):
    """The Bayesian game of N users with private unit costs as a game between their 2N types.

    User i's cost is low[i] with probability `chance` and high[i] otherwise, independently. Type
    (i, low) is user i of the result and type (i, high) user N + i; each bears user i's risk
    expected over the others' types. A Nash equilibrium of it is a Bayesian equilibrium.
    Raises ValueError for costs that are not positive or a chance outside (0, 1).
    """
    n = risk.n
    costs = np.append(positive_array("low", low, (n,)), positive_array("high", high, (n,)))
    check_share("chance", chance)
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


def expected_costs(risk, low, high, chance):
    """Expected social cost of four ways to play `type_game`, a (2, 2) array.

    Rows: each for itself; all for the sum of everybody's costs. Columns: a user knows its own
    cost only; everybody's.
    """
    n = risk.n
    types = [type_game(r, low, high, chance) for r in (risk, caring(risk))]
    private = [nash_equilibrium(game).x.reshape(2, n) for game in types]
    total = np.zeros((2, 2))
    for draw in itertools.product([0, 1], repeat=n):
        known = SecurityGame(risk, np.where(draw, high, low))
        odds = np.where(draw, 1 - chance, chance).prod()
        played = [x[list(draw), np.arange(n)] for x in private]
        informed = [nash_equilibrium(known).x, social_optimum(known).x]
        profiles = zip(played, informed, strict=True)
        total += odds * np.array([[known.social_cost(x) for x in pair] for pair in profiles])
    return total
