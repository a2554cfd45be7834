"""A start for one large joint minimum: accelerated iterative scaling, in single precision.

A user whose efforts save everybody b at the margin, at a unit cost of c, moves by log(b / c)
divided by the rate at which b falls when all move along: generalised iterative scaling [Darroch
and Ratcliff, 1972] with Nesterov's momentum [1983]. A round takes two products with W, or three
where decays are not exponential. Newton's method does the rest.
"""

import numpy as np
from scipy import sparse

from pesim_lib.solvers.matrices import Blocks, single

ROUNDS = 50
# For how many rounds a rate is kept where decays are exponential: it hardly changes then.
KEPT = 10
# What Nesterov's method on a parabola still bears, in steps that never overshoot without momentum.
LEAP = np.float32(4 / 3)
# The least share of c that b is taken for, so that it has a logarithm.
LEAST = np.float32(1e-30)


def scaled_start(net, x):
    """Efforts (N,) near the joint minimum of `net`, or x (N,) where those cost more than x."""
    # What single precision cannot hold ends in efforts that cost more, or in none that compare.
    with np.errstate(all="ignore"):
        scaled = _scaled(net, single(x))
        return scaled if _cost(net, scaled) < _cost(net, x) else x


def _cost(net, x):
    return net.decay.value(net.weights @ x).sum() + net.unit_costs @ x


def _scaled(net, x):
    weights, transposed = (
        Blocks(sparse.csr_array(each, dtype=np.float32)) for each in (net.weights, net.transposed)
    )
    steepest = -float(np.min(net.decay.slope(0.0)))
    costs, protected = single(net.unit_costs / steepest), single(net.weights.sum(axis=1))
    kept = KEPT if _exponential(net.decay, weights @ x) else 1
    ahead, momentum = x, 1.0
    for done in range(ROUNDS):
        effort = weights @ ahead
        saved = transposed @ single(net.decay.slope(effort) / -steepest)
        if done % kept == 0:
            bend = transposed @ (single(net.decay.curvature(effort) / steepest) * protected)
            pace = np.divide(LEAP * saved, bend, out=np.zeros_like(x), where=bend > 0)
        before, x = x, ahead + pace * np.log(np.maximum(saved / costs, LEAST))
        np.maximum(x, 0, out=x)
        last, momentum = momentum, (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = x + np.float32((last - 1) / momentum) * (x - before)
    return x.astype(float)


def _exponential(decay, effort):
    """Whether bend and slope fall alike from no effort to `effort` (N,)."""
    bends, slopes = ((f(0.0), f(effort)) for f in (decay.curvature, decay.slope))
    return np.allclose(bends[1] * slopes[0], bends[0] * slopes[1], rtol=1e-6, atol=0)
