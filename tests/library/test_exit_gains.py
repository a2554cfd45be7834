"""Gains of some users or all, on workers or here, and partitions of large games."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from distributed import Client, LocalCluster
from games import residual
from joblib import parallel_config
from test_scale import sparse_game

from pesim_lib import (
    BestShot,
    ConvergenceError,
    Exponential,
    SecurityGame,
    coalition_equilibrium,
    exit_gains,
    nash_equilibrium,
    participation,
    social_optimum,
)
from pesim_lib.paper.equilibrium import partition_equilibrium
from pesim_lib.paper.examples import ring_game, total_effort_game
from pesim_lib.solvers import exits, newton_cg, partition


@pytest.mark.parametrize("game", [ring_game(), total_effort_game(n=4), sparse_game(40)])
def test_gains_are_those_of_participation_for_all_users_and_some(game):
    known = participation(game).gain
    np.testing.assert_allclose(exit_gains(game), known, atol=1e-8)
    np.testing.assert_allclose(exit_gains(game, [2, 0]), known[[2, 0]], atol=1e-8)
    assert exit_gains(game, []).shape == (0,)


def test_users_of_a_sample_are_distinct_and_of_the_game():
    with pytest.raises(ValueError, match="users: got 6; allowed: an integer from 0 to 5"):
        exit_gains(ring_game(), [6])
    with pytest.raises(ValueError, match="users: got a user twice"):
        exit_gains(ring_game(), [1, 1])
    with pytest.raises(ValueError, match=r"game\.risk: got BestShot"):
        exit_gains(SecurityGame(BestShot(3, Exponential()), [0.5] * 3))


def test_a_dask_cluster_of_processes_finds_the_same_gains(monkeypatch):
    game, users = sparse_game(300), np.arange(0, 300, 7)
    here = exit_gains(game, users)
    monkeypatch.setattr("pesim_lib.solvers.exits.SIDE_BY_SIDE", 5_000)
    with (
        LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
        parallel_config("dask", client=client),
    ):
        there = exit_gains(game, users)
    np.testing.assert_allclose(there, here, rtol=1e-8)


def test_each_block_is_worked_on_by_one_thread_and_without_joblib_here(monkeypatch):
    asked, game = [], sparse_game(40)
    known = exit_gains(game)

    class Limits:
        def __init__(self, threads):
            asked.append(threads)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            return False

    monkeypatch.setitem(sys.modules, "threadpoolctl", SimpleNamespace(threadpool_limits=Limits))
    monkeypatch.setattr("pesim_lib.solvers.parallel.find_spec", lambda name: None)
    np.testing.assert_array_equal(exit_gains(game), known)
    assert asked == [1]


@pytest.mark.parametrize("count", [3, 20])
def test_any_partition_of_a_large_game_is_solved_as_a_small_one_is(count):
    game = sparse_game(45, seed=3)
    labels = np.random.default_rng(0).integers(0, count, game.n)
    _, labels = np.unique(labels, return_inverse=True)
    found = partition.in_turn(game, labels)
    small = partition_equilibrium(game, labels)
    assert small.method == "Newton"
    assert found.method == "coalitions in turn"
    np.testing.assert_allclose(found.x, small.x, atol=1e-7)
    assert found.residual <= 1e-9
    assert found.regret == pytest.approx(game.risk.solver.regret(game, labels, found.x))


def test_partitions_into_one_or_all_are_the_optimum_and_the_equilibrium():
    game = sparse_game(60, seed=1)
    whole = partition.in_turn(game, np.zeros(60, dtype=int))
    np.testing.assert_allclose(whole.x, social_optimum(game).x, atol=1e-7)
    assert residual(game, whole.x, together=True) <= 2e-9
    apart = partition.in_turn(game, np.arange(60), start=whole.x)
    np.testing.assert_allclose(apart.x, nash_equilibrium(game).x, atol=1e-7)


def test_coalitions_of_thousands_of_users_are_certified():
    game = sparse_game(2_500)
    found = coalition_equilibrium(game, [range(k, 2_500, 5) for k in range(5)])
    assert found.residual <= 1e-9
    assert 0 < found.regret < 1e-6 * game.social_cost(found.x)


def test_coalitions_whose_answers_lead_nowhere_are_not_certified():
    with pytest.raises(ConvergenceError):
        partition.in_turn(sparse_game(40, 2, strength=5.0), np.arange(40) % 13, rounds=60)


def test_exits_solved_one_by_one_are_those_solved_side_by_side(monkeypatch):
    game = sparse_game(60, seed=3)
    together = exit_gains(game)
    monkeypatch.setattr(exits, "ONE_BY_ONE", 50)
    monkeypatch.setattr(newton_cg, "MODERATE", 50)
    np.testing.assert_allclose(exit_gains(game), together, atol=1e-9)
