"""Contagion after Kunreuther and Heal: convex where chances sum to one, complements, tipping."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pesim_lib import (
    best_replies,
    best_response,
    check_assumptions,
    nash_equilibria,
    price_of_anarchy,
)
from pesim_lib.beyond.tipping import (
    contagion,
    equal_contagion_game,
    equal_efforts,
    least_tipping_group,
    tipping,
)
from pesim_lib.paper.examples import total_effort_game


def chances(seed, n, total=1.0):
    """Random chances (N, N) of each user's losses, with row sums `total`."""
    drawn = np.random.default_rng(seed).random((n, n)) + 0.01
    return total * drawn / drawn.sum(axis=1, keepdims=True)


@given(st.integers(0, 2**32 - 1), st.integers(2, 5))
@settings(max_examples=25, deadline=None)
def test_chances_that_sum_to_one_make_convex_risks(seed, n):
    table = chances(seed, n)
    risk = contagion(np.diag(table), table)
    check_assumptions(risk, np.random.default_rng(seed).exponential(size=(12, n)))
    # Just above, moving everybody by y_k (1 - y_k) / y_k bends the risk downwards at zero.
    direct = table[0] * 1.2
    move = (1 - direct) / direct * direct
    step = 1e-3 * move / np.abs(move).max()

    def value(x):
        return 1 - np.prod(1 - direct * np.exp(-x))

    if direct.max() < 1:
        bend = value(step * 0) - 2 * value(step) + value(2 * step)
        assert bend < 0


def test_more_effort_by_others_is_answered_with_more():
    game = equal_contagion_game(4, 0.033)
    efforts = [best_response(game, 0, [0, x, x, x]) for x in np.linspace(0, 3, 7)]
    assert (np.diff(efforts) >= 0).all()
    assert efforts[-1] > efforts[0] + 0.3


@pytest.mark.parametrize(("n", "c"), [(3, 0.03), (3, 0.031), (3, 0.032), (4, 0.0325), (5, 0.036)])
def test_equilibria_of_equal_users_are_the_roots_of_the_polynomial(n, c):
    game = equal_contagion_game(n, c)
    efforts = equal_efforts(n, c)
    for x in efforts:
        assert best_response(game, 0, np.full(n, x)) == pytest.approx(x, abs=1e-9)
    for found in nash_equilibria(game):
        assert np.abs(efforts - found.x.mean()).min() < 1e-6


def test_no_equilibrium_is_listed_twice_where_nobody_invests():
    found = [each.x for each in nash_equilibria(equal_contagion_game(3, 0.031))]
    for k, x in enumerate(found):
        assert all(np.abs(x - y).max() > 1e-6 for y in found[:k])


def test_one_user_of_three_tips_the_others_and_nobody_falls_back():
    game = equal_contagion_game(3, 0.031)
    high = np.full(3, equal_efforts(3, 0.031)[-1])
    assert best_replies(game, in_turn=True).x.max() == 0
    assert least_tipping_group(game, high) == (0,)
    held, free = tipping(game, [0], np.ones(3))
    assert held.x[1] > high[1]
    np.testing.assert_allclose(free.x, high, atol=1e-9)
    assert price_of_anarchy(game).ratio > price_of_anarchy(game).best_ratio + 0.5


def test_where_nothing_holds_effort_up_who_is_let_go_falls_back():
    held, free = tipping(equal_contagion_game(3, 0.033), [0, 1], np.ones(3))
    assert held.x[2] > 0.5
    assert free.x.max() < 1e-9


def test_where_doing_nothing_is_no_equilibrium_nobody_need_be_held():
    high = np.full(3, equal_efforts(3, 0.03)[-1])
    assert least_tipping_group(equal_contagion_game(3, 0.03), high) == ()


def test_a_profile_that_replies_leave_is_refused():
    with pytest.raises(ValueError, match="high: got"):
        least_tipping_group(total_effort_game(3), [1.0, 1, 1])


@pytest.mark.parametrize(
    ("direct", "relayed", "named"),
    [
        ([0.5, 0.5], [[0, 0.6], [0.5, 0]], "sum to 1.1"),
        ([0.0, 0.5], np.zeros((2, 2)), "direct: got 0"),
        ([0.5, 0.5], np.zeros((3, 3)), "relayed: got shape"),
        ([0.5, 0.5], [[0, -0.1], [0, 0]], "relayed: got -0.1"),
    ],
    ids=["above-one", "no-direct", "shape", "negative"],
)
def test_wrong_chances_are_named(direct, relayed, named):
    with pytest.raises(ValueError, match=named):
        contagion(direct, relayed)
