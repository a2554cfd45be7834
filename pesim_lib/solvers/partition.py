"""Any partition of a large weighted-effort game into coalitions: Gauss and Seidel over coalitions.

Coalitions that move at once answer the same efforts of all others, and what they minimise is one
sum in which none of their efforts enters another's part. So any number of them are one joint
minimum, with the links between coalitions left out and their efforts shifted by what comes through
these links. They take turns in a few groups.
"""

from dataclasses import replace

import numpy as np

from pesim_lib.solvers.certificate import TOLERANCE, certified, natural_residual
from pesim_lib.solvers.general import regret_of
from pesim_lib.solvers.matrices import dense
from pesim_lib.solvers.network import network
from pesim_lib.solvers.newton_cg import joint_minimum
from pesim_lib.solvers.regret import within

GROUPS = 8


def in_turn(game, labels, start=None, rounds=300):
    """The `Equilibrium` between the coalitions numbered by `labels` (N,), from `start` (N,).

    Groups move all the way, and ever more cautiously where that leads nowhere. Raises
    ConvergenceError.
    """
    net = _separated(game, labels)
    groups = min(int(labels.max()) + 1, GROUPS)
    turn = labels % groups
    x = np.zeros(game.n) if start is None else start
    best, least, since, pace = x, np.inf, 0, 1.0
    for step in range(1, rounds + 1):
        for number in range(groups):
            x = _answered(game, net, np.flatnonzero(turn == number), x, pace)
        values = _marginal_costs(game, net, x)
        idle = (x <= TOLERANCE * net.length) & (values > TOLERANCE)
        x = np.where(idle, 0.0, x)
        residual = natural_residual(x / net.length, values)
        best, least, since = (x, residual, 0) if residual < least / 2 else (best, least, since + 1)
        if least <= TOLERANCE / 10:
            break
        if since >= 20:
            pace, since = pace / 2, 0
    regret = regret_of(game, labels)
    residual = natural_residual(best / net.length, _marginal_costs(game, net, best))
    return certified(best, residual, regret, None, step, "coalitions in turn")


def _separated(game, labels):
    """The `Network` without links between coalitions."""
    net = network(game)
    transposed = within(net.transposed, labels)
    at_risk = np.broadcast_to(net.decay.value(0.0), game.n) > 0
    steepness = np.where(at_risk, 1 / net.decay.length(), 0.0)
    steepest = dense((transposed * steepness).max(axis=1)).ravel()
    return replace(
        net,
        weights=transposed.T.tocsr(),
        transposed=transposed,
        length=1 / np.where(steepest > 0, steepest, 1.0),
    )


def _answered(game, net, users, x, pace):
    """x (N,) after the coalitions of `users` have gone the share `pace` of the way on."""
    others = game.risk.effort(x) - net.weights @ x
    rows = net.transposed[users]
    part = replace(
        net,
        weights=rows.T.tocsr(),
        transposed=rows,
        decay=net.decay.shifted(np.maximum(others, 0.0)),
        unit_costs=net.unit_costs[users],
        length=net.length[users],
    )
    found, _, _ = joint_minimum(part, x[users])
    x = x.copy()
    x[users] += pace * (found[:, 0] - x[users])
    return x


def _marginal_costs(game, net, x):
    """What more effort costs each user's coalition, (N,), in unit costs."""
    slope = np.broadcast_to(game.risk.decay.slope(game.risk.effort(x)), game.n)
    return 1 + net.transposed @ slope / net.unit_costs
