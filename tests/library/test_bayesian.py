"""Bayesian equilibria and team optima against sums over all draws, grids and the general solver."""

import itertools
from functools import cache

import numpy as np
import pytest
from scipy.integrate import quad

from pesim_lib import (
    BayesianGame,
    Exponential,
    WeightedEffort,
    bayesian_equilibria,
    bayesian_equilibrium,
    nash_equilibria,
    nash_equilibrium,
    team_optimum,
)
from pesim_lib.beyond.bayesian import (
    best_replies,
    contraction_rate,
    enclosure,
    expected_social_cost,
    interim_costs,
)
from pesim_lib.beyond.ignorance import (
    UniformCosts,
    costs_by_knowledge,
    discrete_game,
    draws_of,
    expected_risks,
    free_riding_threshold,
)
from pesim_lib.beyond.private_costs import game_between_types, independent_prior


def random_types(seed, n, kinds, most=0.6, total=False):
    random = np.random.default_rng(seed)
    weights = np.ones((n, n)) if total else most * random.random((n, n))
    np.fill_diagonal(weights, 1.0 if total else np.exp(random.normal(0, 0.2, n)))
    costs = np.exp(random.normal(-1.5, 0.8, (n, kinds)))
    losses = np.exp(random.normal(0, 0.5, (n, kinds)))
    return BayesianGame(weights, costs, random.dirichlet(np.full(kinds, 3.0), n), losses)


def by_draws(game, x):
    """Interim costs (N, K) at x, summed over all draws."""
    total = np.zeros(x.shape)
    for users, odds, known in all_draws(game):
        total[users] += odds.prod() / odds * known.costs(x[users])
    return total


@cache
def all_draws(game):
    """For each draw: whose type it is, as indices, how likely each is, and the game then."""
    users = [(np.arange(game.n), np.array(draw)) for draw in np.ndindex(*[game.kinds] * game.n)]
    return [(each, game.chances[each], game.known(tuple(each[1]))) for each in users]


@pytest.mark.parametrize("total", [False, True], ids=["network", "total effort"])
@pytest.mark.parametrize("seed", range(6))
def test_the_product_form_is_the_sum_over_all_draws(seed, total):
    game = random_types(seed, 4, 3, total=total)
    x = np.random.default_rng(seed).exponential(1, (4, 3))
    np.testing.assert_allclose(interim_costs(game, x), by_draws(game, x), rtol=1e-12)
    draws, odds = draws_of(game)
    costs = [game.known(draw).social_cost(x[np.arange(4), draw]) for draw in draws]
    assert expected_social_cost(game, x) == pytest.approx(odds @ costs)


@pytest.mark.parametrize("total", [False, True], ids=["network", "total effort"])
@pytest.mark.parametrize("seed", range(6))
def test_no_type_has_a_better_effort(seed, total):
    game = random_types(seed, 3, 2, total=total)
    for found in bayesian_equilibria(game):
        now = by_draws(game, found.x)
        for user, kind in itertools.product(range(3), range(2)):
            for effort in np.linspace(0, 2 * found.x.max() + 1, 101):
                other = found.x.copy()
                other[user, kind] = effort
                assert by_draws(game, other)[user, kind] >= now[user, kind] - 1e-12
        assert found.residual <= 1e-9
        assert 0 <= found.gain <= 1e-9


@pytest.mark.parametrize("seed", range(2))
def test_the_general_solver_finds_the_same_equilibrium_and_team_optimum(seed):
    game = random_types(seed, 3, 2, most=0.3)
    risk, prior = WeightedEffort(game.weights, Exponential()), independent_prior(game.chances)
    for together, solve in ((False, bayesian_equilibrium), (True, team_optimum)):
        types = game_between_types(risk, game.unit_costs, prior, game.losses, together)
        general = nash_equilibrium(types).x.reshape(2, 3).T
        np.testing.assert_allclose(solve(game).x, general, atol=1e-8)


@pytest.mark.parametrize("total", [False, True], ids=["network", "total effort"])
@pytest.mark.parametrize("seed", range(6))
def test_no_profile_costs_less_in_expectation_than_the_team_optimum(seed, total):
    game, random = random_types(seed, 3, 3, total=total), np.random.default_rng(seed)
    best = team_optimum(game)
    least = expected_social_cost(game, best.x)
    for _ in range(300):
        step = random.normal(0, random.choice([0.01, 0.3, 1.0]), best.x.shape)
        assert expected_social_cost(game, np.maximum(best.x + step, 0)) >= least - 1e-12
    assert best.residual <= 1e-9
    assert expected_social_cost(game, bayesian_equilibrium(game).x) >= least


def grid_regrets(game, grid):
    """Strategies (S, 2) on the grid, and what the better-off type of either of two users can gain
    against each pair of them on that grid, (S, S)."""
    strategies = np.array(list(itertools.product(grid, repeat=2)))
    regrets = []
    for user, other in ((0, 1), (1, 0)):
        parts = np.exp(-game.weights[user, other] * strategies)
        left = parts @ game.chances[other]
        own = np.exp(-game.weights[user, user] * grid)
        costs = (
            game.losses[user, :, None, None] * own[:, None] * left
            + game.unit_costs[user, :, None, None] * grid[:, None]
        )
        excess = costs - costs.min(axis=1, keepdims=True)
        place = np.searchsorted(grid, strategies)
        regrets.append(np.maximum(excess[0, place[:, 0]], excess[1, place[:, 1]]))
    return strategies, np.maximum(regrets[0], regrets[1].T)


@pytest.mark.parametrize("seed", range(6))
def test_every_equilibrium_on_a_grid_is_near_one_that_was_found(seed):
    game = random_types(seed, 2, 2, most=1.5)
    found = bayesian_equilibria(game)
    top = max(each.x.max() for each in found) + 0.5
    grid = np.linspace(0, top, 33)
    strategies, regrets = grid_regrets(game, grid)
    # A user whose efforts are right to half a step loses this much by the step at most.
    allowed = 0.02 * (grid[1] / 2) ** 2 * game.losses.max()
    pairs = np.argwhere(regrets <= allowed)
    assert len(pairs)
    profiles = [np.array([strategies[a], strategies[b]]) for a, b in pairs]
    gaps = [min(np.abs(p - each.x).max() for each in found) for p in profiles]
    assert max(gaps) <= 3 * grid[1]


@pytest.mark.parametrize("seed", range(6))
def test_where_replies_contract_the_enclosure_shuts_on_the_only_equilibrium(seed):
    game = random_types(seed, 4, 3, most=0.3)
    assert contraction_rate(game) < 1
    low, high = enclosure(game)
    np.testing.assert_allclose(low, high, atol=1e-10)
    assert bayesian_equilibrium(game).unique is True


@pytest.mark.parametrize("seed", range(6))
def test_the_enclosure_holds_every_equilibrium(seed):
    game = random_types(seed, 3, 2, most=2.0)
    low, high = enclosure(game)
    own = game.weights.diagonal()[:, None]
    for found in bayesian_equilibria(game):
        least, most = (
            np.maximum(np.log(own * game.losses / game.unit_costs) + bound[:, None], 0) / own
            for bound in (low, high)
        )
        assert (found.x >= least - 1e-9).all()
        assert (found.x <= most + 1e-9).all()


def test_two_users_who_protect_each_other_strongly_have_three_equilibria():
    game = BayesianGame([[1, 2], [2, 1]], [[0.45, 0.55]] * 2, [[0.5, 0.5]] * 2)
    found = bayesian_equilibria(game)
    assert [each.unique for each in found] == [False] * 3
    working = sorted((each.x.max(axis=1) > 0).tolist() for each in found)
    assert working == [[False, True], [True, False], [True, True]]


@pytest.mark.parametrize("seed", range(8))
def test_under_total_effort_replies_in_turn_end_at_the_one_equilibrium(seed):
    random = np.random.default_rng(seed)
    game = random_types(seed, int(random.integers(2, 6)), 3, total=True)
    found = bayesian_equilibrium(game)
    assert found.unique is True
    x = random.exponential(1, found.x.shape)
    for _ in range(1500):
        for user in range(game.n):
            x[user] = best_replies(game, x)[user]
    np.testing.assert_allclose(x, found.x, atol=1e-5)


def test_tied_users_who_always_work_have_an_equilibrium_each():
    game = BayesianGame(np.ones((2, 2)), [[0.2, 0.6]] * 2, [[0.5, 0.5]] * 2)
    found = bayesian_equilibria(game)
    assert len(found) == 2
    assert [each.unique for each in found] == [False, False]
    np.testing.assert_allclose(found[0].x, found[1].x[::-1])


@pytest.mark.parametrize("total", [False, True], ids=["network", "total effort"])
def test_types_that_are_alike_play_the_known_game(total):
    game = random_types(3, 4, 1, total=total)
    twice = BayesianGame(
        game.weights, np.repeat(game.unit_costs, 2, 1), np.full((4, 2), 0.5), game.losses
    )
    known = nash_equilibria(game.known(np.zeros(4, dtype=int)))
    assert len(known) == 1
    np.testing.assert_allclose(bayesian_equilibrium(twice).x[:, 0], known[0].x, atol=1e-9)


def test_hundreds_of_users_are_solved_and_certified():
    for total in (True, False):
        game = random_types(0, 300, 3, most=0.003, total=total)
        found = bayesian_equilibrium(game)
        assert found.unique is True
        assert found.gain <= 1e-9


def test_nobody_works_where_it_never_pays():
    game = BayesianGame(np.ones((3, 3)), np.full((3, 2), 2.0), np.full((3, 2), 0.5))
    assert not bayesian_equilibrium(game).x.any()


def test_with_perfectly_correlated_types_users_play_the_known_game():
    risk = WeightedEffort([[1, 0.3], [0.2, 1]], Exponential())
    costs = np.array([[0.2, 0.5], [0.3, 0.4]])
    prior = np.diag([0.3, 0.7])
    x = nash_equilibrium(game_between_types(risk, costs, prior)).x.reshape(2, 2)
    for kind in range(2):
        game = BayesianGame(risk.weights, costs, np.full((2, 2), 0.5)).known([kind, kind])
        np.testing.assert_allclose(x[kind], nash_equilibrium(game).x, atol=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_with_correlated_types_no_type_has_a_better_effort(seed):
    random = np.random.default_rng(seed)
    weights, costs = np.array([[1, 0.5], [0.4, 1]]), np.exp(random.normal(-1, 0.7, (2, 2)))
    prior = random.dirichlet(np.ones(4)).reshape(2, 2)
    types = game_between_types(WeightedEffort(weights, Exponential()), costs, prior)
    x = nash_equilibrium(types).x.reshape(2, 2).T
    for user, kind in itertools.product(range(2), range(2)):
        odds = (prior if user == 0 else prior.T)[kind]
        odds = odds / odds.sum()

        def cost(effort, user=user, kind=kind, odds=odds):
            faced = np.exp(-weights[user, 1 - user] * x[1 - user])
            own = np.exp(-weights[user, user] * effort)
            return own * (odds @ faced) + costs[user, kind] * effort

        for effort in np.linspace(0, 4, 201):
            assert cost(effort) >= cost(x[user, kind]) - 1e-12


@pytest.mark.parametrize("seed", range(3))
def test_the_optimum_of_every_draw_is_cheapest_and_selfish_ignorance_dearer_than_the_team(seed):
    (private, known), (team, least) = costs_by_knowledge(random_types(seed, 3, 2))
    assert least <= min(private, known, team) + 1e-12
    assert team <= private + 1e-12


@pytest.mark.parametrize("n", [2, 5, 20])
def test_many_types_approach_the_free_riding_curve(n):
    costs = UniformCosts(0.1, 1.2)
    cap = free_riding_threshold(n, costs)
    gaps = []
    for kinds in (10, 100):
        x = bayesian_equilibrium(discrete_game(n, costs, kinds)).x[0]
        curve = np.maximum(np.log(cap / costs.types(kinds)), 0)
        gaps.append(np.abs(x - curve).max())
    assert gaps[1] < 0.002
    assert gaps[1] < gaps[0]


def test_at_the_threshold_a_user_is_indifferent_to_its_first_unit():
    costs = UniformCosts(0.05, 0.9)
    cap = free_riding_threshold(4, costs)
    density = 1 / 0.85
    left, _ = quad(lambda c: density * min(1, c / cap), 0.05, 0.9, points=[cap])
    assert left**3 == pytest.approx(cap)
    private, known = expected_risks(4, costs)
    assert private == pytest.approx(left**4)
    sampled = np.random.default_rng(0).uniform(0.05, 0.9, (200000, 4)).min(axis=1).mean()
    assert known == pytest.approx(sampled, rel=0.01)


def test_where_costs_are_uniform_the_worth_of_knowing_grows_with_the_room():
    ratios = [np.divide(*expected_risks(n, UniformCosts(0, 1))) for n in (2, 10, 100, 1000)]
    assert ratios == sorted(ratios)
    assert ratios[0] == pytest.approx(4 / 3)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"weights": [[1, 0], [0, 0]]}, "weights"),
        ({"unit_costs": [[1, 0], [1, 1]]}, "unit_costs"),
        ({"unit_costs": [1, 1]}, "unit_costs"),
        ({"chances": [[0.5, 0.6], [0.5, 0.5]]}, "chances"),
        ({"chances": [[0.0, 1.0], [0.5, 0.5]]}, "chances"),
        ({"losses": -1.0}, "losses"),
    ],
)
def test_numbers_that_make_no_bayesian_game_are_refused(change, named):
    given = {"weights": np.eye(2), "unit_costs": np.ones((2, 2)), "chances": np.full((2, 2), 0.5)}
    with pytest.raises(ValueError, match=named):
        BayesianGame(**{**given, **change})


@pytest.mark.parametrize(
    ("prior", "named"),
    [([[1, 1], [0, 0]], "prior"), ([[0.5, 0.5], [0, 0]], "type"), ([[1.5, -0.5], [0, 0]], "prior")],
)
def test_a_prior_that_is_none_is_refused(prior, named):
    with pytest.raises(ValueError, match=named):
        game_between_types(WeightedEffort(np.eye(2), Exponential()), np.ones((2, 2)), prior)
