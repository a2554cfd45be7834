"""Several exit equilibria: found, certified, and what staying gains over each."""

import numpy as np
import pytest
from games import weighted_games
from hypothesis import given, settings
from hypothesis import strategies as st

from pesim_lib import (
    CustomRisk,
    Exponential,
    SecurityGame,
    TotalEffort,
    WeightedEffort,
    best_response,
    coalition_response,
    is_equilibrium,
    participation,
)
from pesim_lib.beyond.exits import exit_equilibria_of, gain_ranges, has_one_exit

# User 0 and the others can each leave the work to the other side.
WEIGHTS = [[1.0, 0.0, 3.0], [0.0, 1.0, 0.5], [1.0, 0.5, 1.0]]
SEVERAL = SecurityGame(WeightedEffort(WEIGHTS, Exponential()), [0.25, 0.9, 0.73])


def test_three_exit_equilibria_are_found_and_each_is_one():
    found = exit_equilibria_of(SEVERAL, 0)
    assert len(found) == 3
    assert (found.complete, found.continuum) == (False, None)
    for each in found:
        assert each.unique is False
        assert is_equilibrium(SEVERAL, each.x, [[0], [1, 2]])
    assert (np.diff([each.x[0] for each in found]) > 0.1).all()


def test_whether_a_user_gains_by_staying_depends_on_which_follows():
    ranges = gain_ranges(SEVERAL)
    assert ranges[0, 0] < -0.1 < 0.1 < ranges[0, 1]
    gain = participation(SEVERAL).gain
    assert (ranges[:, 0] <= gain + 1e-9).all()
    assert (gain <= ranges[:, 1] + 1e-9).all()


@pytest.mark.parametrize("seed", range(4))
def test_with_weak_links_there_is_one_and_the_range_is_a_point(seed):
    random = np.random.default_rng(seed)
    weights = np.eye(3) + 0.2 * random.random((3, 3)) * (1 - np.eye(3))
    game = SecurityGame(WeightedEffort(weights, Exponential()), random.uniform(0.2, 0.8, 3))
    ranges = gain_ranges(game)
    np.testing.assert_allclose(ranges[:, 0], ranges[:, 1], atol=1e-8)
    np.testing.assert_allclose(ranges[:, 0], participation(game).gain, atol=1e-7)


def test_one_that_is_proved_makes_the_list_complete():
    found = exit_equilibria_of(SEVERAL, 1)
    assert len(found) == 1
    assert (found.complete, found.continuum, found[0].unique) == (True, False, True)


@pytest.mark.parametrize("user", [-1, 3, "a", 1.0, True])
def test_users_who_are_not_in_the_game_are_refused(user):
    with pytest.raises(ValueError, match="user: got"):
        exit_equilibria_of(SEVERAL, user)


def test_total_effort_has_one():
    game = SecurityGame(TotalEffort(3, Exponential()), [0.2, 0.5, 0.7])
    found = exit_equilibria_of(game, 0)
    assert len(found) == 1
    assert found.complete is True


@settings(max_examples=15, deadline=None)
@given(weighted_games(least=2, most=4), st.integers(0, 99))
def test_where_one_exit_is_proved_what_the_loner_lacks_falls_with_its_effort(game, seed):
    user, others = 0, list(range(1, game.n))
    if not has_one_exit(game, user):
        return
    random = np.random.default_rng(seed)
    lacks = []
    for effort in np.sort(random.uniform(0, 3, 3)):
        x = np.zeros(game.n)
        x[user] = effort
        reply = coalition_response(game, others, x).x
        lacks.append(best_response(game, user, reply) - effort)
    assert (np.diff(lacks) < 0).all()


@pytest.mark.parametrize("gap", [-0.1, 0.1])
def test_one_exit_is_proved_up_to_where_the_other_takes_as_much_as_the_loner_gives_itself(gap):
    # Each unit of the loner's effort makes the other leave out one unit of its own.
    game = SecurityGame(WeightedEffort([[1, 1 + gap], [1, 1]], Exponential()), [0.3, 0.3])
    assert has_one_exit(game, 0) is (True if gap < 0 else None)


def test_where_the_others_have_several_joint_answers_none_is_proved_the_only_one():
    # Users 1 and 2 stand in for each other; only user 1 protects the loner, who does nothing.
    weights = [[1.0, 2.0, 0.0], [0.0, 1.0, 1.0], [0.0, 1.0, 1.0]]
    game = SecurityGame(WeightedEffort(weights, Exponential()), [2.0, 0.05, 0.05])
    total = np.log(40)
    lucky, unlucky = np.array([0.0, total, 0.0]), np.array([0.0, 0.0, total])
    for x in (lucky, unlucky):
        assert is_equilibrium(game, x, [[0], [1, 2]])
    assert game.costs(unlucky)[0] > 100 * game.costs(lucky)[0]
    assert has_one_exit(game, 0) is None
    assert exit_equilibria_of(game, 0, grid=2).complete is False


def test_the_proof_is_not_tried_on_large_games_and_other_risks():
    large = SecurityGame(WeightedEffort(np.eye(9), Exponential()), np.full(9, 0.3))
    total = SEVERAL.risk
    custom = SecurityGame(CustomRisk(3, total.value, total.jacobian), SEVERAL.unit_costs)
    assert has_one_exit(large, 0) is has_one_exit(custom, 0) is None
