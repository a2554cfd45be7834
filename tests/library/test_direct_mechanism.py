"""Mechanisms for users who know only their own type: truth, balance, participation."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from pesim_lib import (
    BayesianGame,
    CustomRisk,
    SecurityGame,
    coalition_equilibrium,
    lindahl_prices,
    social_optimum,
)
from pesim_lib.beyond.direct_mechanism import (
    efficient,
    expected_externality,
    pesim_reports,
    report_equilibria,
)
from pesim_lib.beyond.interim_participation import (
    bayesian_exit_costs,
    keeping_mechanism,
    largest_budget,
    largest_payments,
    pivotal_budget,
)


def random_types(seed, n=3, kinds=2, total=False):
    random = np.random.default_rng(seed)
    weights = np.ones((n, n)) if total else 0.5 * random.random((n, n))
    np.fill_diagonal(weights, 1.0)
    costs = np.exp(random.normal(-1.5, 0.6, (n, kinds)))
    losses = np.exp(random.normal(0, 0.3, (n, kinds)))
    return BayesianGame(weights, costs, random.dirichlet(np.full(kinds, 3.0), n), losses)


GAMES = [random_types(seed, total=total) for seed in range(3) for total in (False, True)]


@pytest.mark.parametrize("game", [*GAMES, random_types(9, 3, 3)])
def test_expected_externality_balances_in_every_draw_and_truth_is_best(game):
    mechanism = expected_externality(game)
    np.testing.assert_allclose(mechanism.taxes.sum(axis=1), 0, atol=1e-12)
    assert mechanism.lying_gains().max() <= 1e-9
    for draw, x in zip(mechanism.draws, mechanism.efforts, strict=True):
        known = game.known(draw)
        assert known.social_cost(x) == pytest.approx(known.social_cost(social_optimum(known).x))


@pytest.mark.parametrize("game", GAMES[:2])
def test_a_lie_gains_what_a_sum_over_draws_says(game):
    mechanism = pesim_reports(game)
    gains = mechanism.lying_gains()
    place = {tuple(draw): row for row, draw in enumerate(mechanism.draws.tolist())}
    for user, told, true in itertools.product(range(3), range(2), range(2)):
        gain = 0.0
        for others in itertools.product(range(2), repeat=2):
            heard, truth = list(others), list(others)
            heard.insert(user, told)
            truth.insert(user, true)
            odds = np.prod([game.chances[j, k] for j, k in enumerate(truth) if j != user])
            for draw, sign in ((truth, 1), (heard, -1)):
                row = place[tuple(draw)]
                cost = game.known(truth).costs(mechanism.efforts[row])[user]
                gain += sign * odds * (cost + mechanism.taxes[row, user])
        assert gains[user, told, true] == pytest.approx(gain, abs=1e-12)


@pytest.mark.parametrize("game", GAMES)
def test_reports_to_pesim_are_taxed_at_the_lindahl_prices_of_the_reported_draw(game):
    mechanism = pesim_reports(game)
    for draw, x, taxes in zip(mechanism.draws, mechanism.efforts, mechanism.taxes, strict=True):
        np.testing.assert_allclose(lindahl_prices(game.known(draw)) @ x, taxes, atol=1e-9)


@pytest.mark.parametrize("game", GAMES[:2])
def test_truth_is_an_equilibrium_in_reports_under_expected_externality(game):
    found, costs = report_equilibria(expected_externality(game))
    truth = [k for k, told in enumerate(found) if (told == np.arange(2)).all()]
    assert len(truth) == 1
    mechanism = efficient(game)
    least = [
        game.known(d).social_cost(x)
        for d, x in zip(mechanism.draws, mechanism.efforts, strict=True)
    ]
    assert costs[truth[0]] == pytest.approx(mechanism.odds @ least)
    assert (costs >= costs[truth[0]] - 1e-12).all()


def exit_by_types(game, user):
    """The exit equilibrium as a game between the loner's types and a coalition for each case."""
    n, kinds = game.n, game.kinds
    others = [j for j in range(n) if j != user]
    cases = list(itertools.product(range(kinds), repeat=n - 1))

    def profile(x, kind, case):
        y = np.zeros(n)
        y[user] = x[kind]
        y[others] = x[kinds + (n - 1) * case :][: n - 1]
        return y

    def draw(kind, case):
        numbers = list(cases[case])
        numbers.insert(user, kind)
        return numbers

    places = [
        (
            kind,
            case,
            np.prod([game.chances[j, k] for j, k in zip(others, cases[case], strict=True)]),
        )
        for kind in range(kinds)
        for case in range(len(cases))
    ]

    def value(x):
        total = np.zeros(len(x))
        for kind, case, odds in places:
            risks = game.known(draw(kind, case)).risks(profile(x, kind, case))
            total[kind] += odds * risks[user]
            start = kinds + (n - 1) * case
            total[start : start + n - 1] += game.chances[user, kind] * risks[others]
        return total

    def jacobian(x):
        total = np.zeros((len(x), len(x)))
        for kind, case, odds in places:
            slopes = game.known(draw(kind, case)).risk_jacobian(profile(x, kind, case))
            start = kinds + (n - 1) * case
            columns = np.zeros(n, dtype=int)
            columns[user] = kind
            columns[others] = start + np.arange(n - 1)
            total[kind, columns] += odds * slopes[user]
            total[np.ix_(columns[others], columns)] += game.chances[user, kind] * slopes[others]
        return total

    size = kinds + (n - 1) * len(cases)
    costs = np.concatenate(
        [game.unit_costs[user], *[game.unit_costs[others, case] for case in cases]]
    )
    types = SecurityGame(CustomRisk(size, value, jacobian), costs)
    groups = [[k] for k in range(kinds)]
    groups += [
        list(range(kinds + (n - 1) * case, kinds + (n - 1) * (case + 1)))
        for case in range(len(cases))
    ]
    return types.costs(coalition_equilibrium(types, groups).x)[:kinds]


@pytest.mark.parametrize("seed", range(2))
def test_exit_costs_are_those_of_the_game_between_types_and_coalitions(seed):
    game = random_types(seed)
    expected = exit_by_types(game, 0)
    np.testing.assert_allclose(bayesian_exit_costs(game)[0], expected, atol=1e-7)


@pytest.mark.parametrize("game", GAMES)
def test_no_program_finds_a_larger_budget_that_keeps_every_type_truthful_and_in(game):
    decided, outside = efficient(game).decided_costs(), bayesian_exit_costs(game)
    best = 0.0
    for user in range(game.n):
        rows, bounds = [], []
        for k in range(game.kinds):
            rows.append(np.eye(game.kinds)[k])
            bounds.append(outside[user, k] - decided[user, k, k])
            for other in range(game.kinds):
                rows.append(np.eye(game.kinds)[k] - np.eye(game.kinds)[other])
                bounds.append(decided[user, other, k] - decided[user, k, k])
        found = linprog(-game.chances[user], rows, bounds, bounds=(None, None))
        best -= found.fun
    assert largest_budget(game) == pytest.approx(best, abs=1e-8)
    assert pivotal_budget(game) <= best + 1e-9
    assert (largest_payments(game) <= outside - np.einsum("ibb->ib", decided) + 1e-12).all()


def test_where_the_largest_budget_is_positive_a_balanced_mechanism_keeps_everybody():
    weights = np.eye(3) + 0.1 * (1 - np.eye(3))
    game = BayesianGame(weights, np.tile([0.2, 0.6], (3, 1)), np.full((3, 2), 0.5))
    mechanism = keeping_mechanism(game)
    np.testing.assert_allclose(mechanism.taxes.sum(axis=1), 0, atol=1e-12)
    assert mechanism.lying_gains().max() <= 1e-9
    assert (mechanism.interim_costs() <= bayesian_exit_costs(game) + 1e-9).all()


def test_where_it_is_negative_there_is_none():
    game = BayesianGame(np.ones((3, 3)), np.tile([0.2, 0.6], (3, 1)), np.full((3, 2), 0.5))
    with pytest.raises(ValueError, match="largest budget"):
        keeping_mechanism(game)
