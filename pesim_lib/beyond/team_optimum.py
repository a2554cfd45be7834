"""The best that users can do together while each knows its own type alone: the team optimum."""

import numpy as np

from pesim_lib.beyond.bayesian import BayesianGame, shared_profiles
from pesim_lib.solvers.certificate import (
    TOLERANCE,
    ConvergenceError,
    Equilibrium,
    natural_residual,
    sealed,
)
from pesim_lib.solvers.general import LEAST_BENEFIT
from pesim_lib.solvers.newton import fischer_burmeister_newton
from pesim_lib.solvers.regret import largest_gains


def team_optimum(game: BayesianGame) -> Equilibrium:
    """The efforts of all types, x (N, K), that minimise the expected social cost.

    The best that users can do who each know their own type alone. Forms (N K, N K) arrays unless
    effort is total and losses are known.

    Parameters
    ----------
    game : BayesianGame

    Returns
    -------
    Equilibrium
        With `x` of shape (N, K).

    Raises
    ------
    ConvergenceError
        If no profile could be certified.

    Examples
    --------
    >>> import numpy as np
    >>> from pesim_lib import BayesianGame, team_optimum
    >>> game = BayesianGame(np.ones((2, 2)), [[0.2, 0.6]] * 2, [[0.5, 0.5]] * 2)
    >>> team_optimum(game).x.round(4)
    array([[1.8971, 0.7985],
           [1.0986, 0.    ]])
    """
    if game.shared and (game.losses == game.losses[:, :1]).all():
        # Whoever works saves everybody's loss: the same game with costs in units of their sum.
        alike = BayesianGame(game.weights, game.unit_costs / game.losses[:, 0].sum(), game.chances)
        x, steps, method = shared_profiles(alike)[0][0], 0, "closed form"
    else:
        x, steps = _newton(game)
        method = "Newton"
    residual = natural_residual(x.ravel(), _values(game, x).ravel())
    if not residual <= TOLERANCE:
        raise ConvergenceError("team_optimum", residual)
    return sealed(x, residual, _regret(game, x), None, steps, method)


def _parts(game, x):
    """Expected risks R_i (N,), and the share of it that a unit of type l of j saves, (N, N, K)."""
    parts = np.exp(-game.weights[:, :, None] * x)
    own = np.arange(game.n)
    parts[own, own] *= game.losses
    means = (game.chances * parts).sum(axis=2)
    return np.exp(np.log(means).sum(axis=1)), game.weights[:, :, None] * parts / means[:, :, None]


def _values(game, x):
    """1 - B, B the saving of all by a unit of each type's effort over its cost: (N, K)."""
    risks, shares = _parts(game, x)
    return 1 - np.einsum("i,ijk->jk", risks, shares) / game.unit_costs


def _regret(game, x):
    """What the least expected social cost is below that of x (N, K) at most, by a tangent."""
    risks, shares = _parts(game, x)
    costs = (game.chances * game.unit_costs).ravel()
    benefits = (game.chances * np.einsum("i,ijk->jk", risks, shares)).ravel()
    # Each is a sum of products of N sums of K exponentials, none of an exponent beyond 750.
    blur = 8 * np.finfo(float).eps * (game.n * (game.kinds + 750))
    bounds = benefits * (1 - blur), benefits * (1 + blur)
    everybody = np.zeros(costs.size, dtype=int)
    at_stake = np.full(costs.size, risks.sum() * (1 + blur) / costs.size)
    return largest_gains(costs, everybody, x.ravel(), bounds, at_stake).max()


def _newton(game):
    """The team optimum by Newton's method on -log B: (x (N, K), steps)."""
    shape, costs = game.unit_costs.shape, game.unit_costs.ravel()
    owner = np.repeat(np.arange(game.n), game.kinds)
    chances = game.chances.ravel()

    def benefit(z):
        return 1 - _values(game, z.reshape(shape)).ravel()

    def jacobian(z):
        risks, shares = _parts(game, z.reshape(shape))
        flat = shares.reshape(game.n, -1)
        matrix = -(flat.T * risks) @ flat * chances
        matrix[owner[:, None] == owner] = 0.0
        np.fill_diagonal(matrix, -(risks[:, None] * game.weights[:, owner] * flat).sum(axis=0))
        return matrix / costs[:, None]

    def function(z):
        return -np.log(np.maximum(benefit(z), LEAST_BENEFIT))

    def slopes(z):
        return -jacobian(z) / np.maximum(benefit(z), LEAST_BENEFIT)[:, None]

    z, _, steps = fischer_burmeister_newton(function, slopes, np.zeros(costs.size))
    return z.reshape(shape), steps
