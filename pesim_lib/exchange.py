"""Message-exchange processes: how PESIM's messages might reach an equilibrium, Section VI.

The protocol is consensus ADMM in Douglas-Rachford form. Its public state is an (N, N) array: row
i is the mean proposal less user i's prices over the penalty, so its mean is the mean proposal.
"""

from dataclasses import dataclass, replace

import numpy as np

from pesim_lib._checks import finite_array, user_count, user_index
from pesim_lib.complementarity import (
    TOLERANCE,
    ConvergenceError,
    fischer_burmeister_newton,
    forward_differences,
)
from pesim_lib.equilibrium import social_optimum
from pesim_lib.game import SecurityGame
from pesim_lib.mechanism import (
    Messages,
    equilibrium_messages,
    lindahl_prices,
    mean_proposal,
    outcome,
)
from pesim_lib.risk import TotalEffort, WeightedEffort

# The penalty is adapted, and rounds extrapolated, only this long: the proof needs an end to both.
ADAPTED, EXTRAPOLATED, MEMORY, SPAN = 30, 1000, 15, 10
DIVERGED = 1e9


@dataclass(frozen=True, eq=False)
class Trace:
    """What happened in each of T rounds.

    Attributes
    ----------
    efforts : (T, N) array
        The mean proposals, (6).
    spread : (T,) array
        The largest distance between a proposal and the mean.
    movement : (T,) array
        The price residual: the largest change of a price per unit of effort, from the last round.
    balance : (T,) array
        The sum of the taxes (7), zero but for rounding.
    penalty : (T,) array
        The weight of the penalty.
    """

    efforts: np.ndarray
    spread: np.ndarray
    movement: np.ndarray
    balance: np.ndarray
    penalty: np.ndarray


@dataclass(frozen=True, eq=False)
class Exchange:
    """Where an exchange of messages ended: `.x` (N,), the last `.messages`, how many `.rounds`.

    `.converged` says whether proposals agreed and came to rest within the tolerance; `.trace`
    holds every round.
    """

    x: np.ndarray
    messages: Messages
    rounds: int
    converged: bool
    trace: Trace

    def rounds_to(self, x, tolerance=1e-6):
        """The first round from which all efforts stay within `tolerance` max(x) of `x` (N,).

        None if the last round does not.
        """
        x = finite_array("x", x, shape=self.x.shape)
        error = np.abs(self.trace.efforts - x).max(axis=1)
        far = np.flatnonzero(~(error <= tolerance * max(np.abs(x).max(), 1e-300)))
        first = far[-1] + 2 if len(far) else 1
        return int(first) if first <= self.rounds else None


def exchange(
    game,
    process="protocol",
    penalty=None,
    damping=1.0,
    rounds=2000,
    tolerance=1e-9,
    local=False,
    loss=0.0,
    frozen=None,
    start=None,
    seed=0,
):
    """Exchange messages round by round from proposals `start` (N, N), zero by default.

    Parameters
    ----------
    process : "protocol", "play" or "best response"
        The protocol uses only g_i at user i. The other two start from correct prices, the Lindahl
        prices, and every user replies to the others' last proposals: with the penalty
        |x_i - x_{i+1}|^2 of weight `penalty` (play), or without one (best response).
    penalty : float > 0 or None
        Fixed weight; the protocol chooses its own if None.
    damping : float in (0, 1]
        The share of the way to its reply that each user goes, in play and best response.
    local : bool
        In the protocol, user i proposes for k only if w_ik > 0 (weighted effort).
    loss : float in [0, 1)
        In the protocol, the chance that a user's proposal is lost, and its last one stands.
    frozen : dict of user -> (N,) array, or None
        In the protocol, users who always propose the same.

    Raises ValueError for N < 3 or arguments other than these, ConvergenceError if a user's reply
    or the optimum cannot be certified. Not to converge is a result, not an error.
    """
    n = game.n
    processes = ("protocol", "play", "best response")
    if process not in processes:
        raise ValueError(f"process: got {process!r}; allowed: {', '.join(processes)}")
    if penalty is not None and not (np.isfinite(penalty) and penalty > 0):
        raise ValueError(f"penalty: got {penalty}; allowed: > 0, or None")
    if process == "play" and penalty is None:
        raise ValueError("penalty: got None; allowed in play: a number > 0")
    if not 0 < damping <= 1:
        raise ValueError(f"damping: got {damping}; allowed: above 0, up to 1")
    if not 0 <= loss < 1:
        raise ValueError(f"loss: got {loss}; allowed: from 0, below 1")
    if local and not isinstance(game.risk, WeightedEffort):
        raise ValueError("local: got True with a custom risk; allowed: weighted effort")
    user_count("rounds", rounds)
    if n < 3:
        raise ValueError(f"N: got {n} users; allowed: N >= 3")
    start = np.zeros((n, n)) if start is None else finite_array("start", start, shape=(n, n))
    if process != "protocol":
        return _play(game, process, penalty, damping, rounds, tolerance, start)
    concerned = game.risk.dense_weights() > 0 if local else np.ones((n, n), dtype=bool)
    frozen = {
        user_index("frozen", user, n): finite_array("frozen", proposal, shape=(n,))
        for user, proposal in (frozen or {}).items()
    }
    return _protocol(game, penalty, rounds, tolerance, concerned, loss, frozen, start, seed)


def ring_prices(lindahl):
    """The smallest nonnegative prices (N, N) with pi_{i+1} - pi_{i+2} = row i of `lindahl`.

    They exist because the columns of `lindahl` (N, N) sum to zero: a constant per column is free.
    """
    prices = -np.cumsum(np.roll(lindahl, 2, axis=0), axis=0)
    return prices - prices.min(axis=0)


def stability_boundary(n, curvature, damping=1.0):
    """The penalty above which damped play is stable near the optimum, elementwise.

    For `n` users with the same `curvature` of g_i; negative where every penalty is stable.
    """
    return curvature * (damping * n - 2) / (4 * n**2)


def freezing_gain(game, user, factor):
    """What `user` gains if it always proposes `factor` x* and the others keep to the protocol.

    They end at `factor` x*, and `user` pays what the others' prices leave. Raises ValueError for a
    negative factor.
    """
    user = user_index("user", user, game.n)
    if not (np.isfinite(factor) and factor >= 0):
        raise ValueError(f"factor: got {factor}; allowed: >= 0")
    optimum = social_optimum(game).x

    def cost_and_tax(x):
        gradients = game.risk_jacobian(x) + np.diag(game.unit_costs)
        return game.costs(x)[user] + (gradients.sum(axis=0) - gradients[user]) @ x

    return float(cost_and_tax(optimum) - cost_and_tax(factor * optimum))


def reporting_gain(game, user, factor):
    """What `user` gains if it follows the protocol as though its risk were `factor` f_i.

    Weighted effort only. Raises ValueError for another risk or a factor that is not positive.
    """
    user = user_index("user", user, game.n)
    reported = reported_game(game, user, factor)
    truth, lie = (outcome(equilibrium_messages(g)) for g in (game, reported))
    return float(
        game.utilities(lie.x, lie.taxes)[user] - game.utilities(truth.x, truth.taxes)[user]
    )


def reported_game(game, user, factor):
    """`game` with `factor` f_i in place of the risk f_i of `user`."""
    if not isinstance(game.risk, WeightedEffort):
        raise ValueError("game: got a custom risk; allowed: weighted effort")
    losses = np.where(np.arange(game.n) == user, factor, 1.0) * game.risk.decay.loss
    decay = replace(game.risk.decay, loss=losses)
    if isinstance(game.risk, TotalEffort):
        return SecurityGame(TotalEffort(game.n, decay), game.unit_costs)
    return SecurityGame(WeightedEffort(game.risk.weights, decay), game.unit_costs)


def reply(game, linear, penalty, centre):
    """Row i minimises f_i(y) + linear_i'y + penalty |y - centre_i|^2 / 2 over y >= 0, (N, N)."""
    if isinstance(game.risk, WeightedEffort):
        return _weighted_reply(game.risk, linear, penalty, centre)
    users = range(game.n)
    return np.array([_custom_reply(game.risk, i, linear[i], penalty, centre[i]) for i in users])


def _weighted_reply(risk, linear, penalty, centre):
    """y = max(0, idle + steepness W / penalty), and one unknown per user: its effective effort.

    What y yields falls as the effort grows that it is computed from, so bisection finds the root.
    """
    weights = risk.dense_weights()
    idle = centre - linear / penalty

    def proposals(effort):
        return np.maximum(idle - risk.decay.slope(effort)[:, None] * weights / penalty, 0.0)

    low = (weights * np.maximum(idle, 0.0)).sum(axis=1)
    high = (weights * proposals(low)).sum(axis=1)
    for _ in range(60):
        middle = (low + high) / 2
        short = (weights * proposals(middle)).sum(axis=1) > middle
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return proposals((low + high) / 2)


def _custom_reply(risk, user, linear, penalty, centre):
    scale = max(np.abs(linear).max(), penalty)

    def function(y):
        return (risk.jacobian(y)[user] + linear + penalty * (y - centre)) / scale

    y, residual, _ = fischer_burmeister_newton(
        function, lambda y: forward_differences(function, y), np.maximum(centre, 0.0)
    )
    if not residual <= TOLERANCE:
        raise ConvergenceError("reply", residual)
    return np.maximum(y, 0.0)


def _protocol(game, penalty, rounds, tolerance, concerned, loss, frozen, start, seed):
    random = np.random.default_rng(seed)
    costs, counts = np.diag(game.unit_costs), concerned.sum(axis=0)

    def mean(rows):
        return (rows * concerned).sum(axis=0) / counts

    adaptive = penalty is None
    # At the optimum of equal users with exponential risks this is the curvature of each f_i.
    weight = game.unit_costs.mean() / game.n if adaptive else penalty
    state, proposals = np.where(concerned, start, mean(start)), start
    initial, records, history = weight, [], []
    x, prices = mean(state), np.zeros_like(costs)
    for turn in range(1, rounds + 1):
        received = random.random(game.n) >= loss
        fresh = reply(game, costs, weight, state)
        for user, proposal in frozen.items():
            fresh[user] = proposal
        proposals = np.where(received[:, None], fresh, proposals)
        agreed = mean(proposals)
        # Who is not concerned by an effort echoes the mean of those who are: (6) stays as it is.
        proposals = np.where(concerned, proposals, agreed)
        following = state - mean(state) + 2 * agreed - proposals
        lindahl = weight * (agreed - following)
        messages = Messages(ring_prices(lindahl), proposals)
        change = np.abs(lindahl - prices).max() if turn > 1 else np.abs(lindahl).max()
        spread = np.abs(proposals - agreed).max()
        moved = np.abs(agreed - x).max()
        records.append((agreed, spread, change, outcome(messages).taxes.sum(), weight))
        x, prices = agreed, lindahl
        scale = max(np.abs(x).max(), tolerance)
        if spread <= tolerance * scale and moved <= tolerance * scale and received.all():
            break
        if adaptive and turn <= ADAPTED:
            factor = np.clip(np.sqrt(spread / max(moved, 1e-300)), 0.5, 2.0)
            weight = np.clip(weight * factor, initial / SPAN, initial * SPAN)
            state = agreed - lindahl / weight
        elif turn <= EXTRAPOLATED and adaptive and loss == 0:
            history = [*history[-MEMORY:], (state, following)]
            state = _extrapolated(history)
        else:
            state = following
    else:
        return _result(records, messages, False)
    return _result(records, messages, True)


def _extrapolated(history):
    """Anderson's combination of the last rounds (state, following), least squares on their gaps."""
    states = np.array([state.ravel() for state, _ in history])
    images = np.array([following.ravel() for _, following in history])
    gaps = images - states
    if len(history) == 1:
        return history[-1][1]
    steps = np.diff(gaps, axis=0).T
    weights = np.linalg.lstsq(steps, gaps[-1], rcond=1e-10)[0]
    return (images[-1] - np.diff(images, axis=0).T @ weights).reshape(history[-1][1].shape)


def _play(game, process, penalty, damping, rounds, tolerance, start):
    n, lindahl, optimum = game.n, lindahl_prices(game), social_optimum(game).x
    linear, prices = lindahl + np.diag(game.unit_costs), ring_prices(lindahl)
    proposals, records = start, []
    for _ in range(rounds):
        others = proposals.sum(axis=0) - proposals
        if process == "play":
            centre = (others + np.roll(proposals, -1, axis=0)) / n
            wanted = reply(game, linear, 2 * penalty * n**2, centre)
        else:
            wanted = np.tile(optimum, (n, 1))
        step = damping * (n * wanted - others - proposals)
        proposals = proposals + step
        x = mean_proposal(proposals)
        messages = Messages(prices, proposals)
        spread = np.abs(proposals - x).max()
        balance = outcome(messages).taxes.sum()
        records.append((x, spread, 0.0, balance, penalty or 0.0))
        scale = max(np.abs(optimum).max(), tolerance)
        if np.abs(step).max() <= tolerance * scale and spread <= tolerance * scale:
            return _result(records, messages, True)
        if np.abs(proposals).max() > DIVERGED * (1 + np.abs(optimum).max()):
            break
    return _result(records, messages, False)


def _result(records, messages, converged):
    trace = Trace(*(np.array(column) for column in zip(*records, strict=True)))
    return Exchange(trace.efforts[-1], messages, len(records), converged, trace)
