"""The mathematics of pages and slides: nothing that a reader does takes it away."""

import json

import pytest

WITH_FORMULAS = ["chapters/pesim.html", "course/slides/session-1.html"]
# What one click in MathJax's menu stores, on this site or on another of the same host.
REMEMBERED = {"renderer": "SVG", "explorer": True, "collapsible": True, "zoom": "Click"}

pytestmark = pytest.mark.xdist_group("slides")


@pytest.mark.parametrize("path", WITH_FORMULAS)
def test_what_a_menu_remembered_elsewhere_takes_no_formula_away(open_page, path):
    page = open_page(path)
    page.wait_for_selector("mjx-container")
    page.evaluate("MathJax.startup.promise")
    typeset = page.locator("mjx-container").count()
    assert typeset
    page.evaluate(f"localStorage.setItem('MathJax-Menu-Settings', '{json.dumps(REMEMBERED)}')")
    page.reload()
    page.wait_for_selector("mjx-container")
    page.evaluate("MathJax.startup.promise")
    assert page.locator("mjx-container[jax=CHTML]").count() == typeset


@pytest.mark.parametrize("path", WITH_FORMULAS)
def test_no_menu_offers_what_the_site_does_not_have(open_page, path):
    page = open_page(path)
    page.evaluate("MathJax.startup.promise")
    formula = page.locator("mjx-container").first
    formula.dispatch_event("contextmenu")
    formula.dispatch_event("keydown", {"key": " ", "keyCode": 32})
    page.wait_for_timeout(200)
    assert page.locator(".CtxtMenu_Menu, .CtxtMenu_MenuFrame").count() == 0
