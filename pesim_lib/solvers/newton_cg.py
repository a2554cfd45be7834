"""The joint minimum of weighted effort at network scale: projected Newton-CG.

Nothing of size (N, N) is formed: only products with W and its transpose are needed, so time and
memory grow with the number of links. Answers come with the residual of `Equilibrium`, in users'
own units; whoever calls decides whether it is small enough.
"""

from dataclasses import replace

import numpy as np

from pesim_lib.solvers.certificate import TOLERANCE
from pesim_lib.solvers.investors import investors, newton_target
from pesim_lib.solvers.iterative_scaling import scaled_start
from pesim_lib.solvers.matrices import MODERATE, in_blocks

# Newton steps begin no longer than about this many decay lengths.
REACH = 3.0
# Efforts below this, in decay lengths, are what rounding leaves of none.
DUST = 1e-14


def joint_minimum(net, start=None, loners=None, iterations=500):
    """Efforts at which everybody minimises the social cost, by projected Newton-CG.

    With `loners` (B,) this solves B problems side by side: in problem b user loners[b] minimises
    its own cost and the others the sum of theirs, the exit equilibria of Section V. `start` (N,)
    is where all of them begin.

    Newton directions on the users who invest come from preconditioned conjugate gradients, with a
    regularisation that vanishes with the residual, so that W may be singular; steps are projected
    on x >= 0 and shortened until the cost falls [Bertsekas, 1982].

    Users who do not invest are at zero exactly, so that nothing counts as small that others feel.
    Returns (x (N, B), residuals (B,), steps); B = 1 without loners. Never fails, never certifies.
    """
    large = loners is None and len(net.unit_costs) > MODERATE
    enough, loosest, known = TOLERANCE / 1000, 0.3, None
    if large:
        # Coalitions that answer one another in turn, each from a start, need a digit more.
        enough, loosest = TOLERANCE / (10 if start is None else 100), 0.1
    if start is None:
        start = scaled_start(net, _even_start(net)) if large else _even_start(net)
    x = np.repeat(start[:, None], 1 if loners is None else len(loners), axis=1)
    best, residuals = x.copy(), np.full(x.shape[1], np.inf)
    running, reach = np.arange(x.shape[1]), np.full(x.shape[1], REACH)
    if large:
        # Its idle users are left out.
        outgoing = net.transposed
        net = replace(net, weights=in_blocks(net.weights), transposed=in_blocks(outgoing))
    else:
        squares = net.transposed**2
    alone = None if loners is None else _Loners(net, loners)
    effort = net.weights @ x
    for step in range(iterations):
        if alone:
            effort = alone.respond(x, effort)
        values, gradient = _values(net, x, effort, alone)
        now = np.abs(np.minimum(x / net.length[:, None], values)).max(axis=0)
        better = now < residuals[running]
        best[:, running[better]] = x[:, better]
        residuals[running[better]] = now[better]
        # Once certified, go on only while each step still helps.
        unfinished = (now > enough) & (better | (now > TOLERANCE))
        if not unfinished.any():
            break
        if not unfinished.all():
            running = running[unfinished]
            x, effort, values, gradient = (
                np.ascontiguousarray(a[:, unfinished]) for a in (x, effort, values, gradient)
            )
            now, reach = now[unfinished], reach[unfinished]
            alone = None if loners is None else _Loners(net, loners[running])
        share_of_length = x / net.length[:, None]
        free = (share_of_length > values) | (share_of_length > now) | ((x > 0) & (gradient < 0))
        if alone:
            alone.mark(free, False)
        curvature = _of_coalition(net.decay.curvature, effort, alone)
        # The last step need not be more exact than rounding.
        accuracy = np.maximum(np.minimum(now**0.75, loosest), np.minimum(enough / now, 0.1))
        damping = np.abs(gradient) / (reach * net.length[:, None])
        if large:
            known = investors(outgoing, free[:, 0], values[:, 0], known)
            point = x[:, 0], gradient[:, 0], curvature[:, 0], damping[:, 0]
            target, known = newton_target(known, point, free[:, 0], accuracy.item())
            target = target[:, None]
        else:
            diagonal = squares @ curvature + damping
            target = _newton_target(net, x, curvature, free, gradient, accuracy, damping, diagonal)
        if alone:
            alone.copy(x, target)
        x, effort, share = _line_search(net, x, target, effort, gradient, alone)
        if not share.any():
            break
        reach = np.where(share == 1, 2 * reach, reach / 4)
    return *_without_traces(net, best, residuals, loners), step


def _without_traces(net, x, residuals, loners):
    """x (N, B) with zeros for users who hardly invest, and its residuals (B,).

    They are users who should not, or whose efforts are no more than rounding.
    """
    alone = None if loners is None else _Loners(net, loners)
    values, _ = _values(net, x, net.weights @ x, alone)
    share = x / net.length[:, None]
    traces = (x > 0) & ((share <= DUST) | ((share <= TOLERANCE) & (values > TOLERANCE)))
    if not traces.any():
        return x, residuals
    x = np.where(traces, 0.0, x)
    values, _ = _values(net, x, net.weights @ x, alone)
    return x, np.abs(np.minimum(x / net.length[:, None], values)).max(axis=0)


class _Loners:
    """The user who acts alone in each column."""

    def __init__(self, net, users):
        self.net = net
        self.at = users, np.arange(len(users))

    def mark(self, array, value):
        array[self.at] = value

    def copy(self, source, target):
        target[self.at] = source[self.at]

    def respond(self, x, effort):
        """Put each loner's best response into x (N, B); returns the effective efforts W x."""
        net, (users, _) = self.net, self.at
        gap = (net.desired[users] - effort[self.at]) / net.diagonal[users]
        x[self.at] = np.maximum(x[self.at] + gap, 0.0)
        return net.weights @ x


def _even_start(net):
    """Efforts (N,) at the optimum already where all users are alike."""
    protects, protected = net.transposed.sum(axis=1), net.weights.sum(axis=1)
    wanted = np.maximum(net.decay.effort_at_slope(net.unit_costs / protects), 0.0)
    return wanted / protected


def _per_user(function, effort):
    """A decay's function of effective efforts (N, B), whose parameters are scalars or (N,)."""
    return np.ascontiguousarray(function(effort.T).T)


def _of_coalition(function, effort, alone):
    values = _per_user(function, effort)
    if alone:
        alone.mark(values, 0.0)
    return values


def _values(net, x, effort, alone):
    """F (N, B) in units of the unit costs, and the gradient of the coalition's cost."""
    costs = net.unit_costs[:, None]
    gradient = costs + net.transposed @ _of_coalition(net.decay.slope, effort, alone)
    values = gradient / costs
    if alone:
        own = net.diagonal[:, None] * _per_user(net.decay.slope, effort) / costs
        values[alone.at] = 1 + own[alone.at]
        alone.mark(gradient, 0.0)
    return values, gradient


def _newton_target(net, x, curvature, free, gradient, accuracy, damping, diagonal):
    """Where Newton's step on the free users leads from x, zero elsewhere: (N, B).

    The step d solves (H + damping) d = -gradient with H = W' diag(curvature) W; `diagonal` is that
    of H + damping. Users whom it would take below zero stop there, and the others' step is solved
    again, knowing that they stop.
    """
    inverse = np.where(diagonal > 0, 1 / np.maximum(diagonal, 1e-300), 0.0)
    step, rest = np.zeros_like(x), np.where(free, -gradient, 0.0)
    goal = accuracy**2 * _dot(rest, inverse * rest)
    step = _conjugate_gradients(net, curvature, damping, free * inverse, step, rest, goal)
    below = free & (x + step < 0)
    if below.any():
        step, free = np.where(below, -x, step), free & ~below
        image = net.transposed @ (curvature * (net.weights @ step)) + damping * step
        rest = np.where(free, -gradient - image, 0.0)
        step = _conjugate_gradients(net, curvature, damping, free * inverse, step, rest, goal)
    return np.where(free, x + step, 0.0)


def _conjugate_gradients(net, curvature, damping, inverse, step, rest, goal, iterations=200):
    """`step` (N, B) improved until what it leaves, `rest`, is at most `goal` in norm squared.

    `inverse` is the preconditioner, zero where the step is fixed. Columns leave the batch as they
    converge.
    """
    step, live = step.copy(), np.arange(step.shape[1])
    part, ahead = np.zeros_like(step), inverse * rest
    size = _dot(rest, ahead)
    for _ in range(iterations):
        going = size > goal
        if not going.all():
            step[:, live[~going]] += part[:, ~going]
            live = live[going]
            if len(live) == 0:
                return step
            curvature, damping, inverse, part, rest, ahead = (
                np.ascontiguousarray(a[:, going])
                for a in (curvature, damping, inverse, part, rest, ahead)
            )
            size, goal = size[going], goal[going]
        bent = net.weights @ ahead
        bent *= curvature
        image = net.transposed @ bent
        image += damping * ahead
        bend = _dot(ahead, image)
        pace = np.divide(size, bend, out=np.zeros_like(size), where=bend > 0)
        part += pace * ahead
        image *= pace
        rest -= image
        preconditioned = inverse * rest
        before, size = size, _dot(rest, preconditioned)
        ahead *= size / before
        ahead += preconditioned
    step[:, live] += part
    return step


def _line_search(net, x, target, effort, gradient, alone):
    """From x towards `target` as far as the cost falls: (x, W x, the shares (B,) of the way)."""

    def cost(x, effort):
        money = net.unit_costs[:, None] * x
        if alone:
            alone.mark(money, 0.0)
        return _of_coalition(net.decay.value, effort, alone).sum(axis=0) + money.sum(axis=0)

    now, share = cost(x, effort), np.ones(x.shape[1])
    waiting = np.ones(x.shape[1], dtype=bool)
    x, effort = x.copy(), effort.copy()
    for _ in range(30):
        trial = np.maximum(x + share * (target - x), 0.0)
        promised = np.minimum(_dot(gradient, trial - x), 0.0)
        leads_to = net.weights @ trial
        falls = cost(trial, leads_to) <= now + 1e-4 * promised + 1e-14 * np.abs(now)
        accepted = waiting & falls
        x[:, accepted], effort[:, accepted] = trial[:, accepted], leads_to[:, accepted]
        waiting &= ~falls
        if not waiting.any():
            break
        share = np.where(waiting, share / 4, share)
    return x, effort, np.where(waiting, 0.0, share)


def _dot(a, b):
    return np.einsum("ij,ij->j", a, b)
