"""Games whose users are nearly tied: what is listed, what is called exact, what rho is at least."""

import numpy as np
import pytest

from pesim_lib import (
    Exponential,
    SecurityGame,
    TotalEffort,
    WeightedEffort,
    nash_equilibria,
    nash_equilibrium,
    price_of_anarchy,
)

RISKS = {
    "weights of one": lambda loss: WeightedEffort(np.ones((2, 2)), Exponential(loss)),
    "total effort": lambda loss: TotalEffort(2, Exponential(loss)),
}


@pytest.fixture(params=RISKS.values(), ids=RISKS)
def risk(request):
    return request.param


@pytest.mark.parametrize("gap", [1e-9, 1e-11, 1e-12, 1e-13])
def test_who_wants_a_little_more_supplies_it_all(risk, gap):
    game = SecurityGame(risk([1.0, 100.0]), [0.3 * (1 - gap), 30.0])
    found = nash_equilibria(game)
    assert (found.complete, found.continuum, len(found)) == (True, False, 1)
    assert nash_equilibrium(game).x.argmax() == found[0].x.argmax() == 0
    assert nash_equilibrium(game).unique is True
    result = price_of_anarchy(game)
    assert result.exact is True
    assert result.ratio == pytest.approx(14.98791232, rel=1e-8)


@pytest.mark.parametrize("gap", [0, 1e-16, 1e-15])
def test_a_tie_that_rounding_may_have_made_is_left_open(risk, gap):
    game = SecurityGame(risk([1.0, 100.0]), [0.3 * (1 - gap), 30.0])
    found = nash_equilibria(game)
    assert (found.complete, found.continuum) == (None, None)
    assert found.doubtful == {0, 1}
    assert nash_equilibrium(game).unique is None
    result = price_of_anarchy(game)
    assert result.exact is None
    # 14.99 if user 0 supplies the total, 23.73 if user 1 does: only one of them may be true.
    assert result.ratio == pytest.approx(14.98791232, rel=1e-8)
    assert result.upper >= 23.73


def test_a_tie_between_equals_is_a_tie(risk):
    game = SecurityGame(risk(1.0), [0.3, 0.3])
    found = nash_equilibria(game)
    assert (found.complete, found.continuum, len(found)) == (True, True, 2)
    assert found.doubtful == frozenset()
    assert nash_equilibrium(game).unique is False


def test_a_part_of_the_list_keeps_what_is_known_of_it():
    found = nash_equilibria(SecurityGame(RISKS["total effort"]([1.0, 100.0]), [0.3, 30.0]))
    assert found[::-1].complete is None
    assert found[1:].complete is False
    assert found[1:].doubtful == {0}


def test_in_large_games_a_profile_that_only_passes_by_its_residual_is_doubtful_or_dropped():
    # 70 perfect substitutes: too many for the search; one of them wants most, by 1e-10.
    costs = np.full(70, 0.3)
    costs[7] *= 1 - 1e-10
    weights = np.ones((70, 70)) + 1e-13 * np.eye(70)
    game = SecurityGame(
        WeightedEffort(weights, Exponential(np.geomspace(1, 100, 70))),
        costs * np.geomspace(1, 100, 70),
    )
    found = nash_equilibria(game)
    sure = [each for place, each in enumerate(found) if place not in found.doubtful]
    assert all(each.x.argmax() == 7 for each in sure)
