"""A weighted-effort game as arrays: for its joint minimum, and as a linear problem."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from pesim_lib.solvers.certificate import embed, natural_residual
from pesim_lib.solvers.matrices import FEW, Matrix, dense, scaled
from pesim_lib.solvers.symmetry import interchangeable

EPSILON = np.finfo(float).eps


@dataclass(frozen=True, eq=False)
class Network:
    """A weighted-effort game as the arrays that its joint minimum needs.

    Attributes
    ----------
    weights, transposed : (N, N) array or sparse array
        W and its transpose.
    decay : Decay
    unit_costs, diagonal, desired, length : (N,) arrays
        c, the diagonal of W, the effective effort at which each user stops investing, and the
        shortest decay length min_i f_i(0) / |df_i/dx_k(0)| that an effort has for anybody.
    """

    weights: Matrix
    transposed: Matrix
    decay: object
    unit_costs: np.ndarray
    diagonal: np.ndarray
    desired: np.ndarray
    length: np.ndarray


def network(game):
    """The `Network` of a weighted-effort game."""
    risk, costs = game.risk, game.unit_costs
    diagonal = np.array(risk.weights.diagonal())
    at_risk = np.broadcast_to(risk.decay.value(0.0), game.n) > 0
    steepness = np.where(at_risk, 1 / risk.decay.length(), 0.0)
    steep = scaled(risk.transposed, np.ones(game.n), steepness)
    steepest = dense(steep.max(axis=1)).ravel()
    return Network(
        risk.weights,
        risk.transposed,
        risk.decay,
        costs,
        diagonal,
        desired_effort(game),
        # Efforts that protect nobody who has something to lose are measured as they are.
        1 / np.where(steepest > 0, steepest, 1.0),
    )


def desired_effort(game):
    """The effective effort at which each user stops investing, (N,): -w_ii phi_i' = c_i, or 0."""
    wanted = game.risk.decay.effort_at_slope(game.unit_costs / game.risk.weights.diagonal())
    return np.maximum(wanted, 0.0)


def effort_error(decay, steepness):
    """How far rounding may put `decay.effort_at_slope(steepness)` off, for each user: >= 0.

    It comes out of the logarithm of the ratio of two slopes, each with its own rounding.
    """
    with np.errstate(divide="ignore", over="ignore"):
        sizes = np.abs(np.log(steepness)) + np.abs(np.log(-decay.slope(0.0)))
    share = 8 * EPSILON * (1 + np.where(np.isfinite(sizes), sizes, 1e3))
    near = [decay.effort_at_slope(steepness * (1 + sign * share)) for sign in (-1, 1)]
    # Who has nothing to lose wants nothing, for sure.
    near = [np.where(np.isfinite(effort), effort, 0.0) for effort in near]
    return near[0] - near[1] + 4 * EPSILON * np.abs(near[0])


def alike(game, users):
    """A label for each of `users` (M,): equal for those who want the same effort for sure.

    They have decays of one shape, and the same ratio -w_ii phi_i'(0) / c_i, compared exactly.
    """
    decay, zero = game.risk.decay, np.zeros(game.n)
    value, slope, bend = (
        np.broadcast_to(f(zero), game.n)[users] for f in (decay.value, decay.slope, decay.curvature)
    )
    family = np.broadcast_to(decay.family(), game.n)[users]
    costs, own = game.unit_costs[users], game.risk.weights.diagonal()[users]
    # Who has nothing to lose may still act for others.
    steep = np.where(slope < 0, slope, -1.0)
    columns = np.column_stack([value / steep, bend / steep, family, -slope, costs, own])
    kinds, kind = np.unique(columns, axis=0, return_inverse=True)
    labels: dict[tuple, int] = {}
    exact = []
    for length, shape, family, *factors in kinds.tolist():
        steepest, cost, weight = map(Fraction, factors)
        reason = length, shape, family, steepest * weight / cost
        exact.append(labels.setdefault(reason, len(labels)))
    return np.array(exact, dtype=int)[kind.ravel()]


def equal_users(game):
    """As `interchangeable`, for users whom a swap leaves every effort, risk and cost of the game.

    Forms (N, N) arrays.
    """
    decay, zero = game.risk.decay, np.zeros(game.n)
    shape = (f(zero) for f in (decay.value, decay.slope, decay.curvature))
    attributes = [np.broadcast_to(each, game.n) for each in (*shape, decay.family())]
    return interchangeable(dense(game.risk.weights), game.unit_costs, *attributes)


def nash_residual(game, x):
    """The residual of `Equilibrium` for efforts x (N,) of users who act alone."""
    decay, own = game.risk.decay, game.risk.weights.diagonal()
    slope = decay.slope(game.risk.effort(x))
    return natural_residual(x * own / decay.length(), 1 + own * slope / game.unit_costs)


@dataclass(frozen=True, eq=False)
class Linear:
    """The linear problem of the users who may invest: `matrix` M, `offset` q, among `n` users.

    Rows are scaled to a unit diagonal; M is sparse in large sparse games. Users whose desired
    effort is zero never invest and are left out.
    """

    n: int
    users: np.ndarray
    matrix: np.ndarray
    offset: np.ndarray

    def embed(self, x):
        """Everybody's efforts (n,) from those of `users`."""
        return embed(self.n, self.users, x)


def linear_problem(game):
    """Nash equilibria of weighted effort as a `Linear` problem."""
    wanted, weights = desired_effort(game), game.risk.weights
    users = np.flatnonzero(wanted > 0)
    if game.n <= FEW:
        weights = dense(weights)
    if len(users) < game.n:
        weights = weights[users][:, users]
    diagonal = weights.diagonal()
    matrix = scaled(weights, 1 / diagonal, np.ones(len(users)))
    return Linear(game.n, users, matrix, -wanted[users] / diagonal)
