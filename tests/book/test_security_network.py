"""The first page's network computes what the library does, by pointer and by keys."""

from itertools import product

import numpy as np
import pytest

from pesim_lib import SecurityGame, figures, nash_equilibrium, social_optimum
from pesim_lib.figures.landing import COSTS
from pesim_lib.paper.examples import ring_game
from pesim_lib.paper.pesim import equilibrium_taxes

RING = ring_game(len(COSTS)).risk
LEVELS = [0.2, 0.4, 0.8]
RANDOM = np.exp(np.random.default_rng(1).normal(-1.0, 1.0, (100, len(COSTS))))


def solved(page, states):
    answers = page.evaluate(
        "(states) => states.map((costs) => whoRidesFree(ring(costs.length), costs))", states
    )
    return [
        {key: np.array([each[key] for each in answer]) for key in ("x", "pays", "lost")}
        for answer in answers
    ]


@pytest.mark.parametrize(
    "states",
    [[list(state) for state in product(LEVELS, repeat=5)][::5], RANDOM.tolist()],
    ids=["levels of the page", "random costs"],
)
def test_the_page_solves_every_game_as_the_library_does(open_page, states):
    page = open_page("index.html")
    for costs, answer in zip(states, solved(page, states), strict=True):
        game = SecurityGame(RING, costs)
        nash, optimum = nash_equilibrium(game).x, social_optimum(game).x
        efforts = np.array([nash, optimum, optimum])
        paid = efforts * costs
        paid[2] += equilibrium_taxes(game, optimum)
        np.testing.assert_allclose(answer["x"], efforts, rtol=1e-7, atol=1e-8)
        np.testing.assert_allclose(answer["pays"], paid, rtol=1e-7, atol=1e-8)
        lost = [game.social_cost(x) for x in efforts]
        np.testing.assert_allclose(answer["lost"], lost, rtol=1e-10)


def says(page, text):
    page.wait_for_function(
        "(text) => document.querySelector('.network ~ .reading').innerText === text", arg=text
    )


def reading(costs):
    return figures.who_rides_free(costs).get_label()


def test_a_touched_user_changes_what_is_shown_and_said(open_page):
    page = open_page("index.html", width=390, has_touch=True)
    says(page, reading(COSTS))
    page.get_by_role("button", name="User 2").tap()
    costs = [COSTS[0], 0.2, *COSTS[2:]]
    says(page, f"User 2: a unit of effort now costs 0.2. {reading(costs)}")
    page.locator(".network-panel.pesim .network-user").nth(0).tap()
    costs[0] = 0.8
    says(page, f"User 1: a unit of effort now costs 0.8. {reading(costs)}")
    lost = page.locator(".network-lost").all_inner_texts()
    game = SecurityGame(RING, costs)
    least = game.social_cost(social_optimum(game).x)
    alone = game.social_cost(nash_equilibrium(game).x)
    assert lost == [f"All lose {each:.2f}" for each in (alone, least, least)]
    page.get_by_role("button", name="Start again").tap()
    says(page, reading(COSTS))


def test_keys_make_an_effort_dearer_and_cheaper(open_page):
    page = open_page("index.html")
    user = page.get_by_role("button", name="User 3")
    costs = list(COSTS)
    for key, cost in [("ArrowUp", 0.8), ("ArrowDown", 0.4), ("Enter", 0.2), ("Enter", 0.8)]:
        user.press(key)
        costs[2] = cost
        says(page, f"User 3: a unit of effort now costs {cost}. {reading(costs)}")
    user.press("ArrowUp")
    says(page, f"User 3: a unit of effort now costs 0.8. {reading(costs)}")
    assert "costs 0.8" in user.text_content()


def test_without_scripts_the_network_is_a_picture_that_says_the_same(open_page):
    page = open_page("index.html", java_script_enabled=False)
    assert page.locator(".tag_who-rides-free .picture svg").is_visible()
    assert page.locator(".tag_who-rides-free .reading").inner_text() == reading(COSTS)
    assert page.locator(".network").count() == 0
