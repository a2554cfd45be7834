"""Individual rationality, Section V: each user's utility inside PESIM and as a loner."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import minimize_scalar

from pesim_lib._checks import positive_array
from pesim_lib.beyond.local_pesim import local_equilibrium_messages, local_outcome
from pesim_lib.paper.equilibrium import (
    best_response,
    coalition_response,
    partition_equilibrium,
    social_optimum,
)
from pesim_lib.paper.pesim import lindahl_prices
from pesim_lib.paper.risk import TotalEffort, WeightedEffort
from pesim_lib.solvers.certificate import TOLERANCE
from pesim_lib.solvers.newton_cg import joint_minimum, network

# Numbers in the arrays of a block of exit equilibria: more would not fit the processor's cache.
SIDE_BY_SIDE = 2**18


@dataclass(frozen=True, eq=False)
class Participation:
    """Utilities inside and outside, and what users do outside.

    Attributes
    ----------
    inside, outside : (N,) arrays
        u_i in PESIM's equilibrium, and after user i alone has left.
    gain : (N,) array
        inside - outside; a user with a negative gain would rather leave.
    exit_x : (N, N) array
        Row i: everybody's efforts after user i has left.
    timing : "simultaneous" or "sequential"
    """

    inside: np.ndarray
    outside: np.ndarray
    exit_x: np.ndarray
    timing: str

    @property
    def gain(self):
        """inside - outside, (N,)."""
        return self.inside - self.outside


def participation(game, timing="simultaneous"):
    """What every user gains by taking part in PESIM rather than leaving alone.

    After user i leaves, the others minimise the sum of their own costs on x >= 0 and user i
    minimises its own: both at once (`"simultaneous"`, the exit equilibrium), or user i first and
    the others in reply (`"sequential"`). Where exit equilibria are several, this compares with one
    of them.

    Raises ValueError for another timing or N < 3, ConvergenceError if an outcome cannot be
    certified.
    """
    if timing not in ("simultaneous", "sequential"):
        raise ValueError(f"timing: got {timing!r}; allowed: 'simultaneous', 'sequential'")
    if game.n < 3:
        raise ValueError(f"N: got {game.n} users; allowed: N >= 3")
    if isinstance(game.risk, WeightedEffort) and sparse.issparse(game.risk.weights):
        result = local_outcome(local_equilibrium_messages(game))
        x, taxes = result.x, result.taxes
    else:
        # The taxes (12) themselves: over many scales, differences of messages would round.
        x = social_optimum(game).x
        taxes = lindahl_prices(game) @ x
    exit_x = exit_equilibria(game) if timing == "simultaneous" else _exits_by_leading(game)
    outside = np.array([game.utilities(x)[user] for user, x in enumerate(exit_x)])
    return Participation(game.utilities(x, taxes), outside, exit_x, timing)


def exit_equilibria(game):
    """Row i is `exit_equilibrium(game, i)`: an (N, N) array.

    Weighted effort is solved for many users side by side, on all processors in large games.
    Raises ConvergenceError if one of them cannot be certified.
    """
    if isinstance(game.risk, TotalEffort) or not isinstance(game.risk, WeightedEffort):
        return np.array([exit_equilibrium(game, user) for user in range(game.n)])
    net, optimum = network(game), social_optimum(game).x
    exits = np.empty((game.n, game.n))

    def solve(users):
        x, residuals, _ = joint_minimum(net, optimum, users)
        exits[users] = x.T
        for user in users[~(residuals <= TOLERANCE)]:
            exits[user] = exit_equilibrium(game, user)

    blocks = np.array_split(np.arange(game.n), -(-(game.n**2) // SIDE_BY_SIDE))
    if len(blocks) == 1:
        solve(blocks[0])
    else:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(solve, blocks))
    return exits


def exit_equilibrium(game, user):
    """Efforts (N,) when `user` and the others, as one coalition, answer each other."""
    return partition_equilibrium(game, (np.arange(game.n) != user).astype(int)).x


def exit_by_leading(game, user, grid=129):
    """Efforts (N,) when `user` commits to an effort first and the others reply jointly.

    For total effort the leader either does nothing or does all it would do alone. For other
    risks its effort is searched on `grid` points of [0, f_i(0) / c_i], beyond which it never
    pays, and refined between the neighbours of the best: the utility found is a lower bound.
    """
    others = [k for k in range(game.n) if k != user]
    unit = np.eye(game.n)[user]

    def reply(effort):
        return coalition_response(game, others, effort * unit)

    def cost(effort):
        return game.costs(reply(effort))[user]

    if isinstance(game.risk, TotalEffort):
        candidates = np.array([0.0, best_response(game, user, np.zeros(game.n))])
    else:
        candidates = _leading_grid(game, user, grid)
    values = np.array([cost(effort) for effort in candidates])
    best = int(values.argmin())
    effort = candidates[best]
    if not isinstance(game.risk, TotalEffort):
        bracket = candidates[max(best - 1, 0)], candidates[min(best + 1, grid - 1)]
        refined = minimize_scalar(cost, bounds=bracket, method="bounded", options={"xatol": 1e-12})
        if refined.fun < values[best]:
            effort = refined.x
    return reply(effort)


def _exits_by_leading(game):
    return np.array([exit_by_leading(game, user) for user in range(game.n)])


def _leading_grid(game, user, count):
    """`count` efforts from 0 to f_i(0) / c_i, dense at the scale of the user's own decay."""
    zero = np.zeros(game.n)
    risk, slope = game.risks(zero)[user], -game.risk_jacobian(zero)[user, user]
    length = risk / slope
    top = np.arcsinh(slope / game.unit_costs[user])
    return length * np.sinh(np.linspace(0.0, top, count))


def loner_gain(n, c1, c2):
    """u_1^IN - u_1^OUT in Section V's example, in closed form, elementwise over arrays.

    n >= 3 users share f(x) = exp(-x_1 - ... - x_N); c1 is user 1's unit cost and c2 the least of
    the others'. Inside, the cheapest user supplies ln(N / c). Outside, the others want
    ln((N - 1) / c2) in all and user 1 wants ln(1 / c1); whoever wants more supplies it all. This
    is the simultaneous timing; a loner who leads may free-ride even where it wants more.
    Raises ValueError where c1 or c2 is not positive or n < 3.
    """
    n, c1, c2 = np.broadcast_arrays(n, positive_array("c1", c1), positive_array("c2", c2))
    if not ((n >= 3) & (n == np.round(n))).all():
        raise ValueError(f"n: got {n}; allowed: integers >= 3")
    cheapest = np.minimum(c1, c2)
    total = np.maximum(np.log(n / cheapest), 0.0)
    # User 1 pays l_11 x_1 if it supplies, and l_12 = exp(-total) per unit if user 2 does.
    tax = np.where(c1 <= c2, -(n - 1) * np.exp(-total) * total, np.exp(-total) * total)
    inside = -np.exp(-total) - np.where(c1 <= c2, c1 * total, 0.0) - tax
    alone = np.maximum(-np.log(c1), 0.0)
    others = np.maximum(np.log((n - 1) / c2), 0.0)
    # As in `coalition_equilibrium`, user 1 supplies the total that both want equally.
    supplies = alone >= others * (1 - 1e-12)
    outside = -np.exp(-np.maximum(alone, others)) - np.where(supplies, c1 * alone, 0.0)
    return inside - outside
