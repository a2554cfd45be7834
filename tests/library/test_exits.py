"""Several exit equilibria: found, certified, and what staying gains over each."""

import numpy as np
import pytest

from pesim_lib import (
    Exponential,
    SecurityGame,
    TotalEffort,
    WeightedEffort,
    is_equilibrium,
    participation,
)
from pesim_lib.beyond.exits import exit_equilibria_of, gain_ranges

# User 0 and the others can each leave the work to the other side.
WEIGHTS = [[1.0, 0.0, 3.0], [0.0, 1.0, 0.5], [1.0, 0.5, 1.0]]
SEVERAL = SecurityGame(WeightedEffort(WEIGHTS, Exponential()), [0.25, 0.9, 0.73])


def test_three_exit_equilibria_are_found_and_each_is_one():
    found = exit_equilibria_of(SEVERAL, 0)
    assert len(found) == 3
    assert found.complete is False
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


@pytest.mark.parametrize("user", [-1, 3, "a", 1.0, True])
def test_users_who_are_not_in_the_game_are_refused(user):
    with pytest.raises(ValueError, match="user: got"):
        exit_equilibria_of(SEVERAL, user)


def test_total_effort_has_one():
    game = SecurityGame(TotalEffort(3, Exponential()), [0.2, 0.5, 0.7])
    assert len(exit_equilibria_of(game, 0)) == 1
