"""Users who know only their own type, for any risk and any prior: the game between types."""

import itertools

import numpy as np

from pesim_lib._checks import check_share, finite_array, positive_array
from pesim_lib.paper.equilibrium import nash_equilibrium, social_optimum
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.risk import CustomRisk

# The game between types sums over all draws of everybody's type.
MOST_DRAWS = 4096


def caring(risk, share=1.0):
    """The risk of users who each bear, beside their own, `share` of everybody else's.

    With `share` 1 it is the risk under strict liability.
    """
    mixed = share + (1 - share) * np.eye(risk.n)
    return CustomRisk(risk.n, lambda x: mixed @ risk.value(x), lambda x: mixed @ risk.jacobian(x))


def all_draws(n, kinds):
    """Everybody's type in every case, (D, N) with D = kinds**n; raises ValueError beyond 4096."""
    if kinds**n > MOST_DRAWS:
        raise ValueError(f"kinds**n: got {kinds**n} draws of types; allowed: at most {MOST_DRAWS}")
    return np.array(list(itertools.product(range(kinds), repeat=n)))


def independent_prior(chances):
    """The chance of every draw, an array (K, ..., K) with an axis for each user, from (N, K)."""
    prior = np.array(1.0)
    for row in positive_array("chances", chances):
        prior = np.multiply.outer(prior, row)
    return prior


def game_between_types(risk, unit_costs, prior, losses=1.0, together=False):
    """The Bayesian game of N users with K types each, as a game between their N K types.

    Type k of user i is user k N + i of the result. It bears `losses[i, k]` times user i's risk,
    expected over the others' types given its own, and pays `unit_costs[i, k]`. A Nash equilibrium
    is a Bayesian equilibrium. With `together` every type bears everybody's losses: an equilibrium
    minimises the expected social cost. For small games: it sums over all K**N draws.

    Parameters
    ----------
    risk : Risk
    unit_costs, losses : (N, K) arrays, or a number
    prior : (K, ..., K) array
        The chance of every draw of types, an axis for each user; types may be correlated.
    together : bool

    Raises
    ------
    ValueError
        For costs or losses that are not positive, chances that do not sum to one, a type without a
        chance, or more than 4096 draws.
    """
    n = risk.n
    costs = positive_array("unit_costs", unit_costs)
    if costs.ndim != 2 or len(costs) != n:
        raise ValueError(f"unit_costs: got shape {costs.shape}; allowed: ({n}, K)")
    kinds = costs.shape[1]
    draws = all_draws(n, kinds)
    losses = positive_array("losses", np.broadcast_to(losses, costs.shape))
    odds = finite_array("prior", prior, (kinds,) * n).ravel()
    if (odds < 0).any() or not np.isclose(odds.sum(), 1, rtol=0, atol=1e-9):
        raise ValueError("prior: got numbers that are no chances; allowed: >= 0 with sum 1")
    owner, kind = np.tile(np.arange(n), kinds), np.repeat(np.arange(kinds), n)
    # Given its own type: only draws that have it count.
    weight = odds[:, None] * (draws[:, owner] == kind)
    if not (weight.sum(axis=0) > 0).all():
        raise ValueError("prior: got a type without a chance; allowed: every type has one")
    weight = weight / weight.sum(axis=0)
    stakes = losses[np.arange(n), draws]
    mixed = np.ones((n, n)) if together else np.eye(n)

    def value(x):
        total = np.zeros(n * kinds)
        for draw, share, loss in zip(draws, weight, stakes, strict=True):
            total += share * (mixed @ (loss * risk.value(x[np.arange(n) + n * draw])))[owner]
        return total

    def jacobian(x):
        total = np.zeros((n * kinds, n * kinds))
        for draw, share, loss in zip(draws, weight, stakes, strict=True):
            played = np.arange(n) + n * draw
            slopes = mixed @ (loss[:, None] * risk.jacobian(x[played]))
            total[:, played] += share[:, None] * slopes[owner]
        return total

    return SecurityGame(CustomRisk(n * kinds, value, jacobian), costs.T.ravel())


def type_game(risk, low, high, chance):
    """`game_between_types` for two types: user i's cost is low[i] with `chance`, else high[i].

    Type (i, low) is user i of the result and type (i, high) user N + i.
    Raises ValueError for costs that are not positive or a chance outside (0, 1).
    """
    n = risk.n
    costs = [positive_array(name, cost, (n,)) for name, cost in (("low", low), ("high", high))]
    check_share("chance", chance)
    prior = independent_prior(np.tile([chance, 1 - chance], (n, 1)))
    return game_between_types(risk, np.column_stack(costs), prior)


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
