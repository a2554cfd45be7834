"""Regulators' schemes, the impossibility, stable coalitions and private costs."""

import itertools

import numpy as np
import pytest
from games import games, weighted_games
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize_scalar

from pesim_lib import (
    CustomRisk,
    Exponential,
    SecurityGame,
    TotalEffort,
    WeightedEffort,
    best_response,
    coalition_equilibrium,
    coalition_response,
    exit_equilibria,
    exit_equilibrium,
    nash_equilibria,
    nash_equilibrium,
    participation,
    price_of_anarchy,
    social_optimum,
    stable_coalitions,
)
from pesim_lib.beyond.coalitions import keeping_transfers, total_effort_slack, transfer_slack
from pesim_lib.beyond.private_costs import caring, expected_costs, type_game
from pesim_lib.beyond.regret import regret
from pesim_lib.beyond.scheme import external_benefit, leavers, own_benefit, slip
from pesim_lib.beyond.schemes import (
    SCHEMES,
    bonus,
    certification,
    compare,
    due_care,
    exit_pivotal,
    fine,
    insurance,
    liability_for_damage,
    mandate,
    monitored_insurance,
    no_regulation,
    pesim,
    pivotal,
    strict_liability,
    subsidy,
)
from pesim_lib.paper.examples import random_game, ring_game, total_effort_game

few = settings(max_examples=20, deadline=None)
OPTIMAL = [scheme for scheme in SCHEMES if scheme not in (no_regulation, insurance)]
WITHOUT_WORSE = [mandate, strict_liability, liability_for_damage, due_care, pivotal]


def replace_own(x, user, effort):
    return np.where(np.arange(len(x)) == user, effort, x)


def table_payment(scheme, game, x, user):
    """What the chapter's table has `user` pay, a function of efforts y; x is the optimum."""
    risks, slopes, jacobian = game.risks, game.risk_jacobian(x)[:, user], game.risk_jacobian(x)
    b, own = -np.delete(slopes, user).sum(), -slopes[user]
    rest = np.delete(np.arange(game.n), user)
    at_optimum, at_zero = risks(x)[user], risks(0 * x)[user]
    alone = min(
        game.costs(replace_own(x, user, effort))[user]
        for effort in (best_response(game, user, x), x[user])
    )
    absent = coalition_response(game, rest, np.zeros(game.n)).x
    saved, left = game.costs(x)[user] - alone, game.costs(absent)[rest].sum()

    def short(y):
        return y[user] < x[user] * (1 - 1e-12)

    return {
        mandate: lambda y: 2 * game.unit_costs[user] * x[user] * short(y),
        strict_liability: lambda y: risks(y)[rest].sum(),
        liability_for_damage: lambda y: (
            (risks(y) - risks(replace_own(y, user, x[user])))[rest].sum() * short(y)
        ),
        due_care: lambda y: risks(y)[rest].sum() * short(y),
        fine: lambda y: b * (x[user] - y[user]),
        certification: lambda y: -saved / at_optimum * risks(y)[user] * (not short(y)),
        subsidy: lambda y: -b * y[user],
        bonus: lambda y: (
            -(game.unit_costs[user] / own - 1) * (at_zero - risks(y)[user]) if x[user] > 0 else 0.0
        ),
        monitored_insurance: lambda y: (
            0.5 * (at_optimum - risks(y)[user]) + (b + 0.5 * own) * (x[user] - y[user])
        ),
        pivotal: lambda y: game.costs(y)[rest].sum() - left,
        pesim: lambda y: -b * y[user] - jacobian[user, rest] @ y[rest],
    }[scheme]


def reply(scheme, user, y, line):
    """The best effort against y under a rule that jumps at most at the effort `line`."""
    game = scheme.game

    def cost(effort):
        z = replace_own(y, user, effort)
        return -game.utilities(z, scheme.rule(z))[user]

    top = 3 * max(line, scheme.x.max(), best_response(game, user, np.zeros(game.n))) + 1
    pieces = [(0.0, line), (line, top)] if line > 0 else [(0.0, top)]
    inner = [minimize_scalar(cost, bounds=piece, options={"xatol": 1e-9}).x for piece in pieces]
    return min([0.0, line, y[user], *inner], key=cost)


def found_by_replies(scheme, seed, rounds=30):
    """Where best replies in turn lead from a random start, or None if they do not settle."""
    random = np.random.default_rng(seed)
    n, optimum = scheme.game.n, social_optimum(scheme.game).x
    y = 2 * (scheme.x.max() + 1) * random.random(n) * (random.random(n) < 0.5)
    for _ in range(rounds):
        before = y
        for user in random.permutation(n):
            y = replace_own(y, user, reply(scheme, user, y, optimum[user]))
        if np.abs(y - before).max() <= 1e-7:
            return y
    return None


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.__name__)
def test_every_scheme_ends_in_an_equilibrium_of_its_rule_and_so_does_the_worst(scheme):
    @settings(max_examples=12, deadline=None)
    @given(games(least=3, most=5))
    def check(game):
        result = scheme(game)
        # Where rounding makes a price zero, a user may go on for ever, and gain by it.
        assume((own_benefit(game, result.x) > 1e-9 * game.unit_costs).all())
        scale = 1 + np.abs(result.utilities).max()
        assert regret(result) <= 1e-7 * scale
        assert regret(result, result.worst) <= 1e-7 * scale

    check()


@pytest.mark.parametrize("scheme", OPTIMAL, ids=lambda scheme: scheme.__name__)
def test_the_optimum_is_an_equilibrium_under_the_payments_of_the_chapters_table(scheme):
    @settings(max_examples=12, deadline=None)
    @given(games(least=3, most=4), st.integers(0, 99))
    def check(game, seed):
        x = social_optimum(game).x
        random = np.random.default_rng(seed)
        scale = game.social_cost(np.zeros(game.n))
        rule = scheme(game).rule
        for user in range(game.n):
            payment = table_payment(scheme, game, x, user)

            def cost(effort, user=user, payment=payment):
                y = replace_own(x, user, effort)
                return game.costs(y)[user] + payment(y)

            efforts = np.append(np.linspace(0, 2 * x.max() + 1, 41), x[user] * (1 + 1e-3))
            assert cost(x[user]) <= min(cost(effort) for effort in efforts) + 1e-7 * scale
            y = 2 * x * random.random(game.n)
            assert rule(y)[user] == pytest.approx(payment(y), abs=1e-7 * scale)

    check()


@few
@given(games(least=3, most=4), st.sampled_from([0.5, 1.5]))
def test_another_rate_leads_elsewhere(game, factor):
    x = social_optimum(game).x
    user = int(x.argmax())
    rate = external_benefit(game, x)[user]
    assume(x[user] > 1e-3 and rate > 0.1 * game.unit_costs[user])
    off = subsidy(game)
    wrong = type(off)(game, "off", lambda y: factor * off.rule(y), x, off.search, off.outside)
    assert regret(wrong) > 1e-9


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.__name__)
def test_replies_from_anywhere_find_no_worse_equilibrium_than_the_worst(scheme):
    settled = 0
    games = [ring_game(n, 0.2, 0.3, 0.8) for n in (3, 4)]
    games += [total_effort_game(3, 0.5, 0.55), random_game(np.random.default_rng(3), 3)]
    for game, seed in itertools.product(games, range(4)):
        result = scheme(game)
        y = found_by_replies(result, seed)
        if y is not None and regret(result, y) <= 1e-6:
            settled += 1
            worst = game.social_cost(result.worst)
            assert game.social_cost(y) <= worst * (1 + 1e-6)
            if scheme in WITHOUT_WORSE:
                assert game.social_cost(y) == pytest.approx(
                    game.social_cost(social_optimum(game).x), rel=1e-6
                )
    assert settled >= 8


@pytest.mark.parametrize(
    ("n", "scheme", "count", "worst"),
    [
        (4, no_regulation, 3, 1.2468),
        (4, subsidy, 3, 1.3620),
        (4, fine, 3, 1.3620),
        (4, pesim, 3, 1.3620),
        (4, bonus, 3, 1.3620),
        (6, no_regulation, 3, 1.2760),
        (6, subsidy, 5, 1.2289),
        (6, bonus, 1, 1.0),
    ],
)
def test_prices_on_a_strong_ring_have_worse_equilibria(n, scheme, count, worst):
    result = scheme(ring_game(n, 0.2, 0.3, 0.8))
    assert result.equilibria.complete
    assert len(result.equilibria) == count
    assert result.ratios.max() == pytest.approx(worst, abs=1e-4)
    assert result.ratios[0] == pytest.approx(1.0) or scheme is no_regulation


def test_without_certificates_nobody_needs_one():
    large = certification(total_effort_game(10, 0.5, 0.55))
    assert large.ratios.max() == pytest.approx(2.676, abs=1e-3)
    np.testing.assert_allclose(large.worst, np.log(2) * np.eye(10)[0], atol=1e-9)
    mild = certification(ring_game(6, 0.2, 0.3, 0.3))
    assert mild.ratios.max() == pytest.approx(1.0603, abs=1e-4)
    expected = [1.2937, 0.5262, 0.8217, 0.7479, 0.8217, 0.5262]
    np.testing.assert_allclose(mild.worst, expected, atol=1e-4)
    assert nash_equilibrium(ring_game(6, 0.2, 0.3, 0.3)).x[0] < mild.worst[0]


@few
@given(games(least=2, most=4))
def test_the_worst_without_regulation_is_the_price_of_anarchy(game):
    assert no_regulation(game).ratios.max() == pytest.approx(price_of_anarchy(game).ratio)


@few
@given(games(least=3, most=5), st.integers(0, 99))
def test_regret_sees_an_effort_that_is_not_an_equilibrium(game, seed):
    x = nash_equilibrium(game).x + 0.1 + np.random.default_rng(seed).random(game.n)
    wrong = no_regulation(game)
    gains = [
        game.costs(x)[user]
        - game.costs(np.where(np.arange(game.n) == user, best_response(game, user, x), x))[user]
        for user in range(game.n)
    ]
    assert regret(wrong, x) == pytest.approx(max(gains), rel=1e-6)


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
@given(games(least=3, most=5), st.floats(0, 3), st.integers(0, 4))
def test_at_pesims_prices_the_others_lose_by_any_error(game, share, user):
    result = pesim(game)
    scale = 1 + np.abs(result.utilities).max()
    if user < game.n:
        assert slip(result, user, share).others <= 1e-9 * scale


@few
@given(games(least=3, most=5))
def test_nobody_refuses_money_that_is_added(game):
    for scheme in (subsidy, bonus, certification):
        assert len(leavers(scheme(game).accepting)) == 0


def test_a_subsidy_that_nobody_refuses_can_be_left():
    result = subsidy(total_effort_game(10, 0.5, 0.55))
    assert leavers(result.joining).tolist() == [0]


@few
@given(games(least=3, most=5), st.integers(0, 4), st.floats(0, 5))
def test_nobody_leaves_clarke_whatever_it_does_outside(game, user, effort):
    if user >= game.n:
        return
    result = pivotal(game)
    others = np.delete(np.arange(game.n), user)
    outside = coalition_response(game, others, effort * np.eye(game.n)[user]).x
    scale = 1 + game.social_cost(outside)
    assert result.utilities[user] >= -game.costs(outside)[user] - 1e-9 * scale
    assert len(leavers(result.joining)) == 0


@few
@given(games(least=2, most=5))
def test_clarke_never_collects_a_surplus(game):
    assert pivotal(game).budget <= 1e-9 * (1 + game.social_cost(np.zeros(game.n)))


@few
@given(games(least=2, most=4), st.integers(0, 99))
def test_truth_is_dominant_under_clarke_whatever_the_others_report(game, seed):
    random = np.random.default_rng(seed)
    user = int(random.integers(game.n))
    others = game.unit_costs * np.exp(random.normal(0, 0.5, game.n))

    def utility(cost):
        told = pivotal(SecurityGame(game.risk, replace_own(others, user, cost)))
        return game.utilities(told.x, told.taxes)[user]

    honest = utility(game.unit_costs[user])
    scale = 1 + game.social_cost(np.zeros(game.n))
    for factor in (0.3, 0.8, 1.25, 3.0):
        assert utility(factor * game.unit_costs[user]) <= honest + 1e-8 * scale


def test_with_exit_equilibria_from_the_reports_a_lie_pays():
    game = SecurityGame(TotalEffort(3, Exponential()), [0.2, 0.6, 0.7])
    told = exit_pivotal(SecurityGame(game.risk, [1.58 * 0.2, 0.6, 0.7]))
    gain = game.utilities(told.x, told.taxes) - exit_pivotal(game).utilities
    assert gain[0] == pytest.approx(0.898, abs=1e-3)


@few
@given(games(least=3, most=5))
def test_the_exit_constant_leaves_each_user_what_its_presence_saves_in_all(game):
    least = game.social_cost(social_optimum(game).x)
    without = [game.social_cost(exit_equilibrium(game, user).x) for user in range(game.n)]
    scale = 1 + max(without)
    result = exit_pivotal(game)
    np.testing.assert_allclose(result.joining, np.array(without) - least, atol=1e-9 * scale)
    assert (pivotal(game).joining >= result.joining - 1e-9 * scale).all()
    assert pivotal(game).budget <= result.budget + 1e-9 * scale


def test_an_insured_user_may_exert_more_where_its_neighbours_exert_less():
    weights = [[1, 0.8, 0.8], [0, 1, 0], [0, 0, 1]]
    game = SecurityGame(WeightedEffort(weights, Exponential()), [0.05, 0.3, 0.3])
    change = insurance(game, 0.5).x - nash_equilibrium(game).x
    np.testing.assert_allclose(change, np.log(2) * np.array([0.6, -1, -1]), atol=1e-9)


@few
@given(games(least=3, most=5))
def test_nobody_chooses_insurance_at_a_fair_premium(game):
    for scheme in (insurance, monitored_insurance):
        result = scheme(game)
        assert result.accepting.max() <= 1e-9 * (1 + np.abs(result.utilities).max())


def test_who_leaves_unmonitored_insurance_faces_others_who_keep_it():
    game = ring_game(5, 0.2, 0.3, 0.4)
    result = insurance(game, 0.5)
    others = np.where(np.arange(5) == 2, game.unit_costs, game.unit_costs / 0.5)
    x = nash_equilibrium(SecurityGame(game.risk, others)).x
    assert result.outside()[2] == pytest.approx(-game.costs(x)[2])


@pytest.mark.parametrize("coverage", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("game", [total_effort_game(10, 0.5, 0.55), ring_game(5, 0.2, 0.3, 0.4)])
def test_a_premium_is_worth_what_it_counts(game, coverage):
    own, all_claims, everybody = (
        monitored_insurance(game, coverage, saved)
        for saved in ("own claim", "all claims", "everybody")
    )
    for result in (own, all_claims, everybody):
        assert regret(result) <= 1e-9
        assert abs(result.budget) <= 1e-12
    np.testing.assert_allclose(own.x, nash_equilibrium(game).x, atol=1e-8)
    np.testing.assert_allclose(everybody.x, social_optimum(game).x, atol=1e-8)
    assert 1 + 1e-6 < all_claims.ratios[0] < own.ratios[0] - 1e-6
    # Each user's own risk in full and a share of the others': the first-order condition.
    slopes = game.risk_jacobian(all_claims.x)
    felt = (1 - coverage) * np.diag(slopes) + coverage * slopes.sum(axis=0)
    works = all_claims.x > 0
    np.testing.assert_allclose((game.unit_costs + felt)[works], 0, atol=1e-7)


def test_an_insurer_of_half_of_all_losses_comes_near_the_optimum():
    result = monitored_insurance(total_effort_game(10, 0.5, 0.55), 0.5, "all claims")
    assert result.ratios[0] == pytest.approx(1.0551, abs=1e-4)
    assert result.x.sum() == pytest.approx(np.log(11))


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
    # Of several exit equilibria of a user these are the ones that the library reports.
    exits = [game.costs(exit.x)[user] for user, exit in enumerate(exit_equilibria(game))]
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
@given(games(least=2, most=5))
def test_where_the_slack_allows_it_balanced_taxes_keep_everybody(game):
    taxes, slack = keeping_transfers(game), transfer_slack(game)
    exits = [game.costs(exit_equilibrium(game, user).x)[user] for user in range(game.n)]
    gain = game.utilities(social_optimum(game).x, taxes) + exits
    scale = 1 + game.social_cost(np.zeros(game.n))
    assert abs(taxes.sum()) <= 1e-9 * scale
    np.testing.assert_allclose(gain, slack / game.n, atol=1e-9 * scale)


def test_three_of_six_leave_pesim_and_other_taxes_keep_them():
    game = ring_game(6, 0.2, 0.3, 0.3)
    assert len(leavers(pesim(game).joining)) == 3
    assert transfer_slack(game) == pytest.approx(0.179, abs=1e-3)


@few
@given(games(least=2, most=2))
def test_two_users_can_be_kept_if_both_count_on_the_same_equilibrium(game):
    same = nash_equilibrium(game)
    assert game.social_cost(same.x) >= game.social_cost(social_optimum(game).x) * (1 - 1e-9)
    if same.unique:
        assert transfer_slack(game) >= -1e-9 * game.social_cost([0, 0])


@pytest.mark.parametrize(
    ("game", "hopeful", "optimum"),
    [
        (SecurityGame(TotalEffort(2, Exponential()), [0.5, 0.5]), 1.0, 1.1931),
        (SecurityGame(WeightedEffort([[1, 2], [2, 1]], Exponential()), [0.3, 0.3]), 0.18, 0.6605),
    ],
)
def test_two_users_who_each_count_on_the_other_cannot_be_kept(game, hopeful, optimum):
    found = [game.costs(equilibrium.x) for equilibrium in nash_equilibria(game)]
    for user in range(2):
        # Both exits of a game of two are Nash equilibria, and each of these is an exit.
        exit_costs = game.costs(exit_equilibrium(game, user).x)
        assert any(np.allclose(exit_costs, costs) for costs in found)
    assert np.min(found, axis=0).sum() == pytest.approx(hopeful, abs=1e-4)
    assert game.social_cost(social_optimum(game).x) == pytest.approx(optimum, abs=1e-4)


@few
@given(st.floats(1, 2.999), st.floats(2, 10), st.floats(0.01, 5))
def test_three_users_are_kept_exactly_if_c1_log_3_over_c1_is_at_most_one(c1, c2, more):
    assume(c2 > c1 + 1e-6)
    slack = transfer_slack(SecurityGame(TotalEffort(3, Exponential()), [c1, c2, c2 + more]))
    rest = 1 - c1 * np.log(3 / c1)
    if c1 <= 2:
        assert slack == pytest.approx(rest, abs=1e-9)
    else:
        assert slack == pytest.approx(3 - c1 * (1 + np.log(3 / c1)), abs=1e-9)
        assert slack > 0 < rest


@pytest.mark.parametrize(("eps", "slack"), [(0.1, -0.1488), (0.01, -0.1036), (0.001, -0.0991)])
def test_strictly_convex_risks_are_no_way_out(eps, slack):
    risk = CustomRisk(
        3,
        lambda x: np.full(3, np.exp(-x.sum()) + eps * np.exp(-x).sum()),
        lambda x: -np.exp(-x.sum()) - eps * np.tile(np.exp(-x), (3, 1)),
    )
    assert transfer_slack(SecurityGame(risk, [1, 2, 3])) == pytest.approx(slack, abs=1e-4)


@few
@given(st.integers(3, 12), st.floats(0.05, 15), st.floats(0.01, 15))
def test_the_charts_slack_is_that_of_the_game(n, c1, more):
    game = total_effort_game(n, c1, c1 + more)
    assert total_effort_slack(n, c1, c1 + more) == pytest.approx(transfer_slack(game), abs=1e-9 * n)


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


@few
@given(st.integers(2, 7), st.floats(0.05, 6), st.integers(0, 999))
def test_under_total_effort_nothing_that_helps_lasts_without_transfers(n, c1, seed):
    more = np.random.default_rng(seed).exponential(0.3, n - 1) + 1e-3
    game = SecurityGame(TotalEffort(n, Exponential()), c1 + np.append(0, more.cumsum()))
    found = stable_coalitions(game)
    total = found.costs.sum(axis=1)
    closes = total < total[0] * (1 - 1e-9)
    assert not (found.internal & closes).any()
    if c1 <= 1:
        pairs = found.members[:, 0] & (found.members.sum(axis=1) == 2)
        several = found.members[:, 0] & (found.members.sum(axis=1) > 1)
        assert (found.potential[several] == pairs[several]).all()
        assert total[found.potential].min() >= total[pairs].min() * (1 - 1e-12)


@pytest.mark.parametrize(
    ("n", "c1", "c2", "share", "size", "with_first"),
    [
        (3, 2, 2.05, 1.0, 3, True),
        (10, 1.5, 1.55, 0.570, 3, False),
        (10, 2, 2.05, 0.528, 3, True),
        (10, 2.5, 9, 0.300, 3, True),
        (10, 4, 4.05, 0.474, 5, True),
    ],
)
def test_where_all_are_dear_larger_coalitions_last(n, c1, c2, share, size, with_first):
    game = total_effort_game(n, c1, c2)
    found = stable_coalitions(game)
    total = found.costs.sum(axis=1)
    closed = (total[0] - total) / (total[0] - game.social_cost(social_optimum(game).x))
    best = np.where(found.potential, closed.round(9), -1).argmax()
    assert closed[best] == pytest.approx(share, abs=1e-3)
    assert found.members[best].sum() == size
    assert found.members[best, 0] == with_first


def test_many_coalitions_may_be_stable_that_do_nothing():
    found = stable_coalitions(total_effort_game(10, 2, 5.5))
    total = found.costs.sum(axis=1)
    assert found.stable.sum() == 248
    np.testing.assert_allclose(total[found.stable], total[0])


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


@pytest.mark.parametrize("chance", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("n", [2, 3])
def test_bayesian_equilibria_under_liability_minimise_the_expected_social_cost(n, chance):
    random = np.random.default_rng(n)
    risk = random_game(random, n).risk
    low = np.exp(random.normal(-1.5, 0.5, n))
    x = nash_equilibrium(type_game(caring(risk), low, 3 * low, chance)).x.reshape(2, n)

    def expected(y):
        total = 0.0
        for draw in itertools.product([0, 1], repeat=n):
            known = SecurityGame(risk, np.where(draw, 3 * low, low))
            odds = np.where(draw, 1 - chance, chance).prod()
            total += odds * known.social_cost(y[list(draw), np.arange(n)])
        return total

    least = expected(x)
    for _ in range(200):
        other = np.maximum(x + random.normal(0, random.choice([0.01, 0.3, 1.0]), (2, n)), 0)
        assert expected(other) >= least - 1e-9
    costs = expected_costs(risk, low, 3 * low, chance)
    assert costs[1, 0] == pytest.approx(least)
    assert costs[1, 1] <= costs.min() + 1e-9
    assert costs[1, 0] <= costs[0, 0] + 1e-9


@pytest.mark.parametrize(
    ("chance", "efforts"), [(0.1, (2.261, 0.552)), (0.5, (1.873, 0.287)), (0.9, (1.419, 0.008))]
)
def test_liability_on_the_chapters_ring_with_private_costs(chance, efforts):
    low = np.full(4, 0.2)
    game = type_game(caring(ring_game(4, weight=0.3).risk), low, 3 * low, chance)
    np.testing.assert_allclose(nash_equilibrium(game).x, np.repeat(efforts, 4), atol=1e-3)


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
        (lambda: monitored_insurance(ring_game(), saved="nothing"), "saved"),
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


def test_liability_for_damage_collects_nothing_at_the_optimum_and_only_the_worker_leaves():
    game = total_effort_game(n=10, c1=0.5, c2=0.55)
    strict, damage = strict_liability(game), liability_for_damage(game)
    assert strict.budget == pytest.approx(4.5)
    assert len(leavers(strict.joining)) == 10
    assert damage.budget == 0
    assert list(leavers(damage.joining)) == [0]


def test_a_little_more_than_the_least_compensation_removes_the_unregulated_equilibrium():
    game = total_effort_game(n=10, c1=0.5, c2=0.55)
    assert certification(game).ratios.max() > 2
    assert certification(game, extra=1e-3).ratios.max() == pytest.approx(1)


def test_a_compensation_below_the_least_is_refused():
    with pytest.raises(ValueError, match="extra: got -1; allowed: >= 0"):
        certification(total_effort_game(3), extra=-1)


def test_compare_takes_the_optimum_for_granted_only_where_a_theorem_does():
    """The others are searched: on a strong ring most of these have worse equilibria."""
    game = ring_game(n=4, c1=0.2, c2=0.3, weight=0.8)
    assert all(len(scheme(game).equilibria) == 1 for scheme in WITHOUT_WORSE)
    searched = [scheme for scheme in SCHEMES if scheme not in WITHOUT_WORSE]
    assert len(searched) == 8
    assert sum(len(scheme(game).equilibria) > 1 for scheme in searched) >= 6
