"""Groups that leave PESIM together."""

import numpy as np
import pytest

from pesim_lib import (
    coalition_equilibrium,
    leaving_groups,
    nash_equilibrium,
    participation,
    social_optimum,
    stable_coalitions,
)
from pesim_lib.beyond.group_exits import most_leavers
from pesim_lib.paper.examples import random_game, ring_game, total_effort_game


@pytest.mark.parametrize("game", [ring_game(5), total_effort_game(5)], ids=["ring", "total"])
def test_the_group_of_one_is_the_loner_and_the_group_of_all_ends_the_scheme(game):
    found, known = leaving_groups(game), participation(game)
    alone = found.members.sum(axis=1) == 1
    np.testing.assert_allclose(found.inside, -known.inside, atol=1e-9)
    users = found.members[alone].argmax(axis=1)
    for costs in (found.apart, found.together):
        outside = costs[alone][np.arange(5), users]
        np.testing.assert_allclose(outside, -known.outside[users], atol=1e-9)
    assert found.members[-1].all()
    nash = game.costs(nash_equilibrium(game).x)
    np.testing.assert_allclose(found.apart[-1], nash, atol=1e-9)
    optimum = game.social_cost(social_optimum(game).x)
    for costs in (found.together, found.dissolved):
        assert costs[-1].sum() == pytest.approx(optimum)


def test_who_leaves_each_for_itself_is_outside_the_coalition_of_the_others():
    game = ring_game(5)
    found, coalitions = leaving_groups(game), stable_coalitions(game)
    for members, costs in zip(found.members, found.apart, strict=True):
        row = (coalitions.members == (~members if (~members).sum() > 1 else False)).all(axis=1)
        np.testing.assert_allclose(costs, coalitions.costs[row][0], atol=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_a_group_that_acts_as_one_is_a_coalition_against_one_or_against_single_users(seed):
    game = random_game(np.random.default_rng(seed), 4)
    found = leaving_groups(game)
    group, others = [0, 2], [1, 3]
    (row,) = np.flatnonzero((found.members == [True, False, True, False]).all(axis=1))
    for costs, rest in ((found.together, [others]), (found.dissolved, [[k] for k in others])):
        x = coalition_equilibrium(game, [group, *rest]).x
        np.testing.assert_allclose(costs[row], game.costs(x), rtol=1e-6)


@pytest.mark.parametrize(("n", "c1"), [(3, 0.9), (5, 0.1), (6, 0.5), (7, 1.0)])
def test_free_riders_can_leave_together_up_to_the_number_of_the_proposition(n, c1):
    game = total_effort_game(n, c1)
    found, most = leaving_groups(game), int(most_leavers(n, c1))
    riders, sizes = ~found.members[:, 0], found.members.sum(axis=1)
    np.testing.assert_array_equal(
        found.all_gain(found.apart)[riders], (sizes <= most)[riders], strict=True
    )
    inside = c1 / n * (1 + np.log(n / c1))
    np.testing.assert_allclose(found.inside, inside)
    for members, costs in zip(found.members[riders], found.apart[riders], strict=True):
        np.testing.assert_allclose(costs[members], c1 / (n - members.sum()))


def test_under_total_effort_no_group_gains_if_the_others_give_up_the_scheme():
    for c1 in (0.2, 0.5, 1.0):
        found = leaving_groups(total_effort_game(6, c1))
        assert not found.gain_in_sum(found.dissolved).any()


def test_who_gains_is_who_bears_less_and_rounding_decides_nothing():
    found = leaving_groups(total_effort_game(4))
    same = np.tile(found.inside, (len(found.members), 1))
    assert not found.all_gain(same).any()
    assert not found.gain_in_sum(same).any()
    assert found.all_gain(same / 2).all()
    mixed = same * [0.2, 1.1, 1, 1]
    pair = (found.members == [True, True, False, False]).all(axis=1)
    assert found.gain_in_sum(mixed)[pair].all()
    assert not found.all_gain(mixed)[pair].any()


@pytest.mark.parametrize("n", [2, 11])
def test_other_sizes_are_refused(n):
    with pytest.raises(ValueError, match="allowed: "):
        leaving_groups(total_effort_game(n))


def test_a_dear_user_1_is_outside_the_formula():
    with pytest.raises(ValueError, match=r"c1: got 1\.5"):
        most_leavers(5, 1.5)
