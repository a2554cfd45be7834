"""Best shot: users are as safe as the one who exerts most makes them, so nobody else exerts any.

A coalition that acts does so through its cheapest member, up to the level t at which its members'
-phi_i'(t) add up to that unit cost. That is an equilibrium if no other coalition would rather go
further on its own account. Whoever wants most can always act; others may be able to as well.
"""

import numpy as np

from pesim_lib.solvers import general
from pesim_lib.solvers import regret as regrets
from pesim_lib.solvers.certificate import Equilibria, certified, embed
from pesim_lib.solvers.limits import NONE
from pesim_lib.solvers.newton import falling_root

exits, exits_from = general.exits, general.exits_from

# Costs closer than this, in proportion, may differ by rounding alone.
ROUNDING = 1e-13


def equilibrium(game, labels, start=None):
    """The equilibrium in which the coalition that wants most acts."""
    found = acting(game, labels)
    return found[0]


def equilibria(game, limits=NONE):
    """All equilibria, each with one user who acts, if anybody does; no limit is reached."""
    found = acting(game, np.arange(game.n))
    doubtful = frozenset(place for place, each in enumerate(found) if each.unique is None)
    return Equilibria(tuple(found), None if doubtful else True, False, doubtful=doubtful)


def acting(game, labels):
    """The equilibria between the coalitions of `labels` (N,), first that of who wants most."""
    levels, cheapest, error = wanted_levels(game, labels)
    if levels.max() == 0:
        x = np.zeros(game.n)
        most = _regret_of(game, labels, levels, cheapest)
        return [certified(x, 0.0, most, True, 0, "closed form")]
    sides = []
    for number in np.argsort(-levels, kind="stable"):
        content = _others_content(game, labels, number, levels, cheapest)
        if content is not False:
            sides.append((number, content))
    alike = sum(game.unit_costs[labels == sides[0][0]] == game.unit_costs[cheapest[sides[0][0]]])
    alone = len(sides) == 1 and alike == 1
    return [
        certified(
            embed(game.n, cheapest[number], levels[number]),
            error[number],
            _regret_of(game, labels, levels, cheapest),
            alone if content else None,
            0,
            "closed form",
        )
        for number, content in sides
    ]


def _others_content(game, labels, number, levels, cheapest):
    """Whether all others accept what coalition `number` does; None where rounding hides it."""
    settled: bool | None = True
    for other in np.flatnonzero(levels > levels[number]):
        members = labels == other
        now, after = (
            np.broadcast_to(game.risk.decay.value(level), game.n)[members].sum()
            for level in (levels[number], levels[other])
        )
        after = after + game.unit_costs[cheapest[other]] * levels[other]
        if abs(now - after) <= ROUNDING * now:
            settled = None
        elif now > after:
            return False
    return settled


def response(game, members, x):
    """Members do nothing, or go beyond the others' best through their cheapest member."""
    labels = np.full(game.n, -1)
    labels[members] = 0
    (level,), (cheapest,), (error,) = wanted_levels(game, labels)
    most = _regret_of(game, labels, np.array([level]), np.array([cheapest]))
    best = np.delete(x, members).max(initial=0.0)
    y = x.copy()
    y[members] = 0.0
    if level > best:
        z = y.copy()
        z[cheapest] = level
        if game.costs(z)[members].sum() < game.costs(y)[members].sum():
            return certified(z, error, most, None, 0, "closed form")
    return certified(y, 0.0, most, None, 0, "closed form")


def regret(game, labels, x):
    """What no coalition gains more than at x (N,)."""
    levels, cheapest, _ = wanted_levels(game, labels)
    return _regret_of(game, labels, levels, cheapest)(x)


def _regret_of(game, labels, levels, cheapest):
    """`regret` as a function of x, for coalitions with these `wanted_levels`.

    A coalition does nothing, or goes beyond the others' best to where its cost is least, which a
    tangent near there bounds from below.
    """
    decay, inside, costs = game.risk.decay, labels >= 0, game.unit_costs[cheapest]
    parts, count, blur = labels[inside], len(levels), (game.n + 16) * regrets.EPSILON

    def between(bounds, level):
        """Sums over members of what `bounds` says at the level of their coalition."""
        pair = bounds(decay, level[np.maximum(labels, 0)], 1)
        sums = [np.bincount(parts, np.broadcast_to(each, game.n)[inside], count) for each in pair]
        return regrets.outward(sums[0], sums[1], game.n)

    def most(x):
        stranger = x[~inside].max(initial=0.0)
        own = np.zeros(count)
        np.maximum.at(own, parts, x[inside])
        first = int(own.argmax())
        others = np.full(count, max(stranger, own[first]))
        others[first] = max(stranger, np.delete(own, first).max(initial=0.0))
        place = np.maximum(levels, others)
        gentle, steep = between(regrets.steepness, place)
        cheap, dear = between(regrets.losses, place)
        lack = regrets.shortfall(steep, costs)
        rise = regrets.product(lack, dear + costs * place)
        fall = regrets.product(np.maximum(costs - gentle, 0.0), place - others)
        acting = (cheap + costs * place) * (1 - blur) - (rise + fall) * (1 + blur)
        idle, _ = between(regrets.losses, others)
        _, now = between(regrets.losses, np.maximum(own, others))
        now = now + np.bincount(parts, (game.unit_costs * x)[inside], count) * (1 + blur)
        return float(np.maximum(now - np.minimum(acting, idle), 0.0).max() * (1 + blur))

    return most


def best_response(game, user, x):
    """What the user wants, if that is worth going beyond the others' best, or zero."""
    return float(response(game, np.array([user]), np.array(x, dtype=float)).x[user])


def wanted_levels(game, labels):
    """The level that each coalition wants, its cheapest member, and how far off its slope is.

    Three arrays (number of coalitions,); users labelled -1 belong to none.
    """
    decay, count = game.risk.decay, labels.max() + 1
    member = labels >= 0
    cheapest = np.array(
        [min(np.flatnonzero(labels == k), key=game.unit_costs.item) for k in range(count)]
    )
    costs = game.unit_costs[cheapest]

    def excess(level):
        slopes = np.broadcast_to(decay.slope(level[labels]), game.n)
        # Who has nothing to lose wants nothing: a logarithm of minus infinity.
        with np.errstate(divide="ignore"):
            return np.log(np.bincount(labels[member], -slopes[member], count) / costs)

    length = np.full(count, np.inf)
    np.minimum.at(length, labels[member], np.broadcast_to(decay.length(), game.n)[member])
    levels = falling_root(excess, length)
    error = np.where(levels > 0, np.abs(np.expm1(excess(levels))), 0.0)
    return levels, cheapest, error
