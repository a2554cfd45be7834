"""Weakest link: users are as safe as the one who exerts least, so nobody exerts more than another.

A coalition wants the level t at which its members' -phi_i'(t) add up to its unit costs. Common
efforts t are an equilibrium for every t from zero to the least level that a coalition wants.
"""

import numpy as np

from pesim_lib.solvers.certificate import Equilibria, certified
from pesim_lib.solvers.limits import NONE
from pesim_lib.solvers.newton import falling_root


def equilibrium(game, labels, start=None):
    """The equilibrium that everybody likes best: the highest."""
    wanted, error = wanted_levels(game, labels)
    level = float(wanted.min())
    unique = len(wanted) == 1 or level == 0
    residual = float(error[wanted.argmin()]) if level > 0 else 0.0
    return certified(np.full(game.n, level), residual, unique, 0, "closed form")


def equilibria(game, limits=NONE):
    """The two ends of the continuum of common efforts; no limit is reached."""
    highest = equilibrium(game, np.arange(game.n))
    if highest.unique:
        return Equilibria((highest,), complete=True, continuum=False)
    lowest = certified(np.zeros(game.n), 0.0, False, 0, "closed form")
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
    return certified(y, error[0] if inside else 0.0, True, 0, "closed form")


def best_response(game, user, x):
    """What the user wants, or the least of the others' efforts if less."""
    return float(response(game, np.array([user]), np.array(x, dtype=float)).x[user])


def exits(game):
    """One `Equilibrium` for each user who leaves alone."""
    users = np.arange(game.n)
    return [equilibrium(game, (users != user).astype(int)) for user in users]


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
