"""The games that the chapters return to."""

import numpy as np

from pesim_lib.paper.decay import Exponential, PowerLaw
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.risk import TotalEffort, WeightedEffort


def total_effort_game(n: int = 10, c1: float = 0.5, c2: float | None = None) -> SecurityGame:
    """The paper's example: f(x) = exp(-x_1 - ... - x_N), costs c1, c2 and 0.05 more for each next.

    `c2` defaults to c1 + 0.05.
    """
    c2 = c1 + 0.05 if c2 is None else c2
    return SecurityGame(TotalEffort(n, Exponential()), [c1, *(c2 + 0.05 * np.arange(n - 1))])


def equal_users_game(n: int = 6, c: float = 0.5) -> SecurityGame:
    """Total effort with f(x) = exp(-x_1 - ... - x_N) and the same unit cost c for everybody."""
    return SecurityGame(TotalEffort(n, Exponential()), np.full(n, c))


def dense_game(random: np.random.Generator, n: int) -> SecurityGame:
    """Everybody protects everybody, with weights uniform on [0, 1] and 1 on the diagonal.

    Exponential risks; lognormal losses and costs. `random` is a numpy Generator.
    """
    weights = random.random((n, n))
    np.fill_diagonal(weights, 1.0)
    decay = Exponential(np.exp(random.normal(0.0, 0.3, n)))
    return SecurityGame(WeightedEffort(weights, decay), np.exp(random.normal(-1.0, 0.5, n)))


def ring_game(n: int = 6, c1: float = 0.2, c2: float = 0.3, weight: float = 0.5) -> SecurityGame:
    """Weighted effort on a ring: each user protects both neighbours at `weight`; L = 1, a = 1.

    User 1 pays c1 per unit of effort, everybody else c2.
    """
    ring = np.eye(n)
    ring[np.arange(n), (np.arange(n) + 1) % n] = weight
    ring[np.arange(n), (np.arange(n) - 1) % n] = weight
    return SecurityGame(WeightedEffort(ring, Exponential()), [c1, *[c2] * (n - 1)])


def three_user_ring(weight: float = 0.5, one_way: bool = False) -> SecurityGame:
    """Three users who protect each other at `weight`, or each only the one before; L = 1, a = 1.

    Their unit costs are 0.2, 0.25 and 0.3.
    """
    links = np.roll(np.eye(3), 1, axis=1)
    links = links if one_way else links + links.T
    return SecurityGame(WeightedEffort(np.eye(3) + weight * links, Exponential()), [0.2, 0.25, 0.3])


def two_user_game(c1: float = 0.3, c2: float = 0.4, weight: float = 0.5) -> SecurityGame:
    """Two users with risks exp(-(x_i + weight x_j))."""
    return SecurityGame(WeightedEffort([[1, weight], [weight, 1]], Exponential()), [c1, c2])


def random_game(random: np.random.Generator, n: int) -> SecurityGame:
    """A random weighted-effort game of n users; `random` is a numpy Generator.

    Weights are uniform on [0, 1] for a random share of the pairs of users and 1 on the diagonal;
    decays are exponential or power-law; losses, rates and costs are lognormal and in no order.
    """
    weights = random.random((n, n)) * (random.random((n, n)) < random.random())
    np.fill_diagonal(weights, 1.0)
    loss, rate = np.exp(random.normal(0.0, 1.0, n)), np.exp(random.normal(0.0, 0.5, n))
    decay = Exponential(loss, rate) if random.random() < 0.5 else PowerLaw(loss, rate)
    return SecurityGame(WeightedEffort(weights, decay), np.exp(random.normal(-1.0, 1.0, n)))


def hub_game(n=5, c1=0.3, c2=0.3):
    """User 1, the hub, protects all others at 0.6, and they protect the hub at 0.1.

    Each of the others is also protected by the next of them, at 0.3.
    Weighted effort with L = 1, a = 1; user 1 pays c1 per unit of effort, everybody else c2.
    """
    hub = np.eye(n)
    spokes = np.arange(1, n)
    hub[0, 1:], hub[1:, 0] = 0.1, 0.6
    hub[spokes, np.roll(spokes, -1)] = 0.3
    return SecurityGame(WeightedEffort(hub, Exponential()), [c1, *[c2] * (n - 1)])


def random_links_game(n=6, share=0.4, seed=1):
    """Weighted effort in which a random `share` of the possible links exist, each below 0.6.

    A larger share adds links and leaves the others as they were. Losses are uniform on [0.5, 1.5],
    unit costs on [0.2, 0.8].
    """
    random = np.random.default_rng(seed)
    weights, chance = 0.6 * random.random((n, n)), random.random((n, n))
    costs, losses = 0.2 + 0.6 * random.random(n), 0.5 + random.random(n)
    weights *= chance < share
    np.fill_diagonal(weights, 1.0)
    return SecurityGame(WeightedEffort(weights, Exponential(losses)), costs)


def kinked_ratio(n, width):
    """rho of total effort with f(s) = (sqrt(u^2 + d^2) - u) / 2, u = s - 1, at cost c = -f'(0).

    d = `width`, elementwise. In equilibrium nobody invests. At the optimum -2 f' = 1 - v = 2 c / n
    with v = u / sqrt(u^2 + d^2).
    """
    root = np.hypot(1, width)
    cost = (1 + 1 / root) / 2
    v = 1 - 2 * cost / n
    bend = width / np.sqrt(1 - v**2)
    return n * (root + 1) / 2 / (n * bend * (1 - v) / 2 + cost * (1 + bend * v))
