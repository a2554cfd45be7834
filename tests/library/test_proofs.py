"""The steps of the proofs that are too long for the page, and what fails without their conditions.

Symbolic where the step is algebra: the library's own (6) and (7) run on arrays of symbols.
"""

from itertools import product

import numpy as np
import pytest
import sympy as sp
from games import games
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize

from pesim_lib import (
    CustomRisk,
    Exponential,
    Messages,
    SecurityGame,
    WeightedEffort,
    best_deviation,
    equilibrium_messages,
    lindahl_prices,
    outcome,
    participation,
    social_optimum,
    tax_terms,
)
from pesim_lib.paper.examples import random_game, total_effort_game
from pesim_lib.paper.individual_rationality import loner_gain
from pesim_lib.paper.pesim import mean_proposal

few = settings(max_examples=40, deadline=None)
sizes = pytest.mark.parametrize("n", [3, 4, 5, 6])


def symbols(name, *shape):
    names = ["_".join([name, *map(str, index)]) for index in np.ndindex(*shape)]
    return np.array(sp.symbols(names)).reshape(shape)


def vanish(expressions):
    return all(sp.expand(e) == 0 for e in np.ravel(expressions))


def price_vectors(prices):
    """l (N, N): the library's taxes where all propose one unit of one user's effort."""
    units = np.array(sp.eye(len(prices)))
    taxes = [tax_terms(prices, np.tile(unit, (len(prices), 1))).sum(axis=0) for unit in units]
    return np.stack(taxes, axis=1)


def nonnegative_floors(messages):
    """What user i cannot undo if proposals are nonnegative: the others' part of the mean."""
    return (messages.proposals.sum(axis=0) - messages.proposals) / messages.n


def gain_by_nonnegative_proposal(game, messages, user):
    """User's gain from its best message with a nonnegative proposal, by a general minimiser."""
    floors = nonnegative_floors(messages)[user]
    prices = price_vectors(messages.prices)[user]
    result = outcome(messages)
    neighbour = tax_terms(messages.prices, messages.proposals)[2, user]

    def cost(x):
        return game.costs(x)[user] + prices @ x

    best = minimize(
        cost,
        np.maximum(result.x, floors),
        bounds=[(floor, None) for floor in floors],
        options={"ftol": 1e-14, "gtol": 1e-10},
    )
    return -game.utilities(result.x, result.taxes)[user] - best.fun - neighbour


@sizes
def test_7_balances_for_symbolic_messages_projected_or_not(n):
    prices, proposals = symbols("p", n, n), symbols("x", n, n)
    terms = tax_terms(prices, proposals)
    anything = np.tile(symbols("y", n), (n, 1))
    assert vanish(terms.sum())
    assert vanish(tax_terms(prices, anything)[0].sum() + terms[1:].sum())
    assert not vanish(terms[:2].sum()), "the third term is what balances the penalties"


@sizes
def test_10_own_prices_weigh_the_own_penalty_component_by_component(n):
    prices, proposals = symbols("p", n, n), symbols("x", n, n)
    taxes = tax_terms(prices, proposals).sum(axis=0)
    for user, k in np.ndindex(n, n):
        disagreement = proposals[user, k] - proposals[(user + 1) % n, k]
        assert vanish(taxes[user].diff(prices[user, k]) - disagreement**2)


def test_10_fails_for_two_users_and_some_message_lowers_the_tax_without_bound():
    prices, proposals, z = symbols("p", 2, 2), symbols("x", 2, 2), sp.symbols("z")
    own, other = proposals[:, 0]
    slope = tax_terms(prices, proposals).sum(axis=0)[0].diff(prices[0, 0])
    assert vanish(slope.subs({own: z, other: z}) + z)
    assert vanish(slope.subs({own: 2 * z, other: 0}) - z * (4 * z - 1))


def test_11_holds_by_component_and_not_for_whole_vectors():
    risk = WeightedEffort([[1, 0, 0], [1, 1, 0], [1, 0, 1]], Exponential())
    game = SecurityGame(risk, [0.9, 0.2, 0.25])
    base = equilibrium_messages(game)
    messages = Messages(base.prices, base.proposals + np.outer([0.5, 0, -0.5], [0, 1, 0]))
    assert max(best_deviation(game, messages, user).gain for user in range(3)) < 1e-9
    assert max(gain_by_nonnegative_proposal(game, messages, user) for user in range(3)) < 1e-7
    disagreement = messages.proposals - np.roll(messages.proposals, -1, axis=0)
    assert (messages.prices * disagreement == 0).all()
    whole = (messages.prices == 0).all(axis=1) | (disagreement == 0).all(axis=1)
    assert not whole.all()


@sizes
def test_13_and_14_a_user_reaches_every_mean_at_its_own_price(n):
    prices, proposals, aim = symbols("p", n, n), symbols("x", n, n), symbols("y", n)
    neighbours = tax_terms(prices, proposals)[2]
    rates = price_vectors(prices)
    for user in range(n):
        new_prices, new_proposals = prices.copy(), proposals.copy()
        new_prices[user] = 0
        new_proposals[user] = n * aim - (proposals.sum(axis=0) - proposals[user])
        assert vanish(mean_proposal(new_proposals) - aim)
        tax = tax_terms(new_prices, new_proposals)[:, user].sum()
        assert vanish(tax - rates[user] @ aim - neighbours[user])
        assert rates[user] @ aim != 0
        assert not set(prices[user]) & (rates[user] @ aim).free_symbols
    assert vanish(rates.sum(axis=0))


@sizes
def test_24_closes_the_ring_exactly_where_prices_sum_to_zero(n):
    rates, first = symbols("l", n, n), symbols("p", n)
    prices = [first]
    for i in range(1, n):
        prices.append(prices[-1] - rates[i - 2])
    error = price_vectors(np.array(prices)) - rates
    assert vanish(np.delete(error, n - 2, axis=0))
    assert vanish(error[n - 2] + rates.sum(axis=0))
    assert not vanish(error[n - 2])


@sizes
def test_25_to_28_a_deviation_from_theorem_2_costs_its_price_and_a_penalty(n):
    prices, q = symbols("p", n, n), symbols("q", n)
    optimum, aim = symbols("z", n), symbols("x", n)
    rates = price_vectors(prices)
    for user in range(n):
        new_prices, proposals = prices.copy(), np.tile(optimum, (n, 1))
        new_prices[user] = q
        proposals[user] = n * aim - (n - 1) * optimum
        tax = tax_terms(new_prices, proposals)[:, user].sum()
        assert vanish(tax - rates[user] @ aim - n**2 * (q @ (aim - optimum) ** 2))


@few
@given(games(least=3))
def test_20_and_21_prices_of_the_library_are_multipliers_minus_gradients(game):
    x = social_optimum(game).x
    gradients = game.risk_jacobian(x) + np.diag(game.unit_costs)
    multipliers = lindahl_prices(game) + gradients
    scale = game.unit_costs.max()
    assert multipliers.min() >= -1e-8 * scale
    assert np.abs(multipliers * x).max() <= 1e-7 * scale * max(1, x.max())
    np.testing.assert_allclose((multipliers - gradients).sum(axis=0), 0, atol=1e-9 * scale)


def test_8_the_optimum_minimises_every_users_cost_with_tax():
    random = np.random.default_rng(0)
    for _ in range(25):
        game = random_game(random, int(random.integers(3, 6)))
        x, rates = social_optimum(game).x, lindahl_prices(game)
        for user in range(game.n):

            def cost(z, user=user, game=game, rates=rates):
                return game.costs(z)[user] + rates[user] @ z

            start = x + random.exponential(0.5, game.n)
            found = minimize(cost, start, bounds=[(0, None)] * game.n).fun
            assert cost(x) <= found + 1e-8 * game.social_cost(x)


@sizes
@pytest.mark.parametrize("helped", [True, False])
def test_theorem_1_for_nonnegative_proposals_needs_an_interested_predecessor(n, helped):
    """All ways for proposals for user k = 0 to be zero or positive, as linear programs.

    Unknown are the prices pi_j0 >= 0, zero where a zero meets a positive proposal (11), and the
    slope d of k's own cost; D_i >= 0, with equality where the proposal is positive. With an
    interested predecessor no mixed pattern is feasible; without, one misses the optimum.
    """
    random = np.random.default_rng(n)
    benefit = random.exponential(1.0, n)
    if not helped:
        benefit[-1] = 0.0
    benefit[0] = 0.0
    worst = []
    for positive in product([False, True], repeat=n):
        if any(positive) and not all(positive):
            crossing = [positive[j] != positive[(j + 1) % n] for j in range(n)]
            # Rows: D_i = own slope (of user 0) or -benefit, plus pi_{i+1} - pi_{i+2}.
            rows = np.roll(np.eye(n), 1, axis=1) - np.roll(np.eye(n), 2, axis=1)
            rows = np.column_stack([rows, np.eye(n)[0]])
            held = np.array(positive)
            found = linprog(
                -rows.sum(axis=0),
                A_ub=-rows[~held],
                b_ub=-benefit[~held],
                A_eq=rows[held],
                b_eq=benefit[held],
                bounds=[(0, 0 if c else 10) for c in crossing] + [(-10, 10)],
            )
            if found.status == 0:
                worst.append(-found.fun - benefit.sum())
            else:
                assert found.status == 2
    assert len(worst) == 0 if helped else max(worst) > 1


def test_nonnegative_proposals_can_rest_off_the_optimum_where_nobody_is_interested():
    game = SecurityGame(WeightedEffort(np.eye(3), Exponential()), [0.5] * 3)
    messages = Messages(np.zeros((3, 3)), 3 - 3 * np.eye(3))
    x = outcome(messages).x
    for user in range(3):
        assert gain_by_nonnegative_proposal(game, messages, user) <= 1e-9
        assert best_deviation(game, messages, user).gain > 0.1
    assert game.social_cost(x) > 1.3 * game.social_cost(social_optimum(game).x)


def test_the_same_with_a_user_who_pays_another():
    """User 2 values user 1's effort and pays for it; user 3, the predecessor, does not."""
    risk = WeightedEffort([[1, 0, 0], [1, 1, 0], [0, 0, 1]], Exponential())
    game = SecurityGame(risk, [0.5] * 3)
    x = np.array([2.0, 0.0, np.log(2)])
    price = -game.risk_jacobian(x)[1, 0]
    prices = np.array([[0, 0, 0], [0, 0, 0], [price, 0, 0]])
    messages = Messages(prices, [[0, x[1], x[2]], [6, x[1], x[2]], [0, x[1], x[2]]])
    np.testing.assert_allclose(outcome(messages).x, x)
    for user in range(3):
        assert gain_by_nonnegative_proposal(game, messages, user) <= 1e-9
    assert best_deviation(game, messages, 0).gain > 0.1
    assert game.social_cost(x) > 1.03 * game.social_cost(social_optimum(game).x)


def test_theorem_2_holds_for_nonnegative_proposals():
    random = np.random.default_rng(1)
    for _ in range(25):
        game = random_game(random, int(random.integers(3, 6)))
        messages = equilibrium_messages(game)
        scale = game.social_cost(outcome(messages).x)
        for user in range(game.n):
            assert gain_by_nonnegative_proposal(game, messages, user) <= 1e-8 * scale


@few
@given(st.integers(0, 2**32 - 1))
def test_projected_taxes_balance_for_random_messages(seed):
    random = np.random.default_rng(seed)
    n = int(random.integers(3, 12))
    prices, proposals = random.exponential(1.0, (n, n)), random.normal(0.0, 3.0, (n, n))
    efforts = np.maximum(mean_proposal(proposals), 0.0)
    penalties = tax_terms(prices, proposals)[1:].sum(axis=0)
    taxes = tax_terms(prices, np.tile(efforts, (n, 1)))[0] + penalties
    assert abs(taxes.sum()) <= 1e-12 * np.abs(taxes).sum()


def curve(x):
    return x**2 / (1 + x**2)


def nonconvex_risks(x):
    h = curve(np.asarray(x))
    return np.array([1 - 0.8 * h[0] * h[1], 0.2 + 0.8 * (1 - h[0]) * (1 - h[1])])


def nonconvex_jacobian(x):
    x = np.asarray(x, dtype=float)
    h, slope = curve(x), 2 * x / (1 + x**2) ** 2
    return -0.8 * np.array(
        [[slope[0] * h[1], h[0] * slope[1]], [slope[0] * (1 - h[1]), (1 - h[0]) * slope[1]]]
    )


def test_without_convexity_no_pure_equilibrium():
    """The certificate in symbols, and best responses on a grid that chase each other."""
    x = sp.symbols("x", positive=True)
    assert sp.simplify(x / 2 - curve(x) - x * (x - 1) ** 2 / (2 * (1 + x**2))) == 0
    assert sp.simplify(curve(x) - x * curve(x).diff(x) - x**2 * (x**2 - 1) / (1 + x**2) ** 2) == 0
    costs, grid = np.array([0.1, 0.3]), np.linspace(0, 10, 2001)

    def reply(user, other):
        profiles = np.empty((2, len(grid)))
        profiles[user], profiles[1 - user] = grid, other
        return grid[(nonconvex_risks(profiles)[user] + costs[user] * grid).argmin()]

    for first in grid[(grid == 0) | (grid >= 1)]:
        again = reply(0, reply(1, first))
        assert again == 0 or again >= 1
        assert (again == 0) == (first > 0)


def test_the_library_refuses_the_nonconvex_risk():
    with pytest.raises(ValueError, match="A2"):
        CustomRisk(2, nonconvex_risks, nonconvex_jacobian)


def test_16_and_the_free_ride_in_symbols_and_in_the_library():
    c1, c2, n = sp.symbols("c1 c2 N", positive=True)
    inside = -c1 / n * (1 + sp.log(n / c1))
    alone = -c1 * (1 - sp.log(c1))
    free = -c2 / (n - 1)
    paper = c1 / n * ((n - 1) * (1 - sp.log(c1)) - sp.log(n))
    assert sp.simplify(sp.expand_log(inside - alone - paper)) == 0
    random = np.random.default_rng(2)
    for _ in range(60):
        size, low = int(random.integers(3, 12)), random.uniform(0.02, 0.95)
        high = random.uniform(low, size - 1)
        branch = paper if low < high / (size - 1) else inside - free
        by_hand = float(branch.subs({n: size, c1: low, c2: high}))
        assert abs(loner_gain(size, low, high) - by_hand) < 1e-12
        gain = participation(total_effort_game(size, low, high)).gain[0]
        assert abs(gain - by_hand) < 1e-9


@sizes
def test_without_penalties_both_theorems_go_through(n):
    """The price term alone: balanced, at a price set by others, whatever the own message is."""
    prices, proposals = symbols("p", n, n), symbols("x", n, n)
    taxes, mean = tax_terms(prices, proposals)[0], mean_proposal(proposals)
    assert sp.expand(taxes.sum()) == 0
    for i in range(n):
        price = prices[(i + 1) % n] - prices[(i + 2) % n]
        assert sp.expand(taxes[i] - price @ mean) == 0
        assert not set(prices[i]) & set().union(*(term.free_symbols for term in price))


def test_the_convexity_step_to_rho_above_one_needs_two_different_efforts():
    """f = exp(-s): strict where the efforts differ, and an equality where both are zero."""

    def slack(nash, optimum):
        rise = -np.exp(-optimum) * (nash - optimum)
        return np.exp(-nash) - np.exp(-optimum) - rise

    for n, c1 in ((3, 0.5), (10, 2.0), (2, 1.5)):
        nash, optimum = max(-np.log(c1), 0), max(np.log(n / c1), 0)
        assert slack(nash, optimum) > 0
        assert n * np.exp(-nash) + c1 * nash > n * np.exp(-optimum) + c1 * optimum
    for game in (total_effort_game(3, 3.0), total_effort_game(3, 4.0)):
        assert not social_optimum(game).x.any()
    assert slack(0.0, 0.0) == 0
