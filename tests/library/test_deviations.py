"""What a message can gain depends on the prices that the user faces, and on no others."""

import numpy as np
import pytest

from pesim_lib import (
    Exponential,
    Messages,
    SecurityGame,
    WeightedEffort,
    best_deviation,
    equilibrium_messages,
    exchange,
)

WEIGHTS = np.array([[1, 0.5, 0.0, 0.1], [0.1, 1, 0.3, 0], [0.4, 0.0, 1, 0.2], [0, 0.3, 0, 1]])
GAME = SecurityGame(WeightedEffort(WEIGHTS, Exponential()), [0.2, 0.3, 0.4, 0.5])


@pytest.mark.parametrize("user", range(4))
@pytest.mark.parametrize("price", [1.0, 1e15])
def test_prices_that_do_not_enter_a_users_tax_do_not_change_its_gain(user, price):
    messages = equilibrium_messages(GAME)
    random = np.random.default_rng(user)
    # Rows user + 1 and user + 2 are what it faces; its own it chooses; the fourth is nobody's here.
    facing = random.uniform(0, 1, (4, 4))
    other = facing.copy()
    other[(user + 3) % 4] = price
    before, after = (
        best_deviation(GAME, Messages(prices, messages.proposals), user).gain
        for prices in (facing, other)
    )
    assert after == before


@pytest.mark.parametrize("costs", [[0.2, 0.3, 0.4, 0.5], [20, 30, 40, 50], [1e-4, 1e-3, 1e-2, 10]])
def test_after_an_exchange_has_converged_nobody_gains(costs):
    game = SecurityGame(GAME.risk, costs)
    result = exchange(game)
    assert result.converged
    for user in range(4):
        assert best_deviation(game, result.messages, user).gain <= 1e-6


def test_a_price_below_zero_still_gains_without_bound():
    messages = equilibrium_messages(GAME)
    prices = messages.prices.copy()
    prices[1], prices[2] = 0.0, 1e-3
    assert best_deviation(GAME, Messages(prices, messages.proposals), 0).gain == np.inf
