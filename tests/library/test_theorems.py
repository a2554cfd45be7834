"""The paper's statements as properties of random games."""

import numpy as np
import pytest
from games import games, messages, total_effort_games, weighted_games
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from pesim_lib import (
    Exponential,
    PowerLaw,
    SecurityGame,
    TotalEffort,
    WeightedEffort,
    best_deviation,
    best_response,
    equilibrium_bound,
    equilibrium_messages,
    lindahl_prices,
    nash_equilibria,
    nash_equilibrium,
    outcome,
    participation,
    price_of_anarchy,
    social_optimum,
    tax_terms,
    weighted_effort_bound,
)

few = settings(max_examples=40, deadline=None)


@few
@given(games())
def test_proposition_1_an_equilibrium_exists_and_respects_the_bound(game):
    equilibrium = nash_equilibrium(game)
    bound = game.risks(np.zeros(game.n)) / game.unit_costs
    assert equilibrium.residual <= 1e-9
    assert (equilibrium.x <= bound).all()


@few
@given(games())
def test_in_equilibrium_everybody_plays_a_best_response(game):
    x = nash_equilibrium(game).x
    replies = [best_response(game, user, x) for user in range(game.n)]
    np.testing.assert_allclose(replies, x, rtol=1e-7, atol=1e-8)


@few
@given(games(most=5))
def test_no_unilateral_change_of_effort_lowers_the_users_cost(game):
    x = nash_equilibrium(game).x
    for user in range(game.n):
        for effort in np.linspace(0, 3 * x.max() + 1, 41):
            deviated = np.where(np.arange(game.n) == user, effort, x)
            assert game.costs(deviated)[user] >= game.costs(x)[user] * (1 - 1e-9)


@few
@given(games())
def test_price_of_anarchy_is_at_least_one_and_within_its_bounds(game):
    result = price_of_anarchy(game)
    assert result.ratio >= result.best_ratio >= 1
    near = equilibrium_bound(game, result.worst.x)
    assert result.ratio <= near * (1 + 1e-8)
    assert near <= weighted_effort_bound(game) * (1 + 1e-8)


@few
@given(games())
def test_no_profile_costs_society_less_than_the_optimum(game):
    optimum = social_optimum(game).x
    found = minimize(
        game.social_cost, optimum + 0.1, bounds=[(0, None)] * game.n, method="L-BFGS-B"
    )
    assert game.social_cost(optimum) <= found.fun * (1 + 1e-9)


@few
@given(messages())
def test_taxes_sum_to_zero_for_every_message_profile(profile):
    taxes = outcome(profile).taxes
    terms = tax_terms(profile.prices, profile.proposals)
    assert abs(taxes.sum()) <= 1e-12 * (1 + np.abs(terms).sum())


@few
@given(messages())
def test_tax_is_equation_7_written_out_user_by_user(profile):
    n, x, pi = profile.n, profile.proposals, profile.prices
    mean = x.mean(axis=0)
    for i in range(n):
        j, k = (i + 1) % n, (i + 2) % n
        expected = (
            (pi[j] - pi[k]) @ mean
            + (x[i] - x[j]) @ np.diag(pi[i]) @ (x[i] - x[j])
            - (x[j] - x[k]) @ np.diag(pi[j]) @ (x[j] - x[k])
        )
        assert outcome(profile).taxes[i] == pytest.approx(expected, rel=1e-9, abs=1e-9)


@few
@given(games(least=3))
def test_theorem_2_the_optimum_is_an_equilibrium_of_the_mechanism(game):
    profile = equilibrium_messages(game)
    optimum = social_optimum(game).x
    assert (profile.prices >= 0).all()
    np.testing.assert_allclose(outcome(profile).x, optimum, rtol=1e-12)
    for user in range(game.n):
        assert best_deviation(game, profile, user).gain <= 1e-8 * game.social_cost(optimum)


@few
@given(games(least=3), st.integers(0, 2**32 - 1))
def test_no_sampled_message_beats_the_best_deviation(game, seed):
    random = np.random.default_rng(seed)
    n = game.n
    profile = type(equilibrium_messages(game))(
        random.exponential(1, (n, n)), random.exponential(1, (n, n))
    )
    user = int(random.integers(n))
    best = best_deviation(game, profile, user)
    now = outcome(profile)
    before = game.utilities(now.x, now.taxes)[user]
    for _ in range(20):
        prices, proposals = profile.prices.copy(), profile.proposals.copy()
        prices[user] = random.exponential(1, n) * (random.random() < 0.5)
        proposals[user] = random.normal(1, 3, n)
        tried = outcome(type(profile)(prices, proposals))
        if (tried.x >= 0).all():
            after = game.utilities(tried.x, tried.taxes)[user]
            assert after - before <= best.gain + 1e-9 * (1 + abs(before))
    if best.attained:
        reached = outcome(best.messages)
        after = game.utilities(reached.x, reached.taxes)[user]
        assert after - before == pytest.approx(best.gain, rel=1e-6, abs=1e-6)


@few
@given(games(least=3))
def test_equation_8_the_optimum_is_best_for_each_user_at_its_lindahl_prices(game):
    optimum, prices = social_optimum(game).x, lindahl_prices(game)
    cost = game.social_cost(optimum)
    np.testing.assert_allclose(prices.sum(axis=0), 0, atol=1e-12 * (1 + np.abs(prices).max()))
    random = np.random.default_rng(0)
    for x in optimum * random.exponential(1, (20, game.n)) + random.exponential(0.1, (20, game.n)):
        here = game.costs(optimum) + prices @ optimum
        there = game.costs(x) + prices @ x
        assert (here <= there + 1e-8 * cost).all()


@few
@given(total_effort_games(least=3))
def test_equation_9_whoever_enjoys_an_effort_pays_for_it(game):
    optimum, prices = social_optimum(game).x, lindahl_prices(game)
    for payer in range(game.n):
        for investor in np.flatnonzero(optimum):
            if payer != investor:
                assert prices[payer, investor] > 0


@few
@given(games(least=3))
def test_nobody_would_give_up_all_protection_rather_than_join(game):
    """Against a world without anybody else's effort, everybody joins."""
    taxes = outcome(equilibrium_messages(game)).taxes
    inside = game.utilities(social_optimum(game).x, taxes)
    zero = np.zeros(game.n)
    for user in range(game.n):
        alone = np.where(np.arange(game.n) == user, best_response(game, user, zero), 0.0)
        assert inside[user] >= game.utilities(alone)[user] - 1e-9


@few
@given(games(least=2))
def test_unless_the_equilibrium_is_optimal_somebody_must_invest_more(game):
    nash, optimum = nash_equilibrium(game).x, social_optimum(game).x
    least = game.social_cost(optimum)
    assert game.social_cost(nash) <= least * (1 + 1e-9) or (optimum > nash + 1e-9).any()


@few
@given(games(least=3, most=5), st.randoms())
def test_relabelling_users_permutes_results(game, random):
    order = list(range(game.n))
    random.shuffle(order)
    decay = game.risk.decay
    if isinstance(decay, Exponential):
        permuted = Exponential(decay.loss[order], decay.rate[order])
    else:
        permuted = PowerLaw(decay.loss[order], decay.exponent[order])
    weights = game.risk.dense_weights()[np.ix_(order, order)]
    relabelled = SecurityGame(WeightedEffort(weights, permuted), game.unit_costs[order])
    here, there = social_optimum(game), social_optimum(relabelled)
    assert game.social_cost(here.x) == pytest.approx(relabelled.social_cost(there.x), rel=1e-9)
    if here.unique:
        np.testing.assert_allclose(there.x, here.x[order], rtol=1e-5, atol=1e-6)
    equilibria, others = nash_equilibria(game), nash_equilibria(relabelled)
    assert equilibria.continuum == others.continuum
    if not equilibria.continuum:
        assert len(equilibria) == len(others)


@few
@given(games(least=3, most=5), st.sampled_from([1e-6, 0.1, 7.0, 1e6]))
def test_scaling_losses_and_costs_together_scales_money_only(game, factor):
    decay = game.risk.decay
    rate = decay.rate if isinstance(decay, Exponential) else decay.exponent
    scaled = SecurityGame(
        WeightedEffort(game.risk.dense_weights(), type(decay)(factor * decay.loss, rate)),
        factor * game.unit_costs,
    )
    plain = SecurityGame(WeightedEffort(game.risk.dense_weights(), decay), game.unit_costs)
    np.testing.assert_allclose(
        nash_equilibrium(scaled).x, nash_equilibrium(plain).x, rtol=1e-6, atol=1e-7
    )
    assert price_of_anarchy(scaled).ratio == pytest.approx(price_of_anarchy(plain).ratio, rel=1e-6)


@few
@given(weighted_games(least=3, most=5))
def test_participation_compares_certified_outcomes(game):
    result = participation(game)
    optimum = social_optimum(game).x
    # Taxes balance, so utilities inside sum to minus the least social cost.
    assert result.inside.sum() == pytest.approx(-game.social_cost(optimum), rel=1e-9)
    for user, x in enumerate(result.exit_x):
        assert best_response(game, user, x) == pytest.approx(x[user], rel=1e-6, abs=1e-7)


@few
@given(weighted_games(least=3, most=4))
def test_moving_first_never_hurts_a_loner_to_whom_the_others_have_one_answer(game):
    leading, together = participation(game, "sequential"), participation(game)
    weights = game.risk.dense_weights()
    for user in range(game.n):
        others = np.delete(np.arange(game.n), user)
        # Strict convexity fixes their effective efforts, and these fix their efforts.
        if np.linalg.cond(weights[np.ix_(others, others)]) < 1e4:
            now, first = together.outside[user], leading.outside[user]
            assert first >= now - 1e-6 * np.abs(now)


def test_total_effort_as_weighted_effort_gives_the_same_equilibria():
    decay, costs = Exponential(), [0.5, 0.4, 0.7, 0.9]
    by_formula = SecurityGame(TotalEffort(4, decay), costs)
    by_newton = SecurityGame(WeightedEffort(np.ones((4, 4)), decay), costs)
    for solve in (nash_equilibrium, social_optimum):
        np.testing.assert_allclose(solve(by_newton).x, solve(by_formula).x, atol=1e-9)
    np.testing.assert_allclose(
        participation(by_newton).outside, participation(by_formula).outside, atol=1e-9
    )
