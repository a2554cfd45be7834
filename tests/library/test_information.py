"""Information about losses: Bayes, and what a public list does to costs."""

import numpy as np
import pytest

from pesim_lib import Exponential, SecurityGame, TotalEffort, WeightedEffort
from pesim_lib.beyond.information import (
    PublicSignal,
    blacklist,
    informed,
    listing,
    supplier_costs,
    worth,
)


def test_listing_is_bayes_on_a_counted_population():
    random = np.random.default_rng(0)
    risky = random.random(10**6) < 0.05
    seen = random.random(10**6) < np.where(risky, 0.8, 0.1)
    listed, if_listed, if_not = listing(0.05, 0.8, 0.1)
    assert listed == pytest.approx(seen.mean(), abs=2e-3)
    assert if_listed == pytest.approx(risky[seen].mean(), abs=5e-3)
    assert if_not == pytest.approx(risky[~seen].mean(), abs=2e-3)


@pytest.mark.parametrize(("hit", "false_alarm"), [(0.3, 0.3), (0, 0), (1, 1)])
def test_a_list_that_says_nothing_leaves_the_base_rate(hit, false_alarm):
    assert listing(0.2, hit, false_alarm)[1:] == pytest.approx((0.2, 0.2))


def test_the_posterior_losses_of_a_blacklist_have_the_prior_mean():
    signal = blacklist([1, 1, 1], [3, 2, 1], base=0.3, accuracy=0.8)
    assert signal.losses.shape == (4, 3)
    np.testing.assert_allclose(signal.chances @ signal.losses, [1.6, 1.3, 1])


def lone(n, accuracy, safe=1.0, danger=3.0, base=0.3):
    return blacklist(
        np.append(safe, np.ones(n - 1)), np.append(danger, np.ones(n - 1)), base, accuracy
    )


@pytest.mark.parametrize("n", [3, 5, 10])
def test_a_better_list_of_one_user_raises_the_cost_in_equilibrium_and_lowers_the_optimum(n):
    risk, costs = TotalEffort(n, Exponential()), np.full(n, 0.3)
    found = [informed(risk, costs, lone(n, a)) for a in np.linspace(0.5, 1, 6)]
    equilibrium = [each.equilibrium.sum() for each in found]
    optimum = [each.optimum.sum() for each in found]
    assert (np.diff(equilibrium) > 0).all()
    assert (np.diff(optimum) < 0).all()


@pytest.mark.parametrize("seed", range(20))
def test_the_curvature_of_the_suppliers_loss_decides_whether_information_harms(seed):
    random = np.random.default_rng(seed)
    n = int(random.integers(2, 8))
    others, costs = random.uniform(0.2, 1.0, n - 1), random.uniform(0.1, 0.2, n)
    least = (others / costs[1:]).max() * costs[0]
    turn = 2 * others.sum()
    low, high = np.sort(random.uniform(max(least, costs[0]), 3 * max(turn, least), 2))
    odds = np.array([0.4, 0.6])
    signal = PublicSignal(odds, np.column_stack([[low, high], np.tile(others, (2, 1))]))
    found = worth(TotalEffort(n, Exponential()), costs, signal)
    formula = supplier_costs(odds @ [low, high], others.sum(), costs[0]) - odds @ supplier_costs(
        [low, high], others.sum(), costs[0]
    )
    assert found.equilibrium.sum() == pytest.approx(formula, abs=1e-9)
    assert found.optimum.sum() >= -1e-12
    if high <= turn:
        assert formula < 0
    if low >= turn:
        assert formula > 0
    # The supplier gains; whoever rides free on it loses.
    assert found.equilibrium[0] >= 0
    assert (found.equilibrium[1:] <= 1e-12).all()


def test_where_everybodys_loss_is_uncertain_the_same_list_helps():
    risk, costs = TotalEffort(5, Exponential()), np.full(5, 0.3)
    signal = blacklist(np.ones(5), np.full(5, 3.0), 0.3, 0.9)
    assert worth(risk, costs, signal).equilibrium.sum() > 0


@pytest.mark.parametrize("seed", range(5))
def test_information_never_hurts_society_under_pesim(seed):
    random = np.random.default_rng(seed)
    weights = random.random((4, 4)) * 0.5
    np.fill_diagonal(weights, 1)
    costs = random.uniform(0.1, 0.5, 4)
    signal = blacklist(np.ones(4), random.uniform(1, 4, 4), 0.3, random.uniform(0.5, 1))
    found = worth(WeightedEffort(weights, Exponential()), costs, signal)
    assert found.pesim.sum() == pytest.approx(found.optimum.sum(), abs=1e-9)
    assert found.pesim.sum() >= -1e-12


def test_costs_after_a_signal_are_the_means_over_the_games_it_leads_to():
    risk, costs = WeightedEffort([[1, 0.3], [0.2, 1]], Exponential()), [0.2, 0.3]
    signal = blacklist([1, 1], [4, 2], 0.25, 0.8)
    x = np.array([0.5, 0.2])
    mean = sum(
        p * SecurityGame(risk.scaled(loss), costs).social_cost(x)
        for p, loss in zip(signal.chances, signal.losses, strict=True)
    )
    silent = signal.silent()
    assert SecurityGame(risk.scaled(silent.losses[0]), costs).social_cost(x) == pytest.approx(mean)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: listing(1.5, 0.5, 0.5), "base"),
        (lambda: listing(0.5, -0.1, 0.5), "hit"),
        (lambda: blacklist([1], [2], 0.5, 0.4), "accuracy"),
        (lambda: blacklist([1], [2, 2], 0.5, 0.6), "danger"),
        (lambda: PublicSignal([0.5, 0.4], np.ones((2, 2))), "chances"),
        (lambda: PublicSignal([1.0], np.ones(2)), "losses"),
    ],
)
def test_numbers_that_make_no_signal_are_refused(call, named):
    with pytest.raises(ValueError, match=named):
        call()
