"""Total effort: whoever wants the largest total supplies it, the others then want no more."""

import numpy as np
from scipy.optimize import brentq

from pesim_lib.solvers import general, weighted_effort
from pesim_lib.solvers.certificate import Equilibria, certified, embed, natural_residual
from pesim_lib.solvers.limits import NONE
from pesim_lib.solvers.network import alike, effort_error
from pesim_lib.solvers.regret import largest_gains, losses, outward, steepness

best_response, user_minimum = weighted_effort.best_response, weighted_effort.user_minimum
replies, exits, exits_from = weighted_effort.replies, general.exits, general.exits_from


def equilibrium(game, labels, start=None):
    """The Equilibrium in which the first user who may supply the total does so."""
    total, suppliers, tied = supply(game, labels)
    x = embed(game.n, suppliers[:1], total)
    unique = True if len(suppliers) <= 1 else False if tied else None
    return _certified(game, labels, x, unique)


def equilibria(game, limits=NONE):
    """All Nash equilibria, each supplied by one user, with the ends of their continuum.

    There is nothing to search, so no limit is reached.
    """
    alone = np.arange(game.n)
    total, suppliers, tied = supply(game, alone)
    profiles = [embed(game.n, user, total) for user in suppliers] or [np.zeros(game.n)]
    several = len(profiles) > 1
    unique = True if not several else False if tied else None
    found = tuple(_certified(game, alone, x, unique) for x in profiles)
    settled = tied or not several
    # Along the continuum the total stays, so the social cost is linear.
    return Equilibria(
        found,
        complete=True if settled else None,
        continuum=several if settled else None,
        ends_extreme=True,
        doubtful=frozenset() if settled else frozenset(range(len(found))),
    )


def response(game, members, x):
    """Efforts after `members` (indices) jointly supply what they want beyond the others' total."""
    labels = np.full(game.n, -1)
    labels[members] = 0
    (wanted,), _ = wanted_totals(game, labels)
    y = np.where(labels == 0, 0.0, x)
    y[members[game.unit_costs[members].argmin()]] = max(wanted - y.sum(), 0.0)
    slope = np.broadcast_to(game.risk.decay.slope(y.sum()), game.n)[members].sum()
    values = 1 + slope / game.unit_costs[members]
    residual = natural_residual(np.where(y[members] > 0, np.inf, 0.0), values)
    return certified(y, residual, general.regret_of(game, labels), None, 0, "closed form")


def regret(game, labels, x, caps=None):
    """What no coalition gains more than at x (N,)."""
    about = game.risk.decay, game.risk.effort(x), game.n
    slopes, (_, risks) = steepness(*about), losses(*about)
    # Users of no coalition have a number of their own, the last, while sums are taken.
    benefits = [np.bincount(labels % (game.n + 1), each)[labels % (game.n + 1)] for each in slopes]
    bounds = outward(benefits[0], benefits[1], game.n)
    return float(largest_gains(game.unit_costs, labels, x, bounds, risks, caps).max())


def leading_effort(game, user, grid):
    """A leader does nothing, or all that it would do alone; `grid` is not needed."""
    others = np.flatnonzero(np.arange(game.n) != user)

    def cost(effort):
        return game.costs(response(game, others, embed(game.n, user, effort)).x)[user]

    return min(0.0, best_response(game, user, np.zeros(game.n)), key=cost)


def wanted_totals(game, labels):
    """The total each coalition would supply alone, and its least unit cost.

    A coalition of K members stops where the sum of their -phi_i'(s) equals its least unit cost.
    Returns two arrays (number of coalitions,); users labelled -1 belong to none.
    """
    decay, costs = game.risk.decay, game.unit_costs
    member = labels >= 0
    least = np.full(labels.max() + 1, np.inf)
    np.minimum.at(least, labels[member], costs[member])
    sizes = np.bincount(labels[member])
    lower, upper = np.zeros_like(least), np.zeros_like(least)
    np.maximum.at(lower, labels[member], decay.effort_at_slope(least[labels])[member])
    np.maximum.at(upper, labels[member], decay.effort_at_slope((least / sizes)[labels])[member])
    wanted = upper.copy()
    for number in np.flatnonzero(upper > lower):

        def excess(s, number=number):
            slopes = np.broadcast_to(decay.slope(s), game.n)
            return np.log(-slopes[labels == number].sum()) - np.log(least[number])

        if excess(lower[number]) <= 0:
            wanted[number] = lower[number]
        elif excess(upper[number]) < 0:
            wanted[number] = brentq(excess, lower[number], upper[number], xtol=1e-300, rtol=1e-15)
    return wanted, least


def supply(game, labels):
    """Total effort in equilibrium, the users who may supply it all, and whether they are tied.

    The users (1-D array) are the cheapest of the coalitions that want the largest total, up to
    rounding: (total, users, tied). Where they are not all of one coalition, nor coalitions of one
    user each with the same costs and risk, rounding hides whether they are tied.
    """
    wanted, least = wanted_totals(game, labels)
    total = wanted.max()
    if total == 0:
        return 0.0, np.array([], dtype=int), True
    error = np.zeros_like(wanted)
    sizes = np.bincount(labels)
    for share in (1, sizes):
        own = np.broadcast_to(effort_error(game.risk.decay, (least / share)[labels]), game.n)
        np.maximum.at(error, labels, own)
    most = int(wanted.argmax())
    wants_most = (wanted + error >= total - error[most])[labels]
    users = np.flatnonzero(wants_most & (game.unit_costs == least[labels]))
    if (labels[users] == labels[users[0]]).all():
        return total, users, True
    kinds = alike(game, users)
    alone = (sizes[labels[users]] == 1).all() and (kinds == kinds[0]).all()
    return total, users, bool(alone)


def _certified(game, labels, x, unique):
    """The Equilibrium at x; raises ConvergenceError if it is not one."""
    slope = np.broadcast_to(game.risk.decay.slope(x.sum()), game.n)
    values = 1 + np.bincount(labels, slope)[labels] / game.unit_costs
    residual = natural_residual(np.where(x > 0, np.inf, 0.0), values)
    regret = general.regret_of(game, labels)
    return certified(x, residual, regret, unique, 0, "closed form")
