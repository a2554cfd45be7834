"""The start of large joint minima."""

import warnings

import numpy as np
import pytest
from scipy import sparse

from pesim_lib import Exponential, PowerLaw, SecurityGame, WeightedEffort, social_optimum
from pesim_lib.solvers.iterative_scaling import scaled_start
from pesim_lib.solvers.network import network
from pesim_lib.solvers.newton_cg import _even_start


def random_game(decay, seed, n=400, unit=1.0):
    random = np.random.default_rng(seed)
    links = sparse.random_array((n, n), density=5 / n, rng=random)
    weights = (0.3 * links + sparse.eye_array(n)).tocsr()
    costs = 10.0 ** random.uniform(-2, -0.1, n)
    return SecurityGame(WeightedEffort(weights * unit, decay), costs * unit)


def excess(game, x, least):
    return game.social_cost(x) / least - 1


SLOW_AND_FAST = Exponential(1.0, np.linspace(0.3, 3, 400))
UNEQUAL = Exponential(np.linspace(0.1, 9, 400))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "decay", [Exponential(), UNEQUAL, SLOW_AND_FAST, PowerLaw(2), PowerLaw(1, 3)]
)
def test_it_leaves_a_thousandth_of_what_the_even_start_costs_too_much(decay, seed):
    game = random_game(decay, seed)
    net, best = network(game), social_optimum(game)
    least, even = game.social_cost(best.x), _even_start(net)
    start = scaled_start(net, even)
    assert 0 <= excess(game, start, least) < excess(game, even, least) / 1000


def test_efforts_that_cost_no_more_than_what_it_finds_are_kept():
    game = random_game(Exponential(), 0)
    net, best = network(game), social_optimum(game).x
    assert scaled_start(net, best) is best


@pytest.mark.parametrize("unit", [1e-200, 1e200])
def test_where_single_precision_does_not_reach_nothing_warns_and_nothing_is_lost(unit):
    game = random_game(Exponential(), 1, unit=unit)
    net = network(game)
    even = _even_start(net)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert scaled_start(net, even) is even


def test_who_protects_nobody_with_something_to_lose_stays_at_none():
    game = random_game(Exponential(np.arange(400) >= 200.0), 2)
    net = network(game)
    even = _even_start(net)
    start = scaled_start(net, even)
    assert start is not even
    idle = net.transposed[:, 200:].sum(axis=1) == 0
    assert idle.any()
    assert (start[idle] == 0).all()
