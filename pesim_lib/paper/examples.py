"""The games that the chapters return to."""

import numpy as np

from pesim_lib.paper.decay import Exponential, PowerLaw
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.risk import TotalEffort, WeightedEffort


def total_effort_game(n=10, c1=0.5, c2=None):
    """The paper's example: f(x) = exp(-x_1 - ... - x_N), costs c1, c2 and 0.05 more for each next.

    `c2` defaults to c1 + 0.05.
    """
    c2 = c1 + 0.05 if c2 is None else c2
    return SecurityGame(TotalEffort(n, Exponential()), [c1, *(c2 + 0.05 * np.arange(n - 1))])


def equal_users_game(n=6, c=0.5):
    """Total effort with f(x) = exp(-x_1 - ... - x_N) and the same unit cost c for everybody."""
    return SecurityGame(TotalEffort(n, Exponential()), np.full(n, c))


def dense_game(random, n):
    """Everybody protects everybody, with weights uniform on [0, 1] and 1 on the diagonal.

    Exponential risks; lognormal losses and costs. `random` is a numpy Generator.
    """
    weights = random.random((n, n))
    np.fill_diagonal(weights, 1.0)
    decay = Exponential(np.exp(random.normal(0.0, 0.3, n)))
    return SecurityGame(WeightedEffort(weights, decay), np.exp(random.normal(-1.0, 0.5, n)))


def ring_game(n=6, c1=0.2, c2=0.3, weight=0.5):
    """Weighted effort on a ring: each user protects both neighbours at `weight`; L = 1, a = 1.

    User 1 pays c1 per unit of effort, everybody else c2.
    """
    ring = np.eye(n)
    ring[np.arange(n), (np.arange(n) + 1) % n] = weight
    ring[np.arange(n), (np.arange(n) - 1) % n] = weight
    return SecurityGame(WeightedEffort(ring, Exponential()), [c1, *[c2] * (n - 1)])


def two_user_game(c1=0.3, c2=0.4, weight=0.5):
    """Two users with risks exp(-(x_i + weight x_j))."""
    return SecurityGame(WeightedEffort([[1, weight], [weight, 1]], Exponential()), [c1, c2])


def random_game(random, n):
    """A random weighted-effort game of n users; `random` is a numpy Generator.

    Weights are uniform on [0, 1] for a random share of the pairs of users and 1 on the diagonal;
    decays are exponential or power-law; losses, rates and costs are lognormal and in no order.
    """
    weights = random.random((n, n)) * (random.random((n, n)) < random.random())
    np.fill_diagonal(weights, 1.0)
    loss, rate = np.exp(random.normal(0.0, 1.0, n)), np.exp(random.normal(0.0, 0.5, n))
    decay = Exponential(loss, rate) if random.random() < 0.5 else PowerLaw(loss, rate)
    return SecurityGame(WeightedEffort(weights, decay), np.exp(random.normal(-1.0, 1.0, n)))
