"""Users with decays of their own, with nothing to lose, and with caps on their efforts."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from games import weighted_games
from hypothesis import given, settings
from hypothesis import strategies as st

from pesim_lib import (
    BestShot,
    Exponential,
    MixedDecay,
    PowerLaw,
    SecurityGame,
    TotalEffort,
    WeakestLink,
    WeightedEffort,
    best_deviation,
    best_response,
    capped_equilibrium,
    equilibrium_messages,
    exchange,
    is_equilibrium,
    nash_equilibria,
    nash_equilibrium,
    outcome,
    participation,
    social_optimum,
)
from pesim_lib.beyond.schemes import bonus, certification, compare, exit_pivotal, pesim

WEIGHTS = [[1, 0.5, 0], [0.2, 1, 0.3], [0, 0.4, 1]]


@settings(max_examples=15, deadline=None)
@given(weighted_games(most=4))
def test_one_formula_for_all_is_the_same_mixed(game):
    decay = game.risk.decay
    shape = "rate" if isinstance(decay, Exponential) else "exponent"
    pairs = zip(decay.loss.tolist(), getattr(decay, shape).tolist(), strict=True)
    own = [replace(decay, **{"loss": loss, shape: each}) for loss, each in pairs]
    mixed = SecurityGame(game.risk.with_decay(MixedDecay(own)), game.unit_costs)
    for solve in (nash_equilibrium, social_optimum):
        np.testing.assert_allclose(solve(mixed).x, solve(game).x, atol=1e-12)


@pytest.mark.parametrize("make", [WeightedEffort, lambda _, decay: TotalEffort(3, decay)])
def test_two_formulas_in_one_game_are_solved_priced_and_exchanged(make):
    decay = MixedDecay([Exponential(2.0), PowerLaw(1.0, 2.0), PowerLaw(3.0)])
    game = SecurityGame(make(np.array(WEIGHTS), decay), [0.3, 0.2, 0.1])
    assert is_equilibrium(game, nash_equilibrium(game).x)
    assert is_equilibrium(game, social_optimum(game).x, [range(3)])
    messages = equilibrium_messages(game)
    assert max(best_deviation(game, messages, user).gain for user in range(3)) <= 1e-8
    assert np.isfinite(participation(game).gain).all()
    assert exchange(game).converged


def test_the_parts_of_a_mixed_decay_are_those_of_its_users():
    decays = [Exponential(2.0, 0.5), PowerLaw(3.0), Exponential()]
    mixed = MixedDecay(decays)
    s = np.array([[0.1, 0.2, 0.3], [1.0, 2.0, 3.0]])
    for ask in ("value", "slope", "curvature", "effort_at_slope"):
        own = [getattr(each, ask)(s[:, k]) for k, each in enumerate(decays)]
        np.testing.assert_allclose(getattr(mixed, ask)(s), np.transpose(own))
        assert getattr(mixed, ask)(0.3).shape == (3,)
    for ask in ("length", "turning_point"):
        assert getattr(mixed, ask)().tolist() == [getattr(each, ask)() for each in decays]
    np.testing.assert_allclose(mixed.scaled([1, 2, 3]).value(0.5), [1, 2, 3] * mixed.value(0.5))
    np.testing.assert_allclose(mixed.shifted(0.2).value(0.5), mixed.value(0.7))


def test_formulas_that_begin_alike_are_not_taken_for_ties():
    class Stretched(Exponential):
        """exp(1 - sqrt(1 + 2 s)): it begins like 1 / (1 + s), to the second derivative."""

        def value(self, s):
            return np.exp(1 - np.sqrt(1 + 2 * np.asarray(s)))

        def slope(self, s):
            return -self.value(s) / np.sqrt(1 + 2 * np.asarray(s))

        def curvature(self, s):
            root = np.sqrt(1 + 2 * np.asarray(s))
            return self.value(s) * (1 / root**2 + 1 / root**3)

        def effort_at_slope(self, steepness):
            return MixedDecay.__mro__[1].effort_at_slope(self, steepness)

    game = SecurityGame(TotalEffort(2, MixedDecay([Stretched(), PowerLaw()])), [0.3, 0.3])
    found = nash_equilibria(game)
    assert (len(found), found.continuum) == (1, False)


@pytest.mark.parametrize("decays", [[], 3, [3], [Exponential([1.0, 2.0])], [Exponential(), None]])
def test_what_is_no_decay_for_each_user_is_refused(decays):
    with pytest.raises(ValueError, match="decays: got"):
        MixedDecay(decays)


@pytest.mark.parametrize("family", [Exponential, PowerLaw])
@pytest.mark.parametrize("weights", [WEIGHTS, [[1, 0, 0], [0.7, 1, 0.2], [0.9, 0, 1]]])
def test_who_has_nothing_to_lose_is_the_limit_of_losing_ever_less(family, weights):
    games = [
        SecurityGame(WeightedEffort(weights, family([loss, 1.0, 2.0])), [0.03, 0.2, 0.1])
        for loss in (0.0, 1e-12)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for solve in (nash_equilibrium, social_optimum):
            none, little = (solve(game).x for game in games)
            np.testing.assert_allclose(none, little, atol=1e-6)
        none, little = (participation(game).gain for game in games)
        np.testing.assert_allclose(none, little, atol=1e-6)
        game = games[0]
        assert nash_equilibrium(game).x[0] == best_response(game, 0, np.zeros(3)) == 0
        messages = equilibrium_messages(game)
        assert max(best_deviation(game, messages, user).gain for user in range(3)) <= 1e-8
        assert outcome(messages).taxes.sum() == pytest.approx(0, abs=1e-12)
        assert np.isfinite(pesim(game).utilities).all()
    for scheme in (bonus, certification):
        with pytest.raises(ValueError, match="user 0"):
            scheme(game)


@pytest.mark.parametrize("kind", [TotalEffort, WeakestLink, BestShot])
def test_the_classics_with_a_user_who_has_nothing_to_lose(kind):
    game = SecurityGame(kind(3, Exponential([0.0, 1.0, 2.0])), [0.1, 0.2, 0.3])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        least = min(game.social_cost(each.x) for each in nash_equilibria(game))
        assert game.social_cost(social_optimum(game).x) <= least
        assert nash_equilibrium(game).residual <= 1e-9


@settings(max_examples=20, deadline=None)
@given(weighted_games(least=2, most=4), st.integers(0, 999))
def test_under_caps_nobody_gains_by_an_effort_that_it_is_allowed(game, seed):
    caps = np.random.default_rng(seed).choice([0.0, 0.1, 0.5, 2.0, 100.0], game.n)
    found = capped_equilibrium(game, caps)
    assert (found.x >= 0).all()
    assert (found.x <= caps).all()
    for user in range(game.n):
        best = min(best_response(game, user, found.x), caps[user])
        y = np.where(np.arange(game.n) == user, best, found.x)
        assert game.costs(found.x)[user] <= game.costs(y)[user] * (1 + 1e-8) + 1e-12


@pytest.mark.parametrize("seed", range(40))
def test_an_equilibrium_under_caps_is_found_whatever_the_weights(seed):
    random = np.random.default_rng(seed)
    for n in (2, 3, 4, 6):
        weights = random.choice([0, 0.5, 1, 2], (n, n))
        np.fill_diagonal(weights, random.choice([0.5, 1, 2], n))
        decay = Exponential(random.choice([1.0, 3.0], n), random.choice([1.0, 3.0], n))
        game = SecurityGame(WeightedEffort(weights, decay), random.choice([0.01, 0.05, 0.5], n))
        caps = random.choice([0.0, 0.1, 0.5, 2.0, 100.0], n)
        assert capped_equilibrium(game, caps).residual <= 1e-9


@settings(max_examples=20, deadline=None)
@given(weighted_games(least=2, most=4), st.integers(0, 999))
def test_no_profile_within_the_caps_costs_society_less_than_the_capped_optimum(game, seed):
    random = np.random.default_rng(seed)
    caps = random.choice([0.0, 0.1, 0.5, 2.0, 100.0], game.n)
    optimum = capped_equilibrium(game, caps, [range(game.n)]).x
    cost, slopes = game.social_cost(optimum), game.risk_jacobian(optimum).sum(axis=0)
    # The cost is convex: it lies above its tangent, which is least in a corner of the caps.
    gradient = game.unit_costs + slopes
    corner = np.where(gradient < 0, np.minimum(caps, 1e3), 0.0)
    assert gradient @ (corner - optimum) >= -1e-6 * (1 + cost)
    assert cost <= game.social_cost(np.minimum(social_optimum(game).x, caps)) * (1 + 1e-9)


def test_wide_caps_change_nothing_and_bad_ones_are_refused():
    game = SecurityGame(WeightedEffort(WEIGHTS, Exponential()), [0.3, 0.2, 0.1])
    wide = capped_equilibrium(game, np.full(3, 100.0), start=[1.0, 1.0, 1.0]).x
    np.testing.assert_allclose(wide, nash_equilibrium(game).x, atol=1e-8)
    for caps in ([1.0], [1.0, -1.0, 1.0], [1.0, np.inf, 1.0], None):
        with pytest.raises(ValueError, match="caps: got"):
            capped_equilibrium(game, caps)
    large = SecurityGame(WeightedEffort(np.eye(301), Exponential()), np.full(301, 0.3))
    with pytest.raises(ValueError, match="at most 300"):
        capped_equilibrium(large, np.ones(301))


@pytest.mark.parametrize("risk", [WeightedEffort([[2.0]], PowerLaw()), TotalEffort(1, PowerLaw())])
def test_the_schemes_leave_one_user_alone_at_the_optimum(risk):
    game = SecurityGame(risk, [0.1])
    optimum = social_optimum(game).x
    np.testing.assert_allclose(optimum, nash_equilibrium(game).x)
    for scheme in [*compare(game), exit_pivotal(game)]:
        assert np.isfinite(scheme.utilities).all()
        if scheme.name.startswith(("Pivotal", "PESIM", "no regulation")):
            np.testing.assert_allclose(scheme.x, optimum)
            np.testing.assert_allclose(scheme.taxes, 0, atol=1e-12)
