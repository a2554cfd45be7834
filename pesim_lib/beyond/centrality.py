"""Efforts read off the network: one linear system for those who invest, and whom a hub misleads."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pesim_lib._checks import check_share, positive_array, require_weighted_effort, user_count
from pesim_lib.paper.decay import Exponential
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.risk import WeightedEffort
from pesim_lib.solvers.network import desired_effort


def efforts_of_investors(game: SecurityGame, investors: ArrayLike) -> NDArray:
    """Efforts (N,) at which each of the users `investors` has what it wants; others do nothing.

    The one candidate for an equilibrium in which exactly they invest: an equilibrium where it is
    not negative and nobody else wants more than it gets. `investors` is an (N,) bool array.

    Raises ValueError for another shape or game, or where the investors' weights are singular.
    """
    inside = np.array(investors)
    if inside.shape != (game.n,) or inside.dtype != bool:
        raise ValueError(f"investors: got {investors!r}; allowed: a bool for every user")
    weights = require_weighted_effort(game).dense_weights()[np.ix_(inside, inside)]
    if np.linalg.matrix_rank(weights) < len(weights):
        raise ValueError("investors: got users whose weights are singular; allowed: regular ones")
    x = np.zeros(game.n)
    x[inside] = np.linalg.solve(weights, desired_effort(game)[inside])
    return x


def walk_sums(links: ArrayLike, wanted: ArrayLike, longest: int) -> NDArray:
    """Partial sums of b - A b + A^2 b - ..., (longest + 1, N): walks of each length, in turn.

    `links` (N, N) is A = W - I of users who all invest, `wanted` (N,) is b. Where the spectral
    radius of A is below 1 they tend to the efforts (I + A)^-1 b.
    """
    links, term = np.asarray(links, dtype=float), np.asarray(wanted, dtype=float)
    sums = [term]
    for _ in range(user_count("longest", longest)):
        term = -links @ term
        sums.append(sums[-1] + term)
    return np.array(sums)


def lowest_eigenvalue(weights: ArrayLike) -> float:
    """The lowest eigenvalue of W - I for a symmetric W (N, N) with ones on its diagonal.

    Above -1 every game with these weights has one equilibrium, and otherwise some has more.
    Raises ValueError for other matrices.
    """
    matrix = np.asarray(weights, dtype=float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or (matrix != matrix.T).any():
        raise ValueError("weights: got a matrix that is not symmetric; allowed: symmetric ones")
    if (np.diag(matrix) != 1).any():
        raise ValueError("weights: got another diagonal; allowed: ones")
    return float(np.linalg.eigvalsh(matrix - np.eye(len(matrix)))[0])


def star_game(n: int = 5, protects: float = 0.1, depends: float = 0.1, c: float = 0.1):
    """User 1, the hub, protects each of the n - 1 others at `protects`, and they it at `depends`.

    Weighted effort with L = 1, a = 1; everybody pays c per unit of effort.
    """
    weights = np.eye(user_count("n", n))
    weights[1:, 0], weights[0, 1:] = protects, depends
    return SecurityGame(WeightedEffort(weights, Exponential()), np.full(n, c))


def hub_margin(spokes: ArrayLike, protects: ArrayLike, depends: ArrayLike) -> NDArray:
    """Where positive, the hub of a star exerts more in equilibrium than at the optimum.

    (1 - m a h) times its effort in equilibrium less that at the optimum, where all m + 1 users
    invest in both: for m `spokes`, h = `protects`, a = `depends`, with m h and m a below 1.
    Elementwise; the unit cost does not matter. Raises ValueError for other numbers.
    """
    m, h, a = np.broadcast_arrays(
        positive_array("spokes", spokes),
        np.asarray(protects, dtype=float),
        np.asarray(depends, dtype=float),
    )
    for name, share in (("protects", h), ("depends", a)):
        for value in (share * m).ravel():
            check_share(f"spokes times {name}", value)
    both = 1 - m * a * h
    return np.log((1 - m * h) / both) - m * a * np.log((1 - a) / both)
