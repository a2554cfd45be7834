"""A new decay or risk is one class: solved, certified, priced, joined, exchanged and drawn."""

from dataclasses import dataclass

import numpy as np
import pytest

from pesim_lib import (
    CustomRisk,
    Decay,
    Exponential,
    PowerLaw,
    Risk,
    SecurityGame,
    TotalEffort,
    WeightedEffort,
    best_deviation,
    best_response,
    coalition_equilibrium,
    equilibrium_messages,
    exchange,
    figures,
    local_equilibrium_messages,
    local_outcome,
    nash_equilibria,
    nash_equilibrium,
    natural_residual,
    outcome,
    participation,
    price_of_anarchy,
    social_optimum,
)
from pesim_lib.beyond.manipulation import best_freeze, reporting_gain
from pesim_lib.beyond.schemes import certification, compare
from pesim_lib.figures.individual_rationality import inside_outside
from pesim_lib.paper import examples


@dataclass(frozen=True, eq=False)
class Stretched(Decay):
    """loss exp(1 - sqrt(1 + 2 rate s)): falls like an exponential, then ever more slowly."""

    loss: float = 1.0
    rate: float = 1.0

    def _root(self, s):
        return np.sqrt(1 + 2 * self.rate * s)

    def value(self, s):
        return self.loss * np.exp(1 - self._root(s))

    def slope(self, s):
        return -self.rate / self._root(s) * self.value(s)

    def curvature(self, s):
        root = self._root(s)
        return self.rate**2 * (1 / root**2 + 1 / root**3) * self.value(s)


def ring(decay, n=5):
    links = np.eye(n) + 0.4 * np.roll(np.eye(n), 1, axis=1) + 0.2 * np.roll(np.eye(n), 2, axis=1)
    return SecurityGame(WeightedEffort(links, decay), 0.1 + 0.05 * np.arange(n))


LOSSES = np.array([1.0, 2.0, 1.5, 0.7, 1.2])
GAMES = {
    "weighted effort": ring(Stretched(LOSSES)),
    "total effort": SecurityGame(TotalEffort(5, Stretched(LOSSES)), 0.1 + 0.05 * np.arange(5)),
}


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
def test_a_third_decay_is_solved_and_certified_as_a_risk_of_unknown_form_is(game):
    custom = SecurityGame(CustomRisk(5, game.risk.value, game.risk.jacobian), game.unit_costs)
    for solve in (nash_equilibrium, social_optimum):
        ours, theirs = solve(game), solve(custom)
        assert ours.residual <= 1e-9
        assert game.risks(ours.x) == pytest.approx(game.risks(theirs.x), rel=1e-6)
    halves = [[0, 1], [2, 3, 4]]
    ours, theirs = (coalition_equilibrium(g, halves).x for g in (game, custom))
    assert game.risks(ours) == pytest.approx(game.risks(theirs), rel=1e-6)
    x = 0.1 * np.arange(5)
    assert best_response(game, 2, x) == pytest.approx(best_response(custom, 2, x), abs=1e-9)


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
def test_a_third_decay_is_priced_joined_and_exchanged(game):
    optimum = social_optimum(game).x
    messages = equilibrium_messages(game)
    assert outcome(messages).x == pytest.approx(optimum)
    for user in range(game.n):
        assert best_deviation(game, messages, user).gain <= 1e-7
    assert local_outcome(local_equilibrium_messages(game)).taxes == pytest.approx(
        outcome(messages).taxes, abs=1e-9
    )
    assert participation(game).inside.sum() == pytest.approx(-game.social_cost(optimum))
    run = exchange(game)
    assert run.converged
    assert game.social_cost(run.x) == pytest.approx(game.social_cost(optimum), rel=1e-6)
    assert price_of_anarchy(game).ratio >= 1
    assert len(nash_equilibria(game)) >= 1


def test_a_third_decay_meets_the_other_schemes_lies_and_freezes():
    game = GAMES["weighted effort"]
    assert all(np.isfinite(scheme.utilities).all() for scheme in compare(game))
    assert certification(game).ratios.min() >= 1 - 1e-9
    assert reporting_gain(game, 0, 1.0) == pytest.approx(0, abs=1e-12)
    assert reporting_gain(game, 0, 0.9) > 0
    freeze = best_freeze(game, 0)
    assert -1e-9 <= freeze.gain <= freeze.bound + 1e-9


def test_a_third_decay_is_drawn(monkeypatch):
    monkeypatch.setattr(examples, "Exponential", Stretched)
    labels = {draw: draw().get_label() for draw in (figures.underinvestment, inside_outside)}
    monkeypatch.undo()
    assert all(label != draw().get_label() for draw, label in labels.items())


@pytest.mark.parametrize("decay", [Exponential(2.0, 0.7), PowerLaw(3.0, 1.3)], ids=["exp", "power"])
def test_what_follows_for_every_decay_is_what_a_formula_gives(decay):
    steepness = np.array([1e-6, 0.1, 1.0, 10.0])
    found = Decay.effort_at_slope(decay, steepness)
    np.testing.assert_allclose(found, np.maximum(decay.effort_at_slope(steepness), 0), atol=1e-14)
    assert Decay.turning_point(decay) == pytest.approx(decay.turning_point(), rel=1e-14)
    shifted, s = decay.shifted(0.6).scaled(2.0), np.linspace(0, 3, 7)
    np.testing.assert_allclose(shifted.value(s), 2 * decay.value(0.6 + s), rtol=1e-15)
    np.testing.assert_allclose(shifted.curvature(s), 2 * decay.curvature(0.6 + s), rtol=1e-15)
    found = shifted.effort_at_slope(0.05)
    assert -shifted.slope(found) == pytest.approx(0.05)


class Pairs(Risk):
    """Each user is as safe as it and the next together: f_i = exp(-x_i - x_{i+1}) + 0.1."""

    def __init__(self, n):
        self.n = n

    def value(self, x):
        return np.exp(-x - np.roll(x, -1)) + 0.1

    def jacobian(self, x):
        falls = np.exp(-x - np.roll(x, -1))[:, None]
        return -falls * (np.eye(self.n) + np.roll(np.eye(self.n), 1, axis=1))


def test_a_risk_with_three_lines_of_its_own_is_solved_priced_and_exchanged():
    game = SecurityGame(Pairs(4), [0.2, 0.3, 0.25, 0.4])
    optimum = social_optimum(game)
    assert optimum.residual <= 1e-9
    messages = equilibrium_messages(game)
    assert outcome(messages).taxes.sum() == pytest.approx(0, abs=1e-12)
    assert max(best_deviation(game, messages, user).gain for user in range(4)) <= 1e-6
    assert game.social_cost(exchange(game, tolerance=1e-9).x) == pytest.approx(
        game.social_cost(optimum.x), rel=1e-6
    )
    above, half = game.risk.above(np.full(4, 0.2)), game.risk.scaled([1, 0.5, 1, 1])
    x = np.array([0.1, 0.0, 0.3, 0.2])
    assert above.value(x) == pytest.approx(game.risk.value(x + 0.2))
    assert half.value(x)[1] == pytest.approx(game.risk.value(x)[1] / 2)


def test_an_object_with_the_three_parts_of_a_risk_becomes_one():
    class Plain:
        n = 3

        def value(self, x):
            return Pairs(3).value(x)

        def jacobian(self, x):
            return Pairs(3).jacobian(x)

    game = SecurityGame(Plain(), [0.2, 0.3, 0.4])
    x = nash_equilibrium(game).x
    own = 1 + np.diag(game.risk_jacobian(x)) / game.unit_costs
    assert natural_residual(x, own) <= 1e-9
