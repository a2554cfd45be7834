"""At the ends of the floating range: a right answer or a plain error, and never a warning."""

import inspect
import warnings
from contextlib import suppress

import numpy as np
import pytest
from attack import Report, _residual

import pesim_lib
from pesim_lib import (
    BestShot,
    ConvergenceError,
    Exponential,
    PowerLaw,
    SecurityGame,
    TotalEffort,
    WeakestLink,
    WeightedEffort,
    equilibrium_messages,
    local_equilibrium_messages,
    nash_equilibria,
    nash_equilibrium,
    social_optimum,
)
from pesim_lib.beyond import exits, schemes

N = 3
NUMBERS = (5e-324, 1e-310, 1e-300, 1e-150, 1e-20, 0.3, 1.0, 1e20, 1e150, 1e300, 1.7e308)
EFFORTS = np.array([0.0, 1e-300, 1e300])
CALLS = {
    "along_costs": lambda f, game: f(social_optimum, game.risk, [game.unit_costs]),
    "best_deviation": lambda f, game: f(game, equilibrium_messages(game), 0),
    "best_response": lambda f, game: f(game, 0, EFFORTS),
    "best_replies": lambda f, game: f(game, rounds=3),
    "capped_equilibrium": lambda f, game: f(game, np.ones(N)),
    "check_assumptions": lambda f, game: f(game.risk),
    "coalition_equilibrium": lambda f, game: f(game, [[0, 1], [2]]),
    "coalition_response": lambda f, game: f(game, [0, 1], EFFORTS),
    "compare": lambda f, game: f(game),
    "equilibrium_bound": lambda f, game: f(game, EFFORTS),
    "equilibrium_messages": lambda f, game: f(game),
    "exchange": lambda f, game: f(game, rounds=2),
    "exit_equilibria": lambda f, game: f(game),
    "exit_equilibria_of": lambda f, game: f(game, 0, grid=3),
    "exit_gains": lambda f, game: f(game, [0]),
    "exit_equilibrium": lambda f, game: f(game, 0),
    "has_one_exit": lambda f, game: f(game, 0),
    "is_equilibrium": lambda f, game: f(game, EFFORTS),
    "leaving_groups": lambda f, game: f(game),
    "lindahl_prices": lambda f, game: f(game),
    "links": lambda f, game: f(game),
    "local_equilibrium_messages": lambda f, game: f(game),
    "local_outcome": lambda f, game: f(local_equilibrium_messages(game)),
    "local_prices": lambda f, game: f(local_equilibrium_messages(game)),
    "nash_equilibria": lambda f, game: f(game, branches=500),
    "nash_equilibrium": lambda f, game: f(game),
    "outcome": lambda f, game: f(equilibrium_messages(game)),
    "participation": lambda f, game: f(game),
    "price_of_anarchy": lambda f, game: f(game, branches=500),
    "sensitivity": lambda f, game: f(game),
    "shift": lambda f, game: f(game, unit_costs=game.unit_costs),
    "social_optimum": lambda f, game: f(game),
    "stable_coalitions": lambda f, game: f(game),
    "weighted_effort_bound": lambda f, game: f(game),
    "costs": lambda f, game: game.costs(EFFORTS),
    "risk_jacobian": lambda f, game: game.risk_jacobian(EFFORTS),
    "social_cost": lambda f, game: game.social_cost(EFFORTS),
    "utilities": lambda f, game: game.utilities(EFFORTS),
}


def some(random, *shape):
    """Numbers of all sizes, or ordinary ones."""
    if random.random() < 0.5:
        return random.choice(NUMBERS, shape)
    return np.full(shape, random.choice([0.3, 0.5, 1.0]))


def extreme_game(seed):
    """Three users; raises ValueError where their numbers are refused."""
    random = np.random.default_rng(seed)
    loss, shape, costs = some(random, N), some(random, N), some(random, N)
    loss[0] *= random.random() < 0.8
    decay = random.choice([Exponential, PowerLaw])(loss, shape)
    kind = random.choice([TotalEffort, WeakestLink, BestShot, WeightedEffort, WeightedEffort])
    if kind is not WeightedEffort:
        return SecurityGame(kind(N, decay), costs)
    weights = some(random, N, N) * (random.random((N, N)) < 0.6)
    np.fill_diagonal(weights, some(random, N))
    return SecurityGame(WeightedEffort(weights, decay), costs)


def games(seeds):
    """(seed, game) where its numbers are not refused."""
    for seed in seeds:
        with suppress(ValueError):
            yield seed, extreme_game(seed)


def function_of(name):
    return next(
        (getattr(room, name) for room in (pesim_lib, schemes, exits) if hasattr(room, name)), None
    )


@pytest.mark.parametrize("name", CALLS)
def test_nothing_warns_at_the_ends_of_the_floating_range(name):
    answered, refusals = 0, []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed, game in games(range(12)):
            try:
                found = CALLS[name](function_of(name), game)
            except (ValueError, ConvergenceError) as error:
                refusals.append(str(error))
                continue
            answered += 1
            if isinstance(found, float | np.ndarray):
                assert not np.isnan(found).any(), seed
    assert answered > 0
    assert all(": got" in each or "residual" in each or ": an eq" in each for each in refusals)


def test_every_public_function_of_a_game_is_called():
    public = {
        each
        for each in pesim_lib.__all__
        if inspect.isfunction(getattr(pesim_lib, each))
        and "game" in inspect.signature(getattr(pesim_lib, each)).parameters
    }
    bayesian = {"bayesian_equilibria", "bayesian_equilibrium", "team_optimum"}
    shown = {"edit_messages"}
    assert public - bayesian - shown <= set(CALLS)


def test_what_is_certified_there_holds_in_50_digits():
    report = Report()
    for seed, game in games(range(100, 160)):
        if game.risk.weights is None or game.risk.solver.__name__.endswith("total_effort"):
            continue
        for kind, solve in (("equilibrium", nash_equilibrium), ("optimum", social_optimum)):
            try:
                found = solve(game)
            except ConvergenceError:
                continue
            _residual(report, game, found, str(seed), kind)
    assert report.counts["claims"] > 10
    assert report.false == []


@pytest.mark.parametrize("costs", [[5e-324, 1, 1], [1e-310, 1, 1]])
def test_costs_without_their_digits_are_refused(costs):
    with pytest.raises(ValueError, match="unit_costs: got"):
        SecurityGame(TotalEffort(3, Exponential()), costs)


@pytest.mark.parametrize(("loss", "rate"), [(1e-200, 1e-200), (1e200, 1e200), (1e-310, 1)])
def test_a_slope_that_no_number_holds_is_refused(loss, rate):
    with pytest.raises(ValueError, match="decay: got a loss or slope"):
        TotalEffort(3, Exponential(loss, rate))


def test_the_only_equilibrium_at_a_cost_of_1e_300_is_found():
    game = SecurityGame(WeightedEffort(np.eye(2), Exponential()), [1e-300, 1e300])
    (found,) = nash_equilibria(game)
    np.testing.assert_allclose(found.x, [300 * np.log(10), 0])
