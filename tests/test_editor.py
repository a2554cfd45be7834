"""The message editor: one source of truth for (6) and (7), in a kernel and on the built page."""

import numpy as np
import pytest

from pesim_lib import Messages, edit_messages, outcome
from pesim_lib.display import message_editor as editor

OPERATIONS = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
}


def follow(recipe, *arrays):
    """What a page does with a recipe."""
    values = [value for array in arrays for value in array.ravel()]
    for operation, *operands in recipe["steps"]:
        if operation == "=":
            values += operands
        else:
            values.append(OPERATIONS[operation](*(values[operand] for operand in operands)))
    return np.array([values[number] for number in recipe["results"]])


def random_messages(n, seed=0):
    random = np.random.default_rng(seed)
    return Messages(random.exponential(1.0, (n, n)), random.normal(0.0, 2.0, (n, n)))


@pytest.mark.parametrize("n", [3, 4, 7])
def test_the_recorded_steps_give_the_outcome_of_the_library(n):
    steps = editor.recipe(editor.settlement, (n, n), (n, n))
    for seed in range(20):
        messages = random_messages(n, seed)
        table = follow(steps, messages.prices, messages.proposals).reshape(5, n + 1)
        result = outcome(messages)
        np.testing.assert_allclose(table[0, :-1], result.x, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(table[-1, :-1], result.taxes, rtol=1e-11, atol=1e-11)
        assert abs(table[-1, -1]) < 1e-11


def test_the_recorded_steps_follow_the_library_when_it_changes(monkeypatch):
    before = editor.recipe(editor.settlement, (3, 3), (3, 3))
    monkeypatch.setattr(editor, "mean_proposal", lambda proposals: proposals.sum(axis=0))
    after = editor.recipe(editor.settlement, (3, 3), (3, 3))
    arguments = (np.ones((3, 3)), np.ones((3, 3)))
    assert follow(before, *arguments)[0] == 1
    assert follow(after, *arguments)[0] == 3


def test_arithmetic_that_a_page_cannot_replay_is_refused():
    with pytest.raises(TypeError):
        editor.recipe(np.exp, (2,))


def test_the_stored_form_prints_the_outcome():
    messages = random_messages(4)
    *_, taxes = str(edit_messages(messages)).splitlines()
    printed = [float(word) for word in taxes.split()[1:]]
    np.testing.assert_allclose(printed[:-1], outcome(messages).taxes, atol=5.1e-5)
    assert printed[-1] == 0


def test_the_live_form_answers_and_says_what_is_allowed():
    *rows, reset, results = edit_messages(random_messages(3)).live().children
    before = results.value
    price = rows[3].children[1]
    assert price.tooltip == "price of user 1 for user 1"
    price.value = 5.0
    assert results.value != before
    price.value = -1.0
    assert results.value == "prices: got -1; allowed: &gt;= 0"
    reset.click()
    assert results.value == before


NAMES = [f"{kind}{i}{k}" for kind in ("price", "proposal") for i in "123" for k in "123"]


def shown(page):
    cells = page.locator(".editor .results tbody td").all_inner_texts()
    return np.array(cells, dtype=float).reshape(5, 4)


def test_the_page_shows_what_the_library_computes_for_any_message(open_page):
    page = open_page("chapters/pesim.html")
    for seed in range(3):
        wanted = random_messages(3, seed)
        numbers = np.round([*wanted.prices.ravel(), *wanted.proposals.ravel()], 3)
        for name, number in zip(NAMES, numbers, strict=True):
            page.locator(f".editor input[name={name}]").fill(str(number))
        prices, proposals = numbers.reshape(2, 3, 3)
        expected = editor.settlement(prices, proposals)
        np.testing.assert_allclose(shown(page), expected, atol=5.1e-5)
        reading = page.locator(".editor .reading").inner_text()
        assert reading.endswith("in sum 0.0000.")


def test_an_edited_message_is_in_the_address_and_reset_forgets_it(open_page):
    page = open_page("chapters/pesim.html")
    before = shown(page)
    price = page.locator(".editor input[name=price31]")
    price.press("ArrowUp")
    price.blur()
    page.wait_for_function("location.search === '?message.price31=0.1'")
    changed = shown(page)
    assert (changed != before).any()
    again = open_page("chapters/pesim.html?message.price31=0.1")
    assert (shown(again) == changed).all()
    again.locator(".editor button").click()
    assert (shown(again) == before).all()
    assert "message" not in again.url


@pytest.mark.parametrize("wrong", ["-1", ""])
def test_the_page_says_which_number_is_wrong(open_page, wrong):
    page = open_page("chapters/pesim.html")
    page.locator(".editor input[name=price12]").fill(wrong)
    reading = page.locator(".editor .reading").inner_text()
    assert reading == "price of user 1 for user 2: allowed is a number, 0 or more."
    assert set(page.locator(".editor .results tbody td").all_inner_texts()) == {"–"}


def test_without_scripts_the_outcome_is_shown_and_nothing_pretends_to_be_editable(open_page):
    page = open_page("chapters/pesim.html", java_script_enabled=False)
    assert shown(page)[-1, -1] == 0
    assert not page.locator(".editor input:not([readonly])").count()
    assert not page.locator(".editor button").is_visible()
