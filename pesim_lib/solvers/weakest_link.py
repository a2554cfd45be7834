"""Weakest link: users are as safe as the one who exerts least, so nobody exerts more than another.

A coalition wants the level t at which its members' -phi_i'(t) add up to its unit costs. Common
efforts t are an equilibrium for every t from zero to the least level that a coalition wants.
"""

import numpy as np

from pesim_lib.solvers import general
from pesim_lib.solvers import regret as regrets
from pesim_lib.solvers.certificate import Equilibria, certified
from pesim_lib.solvers.limits import NONE
from pesim_lib.solvers.newton import falling_root

exits, exits_from = general.exits, general.exits_from


def equilibrium(game, labels, start=None):
    """The equilibrium that everybody likes best: the highest."""
    wanted, error = wanted_levels(game, labels)
    level = float(wanted.min())
    unique = len(wanted) == 1 or level == 0
    residual = float(error[wanted.argmin()]) if level > 0 else 0.0
    x = np.full(game.n, level)
    return certified(x, residual, lambda x: regret(game, labels, x), unique, 0, "closed form")


def equilibria(game, limits=NONE):
    """The two ends of the continuum of common efforts; no limit is reached."""
    highest = equilibrium(game, np.arange(game.n))
    if highest.unique:
        return Equilibria((highest,), complete=True, continuum=False)
    lowest = certified(np.zeros(game.n), 0.0, lambda x: 0.0, False, 0, "closed form")
    # The social cost falls from nothing up to the highest equilibrium.
    return Equilibria((lowest, highest), complete=True, continuum=True, ends_extreme=True)


def response(game, members, x):
    """Members all go to the level they want, or to the least of the others' efforts if less."""
    labels = np.full(game.n, -1)
    labels[members] = 0
    wanted, error = wanted_levels(game, labels)
    least = np.delete(x, members).min(initial=np.inf)
    inside = least >= wanted[0] > 0
    y = x.copy()
    y[members] = min(wanted[0], least)
    residual = error[0] if inside else 0.0
    return certified(y, residual, lambda x: regret(game, labels, x), True, 0, "closed form")


def best_response(game, user, x):
    """What the user wants, or the least of the others' efforts if less."""
    return float(response(game, np.array([user]), np.array(x, dtype=float)).x[user])


def regret(game, labels, x):
    """What no coalition gains more than at x (N,).

    Members are best at one level. Their cost is convex in it up to the least effort of the others,
    and rises from there on.
    """
    inside = labels >= 0
    parts, own, costs = labels[inside], x[inside], game.unit_costs[inside]
    count = parts.max() + 1
    level, others = np.full(count, np.inf), np.full(count, np.min(x[~inside], initial=np.inf))
    np.minimum.at(level, parts, own)
    lowest = np.argsort(level)[:2]
    others = np.minimum(others, level[lowest[0]])
    rest = level[lowest[1]] if count > 1 else np.inf
    others[lowest[0]] = min(np.min(x[~inside], initial=np.inf), rest)
    # What is beyond the others' least, or one's own, is spent for nothing.
    useful = np.minimum(level, others)
    spare = np.bincount(parts, costs * (own - useful[parts]), count)
    about = game.risk.decay, useful[np.maximum(labels, 0)], 1
    slopes, (_, risks) = regrets.steepness(*about), regrets.losses(*about)
    least, most, risks = (np.bincount(parts, each[inside], count) for each in (*slopes, risks))
    least, most = regrets.outward(least, most, game.n)
    price = np.bincount(parts, costs, count)
    cheap, dear = regrets.outward(price, price, game.n)
    fallen = regrets.product(np.maximum(dear - least, 0.0), useful)
    lack = np.where(useful < others, regrets.shortfall(most, cheap), 0.0)
    risen = regrets.product(lack, risks + dear * useful)
    return float((fallen + risen + spare).max() * (1 + (game.n + 16) * regrets.EPSILON))


def wanted_levels(game, labels):
    """The level that each coalition wants, and how far off its slope is there, relatively.

    Two arrays (number of coalitions,); users labelled -1 belong to none.
    """
    decay, count = game.risk.decay, labels.max() + 1
    member = labels >= 0
    costs = np.bincount(labels[member], game.unit_costs[member], count)

    def excess(level):
        slopes = np.broadcast_to(decay.slope(level[labels]), game.n)
        # Who has nothing to lose wants nothing: a logarithm of minus infinity.
        with np.errstate(divide="ignore"):
            return np.log(np.bincount(labels[member], -slopes[member], count) / costs)

    length = np.full(count, np.inf)
    np.minimum.at(length, labels[member], np.broadcast_to(decay.length(), game.n)[member])
    levels = falling_root(excess, length)
    return levels, np.abs(np.expm1(excess(levels)))
