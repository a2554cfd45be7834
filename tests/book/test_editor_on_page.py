"""The message editor on the built page shows what the library computes."""

import numpy as np
import pytest

from pesim_lib import Messages
from pesim_lib.display import message_editor as editor

NAMES = [f"{kind}{i}{k}" for kind in ("price", "proposal") for i in "123" for k in "123"]


def random_messages(n, seed=0):
    random = np.random.default_rng(seed)
    return Messages(random.exponential(1.0, (n, n)), random.normal(0.0, 2.0, (n, n)))


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
