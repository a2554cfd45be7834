"""What a user gains against the message-exchange protocol if all others follow it.

Such a user moves the exchange to other efforts a, and there pays what the others' prices leave:
t_i = sum over j != i of the gradient of g_j at a, times a.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from pesim_lib._checks import nonnegative_array, require_weighted_effort, user_index
from pesim_lib._sealed import Sealed
from pesim_lib.paper.equilibrium import social_optimum
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.pesim import equilibrium_messages, outcome
from pesim_lib.solvers.certificate import ConvergenceError


@dataclass(frozen=True, eq=False)
class Freeze(Sealed):
    """The proposal `.x` (N,) to repeat for ever, and its `.gain`; no other gains over `.bound`."""

    x: np.ndarray
    gain: float
    bound: float


def freezing_gain(game, user, x):
    """What `user` gains if the exchange ends at efforts `x` (..., N) >= 0, not at the optimum.

    So it does if `user` always proposes `x`. The gains are of shape (...). Raises ValueError for
    negative efforts.
    """
    user = user_index("user", user, game.n)
    x = nonnegative_array("x", x)
    if x.shape[-1:] != (game.n,):
        raise ValueError(f"x: got shape {x.shape}; allowed: (..., {game.n})")
    burdens = np.apply_along_axis(lambda efforts: _burden(game, user, efforts), -1, x)
    return _burden(game, user, social_optimum(game).x) - burdens


def best_freeze(game, user):
    """The most that `user` gains by any deviation after which the exchange agrees on something.

    Weighted effort only. With effective efforts s = W x, `user` bears phi_i(s_i), the sum over
    j != i of s_j phi_j'(s_j), and c'x. Each term of the sum falls, convex, until it is least. To
    keep it there from then on is a convex problem: what it leaves nobody can undercut. The `gain`
    is of a freeze found from its solution, and equals the `bound` where that keeps to the falls.

    Raises ValueError for another risk, ConvergenceError if the convex problem is not solved.
    """
    user = user_index("user", user, game.n)
    require_weighted_effort(game)
    decay, costs, others = game.risk.decay, game.unit_costs, np.arange(game.n) != user
    least = decay.turning_point()

    def burden(x, stop):
        effort = game.risk.effort(x)
        held = np.minimum(effort, stop)
        slope = decay.slope(held)
        terms = np.where(others, held * slope, decay.value(effort))
        fall = np.where(effort < stop, slope + held * decay.curvature(held), 0.0)
        slopes = np.where(others, fall, decay.slope(effort))
        return terms.sum() + costs @ x, game.risk.weights.T @ slopes + costs

    start = social_optimum(game).x
    solution = _least(burden, start / 2, least)
    value, slopes = burden(solution, least)
    # The best freeze costs no more than none, which bounds every effort.
    most = (
        burden(np.zeros(game.n), least)[0] - (others * least * decay.slope(least)).sum()
    ) / costs
    short = np.maximum(slopes, 0.0) @ solution - np.minimum(slopes, 0.0) @ most
    now = burden(start, np.inf)[0]
    allowed = 1e-6 * (abs(now) + abs(value))
    if not short <= allowed:
        raise ConvergenceError("best_freeze", float(short), allowed)
    x = min((solution, _least(burden, solution, np.inf)), key=lambda x: burden(x, np.inf)[0])
    return Freeze(x, float(now - burden(x, np.inf)[0]), float(now - value + short))


def reporting_gain(game, user, factor):
    """What `user` gains if it follows the protocol as though its risk were `factor` f_i.

    Weighted effort only. `factor` and the gains are arrays of one shape, or numbers. Raises
    ValueError for another risk or a factor that is not positive.
    """

    def utility(reported):
        found = outcome(equilibrium_messages(reported))
        return game.utilities(found.x, found.taxes)[user]

    lies = [utility(reported_game(game, user, each)) for each in np.ravel(factor)]
    return np.reshape(np.array(lies) - utility(game), np.shape(factor))


def reporting_slope(game, user):
    """The derivative of `reporting_gain` at factor 1, never positive.

    Weighted effort, with strict complementarity and G strictly convex in the positive efforts; NaN
    where the Hessian of G in them is singular.
    """
    user = user_index("user", user, game.n)
    require_weighted_effort(game)
    x, decay = social_optimum(game).x, game.risk.decay
    effort, weights = game.risk.effort(x), game.risk.dense_weights()[:, x > 0]
    slope, bend = (np.broadcast_to(f(effort), game.n) for f in (decay.slope, decay.curvature))
    hessian = weights.T @ (bend[:, None] * weights)
    if np.linalg.matrix_rank(hessian) < len(hessian):
        return np.nan
    own = weights[user]
    share = bend[user] * own @ np.linalg.solve(hessian, own) if len(own) else 0.0
    return float(slope[user] * effort[user] * (1 - share))


def reported_game(game, user, factor):
    """`game` with `factor` f_i in place of the risk f_i of `user`."""
    user = user_index("user", user, game.n)
    require_weighted_effort(game)
    factors = np.where(np.arange(game.n) == user, factor, 1.0)
    return SecurityGame(game.risk.scaled(factors), game.unit_costs)


def _burden(game, user, x):
    gradients = game.risk_jacobian(x) + np.diag(game.unit_costs)
    return float(game.costs(x)[user] + (gradients.sum(axis=0) - gradients[user]) @ x)


def _least(function, start, stop):
    """Where `function` of x >= 0, which returns its gradient too, is least near `start`."""
    found = minimize(
        function,
        start,
        args=(stop,),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * len(start),
        options={"maxiter": 10_000, "maxfun": 20_000, "maxcor": 30, "ftol": 0, "gtol": 1e-12},
    )
    return np.maximum(found.x, 0.0)
