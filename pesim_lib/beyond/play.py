"""Play: users who reply to each other's last messages, and when that settles."""

import numpy as np

from pesim_lib._checks import finite_array
from pesim_lib.beyond.protocol import speakers
from pesim_lib.beyond.trace import exchange_of, record
from pesim_lib.paper.equilibrium import social_optimum, solver
from pesim_lib.paper.pesim import (
    Messages,
    best_deviation,
    equilibrium_messages,
    lindahl_prices,
    mean_proposal,
    ring_prices,
)

# Proposals so many times the optimum will not come back.
DIVERGED = 1e9


def stability_boundary(n, curvature, damping=1.0):
    """The penalty above which the mean error shrinks in damped play, elementwise.

    For `n` users with the same `curvature` of g_i; negative where every penalty will do.
    """
    return curvature * (damping * n - 2) / (4 * n**2)


def stable_penalty(curvatures):
    """A penalty from which on play is stable, whatever the `curvatures` (N,) >= 0 of the g_i.

    (N + 1)^2 / (4 N) times their mean, which the chapter proves to be enough at every step.
    """
    n = len(curvatures)
    return (n + 1) ** 2 * np.mean(curvatures) / (4 * n)


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


def play_growth(curvatures, penalty, damping=1.0):
    """The factor by which errors of the linearised play grow per round: its spectral radius."""
    return np.abs(np.linalg.eigvals(play_matrix(curvatures, penalty, damping))).max()


def least_stable_penalty(curvatures, damping=1.0):
    """The penalty at which the linearised play of `curvatures` (N,) stops growing.

    By bisection between zero and `stable_penalty`, to a million-millionth of it; that is returned
    where play is stable at every penalty. Were there several such penalties, it is one of them.
    """
    low, high = 0.0, stable_penalty(curvatures)
    for _ in range(40):
        middle = (low + high) / 2
        grows = play_growth(curvatures, middle, damping) > 1 + 1e-12
        low, high = (middle, high) if grows else (low, middle)
    return high


def reply(game, linear, penalty, centre):
    """Row i minimises f_i(y) + linear_i'y + penalty |y - centre_i|^2 / 2 over y >= 0, (N, N)."""
    pairs = speakers(game, range(game.n))
    proposals = solver(game).replies(game, pairs, linear.T.ravel(), penalty, centre.T.ravel())
    return proposals.reshape(game.n, game.n).T


def run(game, start, stopping, *, weight: float | None = None, damping: float = 1.0):
    """Everybody replies to the others' last proposals at correct prices, the Lindahl prices.

    `weight` > 0 is that of |x_i - x_{i+1}|^2, or None for none of it; `damping` in (0, 1] is the
    share of the way to its reply that each user goes.
    """
    if weight is not None and not finite_array("weight", weight, ()) > 0:
        raise ValueError(f"weight: got {weight}; allowed: > 0, or None")
    if not 0 < finite_array("damping", damping, ()) <= 1:
        raise ValueError(f"damping: got {damping}; allowed: above 0, up to 1")
    n, lindahl, optimum = game.n, lindahl_prices(game), social_optimum(game).x
    linear, prices = lindahl + np.diag(game.unit_costs), ring_prices(lindahl)
    proposals, records = np.zeros((n, n)) if start is None else start, []
    for _ in range(stopping.rounds):
        others = proposals.sum(axis=0) - proposals
        if weight is None:
            wanted = np.tile(optimum, (n, 1))
        else:
            centre = (others + np.roll(proposals, -1, axis=0)) / n
            wanted = reply(game, linear, 2 * weight * n**2, centre)
        step = damping * (n * wanted - others - proposals)
        proposals = proposals + step
        messages = Messages(prices, proposals)
        records.append(record(messages, 0.0, weight or 0.0))
        scale = max(np.abs(optimum).max(), stopping.tolerance)
        if max(np.abs(step).max(), records[-1][1]) <= stopping.tolerance * scale:
            return exchange_of(records, messages, True)
        if np.abs(proposals).max() > DIVERGED * (1 + np.abs(optimum).max()):
            break
    return exchange_of(records, messages, False)


def run_best_responses(game, start, stopping):
    """Everybody sends its best message against the others' last, until somebody has none."""
    start = np.zeros((game.n, game.n)) if start is None else start
    messages, records = Messages(equilibrium_messages(game).prices, start), []
    for _ in range(stopping.rounds):
        mean = mean_proposal(messages.proposals)
        # Efforts are kept nonnegative: as if all proposals were shifted by what that takes.
        rounding = 8 * np.finfo(float).eps * np.abs(messages.proposals).sum(axis=0)
        shifted = Messages(messages.prices, messages.proposals + np.maximum(mean, rounding) - mean)
        best = [best_deviation(game, shifted, user) for user in range(game.n)]
        sent = [deviation.messages for deviation in best if deviation.messages is not None]
        if len(sent) < game.n:
            break
        prices = np.array([messages.prices[user] for user, messages in enumerate(sent)])
        proposals = np.array([messages.proposals[user] for user, messages in enumerate(sent)])
        change = np.abs(prices - messages.prices).max()
        messages = Messages(prices, proposals)
        records.append(record(messages, change, 0.0))
        if max(d.gain for d in best) <= stopping.tolerance:
            return exchange_of(records, messages, True)
    return exchange_of(records or [record(messages, 0.0, 0.0)], messages, False)
