"""The bound on what a user gains by another effort, against dense searches by brute force."""

from dataclasses import replace

import numpy as np
import pytest

from pesim_lib import Exponential, PowerLaw, SecurityGame, TotalEffort, WeightedEffort
from pesim_lib.beyond.regret import regret
from pesim_lib.beyond.schemes import SCHEMES, mandate, no_regulation, subsidy


def random_game(random):
    n = 3
    decay = random.choice([Exponential, PowerLaw])(
        random.uniform(0.5, 2, n), random.uniform(1, 3, n)
    )
    weights = random.uniform(0, 1.5, (n, n)) * (random.random((n, n)) < 0.7)
    np.fill_diagonal(weights, 1)
    risk = TotalEffort(n, decay) if random.random() < 0.2 else WeightedEffort(weights, decay)
    return SecurityGame(risk, 10.0 ** random.uniform(-3, 0, n))


def searched(scheme, x):
    """The most that anybody gains, on a dense grid that holds every standard."""
    game, best = scheme.game, 0.0

    def cost(user, effort):
        y = np.where(np.arange(game.n) == user, effort, x)
        return -game.utilities(y, scheme.rule(y))[user]

    for user in range(game.n):
        grid = np.concatenate([np.linspace(0, 3 * x.max() + 1, 100), np.geomspace(1e-6, 1e3, 60)])
        grid = np.append(grid, [scheme.x[user], scheme.standard[user]])
        best = max(best, cost(user, x[user]) - min(cost(user, effort) for effort in grid))
    return best


def test_an_idle_user_who_saves_two_thirds_of_its_cost_is_seen():
    weights = [[1.0, 1.0], [0.0, 1.0]]
    game = SecurityGame(WeightedEffort(weights, Exponential()), [0.001, 0.01])
    x = np.array([0.0, np.log(100)])
    saved = game.costs(x)[0] - (0.001 + 0.001 * np.log(10))
    assert regret(no_regulation(game), x) == pytest.approx(saved, rel=1e-9)


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.__name__)
def test_no_search_finds_more_than_the_bound_nor_much_less(scheme):
    for seed in range(2):
        random = np.random.default_rng(seed)
        result = scheme(random_game(random))
        idle = random.random(3) < 0.4
        for x in (result.x, np.where(idle, 0, result.x), random.uniform(0, 3, 3) * ~idle):
            bound, found = regret(result, x), searched(result, x)
            scale = np.abs(result.game.utilities(x, result.rule(x))).max()
            assert bound >= found - 1e-12 * scale, (seed, x)
            assert bound <= found + 1e-3 * scale, (seed, x)


def test_the_jump_at_a_standard_is_not_missed():
    game = random_game(np.random.default_rng(1))
    result = mandate(game)
    user = int(result.x.argmax())
    x = np.where(np.arange(3) == user, result.x * (1 - 1e-6), result.x)
    fine = result.rule(x)[user]
    assert fine > 0
    assert regret(result, x) == pytest.approx(fine, rel=1e-4)


def test_a_payment_without_bottom_leaves_the_bound_infinite():
    game = random_game(np.random.default_rng(2))
    generous = replace(subsidy(game), rule=lambda y: -10 * game.unit_costs * y)
    assert regret(generous) == np.inf


def test_a_rule_that_breaks_the_bound_s_premise_is_refused():
    game = random_game(np.random.default_rng(3))
    wavy = replace(no_regulation(game), rule=lambda y: np.sin(7 * y))
    with pytest.raises(ValueError, match="not convex"):
        regret(wavy, np.ones(3))
