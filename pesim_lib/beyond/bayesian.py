"""Users who know only their own type: Bayesian games with exponential risks, independent types.

The others' types are independent, so what a user expects of them is a product: its interim risk is
its own loss times M_i, the product over j != i of E exp(-w_ij x_j). Best replies are then
logarithms, and a user's whole strategy follows from the one number M_i.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from pesim_lib._checks import finite_array, positive_array, user_count
from pesim_lib._sealed import Sealed
from pesim_lib.paper.decay import Exponential
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.risk import TotalEffort, WeightedEffort
from pesim_lib.solvers.certificate import TOLERANCE, ConvergenceError, natural_residual
from pesim_lib.solvers.sweeps import share_radius

# The enclosure of the equilibria closes by a factor a round, or not at all.
ROUNDS = 400
SHUT = 1e-11


@dataclass(frozen=True, eq=False)
class BayesianGame(Sealed):
    """A weighted-effort game of N users with K types each, who know their own type alone.

    Type k of user i has the chance `chances[i, k]`, independently of the others' types, the unit
    cost `unit_costs[i, k]` and the risk `losses[i, k]` exp(-(W x)_i). Whoever has fewer types than
    K has some of them twice.

    Parameters
    ----------
    weights : (N, N) array
        W, nonnegative with a positive diagonal; ones for total effort.
    unit_costs : (N, K) array
        Money per unit of effort, positive.
    chances : (N, K) array
        Positive, with rows that sum to one.
    losses : (N, K) array or float
        Money, positive.

    Raises
    ------
    ValueError
        For anything else.

    Examples
    --------
    Two users whose cost is 0.2 or 0.9. At the first draw both are cheap.

    >>> import numpy as np
    >>> from pesim_lib import BayesianGame
    >>> game = BayesianGame(np.ones((2, 2)), [[0.2, 0.9]] * 2, [[0.5, 0.5]] * 2)
    >>> game.n, game.kinds, game.known([0, 0]).unit_costs
    (2, 2, array([0.2, 0.2]))
    """

    weights: np.ndarray
    unit_costs: np.ndarray
    chances: np.ndarray
    losses: np.ndarray | float = 1.0

    def __post_init__(self):
        weights = finite_array("weights", self.weights)
        WeightedEffort(weights, Exponential())
        costs = positive_array("unit_costs", self.unit_costs)
        if costs.ndim != 2 or len(costs) != len(weights):
            raise ValueError(f"unit_costs: got shape {costs.shape}; allowed: ({len(weights)}, K)")
        chances = positive_array("chances", self.chances, costs.shape)
        if not np.allclose(chances.sum(axis=1), 1, rtol=0, atol=1e-9):
            raise ValueError("chances: got rows that do not sum to 1; allowed: a chance each")
        losses = positive_array("losses", np.broadcast_to(self.losses, costs.shape), costs.shape)
        for name, value in (
            ("weights", weights),
            ("unit_costs", costs),
            ("chances", chances),
            ("losses", losses),
        ):
            object.__setattr__(self, name, value)
        super().__post_init__()

    @property
    def n(self):
        """Number of users N."""
        return len(self.unit_costs)

    @property
    def kinds(self):
        """Number of types K of each user."""
        return self.unit_costs.shape[1]

    @property
    def shared(self):
        """Whether all weights are one: total effort."""
        return bool((self.weights == 1).all())

    def known(self, draw: ArrayLike) -> SecurityGame:
        """The game of complete information at `draw` (N,), the number of each user's type."""
        picked = np.arange(self.n), np.asarray(draw)
        decay = Exponential(self.losses[picked])
        risk = TotalEffort(self.n, decay) if self.shared else WeightedEffort(self.weights, decay)
        return SecurityGame(risk, self.unit_costs[picked])


@dataclass(frozen=True, eq=False)
class BayesianEquilibrium(Sealed):
    """A certified Bayesian equilibrium.

    Attributes
    ----------
    x : (N, K) array
        The effort of every type.
    residual : float
        As in `Equilibrium`, over all types; at most 1e-9.
    gain : float
        The most that any type of any user could save by another effort, in money.
    unique : bool or None
        Whether it is the only one; None where that was not settled.

    Examples
    --------
    >>> import numpy as np
    >>> from pesim_lib import BayesianGame, bayesian_equilibrium
    >>> game = BayesianGame(np.ones((3, 3)), [[0.3, 0.9]] * 3, [[0.5, 0.5]] * 3)
    >>> found = bayesian_equilibrium(game)
    >>> found.residual <= 1e-9, found.gain <= 1e-9
    (True, True)
    """

    x: np.ndarray
    residual: float
    gain: float
    unique: bool | None


def exposure(game: BayesianGame, x: NDArray) -> NDArray:
    """M_i, what the others' efforts leave of user i's risk in expectation: (N,), in (0, 1].

    `x` (N, K).
    """
    logs = np.log(_factors(game, x)[1])
    return np.exp(logs.sum(axis=1) - np.diag(logs))


def interim_costs(game: BayesianGame, x: NDArray) -> NDArray:
    """What every type expects to bear, risk and bill for effort, at `x` (N, K): (N, K)."""
    own = game.losses * np.exp(-game.weights.diagonal()[:, None] * x)
    return own * exposure(game, x)[:, None] + game.unit_costs * x


def expected_social_cost(game: BayesianGame, x: NDArray) -> float:
    """The expectation of G over all types at `x` (N, K)."""
    return float((game.chances * interim_costs(game, x)).sum())


def best_replies(game: BayesianGame, x: NDArray) -> NDArray:
    """The effort of every type that is best against the others' `x` (N, K): (N, K)."""
    return _replies(game, np.log(exposure(game, x)))


def bayesian_equilibrium(game: BayesianGame) -> BayesianEquilibrium:
    """One Bayesian equilibrium: no type of any user could lower its expected cost.

    Total effort has a closed form but for one root. Elsewhere best replies at once enclose all
    equilibria; where the enclosure does not shut, Newton's method looks inside.

    Parameters
    ----------
    game : BayesianGame

    Returns
    -------
    BayesianEquilibrium

    Raises
    ------
    ConvergenceError
        If no profile could be certified.

    Examples
    --------
    Three users who need not know each other's costs, 0.3 or 0.9 with equal chances.

    >>> import numpy as np
    >>> from pesim_lib import BayesianGame, bayesian_equilibrium
    >>> game = BayesianGame(np.ones((3, 3)), [[0.3, 0.9]] * 3, [[0.5, 0.5]] * 3)
    >>> bayesian_equilibrium(game).x.round(4)
    array([[0.6546, 0.    ],
           [0.6546, 0.    ],
           [0.6546, 0.    ]])
    """
    return _found(game, 20, 1)[0]


def bayesian_equilibria(game: BayesianGame, starts: int = 20) -> tuple[BayesianEquilibrium, ...]:
    """The Bayesian equilibria found.

    One where it is the only one. Under total effort with tied users one for each who may do the
    work. Otherwise what Newton's method finds from `starts` pseudo-random points, maybe not all.

    Parameters
    ----------
    game : BayesianGame
    starts : int

    Returns
    -------
    tuple of BayesianEquilibrium

    Raises
    ------
    ValueError
        For `starts` below 1.
    ConvergenceError
        If no profile could be certified.

    Examples
    --------
    Two users who protect each other better than themselves: either may work, or both.

    >>> from pesim_lib import BayesianGame, bayesian_equilibria
    >>> game = BayesianGame([[1, 2], [2, 1]], [[0.45, 0.55]] * 2, [[0.5, 0.5]] * 2)
    >>> found = bayesian_equilibria(game)
    >>> len(found), found[0].unique
    (3, False)
    """
    starts = user_count("starts", starts)
    return _found(game, starts, starts)


def enclosure(game: BayesianGame) -> tuple[NDArray, NDArray]:
    """Bounds (N,), (N,) of log M_i that hold in every Bayesian equilibrium.

    Replies fall with the others' efforts. So replies at once to the bounds on one side give bounds
    on the other side, ever closer.
    """
    low, high = _answer(game, np.zeros(game.n)), np.zeros(game.n)
    for _ in range(ROUNDS):
        before = low, high
        high = np.minimum(high, _answer(game, low))
        low = np.maximum(low, _answer(game, high))
        same = (before[0] == low).all() and (before[1] == high).all()
        if same or _shut(low, high):
            break
    return np.minimum(low, high), high


def contraction_rate(game: BayesianGame) -> float:
    """The spectral radius of w_ij / w_jj, i != j: below 1 there is one Bayesian equilibrium."""
    return share_radius(game.weights)


def _factors(game, x):
    """t_ijk, what type k of user j leaves of user i's risk, and its expectation over k."""
    parts = np.exp(-game.weights[:, :, None] * x)
    return parts, (game.chances * parts).sum(axis=2)


def _replies(game, logs):
    """Best efforts (N, K) of users who face log M_i = `logs` (N,)."""
    own = game.weights.diagonal()[:, None]
    return np.maximum(np.log(own * game.losses / game.unit_costs) + logs[:, None], 0.0) / own


def _answer(game, logs):
    """The log M_i (N,) that replies to `logs` (N,) bring about: it falls with every entry."""
    means = np.log(_factors(game, _replies(game, logs))[1])
    return means.sum(axis=1) - np.diag(means)


def _answer_slopes(game, logs):
    """The jacobian (N, N) of `_answer`."""
    x = _replies(game, logs)
    parts, means = _factors(game, x)
    active = (game.chances * parts * (x > 0)).sum(axis=2) / means
    slopes = -game.weights / game.weights.diagonal() * active
    np.fill_diagonal(slopes, 0.0)
    return slopes


def _found(game, starts, enough):
    """At most `enough` `BayesianEquilibrium` from `starts` starts, but for tied users: a tuple."""
    if game.shared:
        profiles, unique = shared_profiles(game)
    else:
        low, high = enclosure(game)
        shut = _shut(low, high)
        profiles = _searched(game, (low, high), starts, 1 if shut else enough)
        unique = True if shut else None if len(profiles) == 1 else False
    return tuple(_certified(game, x, unique) for x in profiles)


def _shut(low, high):
    """Whether the bounds leave one point between them, up to rounding."""
    return (high - low).max() <= SHUT * max(1.0, -low.min())


def _searched(game, bounds, starts, enough):
    """Distinct profiles (N, K) that Newton's method reaches from points between the bounds."""
    random, profiles, best = np.random.default_rng(0), [], np.inf
    low, high = bounds
    for start in range(starts):
        if len(profiles) >= enough:
            break
        share = 0.5 if start == 0 else random.random(game.n)
        logs, error = _newton(game, low + share * (high - low))
        best = min(best, error)
        x = _replies(game, logs)
        if error <= TOLERANCE and all(np.abs(x - y).max() > 1e-7 for y in profiles):
            profiles.append(x)
    if not profiles:
        raise ConvergenceError("bayesian_equilibrium", best)
    return profiles


def _newton(game, logs, steps=60):
    """Newton's method with halved steps on logs = answer(logs): (logs (N,), error)."""
    miss = _answer(game, logs) - logs
    for _ in range(steps):
        error = np.abs(miss).max()
        if error <= 1e-14 * max(1.0, np.abs(logs).max()):
            break
        matrix = np.eye(game.n) - _answer_slopes(game, logs)
        step = np.linalg.lstsq(matrix, miss, rcond=None)[0]
        for _ in range(12):
            trial = np.minimum(logs + step, 0.0)
            trial_miss = _answer(game, trial) - trial
            if np.abs(trial_miss).max() < error:
                break
            step = step / 2
        else:
            break
        logs, miss = trial, trial_miss
    return logs, float(np.abs(miss).max())


def shared_profiles(game):
    """The equilibria (N, K) under total effort, and whether there is only one.

    With r_ik = c_ik / L_ik and h_i(M) = E min(M, r_i), what all efforts leave is P = h_i(M_i) for
    every user. So M_i follows from P, and P from the product of what each leaves, P / M_i.
    """
    ratios = game.unit_costs / game.losses
    order = np.argsort(ratios, axis=1)
    points = np.take_along_axis(ratios, order, axis=1)
    chances = np.take_along_axis(game.chances, order, axis=1)
    capped = (np.minimum(points[:, :, None], points[:, None, :]) * chances[:, None, :]).sum(axis=2)
    points, capped = (np.pad(values, ((0, 0), (1, 0))) for values in (points, capped))

    def logs(left):
        return np.log([np.interp(left, h, m) for h, m in zip(capped, points, strict=True)])

    def excess(log_left):
        return game.n * log_left - logs(np.exp(log_left)).sum() - log_left

    means = capped[:, -1]
    most = min(means.min(), 1.0)
    top = np.log(most)
    if excess(top) <= 0:
        if excess(top) < 0:
            # Where nobody's type is cheap enough to work, P would be M_i: excess is -log P.
            top = brentq(excess, min(top, np.log(ratios.min())), top, xtol=1e-15)
        return [_replies(game, logs(np.exp(top)))], True
    # Somebody works whatever its type: of them the one with the least mean, whoever of the tied.
    profiles = []
    tied = np.flatnonzero(means <= most * (1 + 1e-12))
    for user in tied:
        faced = logs(most)
        faced[user] = np.delete(top - faced, user).sum()
        profiles.append(_replies(game, faced))
    return profiles, len(tied) == 1


def _certified(game, x, unique):
    """The `BayesianEquilibrium` at x (N, K); raises ConvergenceError if it is none."""
    own = game.weights.diagonal()[:, None]
    risks = game.losses * np.exp(-own * x) * exposure(game, x)[:, None]
    residual = natural_residual((own * x).ravel(), (1 - own * risks / game.unit_costs).ravel())
    if not residual <= TOLERANCE:
        raise ConvergenceError("bayesian_equilibrium", residual)
    left = _replies(game, np.log(exposure(game, x)))
    best = game.losses * np.exp(-own * left) * exposure(game, x)[:, None] + game.unit_costs * left
    gain = float((interim_costs(game, x) - best).max())
    return BayesianEquilibrium(np.ascontiguousarray(x), residual, max(gain, 0.0), unique)
