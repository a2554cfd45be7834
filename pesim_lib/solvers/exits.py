"""What happens after each user has left alone, by weighted effort: many exits side by side."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from pesim_lib._checks import quiet
from pesim_lib.solvers import regret as regrets
from pesim_lib.solvers.certificate import TOLERANCE, sealed
from pesim_lib.solvers.network import network
from pesim_lib.solvers.newton_cg import joint_minimum
from pesim_lib.solvers.parallel import processors

# Numbers in the arrays of a block of exit equilibria: more would not fit the processor's cache.
SIDE_BY_SIDE = 2**18
# With more users than this, leaving idle ones out saves more than solving side by side.
ONE_BY_ONE = 5_000


def exits(game):
    """One `Equilibrium` for each user who leaves alone, many side by side, on all processors."""
    optimum = game.risk.solver.equilibrium(game, np.zeros(game.n, dtype=int)).x
    solve = exits_from(game, optimum)
    blocks = side_by_side(game, np.arange(game.n))
    if len(blocks) == 1:
        return solve(blocks[0])
    with ThreadPoolExecutor(processors()) as pool:
        return [found for block in pool.map(solve, blocks) for found in block]


def side_by_side(game, users):
    """The `users` (M,) in blocks of as many as `exits_from` solves at once."""
    return np.array_split(users, max(1, -(-(game.n * len(users)) // SIDE_BY_SIDE)))


def exits_from(game, optimum):
    """A function of an array of users: one `Equilibrium` for each who leaves `optimum` (N,)."""
    net = network(game)

    @quiet
    def solve(users):
        if game.n > ONE_BY_ONE and len(users) > 1:
            return [found for user in users for found in solve(np.array([user]))]
        x, residuals, steps = joint_minimum(net, optimum, users)
        most = regrets.of_exits(game, users, x)
        return [
            sealed(each, residual, regret, None, steps, "Newton-CG")
            if residual <= TOLERANCE
            else game.risk.solver.equilibrium(game, (np.arange(game.n) != user).astype(int))
            for user, each, residual, regret in zip(users, x.T, residuals, most, strict=True)
        ]

    return solve
