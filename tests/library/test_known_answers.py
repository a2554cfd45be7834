"""The paper's formulas and small games whose answers are known."""

from functools import partial

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import minimize, minimize_scalar

from pesim_lib import (
    CustomRisk,
    Exponential,
    Messages,
    PowerLaw,
    SecurityGame,
    TotalEffort,
    WeightedEffort,
    best_deviation,
    coalition_equilibrium,
    coalition_response,
    equilibrium_messages,
    lindahl_prices,
    nash_equilibria,
    nash_equilibrium,
    outcome,
    participation,
    price_of_anarchy,
    social_optimum,
)
from pesim_lib.paper.examples import random_game, ring_game, total_effort_game, two_user_game
from pesim_lib.paper.individual_rationality import loner_gain
from pesim_lib.solvers.lemke import lemke


def rho(n, c1):
    if c1 <= 1:
        return (n + np.log(1 / c1)) / (1 + np.log(n / c1))
    return n / (c1 * (1 + np.log(n / c1))) if c1 < n else 1.0


@pytest.mark.parametrize("n", [1, 2, 3, 10, 100])
@pytest.mark.parametrize("c1", [1e-12, 0.01, 0.5, 1.0, 1.5, 9.0, 10.0, 1e12])
def test_total_effort_example(n, c1):
    game = total_effort_game(n, c1)
    result = price_of_anarchy(game)
    assert result.ratio == pytest.approx(rho(n, c1), rel=1e-12)
    assert result.worst.x.sum() == pytest.approx(max(-np.log(c1), 0), rel=1e-12)
    assert result.optimum.x.sum() == pytest.approx(max(np.log(n / c1), 0), rel=1e-12)
    assert (result.optimum.x[1:] == 0).all()


def test_costs_need_not_be_sorted():
    game = SecurityGame(TotalEffort(3, Exponential()), [0.9, 0.2, 0.5])
    np.testing.assert_allclose(nash_equilibrium(game).x, [0, -np.log(0.2), 0])


def test_power_law_total_effort():
    game = SecurityGame(TotalEffort(5, PowerLaw()), [0.25, 0.3, 0.4, 0.5, 0.6])
    assert nash_equilibrium(game).x[0] == pytest.approx(0.25**-0.5 - 1)
    assert social_optimum(game).x[0] == pytest.approx((5 / 0.25) ** 0.5 - 1)


def test_heterogeneous_total_effort_optimum_meets_its_first_order_condition():
    decay = Exponential(loss=[1.0, 5.0, 2.0], rate=[0.5, 2.0, 1.0])
    game = SecurityGame(TotalEffort(3, decay), [0.6, 0.4, 0.5])
    total = social_optimum(game).x.sum()
    assert -decay.slope(total).sum() == pytest.approx(0.4, rel=1e-12)


def test_cross_weights_above_own_give_three_equilibria():
    game = SecurityGame(WeightedEffort([[1, 2], [2, 1]], Exponential()), [np.exp(-1)] * 2)
    found = nash_equilibria(game)
    expected = [[1, 0], [0, 1], [1 / 3, 1 / 3]]
    assert len(found) == 3
    assert found.complete
    assert not found.continuum
    for x in expected:
        assert any(np.allclose(x, equilibrium.x) for equilibrium in found)
    result = price_of_anarchy(game)
    assert result.exact
    np.testing.assert_allclose(result.worst.x, [1 / 3, 1 / 3])
    assert nash_equilibrium(game).unique is False


@pytest.mark.parametrize("risk", [TotalEffort, lambda n, d: WeightedEffort(np.ones((n, n)), d)])
def test_tied_costs_give_a_continuum_that_is_named(risk):
    game = SecurityGame(risk(3, Exponential()), [0.5, 0.5, 0.8])
    found = nash_equilibria(game)
    assert found.continuum
    assert all(equilibrium.unique is False for equilibrium in found)
    assert price_of_anarchy(game).exact is (risk is TotalEffort)
    assert price_of_anarchy(game).ratio == pytest.approx(rho(3, 0.5), rel=1e-9)
    assert social_optimum(game).unique is False


def test_six_separate_pairs_with_three_equilibria_each_have_three_to_the_sixth():
    weights = np.kron(np.eye(6), [[1, 2], [2, 1]])
    game = SecurityGame(WeightedEffort(weights, Exponential()), [0.4] * 12)
    found = nash_equilibria(game)
    assert len(found) == 3**6
    assert found.complete
    x = lemke(weights, np.log(game.unit_costs))
    assert any(np.allclose(x, equilibrium.x, atol=1e-9) for equilibrium in found)


def test_nash_equilibrium_agrees_with_an_independent_lemke_solver():
    quantecon = pytest.importorskip("quantecon.optimize")
    random = np.random.default_rng(2)
    for _ in range(20):
        n = int(random.integers(2, 15))
        weights = random.random((n, n)) / n
        np.fill_diagonal(weights, 1)
        costs = random.uniform(0.05, 0.9, n)
        game = SecurityGame(WeightedEffort(weights, Exponential()), costs)
        theirs = quantecon.lcp_lemke(weights, np.log(costs))
        assert theirs.success
        np.testing.assert_allclose(nash_equilibrium(game).x, theirs.z, atol=1e-9)


def test_social_optimum_agrees_with_an_independent_solver():
    random = np.random.default_rng(3)
    for _ in range(20):
        game = random_game(random, int(random.integers(2, 8)))
        theirs = minimize(
            game.social_cost,
            np.ones(game.n),
            jac=lambda x, game=game: game.unit_costs + game.risk_jacobian(x).sum(axis=0),
            bounds=[(0, None)] * game.n,
            method="SLSQP",
            options={"ftol": 1e-14, "maxiter": 1000},
        )
        ours = game.social_cost(social_optimum(game).x)
        assert ours == pytest.approx(theirs.fun, rel=1e-7)


def test_exit_equilibrium_is_a_fixed_point_of_independent_minimisations():
    game = ring_game(n=5, c1=0.2, c2=0.3)
    x = coalition_equilibrium(game, [[0], [1, 2, 3, 4]]).x
    own = minimize_scalar(
        lambda e: game.costs(np.append(e, x[1:]))[0], bounds=(0, 5), method="bounded"
    )
    assert game.costs(x)[0] == pytest.approx(own.fun, rel=1e-9)
    rest = minimize(
        lambda y: game.costs(np.append(x[0], y))[1:].sum(),
        x[1:] + 0.3,
        bounds=[(0, None)] * 4,
    )
    assert game.costs(x)[1:].sum() == pytest.approx(rest.fun, rel=1e-7)


def test_custom_risk_gives_what_its_weighted_effort_twin_gives():
    weights = np.array([[1, 0.5, 0.2], [0.3, 1, 0.4], [0.2, 0.6, 1]])
    twin = SecurityGame(WeightedEffort(weights, PowerLaw(2.0, 1.5)), [0.3, 0.4, 0.5])
    own = SecurityGame(CustomRisk(3, twin.risk.value, twin.risk.jacobian), [0.3, 0.4, 0.5])
    for solve in (nash_equilibrium, social_optimum):
        np.testing.assert_allclose(solve(own).x, solve(twin).x, atol=1e-8)
    np.testing.assert_allclose(participation(own).gain, participation(twin).gain, atol=1e-8)
    profile = equilibrium_messages(own)
    assert all(best_deviation(own, profile, user).gain < 1e-9 for user in range(3))
    assert not price_of_anarchy(own).exact


def test_sparse_and_dense_weights_agree():
    game = ring_game(8)
    thin = SecurityGame(
        WeightedEffort(sparse.csr_matrix(game.risk.weights), Exponential()), game.unit_costs
    )
    np.testing.assert_allclose(social_optimum(thin).x, social_optimum(game).x, atol=1e-12)
    np.testing.assert_allclose(lindahl_prices(thin), lindahl_prices(game), atol=1e-12)


@pytest.mark.parametrize("decay", [Exponential(), PowerLaw()], ids=["exponential", "power law"])
def test_costs_over_24_decades_are_certified(decay):
    random = np.random.default_rng(4)
    for _ in range(10):
        weights = random.random((6, 6))
        np.fill_diagonal(weights, 1)
        game = SecurityGame(WeightedEffort(weights, decay), 10 ** random.uniform(-12, 12, 6))
        assert social_optimum(game).residual <= 1e-9
        assert nash_equilibrium(game).residual <= 1e-9


def test_a_cost_above_the_whole_loss_means_nobody_invests():
    game = SecurityGame(TotalEffort(5, Exponential()), [5.1] * 5)
    assert (social_optimum(game).x == 0).all()
    assert price_of_anarchy(game).ratio == 1


def test_one_user_has_no_anarchy():
    game = SecurityGame(WeightedEffort([[2.0]], Exponential(3.0, 0.5)), [0.1])
    assert price_of_anarchy(game).ratio == pytest.approx(1, abs=1e-12)


def test_tax_of_the_only_investor_is_the_papers():
    game = total_effort_game(n=10, c1=0.5)
    result = outcome(equilibrium_messages(game))
    assert result.taxes[0] == pytest.approx(-(1 - 1 / 10) * 0.5 * np.log(20), rel=1e-12)
    assert lindahl_prices(game)[0, 0] == pytest.approx(-(1 - 1 / 10) * 0.5)


def test_unrestricted_proposals_break_the_papers_own_example():
    game = SecurityGame(TotalEffort(4, Exponential()), [0.3, 0.5, 0.7, 0.9])
    profile = equilibrium_messages(game)
    gains = [best_deviation(game, profile, user, unrestricted=True).gain for user in range(4)]
    assert gains[0] < 1e-12
    assert gains[1:] == [np.inf] * 3
    assert all(best_deviation(game, profile, user).gain < 1e-12 for user in range(4))


def test_unrestricted_proposals_and_tied_costs_have_an_equilibrium_with_a_negative_effort():
    game = SecurityGame(TotalEffort(3, Exponential()), [0.3] * 3)
    efforts = np.array([np.log(3 / 0.3) + 1, -1.0, 0.0])
    prices = lindahl_prices(game)
    # Convex in the mean, which every user steers at will: slope zero means that nobody gains.
    slopes = game.risk.jacobian(efforts) + np.diag(game.unit_costs) + prices
    np.testing.assert_allclose(slopes, 0, atol=1e-12)
    assert not prices.sum(axis=0).round(12).any()
    assert efforts.min() < 0


def test_at_lindahl_prices_user_1_likes_every_split_of_the_optimal_total():
    game = total_effort_game(4, 0.3)
    prices, total = lindahl_prices(game)[0], social_optimum(game).x.sum()
    splits = total * np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0.25, 0.25, 0.25, 0.25]])
    costs = [game.costs(x)[0] + prices @ x for x in splits]
    np.testing.assert_allclose(costs, costs[0], rtol=1e-12)
    assert game.costs(splits[0] / 2)[0] + prices @ splits[0] / 2 > costs[0] + 1e-3


@pytest.mark.parametrize("n", [3, 4, 10])
def test_free_riders_lose_against_no_regulation_exactly_below_the_threshold(n):
    threshold = n * np.exp(1 - n)
    for factor, loses in ((0.98, True), (1.02, False), (0.1, True), (1 / threshold, False)):
        game = total_effort_game(n, factor * threshold, 2 * factor * threshold)
        without = game.utilities(nash_equilibrium(game).x)
        optimum = social_optimum(game).x
        inside = game.utilities(optimum, lindahl_prices(game) @ optimum)
        assert ((inside < without)[1:] == loses).all()
        assert inside[0] > without[0]


def test_zero_prices_leave_a_gain_that_no_message_attains():
    game = total_effort_game(4, 0.3)
    x = social_optimum(game).x
    deviation = best_deviation(game, Messages(np.zeros((4, 4)), np.tile(x, (4, 1))), 1)
    assert not deviation.attained
    assert deviation.gain == pytest.approx(game.risks(x)[1])


@pytest.mark.parametrize(
    ("n", "c1", "c2", "gain"),
    [
        pytest.param(10, 0.5, 0.55, 0.55 / 9 - 0.05 * (1 + np.log(20)), id="free ride"),
        pytest.param(
            10, 0.05, 1.0, 0.05 * (1 - np.log(0.05)) - 0.005 * (1 + np.log(200)), id="alone"
        ),
        pytest.param(
            10, np.e, 30.0, 1 - np.e / 10 * (1 + np.log(10 / np.e)), id="nobody, where (16) fails"
        ),
    ],
)
def test_what_user_1_gains_by_joining(n, c1, c2, gain):
    assert loner_gain(n, c1, c2) == pytest.approx(gain, rel=1e-12)
    assert participation(total_effort_game(n, c1, c2)).gain[0] == pytest.approx(gain, rel=1e-9)


def test_equation_16_holds_where_user_1_works_alone():
    n, c1 = 6, 0.05
    paper = c1 / n * ((n - 1) * (1 - np.log(c1)) - np.log(n))
    assert loner_gain(n, c1, 2.0) == pytest.approx(paper, rel=1e-12)


def test_loner_gain_is_participations_over_the_plane_of_costs():
    random = np.random.default_rng(5)
    for _ in range(100):
        n, (c1, c2) = int(random.integers(3, 9)), np.exp(random.uniform(-4, 4, 2))
        computed = participation(total_effort_game(n, c1, c2)).gain[0]
        assert loner_gain(n, c1, c2) == pytest.approx(computed, abs=1e-12)


@pytest.mark.parametrize("game", [total_effort_game(3, 0.5, 1.2), ring_game(4, 0.1, 0.6)])
def test_leading_is_as_good_as_the_best_of_many_commitments(game):
    result = participation(game, "sequential")
    others = range(1, game.n)
    sampled = max(
        game.utilities(coalition_response(game, others, effort * np.eye(game.n)[0]).x)[0]
        for effort in np.linspace(0, 4, 401)
    )
    assert result.outside[0] >= sampled - 1e-9


def test_best_response_lines_of_two_users():
    game = two_user_game(0.3, 0.4, 0.5)
    nash = nash_equilibrium(game)
    wanted = -np.log([0.3, 0.4])
    np.testing.assert_allclose(nash.x, np.linalg.solve([[1, 0.5], [0.5, 1]], wanted), rtol=1e-12)
    assert nash.unique


@pytest.mark.parametrize("rate", [1e-12, 1.0, 1e8, 1e12])
def test_the_unit_of_effort_changes_no_equilibrium_and_no_flag(rate):
    game = SecurityGame(WeightedEffort([[1, 2], [2, 1]], Exponential(1, rate)), [0.4 * rate] * 2)
    assert len(nash_equilibria(game)) == 3
    assert nash_equilibrium(game).unique is False
    result = price_of_anarchy(game)
    assert result.exact
    assert result.ratio == pytest.approx(1.299, abs=1e-3)


@pytest.mark.parametrize("gap", [1e-10, 1e-8, 1e-6, 1e-4, 1e-2])
@pytest.mark.parametrize("n", [2, 5])
def test_nearly_equal_costs_leave_an_optimum_that_is_certified(n, gap):
    costs = 0.5 * (1 + gap * np.arange(n))
    same = [risk(Exponential()) for risk in (partial(TotalEffort, n), partial(_ones, n))]
    optima = [social_optimum(SecurityGame(risk, costs)) for risk in same]
    assert optima[0].x.sum() == pytest.approx(np.log(n / 0.5), rel=1e-8)
    assert optima[1].x.sum() == pytest.approx(np.log(n / 0.5), rel=1e-8)
    assert optima[1].unique is not False


def _ones(n, decay):
    return WeightedEffort(np.ones((n, n)), decay)


def test_the_worst_end_of_a_continuum_is_worst_of_all():
    game = SecurityGame(TotalEffort(3, Exponential([1, 2, 1])), [0.5, 1.0, 0.7])
    result = price_of_anarchy(game)
    first, second = (equilibrium.x for equilibrium in nash_equilibria(game))
    shares = np.linspace(0, 1, 11)
    costs = [game.social_cost(share * first + (1 - share) * second) for share in shares]
    assert result.exact
    assert result.ratio == pytest.approx(max(costs) / game.social_cost(result.optimum.x))


def test_zero_prices_leave_no_best_message_for_a_custom_risk_either():
    total = TotalEffort(4, Exponential())
    game = SecurityGame(CustomRisk(4, total.value, total.jacobian), [0.3, 0.5, 0.7, 0.9])
    x = social_optimum(game).x
    deviation = best_deviation(game, Messages(np.zeros((4, 4)), np.tile(x, (4, 1))), 1)
    assert not deviation.attained
    assert deviation.gain == pytest.approx(game.risks(x)[1], rel=1e-6)


def test_a_deviation_can_be_played_and_leaves_nothing_to_gain():
    random = np.random.default_rng(4)
    for _ in range(50):
        game = random_game(random, int(random.integers(3, 8)))
        messages = Messages(random.exponential(1.0, (game.n, game.n)), np.ones((game.n, game.n)))
        deviation = best_deviation(game, messages, 0)
        if deviation.attained:
            again = best_deviation(game, deviation.messages, 0)
            assert again.gain <= 1e-9 * game.social_cost(np.ones(game.n))


def test_weights_changed_afterwards_do_not_change_the_game():
    weights = sparse.csr_array(np.eye(3))
    risk = WeightedEffort(weights, Exponential())
    weights.data[0] = -5.0
    assert risk.weights.toarray()[0, 0] == 1.0


def test_users_who_should_not_invest_invest_exactly_nothing():
    random = np.random.default_rng(6)
    idle = 0
    for _ in range(60):
        game = random_game(random, int(random.integers(3, 9)))
        x = social_optimum(game).x
        marginal_costs = game.unit_costs + game.risk_jacobian(x).sum(axis=0)
        should_not = marginal_costs > 1e-6 * game.unit_costs
        idle += should_not.sum()
        assert (x[should_not] == 0).all()
    assert idle > 0
