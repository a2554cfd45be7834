"""The paper's statements beyond total effort, and what the chapter on generality adds to them."""

import re

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import minimize

from pesim_lib import (
    CustomRisk,
    Exponential,
    Messages,
    PowerLaw,
    SecurityGame,
    TotalEffort,
    WeightedEffort,
    best_deviation,
    best_response,
    equilibrium_bound,
    equilibrium_messages,
    figures,
    lindahl_prices,
    nash_equilibria,
    nash_equilibrium,
    outcome,
    price_of_anarchy,
    social_optimum,
    weighted_effort_bound,
)
from pesim_lib.figures.style import DISC
from pesim_lib.paper.examples import kinked_ratio, random_game, ring_game


def two_paths(direct, relay):
    """Direct attacks and attacks by way of another user: p_i e^-x_i + sum r_ij e^-(x_i + x_j)."""

    def value(x):
        return np.exp(-x) * (direct + relay @ np.exp(-x))

    def jacobian(x):
        return -relay * np.exp(-np.add.outer(x, x)) - np.diag(value(x))

    return CustomRisk(len(direct), value, jacobian)


def kinked_game(n, width):
    """Total effort with a risk that falls with slope near -1 to a kink at 1; cost -f'(0)."""

    def slope(x):
        return ((x.sum() - 1) / np.hypot(x.sum() - 1, width) - 1) / 2

    risk = CustomRisk(
        n,
        lambda x: np.full(n, (np.hypot(x.sum() - 1, width) - (x.sum() - 1)) / 2),
        lambda x: np.full((n, n), slope(x)),
    )
    return SecurityGame(risk, np.full(n, -slope(np.zeros(n))))


def spread(random, n):
    return np.exp(random.normal(0, 0.5, n))


def random_weights(random, n, share):
    weights = random.random((n, n)) * (random.random((n, n)) < share)
    np.fill_diagonal(weights, 1.0)
    return weights


FAMILIES = {
    "total": lambda r, n: TotalEffort(n, Exponential(spread(r, n), spread(r, n))),
    "dense": lambda r, n: WeightedEffort(
        random_weights(r, n, 1.0), Exponential(spread(r, n), spread(r, n))
    ),
    "sparse": lambda r, n: WeightedEffort(
        sparse.csr_array(random_weights(r, n, 0.3)), Exponential(spread(r, n), spread(r, n))
    ),
    "power": lambda r, n: WeightedEffort(
        random_weights(r, n, 0.6), PowerLaw(spread(r, n), spread(r, n))
    ),
    "custom": lambda r, n: two_paths(spread(r, n), r.random((n, n)) * (1 - np.eye(n))),
}
every_family = pytest.mark.parametrize("family", FAMILIES)


def draw(family, seed=1, count=15):
    """(game, the generator that drew it), `count` times."""
    random = np.random.default_rng(seed)
    for _ in range(count):
        n = int(random.integers(3, 8))
        yield SecurityGame(FAMILIES[family](random, n), 0.3 * spread(random, n)), random


def personal_prices(messages):
    """l_i = pi_{i+1} - pi_{i+2}, written out."""
    n = messages.n
    return np.array([messages.prices[(i + 1) % n] - messages.prices[(i + 2) % n] for i in range(n)])


@every_family
def test_proposition_1_no_other_effort_pays_at_the_equilibrium(family):
    for game, _ in draw(family):
        x = nash_equilibrium(game).x
        bounds = game.risks(np.zeros(game.n)) / game.unit_costs
        assert (x <= bounds).all()
        for user in range(game.n):
            for effort in np.linspace(0, bounds[user], 60):
                other = np.where(np.arange(game.n) == user, effort, x)
                assert game.costs(other)[user] >= game.costs(x)[user] * (1 - 1e-9)


@every_family
def test_taxes_of_arbitrary_messages_balance(family):
    for game, random in draw(family):
        shape = game.n, game.n
        base = equilibrium_messages(game)
        moved = Messages(
            base.prices + random.exponential(1, shape), base.proposals + random.normal(0, 2, shape)
        )
        taxes = outcome(moved).taxes
        assert np.abs(taxes).sum() > 0.01
        assert abs(taxes.sum()) <= 1e-12 * np.abs(taxes).sum()


@every_family
def test_theorem_1_no_minimiser_beats_the_outcome_at_equilibrium_messages(family):
    for game, random in draw(family):
        cost = game.social_cost(outcome(equilibrium_messages(game)).x)
        for start in random.exponential(1, (3, game.n)):
            found = minimize(
                game.social_cost,
                start,
                jac=lambda y, game=game: game.unit_costs + game.risk_jacobian(y).sum(axis=0),
                bounds=[(0, None)] * game.n,
                method="L-BFGS-B",
            )
            assert cost <= found.fun * (1 + 1e-9)
            assert cost == pytest.approx(found.fun, rel=1e-4)


@every_family
def test_theorem_1_where_the_outcome_is_not_optimal_somebody_gains(family):
    for game, random in draw(family):
        settled = equilibrium_messages(game)
        factors = random.exponential(1, (game.n, game.n))
        messages = Messages(0.8 * settled.prices, factors * (settled.proposals + 0.1))
        gap = game.social_cost(outcome(messages).x) - game.social_cost(outcome(settled).x)
        assert gap > 0
        gains = [best_deviation(game, messages, user).gain for user in range(game.n)]
        assert sum(gains) >= gap * (1 - 1e-9)
        assert max(gains) >= gap / game.n * (1 - 1e-9)


@every_family
def test_theorem_2_no_sampled_message_beats_the_equilibrium_message(family):
    for game, random in draw(family):
        settled = equilibrium_messages(game)
        now = outcome(settled)
        before = game.utilities(now.x, now.taxes)
        for user in range(game.n):
            assert best_deviation(game, settled, user).gain <= 1e-9 * game.social_cost(now.x)
            for size in (0.01, 0.1, 1.0, 3.0):
                prices, proposals = settled.prices.copy(), settled.proposals.copy()
                prices[user] *= random.integers(2)
                proposals[user] += game.n * size * random.normal(0, 1, game.n)
                # The mean stays at x >= 0.
                others = proposals.sum(axis=0) - proposals[user]
                proposals[user] = np.maximum(proposals[user], -others)
                tried = outcome(Messages(prices, proposals))
                after = game.utilities(np.maximum(tried.x, 0), tried.taxes)
                assert after[user] <= before[user] + 1e-9 * (1 + abs(before[user]))


@every_family
def test_equation_8_a_minimiser_of_cost_and_bill_gains_nothing(family):
    for game, _ in draw(family, count=8):
        messages = equilibrium_messages(game)
        x, prices = outcome(messages).x, personal_prices(messages)
        for user in range(game.n):
            bill = prices[user] + game.unit_costs * (np.arange(game.n) == user)
            found = minimize(
                lambda y, user=user, bill=bill, game=game: game.risks(y)[user] + bill @ y,
                x + 0.1,
                jac=lambda y, user=user, bill=bill, game=game: game.risk_jacobian(y)[user] + bill,
                bounds=[(0, None)] * game.n,
                method="L-BFGS-B",
            )
            assert game.risks(x)[user] + bill @ x <= found.fun + 1e-8 * game.social_cost(x)


@every_family
def test_equation_9_whoever_enjoys_an_effort_pays_for_it_and_nobody_else(family):
    pairs = 0
    for game, _ in draw(family):
        messages = equilibrium_messages(game)
        x, prices = outcome(messages).x, personal_prices(messages)
        rounding = 1e-12 * messages.prices.max()
        benefits = -game.risk_jacobian(x)
        for payer, investor in np.argwhere(~np.eye(game.n, dtype=bool)):
            if x[investor] > 0:
                price = prices[payer, investor]
                assert price == pytest.approx(benefits[payer, investor], rel=1e-6, abs=rounding)
                pairs += price > rounding
    assert pairs > 20


@pytest.mark.parametrize("exponent", [0.5, 1, 4])
@pytest.mark.parametrize("n", [2, 10])
def test_tail_formula_peak_and_limit(n, exponent):
    q = 1 / (1 + exponent)

    def computed(c1):
        risk = WeightedEffort(np.full((n, n), 1 / exponent), PowerLaw(exponent=exponent))
        game = SecurityGame(risk, c1 * np.linspace(1, 2, n))
        return price_of_anarchy(game).ratio

    for c1 in (1e-3, 0.1, 0.5, 1.0):
        formula = (q * n + (1 - q) * (1 - c1**q)) / (n**q - (1 - q) * c1**q)
        assert computed(c1) == pytest.approx(formula, rel=1e-9)
    assert computed(1.0) == pytest.approx(n / (1 + (n**q - 1) / q), rel=1e-9)
    assert computed(0.98) < computed(1.0) > computed(1.02)
    assert computed(1e-9) == pytest.approx((1 + q * (n - 1)) / n**q, rel=1e-2)


def test_heavier_tails_have_lower_peaks_all_below_the_exponential_one():
    peaks = [figures.anarchy_by_tail(10, a).get_label() for a in (0.5, 1, 4, 16)]
    power = [float(re.search(r"peak of ρ is ([\d.]+)", words)[1]) for words in peaks]
    (exponential,) = {float(re.search(r"peak .*?e⁻ˢ ([\d.]+)", words)[1]) for words in peaks}
    assert power == sorted(power)
    assert power[-1] < exponential
    assert exponential == pytest.approx(10 / (1 + np.log(10)), abs=1e-3)


@pytest.mark.parametrize("weight", [0.0, 0.2, 0.45])
@pytest.mark.parametrize("cost", [0.1, 0.5, 1.0])
def test_ring_formula_and_both_bounds(weight, cost):
    game = ring_game(7, cost, cost, weight)
    result = price_of_anarchy(game)
    m, t = 1 + 2 * weight, np.log(1 / cost)
    assert result.exact
    assert result.ratio == pytest.approx((m + t) / (1 + np.log(m) + t), rel=1e-9)
    assert equilibrium_bound(game, result.worst.x) == pytest.approx(m, rel=1e-9)
    assert weighted_effort_bound(game) == pytest.approx(m, rel=1e-12)


@pytest.mark.parametrize("n", [2, 5, 9])
def test_kinked_risk_drives_the_ratio_to_the_bound(n):
    for width in (1.0, 0.1, 0.01):
        game = kinked_game(n, width)
        nash, optimum = nash_equilibrium(game).x, social_optimum(game).x
        ratio = game.social_cost(nash) / game.social_cost(optimum)
        assert nash.max() == 0
        assert ratio == pytest.approx(kinked_ratio(n, width), rel=1e-7)
        assert n / (1 + n * width / 2) <= ratio <= n
        assert equilibrium_bound(game, nash) == pytest.approx(n, rel=1e-12)
    assert ratio > 0.95 * n


def test_the_bound_at_the_equilibrium_can_be_one_where_the_other_is_n():
    game = SecurityGame(TotalEffort(6, Exponential()), np.full(6, 7.0))
    assert equilibrium_bound(game, nash_equilibrium(game).x) == 1
    assert weighted_effort_bound(game) == pytest.approx(6)


def test_bounds_are_ordered_on_random_games():
    random = np.random.default_rng(17)
    slack = []
    for _ in range(60):
        game = random_game(random, int(random.integers(2, 7)))
        result = price_of_anarchy(game)
        near, far = equilibrium_bound(game, result.worst.x), weighted_effort_bound(game)
        assert result.ratio <= near * (1 + 1e-9)
        assert near <= far * (1 + 1e-9)
        slack.append(far / near)
    assert max(slack) > 5


def test_the_bound_at_the_equilibrium_holds_for_a_custom_risk():
    for game, _ in draw("custom"):
        for equilibrium in nash_equilibria(game):
            ratio = game.social_cost(equilibrium.x) / game.social_cost(social_optimum(game).x)
            assert ratio <= equilibrium_bound(game, equilibrium.x) * (1 + 1e-9)


def test_attacks_by_two_paths_are_strictly_convex_and_have_one_equilibrium():
    for game, random in draw("custom"):
        n, identity = game.n, np.eye(game.n)
        x = random.exponential(1, n)
        relay = -game.risk_jacobian(x) * ~np.eye(n, dtype=bool)
        for i in range(n):
            directions = [identity[i] + identity[j] * (j != i) for j in range(n)]
            sizes = np.where(identity[i] > 0, game.risks(x)[i] - relay[i].sum(), relay[i])
            hessian = sum(s * np.outer(v, v) for s, v in zip(sizes, directions, strict=True))
            step = 1e-6
            differences = [
                (game.risk_jacobian(x + step * e)[i] - game.risk_jacobian(x - step * e)[i])
                / (2 * step)
                for e in identity
            ]
            np.testing.assert_allclose(differences, hessian, rtol=1e-5, atol=1e-8)
            assert np.linalg.eigvalsh(hessian)[0] > 0
        replies, before = np.zeros(n), None
        while before is None or np.abs(replies - before).max() > 1e-12:
            before = replies
            replies = np.array([best_response(game, user, before) for user in range(n)])
        np.testing.assert_allclose(replies, nash_equilibrium(game).x, atol=1e-8)
        assert len(nash_equilibria(game)) == 1


@pytest.mark.parametrize(
    ("value", "jacobian", "message"),
    [
        (
            lambda x: np.exp(-x) + 0.2 * (1 - np.exp(-x[::-1])),
            lambda x: np.array(
                [[-np.exp(-x[0]), 0.2 * np.exp(-x[1])], [0.2 * np.exp(-x[0]), -np.exp(-x[1])]]
            ),
            r"A1: got a risk of user 0 that grows with x\[1\]",
        ),
        (
            lambda x: 1 / (1 + x**4),
            lambda x: np.diag(-4 * x**3 / (1 + x**4) ** 2),
            "A2: the risk of user 0 lies below its tangent",
        ),
    ],
    ids=["displaced attacks", "threshold"],
)
def test_a_risk_that_breaks_an_assumption_is_refused(value, jacobian, message):
    with pytest.raises(ValueError, match=message):
        CustomRisk(2, value, jacobian)


@pytest.mark.parametrize(
    ("figure", "values", "others"),
    [
        (figures.hub_network, {"N": 4, "c1": 0.1, "c2": 0.5}, {"N": 4, "c1": 0.8, "c2": 0.5}),
        (figures.random_network, {"N": 8, "share": 1, "seed": 3}, {"N": 8, "share": 1, "seed": 1}),
        (figures.who_invests, {"loss": 20, "rate": 0.1}, {"loss": 20, "rate": 4}),
        (figures.anarchy_by_tail, {"N": 50, "exponent": 16}, {"N": 50, "exponent": 0.5}),
        (figures.anarchy_against_bounds, {"N": 3, "c1": 1.5}, {"N": 3, "c1": 0.1}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_pictures_are_pure_and_read_their_numbers_aloud(figure, values, others):
    assert figure(**values).get_label() == figure(**values).get_label()
    assert figure(**values).get_label() != figure(**others).get_label()


@pytest.mark.parametrize("figure", [figures.hub_network, figures.random_network])
def test_disc_areas_are_efforts_and_one_arrow_stands_for_each_payment(figure):
    drawn = figure()
    (axes,) = drawn.axes
    _, optimum, nash = (scatter.get_sizes() / DISC for scatter in axes.collections)
    in_equilibrium, at_optimum = re.search(
        r"total effort ([\d.]+) .*?, ([\d.]+) at", drawn.get_label()
    ).groups()
    assert f"{nash.sum():.3f}" == in_equilibrium
    assert f"{optimum.sum():.3f}" == at_optimum
    arrows = len(axes.patches)
    used = re.search(r"(\d+) of", drawn.get_label())
    assert arrows == (int(used[1]) if used else len(optimum) - 1)


def test_hub_picture_reads_the_game_of_the_chapter():
    weights = [
        [1.0, 0.1, 0.1, 0.1, 0.1],
        [0.6, 1.0, 0.3, 0.0, 0.0],
        [0.6, 0.0, 1.0, 0.3, 0.0],
        [0.6, 0.0, 0.0, 1.0, 0.3],
        [0.6, 0.3, 0.0, 0.0, 1.0],
    ]
    game = SecurityGame(WeightedEffort(weights, Exponential()), [0.4, 0.2, 0.2, 0.2, 0.2])
    nash, optimum = nash_equilibrium(game), social_optimum(game)
    tax = lindahl_prices(game)[0] @ optimum.x
    assert nash.unique
    assert optimum.unique
    reading = figures.hub_network(5, 0.4, 0.2).get_label()
    assert f"total effort {nash.x.sum():.3f} in equilibrium" in reading
    assert f"{optimum.x.sum():.3f} at the optimum" in reading
    assert f"is taxed {tax:+.3f}" in reading
    assert "the taxes balance" in reading


def test_network_links_stay_when_the_share_grows_and_only_investors_are_paid():
    counts = []
    for share in (0.1, 0.4, 0.7, 1):
        reading = figures.random_network(6, share, 2).get_label()
        counts.append([int(k) for k in re.search(r": (\d+) of (\d+) links", reading).groups()])
    used, links = np.transpose(counts)
    assert (np.diff(links) > 0).all()
    assert links[-1] == 30
    assert (used <= links).all()
    assert used[-1] % 5 == 0  # all five others pay each investor


def test_user_with_much_at_stake_invests_though_its_effort_is_dearest():
    reading = figures.who_invests(10, 0.5).get_label()
    assert "in equilibrium user 5 invests 4.605, at the optimum user 1 invests 5.717" in reading
    # ln(a L / c) / a for user 5
    assert np.log(0.5 * 10 / 0.5) / 0.5 == pytest.approx(4.605, abs=1e-3)


def test_bounds_picture_reports_the_factors_of_total_effort():
    reading = figures.anarchy_against_bounds(5, 0.5).get_label()
    near, far = map(float, re.search(r"total effort ([\d.]+) and ([\d.]+)", reading).groups())
    costs = np.geomspace(0.1, 10, 9)
    inside, idle = costs[costs <= 1], costs[(costs > 1) & (costs < 5)]
    factors = [
        *(5 * (1 + np.log(5 / inside)) / (5 - np.log(inside))),
        *(1 + np.log(5 / idle)),
    ]
    assert near == pytest.approx(max(factors), abs=0.005)
    # From W and c alone the bound is 5 also where nobody should invest and rho is 1.
    assert far == 5.0
