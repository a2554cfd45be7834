"""Where functions refuse, give up, or say that they did not look at everything."""

import ipywidgets as widgets
import numpy as np
import pytest
from matplotlib.figure import Figure

from pesim_lib import (
    CustomRisk,
    Exponential,
    SecurityGame,
    WeightedEffort,
    coalition_response,
    exchange,
    explore,
    nash_equilibria,
)
from pesim_lib.beyond.manipulation import reporting_slope
from pesim_lib.beyond.networks import Setting
from pesim_lib.beyond.schemes import MOST_COMPENSATED_USERS, certification
from pesim_lib.paper.assumptions import check_assumptions
from pesim_lib.paper.examples import ring_game, total_effort_game
from pesim_lib.paper.individual_rationality import loner_gain

GAME = total_effort_game(4, 0.3)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: Setting("ring", "dependence", decay="linear", n=6).game(), "decay: got 'linear'"),
        (lambda: nash_equilibria(GAME, branches=0), "branches: got 0"),
        (lambda: nash_equilibria(GAME, seconds=-1), "seconds"),
        (lambda: coalition_response(GAME, [], np.zeros(4)), r"members: got \[\]"),
        (lambda: coalition_response(GAME, [0, 0], np.zeros(4)), r"members: got \[0, 0\]"),
        (lambda: loner_gain(2, 0.5, 0.6), "n: got 2"),
        (lambda: loner_gain(3.5, 0.5, 0.6), "n: got 3.5"),
        (lambda: exchange(GAME, "play", weight=0.0), "weight: got 0.0"),
        (lambda: exchange(GAME, "play", damping=1.5), "damping: got 1.5"),
    ],
)
def test_what_is_not_allowed_is_refused_by_name(call, named):
    with pytest.raises(ValueError, match=named):
        call()


@pytest.mark.parametrize(
    ("jacobian", "words"),
    [
        (lambda x: -np.exp(-x.sum()) * np.ones((2, 3)), "jacobian: got shape"),
        (lambda x: np.full((2, 2), np.nan), "a number that is not finite"),
        (lambda x: -1.0005 * np.exp(-x.sum()) * np.ones((2, 2)), "differs from the differences"),
    ],
)
def test_a_jacobian_that_cannot_be_one_is_refused(jacobian, words):
    with pytest.raises(ValueError, match=words):
        check_assumptions(CustomRisk(2, lambda x: np.exp(-x.sum()) * np.ones(2), jacobian))


def test_play_ends_where_it_converges_and_where_it_cannot():
    game = ring_game(5, 0.2, 0.3)
    calm = exchange(game, "play", damping=0.2, rounds=2000)
    assert calm.converged
    assert len(calm.trace.efforts) < 2000
    wild = exchange(game, "play", rounds=2000, start=np.random.default_rng(0).random((5, 5)))
    assert not wild.converged
    assert len(wild.trace.efforts) < 2000


def test_with_more_compensated_users_than_are_searched_the_list_says_so():
    n = MOST_COMPENSATED_USERS + 1
    game = ring_game(n, 0.2, 0.2, 0.3)
    scheme = certification(game, extra=1e-3)
    assert not scheme.equilibria.complete
    assert certification(ring_game(4, 0.2, 0.2, 0.3), extra=1e-3).equilibria.complete


def test_where_the_optimum_is_not_isolated_a_report_has_no_slope():
    """Two users at the same place and price: the optimum fixes their sum alone."""
    game = SecurityGame(WeightedEffort(np.ones((2, 2)), Exponential()), [0.4, 0.4])
    assert np.isnan(reporting_slope(game, 0))
    apart = SecurityGame(WeightedEffort([[1.0, 0.5], [0.5, 1.0]], Exponential()), [0.4, 5.0])
    assert reporting_slope(apart, 1) < 0


def test_sliders_of_a_kernel_run_evenly_over_what_they_span():
    def line(n=1, c=0.1, share=0.5):
        figure = Figure()
        figure.set_label(f"{n} {c} {share}")
        return figure

    wide = [0.01, 0.1, 10.0]
    n, c, share, *_ = explore(line, n=[1, 2, 5], c=wide, share=[0.0, 0.5, 1.0]).live().children
    assert isinstance(n, widgets.IntSlider)
    assert isinstance(c, widgets.FloatLogSlider)
    assert (10**c.min, 10**c.max) == pytest.approx((0.01, 10))
    assert isinstance(share, widgets.FloatSlider)
