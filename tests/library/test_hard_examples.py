"""Single examples that are easy to answer wrongly; families of the same kinds are elsewhere.

An idle user's regret: test_regret. Near ties: test_tied_games, test_near_ties. Prices that do not
enter a tax: test_deviations. Several exits: test_exits. Cycling pivots: test_lemke. Kinks:
test_not_differentiable, test_extreme_efforts. Budgets: test_starts. Copies: test_frozen.
Arguments: test_inputs. Networks: test_networks. One user: test_kinds_of_users.
"""

from multiprocessing import get_context

import numpy as np
import pytest
from scipy import sparse

from pesim_lib import (
    ConvergenceError,
    CustomRisk,
    Exponential,
    PowerLaw,
    SecurityGame,
    TotalEffort,
    WeakestLink,
    WeightedEffort,
    best_deviation,
    exchange,
    exit_equilibrium,
    nash_equilibria,
    nash_equilibrium,
    price_of_anarchy,
    social_optimum,
)
from pesim_lib.beyond.exits import exit_equilibria_of, gain_ranges
from pesim_lib.beyond.networks import Setting
from pesim_lib.beyond.regret import regret
from pesim_lib.beyond.schemes import compare, no_regulation, pivotal, subsidy
from pesim_lib.paper.individual_rationality import exit_by_leading
from pesim_lib.solvers.lemke import lemke

GAME = SecurityGame(TotalEffort(3, Exponential()), [0.2, 0.3, 0.4])


def test_an_idle_user_can_save_two_thirds_and_the_regret_says_so():
    game = SecurityGame(WeightedEffort([[1, 1], [0, 1]], Exponential()), [0.001, 0.01])
    found = regret(no_regulation(game), np.array([0.0, np.log(100)]))
    # The first user bears 0.01, and would 0.001 after ten times the safety at 0.001 a unit.
    assert found >= 0.01 - (0.001 + 0.001 * np.log(10)) - 1e-12


def test_of_two_near_ties_only_the_equilibrium_counts_and_rho_is_14_99():
    game = SecurityGame(
        WeightedEffort(np.ones((2, 2)), Exponential([1, 100])), [0.3 * (1 - 1e-9), 30]
    )
    assert len(nash_equilibria(game)) == 1
    assert price_of_anarchy(game).ratio == pytest.approx(14.99, abs=0.005)


@pytest.mark.parametrize("seed", range(5))
def test_a_unique_optimum_is_called_unique_and_who_is_idle_is_at_exactly_zero(seed):
    random = np.random.default_rng(seed)
    weights = np.eye(5) + 0.3 * random.random((5, 5))
    game = SecurityGame(WeightedEffort(weights, Exponential()), random.uniform(0.05, 3, 5))
    optimum = social_optimum(game)
    assert optimum.unique is True
    assert (optimum.x == 0).any()
    assert (optimum.x[optimum.x > 0] > 1e-9).all()


def test_an_exchange_of_a_game_in_which_nobody_invests_converges_and_nobody_gains():
    idle = SecurityGame(TotalEffort(3, Exponential()), [20.0, 30.0, 40.0])
    found = exchange(idle)
    assert found.converged
    np.testing.assert_allclose(found.x, 0, atol=1e-9)
    for user in range(3):
        assert best_deviation(idle, found.messages, user).gain <= 1e-6


@pytest.mark.parametrize("user", [-1, 7, "a"])
@pytest.mark.parametrize("leave", [exit_equilibrium, exit_by_leading, exit_equilibria_of])
def test_nobody_leaves_who_is_not_in_the_game(leave, user):
    with pytest.raises(ValueError, match="user: got"):
        leave(GAME, user)


def test_pivots_that_tie_do_not_cycle():
    matrix = np.array([[1.0, 2, 2], [2, 1, 2], [0, 0, 1]])
    np.testing.assert_allclose(lemke(matrix, -np.ones(3)), [0, 0, 1])


def test_the_weakest_link_of_three_has_exact_answers():
    game = SecurityGame(WeakestLink(3, Exponential()), np.full(3, 0.3))
    # Nobody gains by more effort than the others', down to none; the optimum pays thrice.
    assert nash_equilibria(game)
    np.testing.assert_allclose(social_optimum(game).x, np.log(3 / 0.9))


@pytest.mark.parametrize("limit", [{"branches": 1}, {"seconds": 1e-6}])
def test_a_budget_leaves_a_part_that_does_not_call_itself_whole(limit):
    weights = np.full((8, 8), 1.5) - 0.5 * np.eye(8)
    game = SecurityGame(WeightedEffort(weights, Exponential()), np.linspace(0.3, 0.31, 8))
    assert nash_equilibria(game, **limit).complete is False
    assert price_of_anarchy(game, **limit).exact is False


def fail(_):
    raise ConvergenceError("equilibrium", 0.5)


def test_a_failing_game_does_not_leave_a_pool_of_processes_waiting():
    with get_context("spawn").Pool(1) as pool:
        answer = pool.map_async(fail, [0])
        with pytest.raises(ConvergenceError, match=r"residual 0\.5"):
            answer.get(timeout=60)


def test_neither_answers_nor_sparse_weights_can_be_written():
    weights = WeightedEffort(sparse.csr_array(np.eye(3)), Exponential()).weights
    for array in (weights.data, GAME.unit_costs, nash_equilibrium(GAME).x):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 5


NETWORKS = [
    ("ring", {"n": 6, "degree": 8}),
    ("small world", {"n": 6, "degree": 6}),
    ("providers", {"n": 4, "degree": 4}),
    *[("torus", {"n": prime}) for prime in (5, 7, 13)],
]


@pytest.mark.parametrize(("family", "options"), NETWORKS)
def test_a_network_that_would_link_users_to_themselves_or_never_end_is_refused(family, options):
    with pytest.raises(ValueError, match=r"got .*; allowed"):
        Setting(family, "dependence", **options).links()


@pytest.mark.parametrize("search", [exit_by_leading, exit_equilibria_of])
@pytest.mark.parametrize("grid", [0, -1, 2.5])
def test_a_grid_has_points(search, grid):
    with pytest.raises(ValueError, match="grid: got"):
        search(GAME, 0, grid=grid)


def test_a_grid_of_gains_has_points():
    with pytest.raises(ValueError, match="grid: got"):
        gain_ranges(GAME, grid=0)


def test_one_user_alone_is_compared_and_pivotal():
    alone = SecurityGame(WeightedEffort([[1.0]], Exponential()), [0.3])
    assert pivotal(alone).x == pytest.approx(-np.log(0.3))
    assert all(np.isfinite(each.utilities).all() for each in compare(alone))
    assert subsidy(alone).x == pytest.approx(-np.log(0.3))


@pytest.mark.parametrize("exponent", [1e8, 1e9, 1e12])
def test_a_power_law_as_steep_as_an_exponential_is_one(exponent):
    decay = PowerLaw(exponent=exponent)
    game = SecurityGame(WeightedEffort(np.eye(2), decay), [0.3 * exponent, 0.5 * exponent])
    wanted = -np.log([0.3, 0.5]) / exponent
    np.testing.assert_allclose(nash_equilibrium(game).x, wanted, rtol=1e-6)


def test_a_custom_risk_that_returns_no_numbers_is_refused_by_name():
    with pytest.raises(ValueError, match="value: got"):
        CustomRisk(2, lambda x: ["a", "b"], lambda x: -np.eye(2))
