"""Best replies round by round: where they settle, where they cycle, and what is proved of it."""

import csv

import best_reply_search
import numpy as np
import pytest
from games import games
from hypothesis import given, settings
from hypothesis import strategies as st

from pesim_lib import (
    Exponential,
    SecurityGame,
    TotalEffort,
    WeightedEffort,
    best_replies,
    nash_equilibrium,
)
from pesim_lib.beyond.best_replies import reply_radius
from pesim_lib.paper.examples import ring_game, three_user_ring, total_effort_game

DRAWS = st.integers(0, 2**32 - 1)


def drawn(seed, symmetric=False, strength=1.0):
    """A game of 2 to 6 users with random links and costs, and a random profile."""
    random = np.random.default_rng(seed)
    n = int(random.integers(2, 7))
    links = random.random((n, n)) * (random.random((n, n)) < 0.6)
    links = (links + links.T) / 2 if symmetric else links
    np.fill_diagonal(links, 0.0)
    links *= strength / max(np.abs(np.linalg.eigvals(links)).max(), 1e-3)
    costs = np.exp(random.normal(-1.5, 0.5, n))
    game = SecurityGame(WeightedEffort(np.eye(n) + links, Exponential()), costs)
    return game, random.exponential(size=n)


@given(games(least=1, most=5), st.booleans())
@settings(max_examples=30, deadline=None)
def test_where_replies_rest_nobody_has_a_better_effort(game, in_turn):
    run = best_replies(game, in_turn, rounds=100)
    assert (run.path[0] == 0).all()
    if run.period == 1:
        known = nash_equilibrium(game)
        again = best_replies(game, in_turn, start=run.x, rounds=1)
        np.testing.assert_allclose(again.x, run.x, atol=1e-9 * (1 + run.x.max()))
        if known.unique:
            np.testing.assert_allclose(run.x, known.x, atol=1e-6 * (1 + run.x.max()))


@given(DRAWS, st.booleans())
@settings(max_examples=20, deadline=None)
def test_below_a_spectral_radius_of_1_all_replies_end_at_the_one_equilibrium(seed, in_turn):
    game, start = drawn(seed, strength=0.8)
    assert reply_radius(game) < 1
    run = best_replies(game, in_turn, start)
    assert run.period == 1
    np.testing.assert_allclose(run.x, nash_equilibrium(game).x, atol=1e-7)


@given(DRAWS, st.sampled_from([0.5, 1.0, 2.0]))
@settings(max_examples=20, deadline=None)
def test_nobody_s_effort_decides_whether_replies_at_once_settle_from_everywhere(seed, strength):
    game, start = drawn(seed, strength=strength)
    zero = best_replies(game, rounds=3000)
    assert zero.period in (1, 2)
    low, high = np.sort(zero.path[-2:], axis=0)
    # From zero every second round rises, the others fall.
    assert (np.diff(zero.path[::2], axis=0) >= -1e-12).all()
    assert (np.diff(zero.path[1::2], axis=0) <= 1e-12).all()
    other = best_replies(game, start=start, rounds=3000)
    assert (other.x >= low - 1e-7).all()
    assert (other.x <= high + 1e-7).all()
    assert (nash_equilibrium(game).x >= low - 1e-7).all()


@given(DRAWS)
@settings(max_examples=20, deadline=None)
def test_in_turn_on_a_symmetric_network_the_potential_falls_and_replies_settle(seed):
    game, start = drawn(seed, symmetric=True, strength=2.0)
    weights, wanted = game.risk.weights, -np.log(game.unit_costs)
    run = best_replies(game, True, start, rounds=5000)
    assert run.period == 1
    inside = run.path[1:]
    potential = np.einsum("ti,ij,tj->t", inside, weights, inside) / 2 - inside @ wanted
    assert (np.diff(potential) <= 1e-10).all()


@given(st.lists(st.floats(0.05, 1.5), min_size=2, max_size=5, unique=True))
@settings(max_examples=40, deadline=None)
def test_under_total_effort_replies_at_once_settle_where_the_cheapest_outweighs_the_rest(costs):
    wanted = np.sort(np.maximum(-np.log(costs), 0))[::-1]
    game = SecurityGame(TotalEffort(len(costs), Exponential()), costs)
    margin = wanted[0] - wanted[1:].sum()
    if abs(margin) < 1e-3 or wanted[0] - wanted[1] < 1e-2:
        return
    settles = margin > 0 or wanted[0] == 0
    assert best_replies(game, rounds=3000).period == (1 if settles else 2)
    assert best_replies(game, in_turn=True).period == 1


@pytest.mark.parametrize("weight", [0.3, 0.9, 1.2, 3.0])
def test_on_a_one_way_ring_of_three_replies_settle_only_below_weight_1(weight):
    game = three_user_ring(weight, one_way=True)
    assert nash_equilibrium(game).unique
    start = nash_equilibrium(game).x + np.array([0, 1e-3, 0])
    for in_turn in (False, True):
        run = best_replies(game, in_turn, start)
        assert (run.period == 1) == (weight < 1)
        if weight > 1:
            assert run.period in (2, 4, 6)
            assert np.ptp(run.path[-run.period :], axis=0).max() > 0.1


def test_on_the_ring_of_three_in_turn_mends_what_at_once_upsets():
    game = three_user_ring(0.8)
    assert nash_equilibrium(game).unique
    assert best_replies(game).period == 2
    assert best_replies(game, in_turn=True).period == 1


def test_who_is_held_keeps_its_effort_and_the_others_answer():
    game = ring_game(n=4)
    run = best_replies(game, in_turn=True, start=[1.0, 0, 0, 0], held=[0])
    assert (run.path[:, 0] == 1).all()
    assert run.period == 1
    assert run.x[2] > 0


def test_a_run_that_is_cut_short_claims_neither_rest_nor_a_cycle():
    run = best_replies(three_user_ring(0.4), rounds=3)
    assert (run.period, run.rounds) == (None, 3)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"start": [1.0]}, "x: got shape"),
        ({"start": [-1.0, 0, 0]}, "x: got a negative"),
        ({"held": [3]}, "held: got 3"),
        ({"rounds": 0}, "rounds: got 0"),
        ({"tolerance": 0.0}, "tolerance: got 0"),
    ],
    ids=["shape", "negative", "user", "rounds", "tolerance"],
)
def test_wrong_arguments_are_named(given, named):
    with pytest.raises(ValueError, match=named):
        best_replies(total_effort_game(3), **given)


@pytest.mark.parametrize("row", [("symmetric", 0.5), ("one way", 2.0)])
def test_the_stored_search_for_cycles_is_what_the_program_finds(row, monkeypatch):
    monkeypatch.setattr(best_reply_search, "GAMES", 12)
    kind, strength, tried, *counts = best_reply_search.row(*row)
    assert (kind, float(strength), tried) == (*row, 12)
    with best_reply_search.TABLE.open(encoding="utf-8") as file:
        stored = {(old["kind"], old["strength"]): old for old in csv.DictReader(file)}
    whole = [int(stored[kind, strength][name]) for name in best_reply_search.COLUMNS[3:]]
    assert all(some <= all_ for some, all_ in zip(counts, whole, strict=True))
    assert counts[0] >= counts[2] >= 0


def test_the_stored_search_obeys_the_theorems():
    with best_reply_search.TABLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(best_reply_search.KINDS) * len(best_reply_search.STRENGTHS)
    for row in rows:
        numbers = (int(row[name]) for name in best_reply_search.COLUMNS[3:])
        unique, calm, at_once, in_turn, _ = numbers
        assert calm + max(at_once, in_turn) <= unique <= best_reply_search.GAMES
        assert in_turn == 0 or row["kind"] != "symmetric"
    assert sum(int(row["in_turn"]) for row in rows) > 0
