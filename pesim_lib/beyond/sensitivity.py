"""Which parameter matters: how optimum, equilibrium, taxes and rho move with costs, losses and W.

By implicit differentiation. While the users who invest stay the same, the optimum solves
W' phi'(W x) = -c in their rows and the equilibrium (W x)_k = s_k, with s_k the effort that user k
wants; both move by one linear solve. Where somebody is on the verge of investing, or the solve is
nearly singular, there is no derivative to speak of, and an error says so.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.linalg import lapack
from scipy.sparse.linalg import LinearOperator, cg, gmres

from pesim_lib._checks import efforts_of, finite_array, quiet, require_weighted_effort
from pesim_lib._sealed import Sealed
from pesim_lib.paper.equilibrium import nash_equilibrium, social_optimum
from pesim_lib.paper.game import SecurityGame
from pesim_lib.solvers.certificate import ConvergenceError, embed
from pesim_lib.solvers.matrices import MODERATE, dense
from pesim_lib.solvers.network import network

# Users whose effort, in decay lengths, and whose marginal loss from it, in unit costs, are both
# below this may begin or stop investing at the slightest change.
VERGE = 1e-6
# The least reciprocal condition number of a solve, and how exact one by iterations is.
SINGULAR, EXACT = 1e-10, 1e-11


@dataclass(frozen=True, eq=False)
class Shift(Sealed):
    """How fast answers move when parameters do.

    Attributes
    ----------
    optimum, equilibrium : (N,) arrays
        Efforts x* and those of the equilibrium.
    taxes : (N,) array
        PESIM's taxes in its equilibrium.
    optimal_cost, equilibrium_cost : float
        Social costs G.
    ratio : float
        The equilibrium's social cost over the least.

    Examples
    --------
    >>> from pesim_lib import shift
    >>> from pesim_lib.paper.examples import two_user_game
    >>> shift(two_user_game(), unit_costs=[1, 0]).taxes.sum().round(12).item()
    0.0
    """

    optimum: np.ndarray
    equilibrium: np.ndarray
    taxes: np.ndarray
    optimal_cost: float
    equilibrium_cost: float
    ratio: float


@dataclass(frozen=True, eq=False)
class Sensitivity(Sealed):
    """The derivative of G(x) / G(x*) by every parameter, x an equilibrium.

    Attributes
    ----------
    ratio : float
        G(x) / G(x*) itself.
    unit_costs : (N,) array
        By c_i.
    losses : (N,) array
        By the share by which f_i grows.
    weights : (N, N) sparse array
        By w_ij, for the links that W has.

    Examples
    --------
    >>> from pesim_lib import sensitivity
    >>> from pesim_lib.paper.examples import two_user_game
    >>> found = sensitivity(two_user_game())
    >>> found.unit_costs.shape, found.weights.shape
    ((2,), (2, 2))
    """

    ratio: float
    unit_costs: np.ndarray
    losses: np.ndarray
    weights: sparse.csr_array


@quiet
def shift(
    game: SecurityGame,
    unit_costs: ArrayLike = 0.0,
    losses: ArrayLike = 0.0,
    weights: ArrayLike | sparse.sparray | None = None,
    equilibrium: ArrayLike | None = None,
) -> Shift:
    """How fast optimum, equilibrium, taxes and costs move as parameters move in one direction.

    For a game with parameters a little further on, `x + step * shift` is a `start` from which a
    solver needs few steps. Forms (N, N) arrays up to 2000 users who invest.

    Parameters
    ----------
    game : SecurityGame
        With weighted effort.
    unit_costs : float or (N,) array
        How fast c moves.
    losses : float or (N,) array
        How fast each f_i grows, as a share of it.
    weights : (N, N) array or sparse array, optional
        How fast W moves.
    equilibrium : (N,) array, optional
        Efforts of the equilibrium to follow; that of `nash_equilibrium` by default.

    Returns
    -------
    Shift

    Raises
    ------
    ValueError
        For another risk or shape, where users are on the verge of investing, and where the users
        who invest can share the work in many ways.
    ConvergenceError
        If a linear solve is not exact enough.

    Examples
    --------
    Alone, a user wants ln(1/c) units of effort, which fall by 1/c.

    >>> from pesim_lib import Exponential, SecurityGame, WeightedEffort, shift
    >>> game = SecurityGame(WeightedEffort([[1.0]], Exponential()), [0.25])
    >>> shift(game, unit_costs=1.0).equilibrium.round(9)
    array([-4.])
    """
    point = _Point(game, social_optimum(game).x, together=True)
    apart = _Point(game, _followed(game, equilibrium), together=False)
    costs, share = (
        np.broadcast_to(finite_array(name, value), game.n)
        for name, value in (("unit_costs", unit_costs), ("losses", losses))
    )
    moved = sparse.csr_array((game.n, game.n)) if weights is None else sparse.csr_array(weights)
    if moved.shape != (game.n, game.n):
        raise ValueError(f"weights: got shape {moved.shape}; allowed: ({game.n}, {game.n})")
    direction = costs, share, moved
    optimum, equilibrium = point.optimum_rate(*direction), apart.equilibrium_rate(*direction)
    least, most = point.cost_rate(optimum, *direction), apart.cost_rate(equilibrium, *direction)
    ratio = (most - apart.cost / point.cost * least) / point.cost
    return Shift(optimum, equilibrium, point.tax_rate(optimum, *direction), least, most, ratio)


@quiet
def sensitivity(game: SecurityGame, equilibrium: ArrayLike | None = None) -> Sensitivity:
    """How much each parameter matters for G(x) / G(x*): all derivatives by one linear solve.

    Forms (N, N) arrays up to 2000 users who invest.

    Parameters
    ----------
    game : SecurityGame
        With weighted effort.
    equilibrium : (N,) array, optional
        Efforts of the equilibrium to follow; that of `nash_equilibrium` by default.

    Returns
    -------
    Sensitivity

    Raises
    ------
    ValueError
        For another risk, and where users are on the verge of investing in equilibrium, or several
        equilibria lie side by side.
    ConvergenceError
        If the linear solve is not exact enough.

    Examples
    --------
    On a ring of equal users nobody's cost matters more than another's.

    >>> from pesim_lib import Exponential, SecurityGame, WeightedEffort, sensitivity
    >>> ring = [[1.0, 0.3, 0.0], [0.0, 1.0, 0.3], [0.3, 0.0, 1.0]]
    >>> game = SecurityGame(WeightedEffort(ring, Exponential()), [0.2, 0.2, 0.2])
    >>> sensitivity(game).unit_costs.round(4)
    array([0.0076, 0.0076, 0.0076])
    """
    # By the envelope theorem the least cost moves as if x* stood still, whoever is on the verge.
    point = _Point(game, social_optimum(game).x, together=None)
    apart = _Point(game, _followed(game, equilibrium), together=False)
    weights, users, bend = game.risk.weights, apart.users, np.zeros(game.n)
    slopes = game.unit_costs + game.risk.outgoing(apart.slope)
    block = weights[users][:, users]
    force = embed(game.n, users, _solved(block.T, slopes[users]))
    bend[users] = 1 / apart.bend[users]
    pull, ratio = force * bend / weights.diagonal(), apart.cost / point.cost

    def combined(most, least):
        return (most - ratio * least) / point.cost

    links = sparse.coo_array(weights)
    row, column = links.row, links.col
    later = (apart.slope - force)[row] * apart.x[column]
    later = later - np.where(row == column, (pull * apart.slope)[row], 0.0)
    entries = combined(later, point.slope[row] * point.x[column])
    own = weights.diagonal() * apart.slope * pull
    return Sensitivity(
        ratio,
        combined(apart.x - pull, point.x),
        combined(apart.risk - own, point.risk),
        sparse.csr_array((entries, (row, column)), weights.shape),
    )


def _followed(game, equilibrium):
    """The efforts (N,) of the equilibrium that was given, or of one."""
    require_weighted_effort(game)
    return nash_equilibrium(game).x if equilibrium is None else efforts_of(game, equilibrium)


class _Point:
    """A game at efforts x (N,): what its derivatives are made of.

    Raises ValueError where a user is on the verge of investing, as one of all `together` or
    alone; with None nobody is asked.
    """

    def __init__(self, game, x, together):
        weights = require_weighted_effort(game).weights
        self.game, self.x, self.users = game, x, np.flatnonzero(x)
        self.effort, decay = game.risk.effort(x), game.risk.decay
        self.risk, self.slope, self.bend = (
            np.broadcast_to(f(self.effort), game.n)
            for f in (decay.value, decay.slope, decay.curvature)
        )
        self.own, self.cost = weights.diagonal(), game.social_cost(x)
        if together is None:
            return
        benefit = game.risk.outgoing(self.slope) if together else self.own * self.slope
        size = x / network(game).length if together else x * self.own / decay.length()
        verge = np.flatnonzero((size <= VERGE) & (1 + benefit / game.unit_costs <= VERGE))
        if len(verge):
            listed = ", ".join(map(str, verge[:5])) + ", ..." * (len(verge) > 5)
            raise ValueError(
                f"game: got users on the verge of investing ({listed}), for whom there is no "
                "derivative; allowed: users who clearly invest or clearly do not"
            )

    def optimum_rate(self, costs, share, moved):
        """How fast x* moves, (N,): W' D W dx = -dc - W'(dphi' + D dW x) - dW' phi'."""
        game, users = self.game, self.users
        weights, transposed = game.risk.weights, game.risk.transposed
        bent = share * self.slope + self.bend * (moved @ self.x)
        right = -costs - game.risk.outgoing(bent) - moved.T @ self.slope
        columns = weights[:, users]
        if len(users) <= MODERATE:
            columns = dense(columns)
            return embed(game.n, users, _solved((columns.T * self.bend) @ columns, right[users]))
        rows, squares = transposed[users], transposed[users] ** 2 @ self.bend
        hessian = LinearOperator(
            (len(users), len(users)),
            lambda step: rows @ (self.bend * (columns @ step)),
            dtype=float,
        )
        return embed(game.n, users, _iterated(cg, hessian, squares, right[users]))

    def equilibrium_rate(self, costs, share, moved):
        """How fast the equilibrium moves, (N,): W dx = ds - dW x among those who invest."""
        users, weights = self.users, self.game.risk.weights
        grown = self.slope * (share * self.own + moved.diagonal())
        wanted = -(costs + grown) / np.where(self.x > 0, self.own * self.bend, 1.0)
        right = (wanted - moved @ self.x)[users]
        return embed(self.game.n, users, _solved(weights[users][:, users], right))

    def cost_rate(self, rate, costs, share, moved):
        """How fast the social cost moves while efforts move at `rate` (N,)."""
        effort = self.game.risk.weights @ rate + moved @ self.x
        risks = share @ self.risk + self.slope @ effort
        return float(risks + costs @ self.x + self.game.unit_costs @ rate)

    def tax_rate(self, rate, costs, share, moved):
        """How fast PESIM's taxes move, (N,)."""
        risk, own, moving = self.game.risk, self.own, moved.diagonal()
        effort = risk.weights @ rate + moved @ self.x
        slope = share * self.slope + self.bend * effort
        caused, _ = risk.externalities(self.x)
        more = risk.outgoing(slope) + moved.T @ self.slope - own * slope - moving * self.slope
        felt = slope * (self.effort - own * self.x)
        felt += self.slope * (effort - own * rate - moving * self.x)
        return more * self.x + caused * rate - felt


def _solved(matrix, right):
    """matrix^-1 right (M,), directly up to MODERATE unknowns; ValueError where nearly singular."""
    if len(right) == 0:
        return right
    if len(right) > MODERATE:
        # A restart takes twenty products.
        return _iterated(gmres, matrix, matrix.diagonal(), right, maxiter=100)
    matrix = dense(matrix)
    rows = 1 / np.abs(matrix).max(axis=1)
    matrix = matrix * rows[:, None]
    columns = 1 / np.abs(matrix).max(axis=0)
    matrix = matrix * columns
    factors, pivots, _ = lapack.dgetrf(matrix)
    condition, _ = lapack.dgecon(factors, np.abs(matrix).sum(axis=0).max())
    if not condition >= SINGULAR:
        raise ValueError(
            f"game: got efforts that are not determined (a matrix of condition 1 / {condition:.0e}"
            f"); allowed: 1 / {SINGULAR:.0e} at most"
        )
    return columns * lapack.dgetrs(factors, pivots, rows * right)[0]


def _iterated(method, matrix, diagonal, right, maxiter=2000) -> NDArray:
    """The same by `cg` or `gmres`, with rows and columns in units of the diagonal's root."""
    unit = 1 / np.sqrt(diagonal)
    scaled = LinearOperator(matrix.shape, lambda step: unit * (matrix @ (unit * step)), dtype=float)
    found, _ = method(scaled, unit * right, rtol=EXACT / 10, atol=0.0, maxiter=maxiter)
    left = np.linalg.norm(scaled @ found - unit * right)
    if not left <= EXACT * np.linalg.norm(unit * right):
        raise ConvergenceError("sensitivity", left / np.linalg.norm(unit * right), EXACT)
    return unit * found
