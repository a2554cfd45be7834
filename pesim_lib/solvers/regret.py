"""Regret in money: what no coalition gains more than by other efforts of its own.

The cost G_S of a coalition S is convex in its efforts, so at efforts y it is at least what the
tangent at x says: G_S(x) - G_S(y) <= sum over k in S of m_k (x_k - y_k), with m_k = c_k - b_k the
marginal cost and b_k the marginal benefit of x_k. Terms with m_k >= 0 are at most m_k x_k. The
others are at most (b_k / c_k - 1) c_k y_k, and efforts that cost less than G_S(x) have
sum c_k y_k <= G_S(x). All is rounded outward, so the bound holds of the numbers as they are stored.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pesim_lib.solvers.matrices import FEW, dense

EPSILON = np.finfo(float).eps
# More than what is lost where a product or an exponential underflows.
TINY = np.finfo(float).tiny


def largest_gains(unit_costs, labels, x, benefits, risks, caps=None):
    """What each coalition gains at most, (number of coalitions,).

    Parameters
    ----------
    unit_costs : (N,) array
    labels : (..., N) int array
        The coalition of each user, the same number in no two games; below zero for users in none.
    x : (..., N) array
        Efforts.
    benefits : pair of (..., N) arrays
        At least and at most the sum over the members i of k's coalition of -df_i/dx_k.
    risks : (..., N) array
        f(x) at most.
    caps : (..., N) array, optional
        Efforts that nobody exceeds.
    """
    least, most = benefits
    inside, costs = labels >= 0, np.broadcast_to(unit_costs, x.shape)
    labels, x, costs, least, most, risks = (
        each[inside] for each in (labels, x, costs, least, most, risks)
    )
    fallen = product(np.maximum(costs - least, 0.0), x)
    if caps is None:
        lack = np.zeros(labels.max() + 1)
        np.maximum.at(lack, labels, shortfall(most, costs))
        at_stake = np.bincount(labels, risks + costs * x + TINY)
        risen = product(lack, at_stake)
    else:
        room = np.maximum(caps[inside] - x, 0.0)
        risen = np.bincount(labels, product(np.maximum(most - costs, 0.0), room))
    return (np.bincount(labels, fallen) + risen) * (1 + (labels.size + 16) * EPSILON)


def shortfall(most, costs):
    """By which share benefits of at most `most` exceed costs, rounded up, or zero."""
    return np.where(most > costs, most / costs * (1 + 2 * EPSILON) - 1, 0.0)


def product(a, b):
    """a b >= 0, rounded up, and zero only where one of the two is."""
    return np.where((a > 0) & (b > 0), np.nextafter(a * b, np.inf), 0.0)


def steepness(decay, effort, terms):
    """-phi'(s) at least and at most: two arrays like `effort` (..., N).

    `effort` is a sum of `terms` rounded products, each of them nonnegative.
    """
    return _between(lambda s: -decay.slope(s), decay, effort, terms)


def losses(decay, effort, terms):
    """phi(s) at least and at most, for `effort` as in `steepness`."""
    return _between(decay.value, decay, effort, terms)


def _between(falling, decay, effort, terms):
    near, far = outward(effort, effort, terms)
    share = decay.rounding(far)
    # Of an exponential that underflows nothing is left but the factor before it.
    lost = TINY * (1 + falling(0.0))
    least, most = falling(far) * (1 - share) - lost, falling(near) * (1 + share) + lost
    return np.maximum(least, 0.0), most


def outward(least: NDArray, most: NDArray, terms) -> tuple[NDArray, NDArray]:
    """Two sums of `terms` products, rounded down and up."""
    blur = (terms + 2) * EPSILON
    return np.maximum(least * (1 - blur) - TINY, 0.0), most * (1 + blur) + TINY


def on_network(game, labels, x, caps=None):
    """What no coalition gains more than at x (N,), by weighted effort; memory as W has links."""
    weights, transposed = game.risk.weights, game.risk.transposed
    about = game.risk.decay, game.risk.effort(x), _terms(weights)
    slopes, (_, risks) = steepness(*about), losses(*about)
    if labels.min() == labels.max() == 0:
        pooled = transposed @ np.column_stack(slopes)
    elif labels.min() == 0 and labels.max() == game.n - 1:
        pooled = weights.diagonal()[:, None] * np.column_stack(slopes)
    elif game.n <= FEW:
        pooled = (dense(transposed) * (labels[:, None] == labels)) @ np.column_stack(slopes)
    else:
        pooled = within(transposed, labels) @ np.column_stack(slopes)
    benefits = outward(pooled[:, 0], pooled[:, 1], _terms(transposed))
    return float(largest_gains(game.unit_costs, labels, x, benefits, risks, caps).max())


def of_exits(game, users, x):
    """The same for B exit equilibria x (N, B), where users[b] has left alone: (B,)."""
    weights, transposed, alone = game.risk.weights, game.risk.transposed, np.arange(len(users))
    about = game.risk.decay, np.ascontiguousarray((weights @ x).T), _terms(weights)
    slopes, (_, risks) = steepness(*about), losses(*about)
    benefits = []
    for each in slopes:
        own = weights.diagonal()[users] * each[alone, users]
        each[alone, users] = 0.0
        pooled = np.ascontiguousarray((transposed @ each.T).T)
        pooled[alone, users] = own
        benefits.append(pooled)
    labels = np.repeat(2 * alone[:, None], game.n, axis=1)
    labels[alone, users] += 1
    bounds = outward(benefits[0], benefits[1], _terms(transposed))
    gains = largest_gains(game.unit_costs, labels, np.ascontiguousarray(x.T), bounds, risks)
    return gains.reshape(-1, 2).max(axis=1)


def within(matrix, labels):
    """A sparse or dense (N, N) matrix without the entries between different coalitions, sparse."""
    entries = sparse.coo_array(matrix)
    kept = labels[entries.row] == labels[entries.col]
    where = entries.row[kept], entries.col[kept]
    return sparse.csr_array((entries.data[kept], where), matrix.shape)


def _terms(matrix):
    """How many terms each entry of a product of a matrix with a vector has: (N,)."""
    return (matrix != 0).sum(axis=1)
