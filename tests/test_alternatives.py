"""Regulators' schemes, the impossibility, stable coalitions and private costs."""

import itertools

import numpy as np
import pytest
from games import games, weighted_games
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from pesim_lib import (
    SecurityGame,
    best_response,
    coalition_equilibrium,
    exit_equilibrium,
    nash_equilibrium,
    participation,
    social_optimum,
    stable_coalitions,
)
from pesim_lib.alternatives import (
    SCHEMES,
    bonus,
    certification,
    compare,
    due_care,
    external_benefit,
    fine,
    insurance,
    mandate,
    monitored_insurance,
    no_regulation,
    pesim,
    pivotal,
    regret,
    slip,
    strict_liability,
    subsidy,
    transfer_slack,
    type_game,
)
from pesim_lib.examples import random_game, ring_game, total_effort_game

few = settings(max_examples=20, deadline=None)
OPTIMAL = [scheme for scheme in SCHEMES if scheme not in (no_regulation, insurance)]


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.__name__)
def test_every_scheme_ends_in_an_equilibrium_of_its_rule(scheme):
    @settings(max_examples=12, deadline=None)
    @given(games(least=3, most=5))
    def check(game):
        result = scheme(game)
        scale = 1 + np.abs(result.utilities).max()
        assert regret(result) <= 1e-7 * scale

    check()


@few
@given(games(least=3, most=5), st.integers(0, 99))
def test_regret_sees_an_effort_that_is_not_an_equilibrium(game, seed):
    x = nash_equilibrium(game).x + 0.1 + np.random.default_rng(seed).random(game.n)
    wrong = no_regulation(game)
    moved = type(wrong)(game, "moved", wrong.rule, x)
    gains = [
        game.costs(x)[user]
        - game.costs(np.where(np.arange(game.n) == user, best_response(game, user, x), x))[user]
        for user in range(game.n)
    ]
    assert regret(moved) == pytest.approx(max(gains), rel=1e-6)


@few
@given(games(least=3, most=5))
def test_all_but_two_schemes_reach_the_optimum(game):
    for scheme in OPTIMAL:
        assert scheme(game).ratio == pytest.approx(1, abs=1e-9)
    assert no_regulation(game).ratio >= 1 - 1e-9


@few
@given(games(least=3, most=5))
def test_who_pays_the_difference(game):
    tight = 1e-9 * (1 + game.social_cost(np.zeros(game.n)))
    for scheme in (no_regulation, mandate, due_care, fine, insurance, monitored_insurance):
        assert abs(scheme(game).budget) <= tight
    for scheme in (certification, subsidy, bonus):
        assert scheme(game).budget <= tight
    losses = game.risks(social_optimum(game).x).sum()
    assert strict_liability(game).budget == pytest.approx((game.n - 1) * losses)


@few
@given(games(least=3, most=5), st.floats(0, 3))
def test_pesims_prices_balance_at_any_efforts(game, share):
    result = pesim(game)
    assert abs(slip(result, share=share).budget) <= 1e-9 * (1 + np.abs(result.taxes).sum())


@few
@given(games(least=3, most=5))
def test_nobody_leaves_clarke_or_a_subsidy(game):
    for scheme in (pivotal, subsidy, bonus, certification):
        result = scheme(game)
        assert result.gain.min() >= -1e-9 * (1 + np.abs(result.utilities).max())


@few
@given(games(least=3, most=5))
def test_clarke_leaves_each_user_what_its_presence_saves_in_all(game):
    least = game.social_cost(social_optimum(game).x)
    without = [game.social_cost(exit_equilibrium(game, user)) for user in range(game.n)]
    np.testing.assert_allclose(
        pivotal(game).gain, np.array(without) - least, atol=1e-9 * (1 + max(without))
    )


@few
@given(games(least=3, most=5))
def test_nobody_chooses_insurance_at_a_fair_premium(game):
    for scheme in (insurance, monitored_insurance):
        result = scheme(game)
        assert result.gain.max() <= 1e-9 * (1 + np.abs(result.utilities).max())


@few
@given(games(least=2, most=5), st.floats(0.1, 0.9), st.integers(0, 99))
def test_insured_users_answer_with_less_effort(game, coverage, seed):
    insured = SecurityGame(game.risk, game.unit_costs / (1 - coverage))
    x = np.random.default_rng(seed).random(game.n)
    for user in range(game.n):
        assert best_response(insured, user, x) <= best_response(game, user, x)


@few
@given(games(least=3, most=5))
def test_what_a_subsidy_or_a_bonus_induces_is_a_game_that_the_kernel_accepts(game):
    x = social_optimum(game).x
    worth = external_benefit(game, x)
    own = -np.diag(game.risk_jacobian(x))
    factor = np.where(x > 0, game.unit_costs / own, 1.0)
    for costs in (game.unit_costs - worth, game.unit_costs / factor):
        # Where nearly all of a cost is paid for, what is left is rounding.
        assume((costs > 1e-6 * game.unit_costs).all())
        induced = SecurityGame(game.risk, costs)
        for user in range(game.n):
            reply = best_response(induced, user, x)
            other = np.where(np.arange(game.n) == user, reply, x)
            gain = induced.costs(x)[user] - induced.costs(other)[user]
            assert gain <= 1e-9 * (1 + induced.costs(x)[user])


@pytest.mark.parametrize("n", [2, 3, 10])
def test_paying_the_loss_is_too_little_for_three_users_or_more(n):
    scheme = certification(total_effort_game(n, 0.5, 0.55))
    compensation = -scheme.taxes[0] / scheme.game.risks(scheme.x)[0]
    assert compensation == pytest.approx(1 + n * (np.log(n) - 1))
    assert (compensation > 1) == (n >= 3)


@pytest.mark.parametrize("n", [3, 5, 20])
@pytest.mark.parametrize("c1", [0.05, 0.5, 1.0])
@pytest.mark.parametrize("c2", [1.1, 6.0, 40.0])
def test_no_transfers_keep_everybody_where_one_user_is_cheap(n, c1, c2):
    assert transfer_slack(total_effort_game(n, c1, c2)) <= c1 * (1 - np.log(n)) + 1e-12


@few
@given(games(least=2, most=5))
def test_transfers_exist_exactly_where_the_slack_is_not_negative(game):
    optimum = game.costs(social_optimum(game).x)
    others = [[k for k in range(game.n) if k != i] for i in range(game.n)]
    exits = [game.costs(coalition_equilibrium(game, [[i], others[i]]).x)[i] for i in range(game.n)]
    # The least deficit of taxes that nobody leaves for: t_i <= exit_i - g_i(x*).
    found = linprog(
        -np.ones(game.n),
        A_ub=np.eye(game.n),
        b_ub=np.array(exits) - optimum,
        bounds=(None, None),
    )
    assert found.status == 0
    assert transfer_slack(game) == pytest.approx(-found.fun, abs=1e-9 * (1 + optimum.sum()))


@few
@given(games(least=3, most=5))
def test_the_slack_is_what_pesims_users_gain_in_sum(game):
    gain = participation(game).gain.sum()
    assert transfer_slack(game) == pytest.approx(
        gain, abs=1e-8 * (1 + game.social_cost(game.n * [0]))
    )


@few
@given(games(least=2, most=2))
def test_two_users_can_always_be_kept(game):
    assert transfer_slack(game) >= -1e-9 * game.social_cost([0, 0])


@few
@given(weighted_games(least=3, most=4))
def test_coalition_stability_agrees_with_leaving_and_joining_one_by_one(game):
    found = stable_coalitions(game)

    def costs(members):
        alone = [[k] for k in range(game.n) if k not in members]
        return game.costs(coalition_equilibrium(game, [*alone, *([members] * bool(members))]).x)

    subsets = [
        list(members)
        for size in range(game.n + 1)
        for members in itertools.combinations(range(game.n), size)
        if size != 1
    ]
    assert len(found.members) == len(subsets)
    for members in subsets:
        (k,) = np.flatnonzero((found.members == np.isin(np.arange(game.n), members)).all(axis=1))
        now = costs(members)
        leave = {i: costs([k for k in members if k != i])[i] for i in members}
        join = {i: costs([*members, i])[i] for i in range(game.n) if i not in members}
        slack = 1e-9 * now
        assert found.internal[k] == all(now[i] <= leave[i] + slack[i] for i in leave)
        assert found.external[k] == all(now[i] <= join[i] + slack[i] for i in join)
        if members:
            scale = sum(leave.values())
            assert found.potential[k] == (now[members].sum() <= scale * (1 + 1e-9))


@pytest.mark.parametrize("n", [3, 4, 7, 12])
def test_with_transfers_a_pair_with_the_cheapest_user_is_the_best_that_lasts(n):
    game = total_effort_game(n, 0.5, 0.55)
    found = stable_coalitions(game)
    total = found.costs.sum(axis=1)
    nash, best = total[0], game.social_cost(social_optimum(game).x)
    closed = (nash - total) / (nash - best)
    kept = found.members[found.potential & (closed > 1e-9)]
    assert (kept.sum(axis=1) == 2).all()
    assert kept[:, 0].all()
    expected = (n / 2 - np.log(2)) / (n - 1 - np.log(n))
    assert closed[found.potential].max() == pytest.approx(expected)
    assert closed[found.stable].max() == pytest.approx(0)


@pytest.mark.parametrize("chance", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("n", [2, 4])
def test_bayesian_equilibrium_leaves_no_type_a_better_effort(n, chance):
    random = np.random.default_rng(n)
    risk, low = random_game(random, n).risk, np.exp(random.normal(-1.5, 0.5, n))
    costs = np.array([low, 3 * low])
    x = nash_equilibrium(type_game(risk, *costs, chance)).x.reshape(2, n)

    def expected(user, kind, effort):
        total = costs[kind, user] * effort
        for draw in itertools.product([0, 1], repeat=n):
            if draw[user] == kind:
                played = x[list(draw), np.arange(n)]
                played[user] = effort
                rest = [chance if d == 0 else 1 - chance for k, d in enumerate(draw) if k != user]
                total += np.prod(rest) * risk.value(played)[user]
        return total

    for user, kind in itertools.product(range(n), [0, 1]):
        now = expected(user, kind, x[kind, user])
        for effort in np.linspace(0, 3 * x.max() + 1, 61):
            assert expected(user, kind, effort) >= now - 1e-9
    assert (x[0] >= x[1] - 1e-9).all()


def test_types_that_cost_the_same_play_the_known_game():
    game = ring_game(4)
    private = type_game(game.risk, game.unit_costs, game.unit_costs, 0.3)
    known = nash_equilibrium(game).x
    np.testing.assert_allclose(nash_equilibrium(private).x, np.tile(known, 2), atol=1e-7)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: insurance(ring_game(), 1.0), "coverage"),
        (lambda: insurance(ring_game(), -0.1), "coverage"),
        (lambda: monitored_insurance(ring_game(), np.nan), "coverage"),
        (lambda: type_game(ring_game(3).risk, [1, 1, 0], [1, 1, 1], 0.5), "low"),
        (lambda: type_game(ring_game(3).risk, [1, 1, 1], [1, 1], 0.5), "high"),
        (lambda: type_game(ring_game(3).risk, [1, 1, 1], [2, 2, 2], 1.0), "chance"),
        (lambda: type_game(ring_game(3).risk, [1, 1, 1], [2, 2, 2], 0.0), "chance"),
        (lambda: slip(no_regulation(ring_game()), user=6), "user"),
        (lambda: stable_coalitions(total_effort_game(13)), "game.n"),
    ],
)
def test_bad_input_is_refused_by_name(call, named):
    with pytest.raises(ValueError, match=named):
        call()


def test_schemes_are_frozen_and_named_differently():
    schemes = compare(total_effort_game(4))
    assert len({scheme.name for scheme in schemes}) == len(SCHEMES)
    with pytest.raises(AttributeError):
        schemes[0].x = 0
