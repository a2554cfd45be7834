"""What pages say of all settings of a slider, of all games of a table or of rooms of every size."""

import itertools
import re

import exchange_rounds
import numpy as np
import pytest
from classroom import GROUP_SIZES, group_game
from site_server import ROOT
from sliders import slider_grids

from pesim_lib import lindahl_prices, nash_equilibrium, participation, social_optimum
from pesim_lib.beyond.tables import read_table
from pesim_lib.paper.examples import random_game, ring_game, total_effort_game, two_user_game
from pesim_lib.paper.individual_rationality import loner_gain


@pytest.mark.parametrize(
    ("figure", "draw"),
    [
        ("externality", total_effort_game),
        ("best_responses", two_user_game),
        ("nash_against_optimum", ring_game),
    ],
)
def test_wherever_the_sliders_of_the_model_stand_the_optimum_has_no_less_effort_in_all(
    figure, draw
):
    names = {"N": "n"}
    (grid,) = slider_grids()[figure]
    for setting in itertools.product(*grid.values()):
        game = draw(**dict(zip((names.get(key, key) for key in grid), setting, strict=True)))
        effort = nash_equilibrium(game).x.sum()
        assert social_optimum(game).x.sum() >= effort - 1e-9, setting


def test_in_rooms_of_every_size_user_1_leaves_at_costs_of_a_half_and_a_little_more():
    assert (loner_gain(np.arange(3, 20000), 0.5, 0.55) < 0).all()


def test_nobody_is_paid_less_than_nothing_for_its_own_effort():
    random = np.random.default_rng(4)
    for _ in range(40):
        game = random_game(random, int(random.integers(3, 8)))
        x = social_optimum(game).x
        multipliers = np.maximum(game.unit_costs + game.risk_jacobian(x).sum(axis=0), 0)
        shares = random.dirichlet(np.ones(game.n), size=game.n).T
        own = np.diag(shares * multipliers - game.risk_jacobian(x)) - game.unit_costs
        assert (own <= np.diag(lindahl_prices(game)) + 1e-9).all()
        assert (own <= 1e-9).all()


def test_the_rings_that_take_longest_have_weights_near_one_half():
    table = read_table(exchange_rounds.TABLE)
    kept = (table["family"] == "ring") & (table["method"] == "accelerated")
    for n in exchange_rounds.SIZES:
        rows = table[kept & (table["n"] == n)]
        games = [exchange_rounds.game_of("ring", n, int(seed))[0] for seed in rows["seed"]]
        weights = np.array([game.risk.weights[0, 1] for game in games])
        assert (weights[rows["rounds"] > 100] > 0.42).all()
        if n >= 30:
            assert rows["rounds"].argmax() == weights.argmax()


@pytest.mark.parametrize("members", GROUP_SIZES)
def test_every_member_of_a_group_but_the_first_would_rather_leave_alone(members):
    gain = participation(group_game(members)).gain
    assert gain[0] > 0 > gain[1:].max()


def plan(name, column):
    """The plan of a page: (start, minutes, activity) of each row; `column` has the activities."""
    lines = (ROOT / f"course/{name}.md").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|") for line in lines if re.match(r"\| \d+–\d+ \|", line)]
    return [(int(row[1].split("–")[0]), int(row[2]), row[column].strip()) for row in rows]


def test_the_phones_save_the_minutes_that_the_pages_say():
    paper, phones = plan("experiment", column=3), plan("live", column=4)

    def lasting(rows, words):
        return sum(minutes for _, minutes, activity in rows if activity.startswith(words))

    def part_b(rows):
        (begin,) = (start for start, _, activity in rows if activity.startswith("Part B"))
        return sum(minutes for start, minutes, _ in rows if start >= begin)

    rounds = ("Round 1", "Round 2", "Round 3")
    page = (ROOT / "course/live.md").read_text(encoding="utf-8")
    assert f"{part_b(phones)} for part B;" in page
    assert (
        f"On paper part B takes {part_b(paper)}: on phones there is no example to work out"
        f" ({lasting(paper, 'The example')} minutes), and rounds 1 to 3 take"
        f" {lasting(phones, rounds)} minutes in place of {lasting(paper, rounds)},"
    ) in page
    page = (ROOT / "course/experiment.md").read_text(encoding="utf-8")
    assert f"part B then takes {part_b(phones)} minutes" in page
    assert f"{part_b(paper)} for part B;" in page
