"""Where a search begins, how it is watched and stopped, and many games one after the other."""

import numpy as np
import pytest
from games import games
from hypothesis import given, settings
from hypothesis import strategies as st

from pesim_lib import (
    CustomRisk,
    Exponential,
    SecurityGame,
    TotalEffort,
    WeightedEffort,
    along_costs,
    coalition_equilibrium,
    is_equilibrium,
    nash_equilibria,
    nash_equilibrium,
    price_of_anarchy,
    social_optimum,
)
from pesim_lib.solvers import weighted_effort
from pesim_lib.solvers.limits import NONE

PAIR = SecurityGame(WeightedEffort([[1.0, 2.0], [2.0, 1.0]], Exponential()), [0.5, 0.5])


def hard_game(n=12):
    weights = np.random.default_rng(3).random((n, n))
    np.fill_diagonal(weights, 1)
    return SecurityGame(WeightedEffort(weights, Exponential()), np.full(n, 0.3))


@settings(max_examples=25, deadline=None)
@given(games(least=2, most=4), st.integers(0, 99))
def test_from_anywhere_the_answer_is_certified_and_the_optimum_costs_the_same(game, seed):
    start = np.random.default_rng(seed).uniform(0, 3, game.n)
    assert is_equilibrium(game, nash_equilibrium(game, start).x)
    pair = [[0, 1], *[[k] for k in range(2, game.n)]]
    assert is_equilibrium(game, coalition_equilibrium(game, pair, start).x, pair)
    cost = game.social_cost(social_optimum(game).x)
    assert game.social_cost(social_optimum(game, start).x) == pytest.approx(cost, rel=1e-9)


def test_each_of_several_equilibria_is_found_from_itself():
    for each in nash_equilibria(PAIR):
        np.testing.assert_allclose(nash_equilibrium(PAIR, each.x).x, each.x, atol=1e-9)


def test_a_custom_risk_begins_where_it_is_told():
    risk = CustomRisk(2, PAIR.risk.value, PAIR.risk.jacobian)
    game = SecurityGame(risk, PAIR.unit_costs)
    ends = [nash_equilibrium(game, start).x for start in ([0.7, 0.0], [0.0, 0.7])]
    np.testing.assert_allclose(ends, [[np.log(2), 0], [0, np.log(2)]], atol=1e-8)


@pytest.mark.parametrize("solve", [nash_equilibrium, social_optimum])
@pytest.mark.parametrize("start", [[1.0], [-1.0, 0.0], [np.nan, 0.0], "a"])
def test_what_is_no_profile_is_no_start(solve, start):
    with pytest.raises(ValueError, match="x: got"):
        solve(PAIR, start)


@pytest.mark.parametrize("solve", [nash_equilibrium, social_optimum])
def test_answers_along_costs_are_those_of_each_game_alone(solve):
    risk = WeightedEffort([[1, 0.5, 0], [0.2, 1, 0.3], [0, 0.4, 1]], Exponential([1.0, 2.0, 3.0]))
    costs = np.linspace([0.1, 0.9, 0.3], [0.8, 0.2, 0.4], 9)
    found = along_costs(solve, risk, costs)
    for row, each in zip(costs, found, strict=True):
        alone = solve(SecurityGame(risk, row))
        np.testing.assert_allclose(each.x, alone.x, atol=1e-8)


@pytest.mark.parametrize("costs", [[0.1, 0.2], [[0.1, 0.2, 0.3]], [[0.1, 0.0]]])
def test_costs_are_one_row_for_each_game(costs):
    with pytest.raises(ValueError, match="unit_costs"):
        along_costs(social_optimum, TotalEffort(2, Exponential()), costs)


def test_progress_is_told_and_more_branches_find_no_less():
    game, told = hard_game(), []
    whole = nash_equilibria(game, progress=lambda *numbers: told.append(numbers))
    assert whole.complete is True
    looked, found = np.array(told).T
    assert (np.diff(looked) >= 0).all()
    assert (np.diff(found) >= 0).all()
    assert found[-1] <= len(whole)
    part = nash_equilibria(game, branches=int(looked[0]))
    assert part.complete is False
    assert 1 <= len(part) <= len(whole)


def test_what_is_found_in_no_time_bounds_the_price_of_anarchy_from_below():
    game = hard_game()
    whole, part = price_of_anarchy(game), price_of_anarchy(game, seconds=1e-9)
    assert (whole.exact, part.exact) == (True, False)
    assert part.ratio <= whole.ratio * (1 + 1e-9) <= part.upper * (1 + 1e-8)


def test_the_searches_of_a_custom_risk_can_be_watched_and_stopped():
    risk = CustomRisk(2, PAIR.risk.value, PAIR.risk.jacobian)
    told = []
    game = SecurityGame(risk, PAIR.unit_costs)
    nash_equilibria(game, branches=3, progress=lambda *numbers: told.append(numbers))
    assert [begun for begun, _ in told] == [0, 1, 2]


def test_searches_from_many_starts_tell_how_far_they_are():
    # Too many users for the search over supports: the 20 starts are all there is.
    pairs = np.kron(np.eye(35), [[1.0, 2.0], [2.0, 1.0]])
    told = []
    game = SecurityGame(WeightedEffort(pairs, Exponential()), np.linspace(0.2, 0.4, 70))
    found = nash_equilibria(game, progress=lambda *numbers: told.append(numbers))
    assert [begun for begun, _ in told] == list(range(20))
    assert 1 < told[-1][1] <= len(found)
    # After a search that was cut short they go on counting.
    told.clear()
    nash_equilibria(hard_game(), branches=50, progress=lambda *numbers: told.append(numbers))
    branches = [looked for looked, _ in told]
    assert branches == sorted(branches)
    assert branches[-19:] == list(range(branches[-20] + 1, branches[-20] + 20))


def test_an_error_in_progress_stops_the_search():
    def stop(looked, found):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        nash_equilibria(hard_game(), progress=stop)


@pytest.mark.parametrize("limit", [{"branches": 0}, {"seconds": -1}, {"progress": 3}])
@pytest.mark.parametrize("search", [nash_equilibria, price_of_anarchy])
def test_limits_are_positive_and_progress_is_a_function(search, limit):
    with pytest.raises(ValueError, match=f"{next(iter(limit))}: got"):
        search(PAIR, **limit)


def test_a_list_that_is_out_of_time_begins_no_search_without_a_limit(monkeypatch):
    allowed, search = [], weighted_effort.every_solution

    def spy(game, limits=NONE, **options):
        allowed.append(limits.seconds)
        return search(game, limits, **options)

    monkeypatch.setattr(weighted_effort, "every_solution", spy)
    weights = np.random.default_rng(1).random((12, 12)) + np.eye(12)
    game = SecurityGame(WeightedEffort(weights, Exponential()), np.linspace(0.1, 0.3, 12))
    assert nash_equilibria(game, seconds=1e-9).complete is False
    assert allowed
    assert None not in allowed
