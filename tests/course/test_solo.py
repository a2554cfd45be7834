"""The game against robots: the library's pay-offs and the robots' own answers, in a browser."""

import numpy as np
import pytest
import robots
import solo
from classroom import (
    MOST_PRICE,
    Room,
    equilibrium_prices,
    group_game,
    group_outcome,
    group_wanted,
)
from recipes import follow
from site_files import ROOT

GAME = solo.solo_game()
ROOM, MEMBERS = GAME.room, solo.MEMBERS


def test_the_recorded_steps_of_the_room_give_the_costs_of_the_library():
    random = np.random.default_rng(0)
    for _ in range(20):
        efforts = random.integers(0, 7, solo.SEATS).astype(float)
        risks, bills = follow(GAME.data["room"]["recipe"], efforts).reshape(2, -1)
        np.testing.assert_allclose(risks + bills, ROOM.game.costs(efforts), rtol=1e-12)


def test_the_recorded_steps_of_the_group_give_the_outcome_of_the_library():
    random = np.random.default_rng(1)
    game = group_game(MEMBERS)
    for _ in range(20):
        proposals, prices = random.integers(0, 11, MEMBERS), random.integers(0, 501, MEMBERS)
        arrays = (proposals.astype(float), prices.astype(float))
        rows = follow(GAME.data["group"]["recipe"], *arrays).reshape(6, -1)
        effort, taxes = group_outcome(proposals, prices)
        np.testing.assert_allclose(rows[0], effort * np.eye(MEMBERS)[0], atol=1e-12)
        np.testing.assert_allclose(rows[1:4].sum(axis=0), taxes, atol=1e-7)
        np.testing.assert_allclose(rows[4] + rows[5], game.costs(rows[0]), rtol=1e-12)


def test_the_pay_offs_follow_the_library_when_it_changes(monkeypatch):
    before = GAME.data["room"]["recipe"]
    dearer = Room(np.arange(1, solo.SEATS + 1), solo.SEATS)
    dearer.game.unit_costs.flags.writeable = True
    dearer.game.unit_costs[:] *= 2
    after = solo.SoloGame(dearer).data["room"]["recipe"]
    ones = np.ones(solo.SEATS)
    assert (follow(after, ones)[solo.SEATS :] == 2 * follow(before, ones)[solo.SEATS :]).all()


def test_the_tables_hold_what_the_robots_answer():
    random = np.random.default_rng(2)
    for _ in range(50):
        prices = random.integers(0, MOST_PRICE + 1, MEMBERS)
        for member in range(MEMBERS):
            share = prices[(member + 1) % MEMBERS] - prices[(member + 2) % MEMBERS]
            letter = GAME.data["group"]["replies"][member][MOST_PRICE + share]
            assert ord(letter) - ord("a") == group_wanted(MEMBERS, prices)[member]


@pytest.fixture
def page(chromium):
    """The game on an empty page, as wide as a phone; the test fails if its scripts do."""
    page, complaints = chromium.new_page(viewport={"width": 360, "height": 700}), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_content(f'<html lang="en"><main class="bd-article">{GAME._repr_html_()}</main></html>')
    # What the theme says of legends.
    page.add_style_tag(content="legend { float: left; font-size: 1.5rem }")
    page.add_style_tag(path=ROOT / "web/static/pesim.css")
    for name in ("editor", "solo"):
        page.add_script_tag(path=ROOT / f"web/static/{name}.js")
    yield page
    page.close()
    assert complaints == []


def title(page):
    return page.locator(".solo-title").inner_text()


def told(page):
    return [int(word) for word in page.locator(".solo-told").inner_text().split() if word.isdigit()]


@pytest.mark.parametrize("kind", [*robots.KINDS, solo.MIXTURE])
def test_a_whole_game_shows_what_room_and_group_compute(page, kind):
    page.locator("select").select_option(kind)
    page.get_by_role("button", name="Start").click()
    kinds = solo._kinds(kind, solo.SEATS)
    before = None
    for turn in range(1, 5):
        assert title(page) == f"Without prices: round {turn} of 4"
        cards = [turn] + [
            robots.room_card(kinds[seat], (0, seat), ROOM, seat, before)
            for seat in range(1, solo.SEATS)
        ]
        page.locator(f"input[value='{turn}']").check()
        page.locator("form button").click()
        before = np.array(cards)
        costs = ROOM.game.costs(before.astype(float))
        last = page.locator("table", has_text="Your rounds").locator("tbody tr").last
        shown = last.locator("th, td").all_inner_texts()
        wanted = [turn, turn, before.sum(), round(costs[0]), round(costs.sum())]
        assert [int(cell) for cell in shown] == pytest.approx(wanted, abs=1)
    page.get_by_role("button", name="Go on: with prices").click()
    page.locator("input[value='2']").check()
    page.locator("form button").click()
    board, prices = equilibrium_prices(MEMBERS), None
    kinds = solo._kinds(kind, MEMBERS)
    for turn in range(1, 4):
        assert title(page) == f"With prices: round {turn} of 3"
        sent = [(5, 40 * turn)]
        for member in range(1, MEMBERS):
            message = robots.group_message(kinds[member], (0, member), MEMBERS, member, prices)
            final = (int(group_wanted(MEMBERS, board)[member]), int(board[member]))
            sent.append(final if turn == 3 else message)
        page.locator("input[name='proposal'][value='5']").check()
        page.locator("input[name='price']").fill(str(40 * turn))
        page.get_by_role("button", name="Send").click()
        proposals, prices = np.array(sent).T
        rows = page.locator("table", has_text="The group").locator("tbody tr")
        taxes = [row.locator("td").last.inner_text().replace("−", "-") for row in rows.all()]
        effort, wanted = group_outcome(proposals, prices)
        np.testing.assert_allclose([float(tax) for tax in taxes], [*wanted, 0], atol=0.051)
        assert f"The effort is {effort:.2f}" in page.locator(".solo-told").inner_text()
    page.get_by_role("button", name="Compare with theory").click()
    text = page.locator(".solo").inner_text()
    theory = GAME.data["room"]["theory"]
    assert f"{theory['anarchy']:.2f}" in text
    page.get_by_role("button", name="Play again").click()
    assert title(page) == "You are student 1"


def test_the_game_needs_no_pointer_and_each_step_takes_the_focus(page):
    page.locator("select").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for turn in range(1, 5):
        focused = page.evaluate("document.activeElement.textContent")
        assert focused == f"Without prices: round {turn} of 4"
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "The end of part A"
    assert page.evaluate("document.activeElement.getAttribute('role')") == "heading"


def test_nothing_is_sent_without_an_answer_or_with_a_price_that_is_not_allowed(page):
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Make this effort").click()
    assert title(page) == "Without prices: round 1 of 4"
    for turn in range(4):
        page.locator("input[value='0']").check()
        page.locator("form button").click()
    page.get_by_role("button", name="Go on: with prices").click()
    page.locator("input[value='0']").check()
    page.locator("form button").click()
    page.locator("input[name='proposal'][value='5']").check()
    for price in ("", "-1", "501", "2.5"):
        page.locator("input[name='price']").fill(price)
        page.get_by_role("button", name="Send").click()
        assert title(page) == "With prices: round 1 of 3"


def test_a_phone_needs_no_sideways_scrolling_and_shows_a_question_above_its_answers(page):
    page.get_by_role("button", name="Start").click()
    question, answer = page.locator("legend"), page.locator("fieldset label").first
    assert question.bounding_box()["height"] < 50
    bottom = question.bounding_box()["y"] + question.bounding_box()["height"]
    assert bottom <= answer.bounding_box()["y"] + 1
    wider = "document.documentElement.scrollWidth > innerWidth"
    assert not page.evaluate(wider)
    for turn in range(4):
        page.locator("input[value='6']").check()
        page.locator("form button").click()
        assert not page.evaluate(wider)
