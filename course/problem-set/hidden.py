"""What the hidden tests compute with: right answers, known mistakes, random games.

The tests' own copies of the formulas: nothing here comes from a student's answer.
"""

import numpy as np

from pesim_lib import Exponential, SecurityGame, WeightedEffort, nash_equilibrium


def totals(losses, costs, investor, payer, society, rate):
    """Total efforts in equilibrium and at the optimum, and the ratio of their social costs.

    `investor` supplies the effort in equilibrium, `payer` at the optimum, which saves `society`.
    Costs are those of an effort that has the rate 1; total efforts are those at `rate`.
    """
    nash = max(np.log(losses[investor] / costs[investor]), 0)
    best = max(np.log(society / costs[payer]), 0)
    total = losses.sum()
    in_nash = total * np.exp(-nash) + costs[investor] * nash
    at_best = total * np.exp(-best) + costs[payer] * best
    return nash / rate, best / rate, in_nash / at_best


def peak_of(ratio):
    """The price of anarchy where nobody invests and the sum of losses is `ratio` times the cost."""
    return ratio / (1 + np.log(ratio))


def network(draw, n):
    """Random weights (n, n) with a positive diagonal, and losses (n,)."""
    weights = draw.random((n, n)) * (draw.random((n, n)) < 0.7)
    np.fill_diagonal(weights, 1 + draw.random(n))
    return weights, np.exp(draw.normal(1, 0.5, n))


def sparse_network(draw, n):
    """Random weights (n, n) with a unique equilibrium, losses (n,) and costs (n,)."""
    weights = draw.random((n, n)) * (draw.random((n, n)) < 0.5)
    np.fill_diagonal(weights, 0)
    weights *= 0.8 / np.maximum(weights.sum(axis=1), 0.8)[:, None]
    losses = np.exp(draw.normal(0.5, 0.6, n))
    return weights + np.eye(n), losses, 0.2 + draw.random(n)


def slopes(weights, losses, x):
    """What a unit of each effort saves each user, (n, n) with row i for user i."""
    return (losses * np.exp(-weights @ x))[:, None] * weights


def balanced(benefits):
    """Lindahl prices (n, n) for marginal `benefits` (n, n): every column sums to zero."""
    others = benefits - np.diag(np.diag(benefits))
    return others - np.diag(others.sum(axis=0))


def least(row, linear, loss):
    """The least of loss exp(-row x) + linear x over x >= 0."""
    helps = row > 0
    price = min((linear[helps] / row[helps]).min(), loss)
    return price * (1 + np.log(loss / price))


def ring_prices(lindahl, places=2):
    """Price profiles (n, n) whose differences round the ring, `places` on, are `lindahl` (n, n)."""
    profiles = -np.cumsum(np.roll(lindahl, places, axis=0), axis=0)
    return profiles - profiles.min(axis=0)


def terms(prices, proposals, step=-1):
    """The three terms of the taxes (7), each (n,), and the squared gaps between proposals."""
    after = np.roll(prices, step, axis=0)
    price = (after - np.roll(after, step, axis=0)) @ proposals.mean(axis=0)
    gaps = (proposals - np.roll(proposals, step, axis=0)) ** 2
    own = (prices * gaps).sum(axis=1)
    return price, own, np.roll(own, step), gaps


def at_agreement(prices, x):
    """The taxes (n,) when all users propose x (n,)."""
    price, own, neighbour, _ = terms(prices, np.tile(x, (len(x), 1)))
    return price + own - neighbour


def sponsored(weights, losses, costs, user, share, rate):
    """The game with true costs, and the game that users play after the grant."""
    risk = WeightedEffort(weights, Exponential(losses, rate))
    reduced = costs * (1 - share * np.eye(len(costs))[user])
    return SecurityGame(risk, costs), SecurityGame(risk, reduced)


def social_costs(weights, losses, costs, share, rate):
    """The social cost (n,) after a grant to each user in turn."""
    games = [sponsored(weights, losses, costs, k, share, rate) for k in range(len(costs))]
    return np.array([true.social_cost(nash_equilibrium(paid).x) for true, paid in games])
