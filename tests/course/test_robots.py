"""The robots of the live game and the solo mode: each kind does what its name says."""

import numpy as np
import pytest
from classroom import (
    GROUP_SIZES,
    Room,
    equilibrium_prices,
    group_optimum,
    group_outcome,
    size_for,
)
from robots import KINDS, alone_effort, group_message, room_card, stays


def rounds(kind, students, turns):
    """The total effort by round of a room of robots of one kind."""
    room, before, totals = Room(np.arange(1, students + 1), size_for(students)), None, []
    for _ in range(turns):
        cards = [room_card(kind, (1, k), room, k, before) for k in range(students)]
        before = np.array(cards)
        totals.append(before.sum())
    return room, totals


@pytest.mark.parametrize("students", [3, 12, 29, 60])
def test_rooms_of_one_kind_end_where_theory_says(students):
    assert set(rounds("rider", students, 3)[1]) == {0}
    room, totals = rounds("altruist", students, 3)
    assert set(totals) == {room.best_cards().sum()}
    assert len(set(rounds("frozen", students, 4)[1])) == 1
    room, totals = rounds("selfish", students, 12)
    assert abs(totals[-1] - room.nash.sum()) <= 0.5


@pytest.mark.parametrize("members", GROUP_SIZES)
def test_a_group_of_followers_is_in_equilibrium_and_a_selfish_one_pays_no_penalty(members):
    sent = [group_message("follower", 0, members, k) for k in range(members)]
    proposals, prices = np.array(sent).T
    assert (proposals == group_optimum(members)).all()
    assert (prices == equilibrium_prices(members)).all()
    assert group_outcome(proposals, prices)[1].sum() == pytest.approx(0, abs=1e-9)
    selfish = [group_message("selfish", 0, members, k, prices) for k in range(members)]
    assert selfish == [(group_optimum(members), 0)] * members
    assert group_message("rider", 0, members, 0, prices) == (0, 0)
    assert alone_effort("rider", 0, members) == 0 < alone_effort("altruist", 0, members)


def test_a_robot_that_freezes_repeats_itself_and_others_with_another_seed_differ():
    once = [group_message("frozen", (3, seed), 4, 1) for seed in range(20)]
    again = [group_message("frozen", (3, seed), 4, 1, np.arange(4)) for seed in range(20)]
    assert once == again
    assert len(set(once)) > 10


def test_only_those_who_look_for_their_own_gain_leave():
    assert [kind for kind in KINDS if not stays(kind, 4, 3)] == ["rider", "selfish"]
    assert all(stays(kind, 4, 0) for kind in KINDS)


def test_an_unknown_kind_is_refused():
    for ask in (
        lambda: room_card("hero", 0, Room([1], 12), 0),
        lambda: group_message("hero", 0, 3, 0),
        lambda: alone_effort("hero", 0, 3),
        lambda: stays("hero", 3, 0),
    ):
        with pytest.raises(ValueError, match="kind: got 'hero'; allowed: one of"):
            ask()
