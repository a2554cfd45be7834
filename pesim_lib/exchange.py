"""Message-exchange processes: how PESIM's messages might reach an equilibrium, Section VI.

The protocol is consensus ADMM, with one public number z_ik for every user i that speaks about an
effort k. User i's price for k is r (z_ik - mean over i), and its next z_ik is z_ik plus what it
proposes less that mean. Arrays of pairs (i, k) are ordered as the links of `local_mechanism`.
"""

from dataclasses import dataclass

import numpy as np

from pesim_lib._checks import finite_array, user_count, user_index
from pesim_lib.complementarity import (
    TOLERANCE,
    ConvergenceError,
    fischer_burmeister_newton,
    forward_differences,
)
from pesim_lib.equilibrium import social_optimum
from pesim_lib.local_mechanism import (
    LocalMessages,
    in_rings,
    links,
    local_outcome,
    local_ring_prices,
)
from pesim_lib.mechanism import (
    Messages,
    best_deviation,
    equilibrium_messages,
    lindahl_prices,
    mean_proposal,
    outcome,
)
from pesim_lib.risk import WeightedEffort

# The penalty follows the proposals in each of the first rounds, then now and then, then never
# again: the proof needs an end. LEAN is how much more disagreement counts than movement does.
ADAPTED, CHECKED, SETTLED, LEAN = 30, 30, 300, 2.0
# How many rounds an extrapolation combines, how small a singular value it leaves out, how far it
# may go, in residuals, and how fast the residual must fall.
MEMORY, CUTOFF, REACH, LIMIT = 15, 1e-8, 1e6, 100.0
DIVERGED = 1e9


@dataclass(frozen=True, eq=False)
class Trace:
    """What happened in each of T rounds.

    Attributes
    ----------
    efforts : (T, N) array
        The mean proposals, (6). In play they may be negative, and efforts are then zero.
    spread : (T,) array
        The largest distance between a proposal and the mean.
    movement : (T,) array
        The largest change of a price per unit of effort, from the last round.
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

    `.messages` are `Messages`, or `LocalMessages` of a local exchange. `.converged` says whether
    proposals agreed and came to rest within the tolerance; `.trace` holds every round.
    """

    x: np.ndarray
    messages: Messages | LocalMessages
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
    tolerance=1e-11,
    local=False,
    loss=0.0,
    delay=0,
    frozen=None,
    start=None,
    seed=0,
    accelerate=True,
):
    """Exchange messages round by round from proposals `start` (N, N), zero by default.

    Parameters
    ----------
    process : "protocol", "play" or "best response"
        The protocol uses only g_i at user i. In play prices are correct, the Lindahl prices, and
        stay so, and every user replies to the others' last proposals. In best response a reply is
        a whole message, prices too, and the first prices are the equilibrium's.
    penalty : float > 0 or None
        In the protocol a fixed weight r, or one that adapts. In play the weight p of
        |x_i - x_{i+1}|^2, or no penalty.
    damping : float in (0, 1]
        In play, the share of the way to its reply that each user goes.
    local : bool
        In the protocol, only stakeholders speak about an effort (weighted effort), as `links` says.
    loss : float in [0, 1)
        In the protocol, the chance that a user's proposal is lost. Its z_i stays as it was.
    delay : int >= 0
        In the protocol, how many rounds late proposals arrive. States then go only
        1 / (1 + delay) of the way.
    frozen : dict of user -> (N,) array, or None
        In the protocol, users who always propose the same.
    accelerate : bool
        Whether the protocol extrapolates. It does not where messages are lost or late.

    Raises ValueError for N < 3 or arguments other than these, ConvergenceError if a user's reply
    or the optimum cannot be certified. Not to converge is a result, not an error.
    """
    n = game.n
    processes = ("protocol", "play", "best response")
    if process not in processes:
        raise ValueError(f"process: got {process!r}; allowed: {', '.join(processes)}")
    if penalty is not None and not (np.isfinite(penalty) and penalty > 0):
        raise ValueError(f"penalty: got {penalty}; allowed: > 0, or None")
    if not 0 < damping <= 1:
        raise ValueError(f"damping: got {damping}; allowed: above 0, up to 1")
    if not 0 <= loss < 1:
        raise ValueError(f"loss: got {loss}; allowed: from 0, below 1")
    if isinstance(delay, bool) or not isinstance(delay, int | np.integer) or delay < 0:
        raise ValueError(f"delay: got {delay!r}; allowed: an integer >= 0")
    if loss and delay:
        raise ValueError(f"delay: got {delay} with loss {loss}; allowed: one of the two")
    if local and not isinstance(game.risk, WeightedEffort):
        raise ValueError("local: got True with a custom risk; allowed: weighted effort")
    user_count("rounds", rounds)
    if n < 3:
        raise ValueError(f"N: got {n} users; allowed: N >= 3")
    if start is not None:
        start = finite_array("start", start, shape=(n, n))
    if process == "protocol":
        frozen = {
            user_index("frozen", user, n): finite_array("frozen", proposal, shape=(n,))
            for user, proposal in (frozen or {}).items()
        }
        pairs = links(game) if local else speakers(game, frozen)
        state = np.zeros(len(pairs.users)) if start is None else start[pairs.users, pairs.efforts]
        accelerate = accelerate and not (loss or delay)
        random = np.random.default_rng(seed)
        return _protocol(
            game,
            pairs,
            local,
            state,
            penalty,
            rounds,
            tolerance,
            loss,
            delay,
            frozen,
            accelerate,
            random,
        )
    start = np.zeros((n, n)) if start is None else start
    if process == "play":
        return _play(game, penalty, damping, rounds, tolerance, start)
    return _best_responses(game, rounds, tolerance, start)


def speakers(game, frozen=()):
    """The pairs (i, k) of an exchange, as `Links`: user i has a stake in k's effort, w_ik > 0.

    With a custom risk everybody has a stake in everything, and so have users in `frozen`.
    """
    if isinstance(game.risk, WeightedEffort):
        weights = game.risk.dense_weights()
        says = weights > 0
        says[list(frozen)] = True
    else:
        weights, says = np.zeros((game.n, game.n)), np.ones((game.n, game.n), dtype=bool)
    users, efforts = np.nonzero(says)
    return in_rings(game.n, users, efforts, weights[says])


def ring_prices(lindahl):
    """The smallest nonnegative prices (N, N) with pi_{i+1} - pi_{i+2} = row i of `lindahl`.

    They exist because the columns of `lindahl` (N, N) sum to zero: a constant per column is free.
    """
    prices = -np.cumsum(np.roll(lindahl, 2, axis=0), axis=0)
    return prices - prices.min(axis=0)


def stability_boundary(n, curvature, damping=1.0):
    """The penalty above which the mean error shrinks in damped play, elementwise.

    For `n` users with the same `curvature` of g_i; negative where every penalty will do.
    """
    return curvature * (damping * n - 2) / (4 * n**2)


def play_matrix(curvatures, penalty, damping=1.0):
    """The linearised play, (N, N): errors of all proposals along one direction, round to round.

    `curvatures` (N,) are those of the g_i along it; the play is stable if the spectral radius is
    below 1. Or (N, K, K), Hessians on K coordinates that no bound touches: then (N K, N K).
    """
    hessians = finite_array("curvatures", curvatures)
    n = len(hessians)
    hessians = hessians.reshape(n, *(hessians.shape[1:] or (1, 1))) / n**2
    k = hessians.shape[1]
    matrix = np.zeros((n, k, n, k))
    for i, hessian in enumerate(hessians):
        pull = 2 * penalty * np.eye(k)
        matrix[i] = -hessian[:, None, :]
        matrix[i, :, i] = 0.0
        matrix[i, :, (i + 1) % n] += pull
        matrix[i] = np.linalg.solve(hessian + pull, matrix[i].reshape(k, -1)).reshape(k, n, k)
    return (1 - damping) * np.eye(n * k) + damping * matrix.reshape(n * k, n * k)


def reply(game, linear, penalty, centre):
    """Row i minimises f_i(y) + linear_i'y + penalty |y - centre_i|^2 / 2 over y >= 0, (N, N)."""
    pairs = speakers(game, range(game.n))
    proposals = _replies(game, pairs, linear.T.ravel(), penalty, centre.T.ravel())
    return proposals.reshape(game.n, game.n).T


def _replies(game, pairs, linear, penalty, centre):
    """The same on pairs (M,). For a custom risk they are all pairs."""
    if isinstance(game.risk, WeightedEffort):
        return _weighted_replies(game.risk, pairs, linear, penalty, centre)
    n, rows = game.n, (linear.reshape(game.n, -1).T, centre.reshape(game.n, -1).T)
    return np.array(
        [_custom_reply(game.risk, i, rows[0][i], penalty, rows[1][i]) for i in range(n)]
    ).T.ravel()


def _weighted_replies(risk, pairs, linear, penalty, centre):
    """y = max(0, idle + steepness W / penalty), and one unknown per user: its effective effort.

    What y yields falls, convex, as the effort grows that it is computed from. So Newton's method
    climbs from below to where the two are equal.
    """
    idle, weights, users = centre - linear / penalty, pairs.weights, pairs.users
    pull, n = weights / penalty, pairs.n

    def proposals(effort):
        steepness = np.broadcast_to(-risk.decay.slope(effort), n)
        return np.maximum(idle + steepness[users] * pull, 0.0)

    effort = np.bincount(users, weights * np.maximum(idle, 0.0), n)
    for _ in range(200):
        found = proposals(effort)
        short = np.bincount(users, weights * found, n) - effort
        bend = risk.decay.curvature(effort) * np.bincount(users, weights * pull * (found > 0), n)
        step = short / (1 + bend)
        effort = effort + step
        if not (step > 4 * np.finfo(float).eps * effort).any():
            break
    return proposals(effort)


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


def _protocol(
    game, pairs, local, state, penalty, rounds, tolerance, loss, delay, frozen, accelerate, random
):
    n, users, efforts = game.n, pairs.users, pairs.efforts
    counts = np.bincount(efforts, minlength=n)
    costs = np.where(users == efforts, game.unit_costs[users], 0.0)
    fixed = {user: users == user for user in frozen}

    def mean(values):
        return np.bincount(efforts, values, n) / counts

    adaptive, weight = penalty is None, 1.0 if penalty is None else penalty
    extrapolation, records, under_way = _Extrapolation(), [], []
    proposals, slopes, before = np.maximum(state, 0.0), np.zeros_like(state), 0.0
    latest, largest, steepest = np.full_like(state, np.nan), 0.0, 0.0
    for turn in range(1, rounds + 1):
        agreed = mean(state)[efforts]
        prices = weight * (state - agreed)
        fresh = _replies(game, pairs, costs + prices, weight, agreed)
        for user, own in fixed.items():
            fresh[own] = frozen[user][efforts[own]]
        # Marginal costs, but for users who propose nothing and would rather propose less.
        under_way.append((fresh, fresh - agreed, prices + weight * (fresh - agreed)))
        step, known = np.zeros_like(state), (proposals, slopes)
        if len(under_way) > delay:
            received = random.random(n)[users] >= loss
            sent, moves, steep = under_way.pop(0)
            step = np.where(received, moves, 0.0)
            latest = np.where(received, moves, latest)
            proposals, slopes = np.where(received, (sent, steep), known)
        x = mean(proposals)
        spread = np.abs(proposals - x[efforts]).max()
        messages = _messages(pairs, local, prices, proposals, x)
        taxes = (local_outcome if local else outcome)(messages).taxes
        records.append((x, spread, np.abs(prices - before).max(), taxes.sum(), weight))
        before, largest = prices, max(largest, np.abs(proposals).max())
        steepest = max(steepest, np.abs(slopes).max(where=proposals > 0, initial=0.0))
        small = tolerance * max(np.abs(x).max(), tolerance * largest)
        rest = np.abs(latest).max()
        if rest <= small and weight * rest <= tolerance * steepest:
            return _result(records, messages, True)
        following = state + step / (1 + delay)
        phase, within = divmod(turn, 1 + delay)
        if adaptive and within == 0 and _adapts(phase):
            middle, common = mean(following)[efforts], mean(latest)[efforts]
            disagreement, movement = np.linalg.norm(latest - common), np.linalg.norm(common)
            if phase > 1 and np.isfinite(movement) and min(disagreement, movement) > small:
                if phase <= 3:
                    weight = _scale(weight, proposals - known[0], slopes - known[1])
                else:
                    weight *= _correction(phase, disagreement / movement)
            state = middle + (following - middle) * (records[-1][-1] / weight)
            extrapolation = _Extrapolation()
        else:
            state = extrapolation.next(state, following) if accelerate else following
    return _result(records, messages, False)


def _adapts(phase):
    return phase <= ADAPTED or (phase <= SETTLED and phase % CHECKED == 0)


def _scale(weight, moved, steepened):
    """How fast marginal costs change with proposals: a penalty in the right units."""
    moved, steepened = np.linalg.norm(moved), np.linalg.norm(steepened)
    return steepened / moved if min(moved, steepened) > 0 else weight


def _correction(phase, ratio):
    """The factor for the penalty where proposals disagree `ratio` times as much as they move."""
    ratio *= LEAN
    return 1.0 if phase > ADAPTED and 0.2 < ratio < 5 else np.clip(ratio**0.25, 0.5, 2.0)


class _Extrapolation:
    """Anderson's combination of the last rounds, and what keeps it from doing harm.

    An extrapolated state stands if its residual keeps below a summable sequence. Otherwise the
    exchange goes back to the plain step.
    """

    def __init__(self):
        self.history, self.plain, self.first, self.stood = [], None, None, 0

    def next(self, state, following):
        residual = np.linalg.norm(following - state)
        if self.first is None:
            self.first = residual
        if self.plain is not None:
            if residual > LIMIT * self.first * (self.stood + 1) ** -1.1:
                self.history, self.plain, plain = [], None, self.plain
                return plain
            self.stood += 1
        self.history = [*self.history[-MEMORY:], (state, following)]
        self.plain = None
        if len(self.history) == 1:
            return following
        states, images = (np.array(column) for column in zip(*self.history, strict=True))
        gaps = images - states
        steps = np.diff(gaps, axis=0)
        weights = np.linalg.lstsq(steps.T, gaps[-1], rcond=CUTOFF)[0]
        extrapolated = images[-1] - weights @ np.diff(images, axis=0)
        if not np.linalg.norm(extrapolated - state) <= REACH * residual:
            return following
        self.plain = following
        return extrapolated


def _messages(pairs, local, prices, proposals, x):
    """Messages with the smallest prices >= 0 that make user i's price for k what it should be.

    Who has no stake in an effort repeats the mean `x` of those who have, so that (6) is `x`.
    """
    if local:
        return LocalMessages(pairs, local_ring_prices(pairs, prices), proposals)
    lindahl, whole = np.zeros((pairs.n, pairs.n)), np.tile(x, (pairs.n, 1))
    lindahl[pairs.users, pairs.efforts] = prices
    whole[pairs.users, pairs.efforts] = proposals
    return Messages(ring_prices(lindahl), whole)


def _play(game, penalty, damping, rounds, tolerance, start):
    n, lindahl, optimum = game.n, lindahl_prices(game), social_optimum(game).x
    linear, prices = lindahl + np.diag(game.unit_costs), ring_prices(lindahl)
    proposals, records = start, []
    for _ in range(rounds):
        others = proposals.sum(axis=0) - proposals
        if penalty is None:
            wanted = np.tile(optimum, (n, 1))
        else:
            centre = (others + np.roll(proposals, -1, axis=0)) / n
            wanted = reply(game, linear, 2 * penalty * n**2, centre)
        step = damping * (n * wanted - others - proposals)
        proposals = proposals + step
        messages = Messages(prices, proposals)
        records.append(_record(messages, 0.0, penalty or 0.0))
        scale = max(np.abs(optimum).max(), tolerance)
        if max(np.abs(step).max(), records[-1][1]) <= tolerance * scale:
            return _result(records, messages, True)
        if np.abs(proposals).max() > DIVERGED * (1 + np.abs(optimum).max()):
            break
    return _result(records, messages, False)


def _best_responses(game, rounds, tolerance, start):
    """Everybody sends its best message against the others' last, until somebody has none."""
    messages, records = Messages(equilibrium_messages(game).prices, start), []
    for _ in range(rounds):
        mean = mean_proposal(messages.proposals)
        # Efforts are kept nonnegative: as if all proposals were shifted by what that takes.
        rounding = 8 * np.finfo(float).eps * np.abs(messages.proposals).sum(axis=0)
        shifted = Messages(messages.prices, messages.proposals + np.maximum(mean, rounding) - mean)
        best = [best_deviation(game, shifted, user) for user in range(game.n)]
        if not all(deviation.attained for deviation in best):
            break
        prices = np.array([d.messages.prices[user] for user, d in enumerate(best)])
        proposals = np.array([d.messages.proposals[user] for user, d in enumerate(best)])
        change = np.abs(prices - messages.prices).max()
        messages = Messages(prices, proposals)
        records.append(_record(messages, change, 0.0))
        if max(d.gain for d in best) <= tolerance:
            return _result(records, messages, True)
    return _result(records or [_record(messages, 0.0, 0.0)], messages, False)


def _record(messages, change, penalty):
    mean = mean_proposal(messages.proposals)
    spread = np.abs(messages.proposals - mean).max()
    return mean, spread, change, outcome(messages).taxes.sum(), penalty


def _result(records, messages, converged):
    trace = Trace(*(np.array(column) for column in zip(*records, strict=True)))
    return Exchange(trace.efforts[-1], messages, len(records), converged, trace)
