"""The protocol: consensus ADMM, with a public number z_ik for every user i that speaks of effort k.

User i's price for k is r (z_ik - mean over i), and its next z_ik is z_ik plus what it proposes
less that mean. Arrays of pairs (i, k) are ordered as the links of `local_pesim`.
"""

import numpy as np

from pesim_lib.beyond.local_pesim import LocalMessages, in_rings, local_outcome, local_ring_prices
from pesim_lib.beyond.trace import _result
from pesim_lib.paper.pesim import Messages, outcome, ring_prices
from pesim_lib.paper.risk import WeightedEffort
from pesim_lib.solvers.certificate import TOLERANCE, ConvergenceError
from pesim_lib.solvers.newton import fischer_burmeister_newton, forward_differences

# The penalty follows the proposals in each of the first rounds, then now and then, then never
# again: the proof needs an end. LEAN is how much more disagreement counts than movement does.
ADAPTED, CHECKED, SETTLED, LEAN = 30, 30, 300, 2.0


# How many rounds an extrapolation combines, how small a singular value it leaves out, how far it
# may go, in residuals, and how fast the residual must fall.
MEMORY, CUTOFF, REACH, LIMIT = 15, 1e-8, 1e6, 100.0


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
