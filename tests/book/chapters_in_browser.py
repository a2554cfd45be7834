"""Every chapter, run on its page by Python in the browser: `make runtime-test`. Some minutes.

After `make lite`. PYODIDE_DIST names a folder with a whole Pyodide, of any version; without it the
site must have one of its own.
"""

import difflib
import os
from pathlib import Path

import pytest
from distribution import serve_from
from site_files import CHAPTERS, SITE, built

SECONDS = 600
# Of each cell that has run: the text of its stored output, and of its own.
TOLD_AS_STORED = """(cells) => cells.map((cell) => {
  const texts = (place) => [...place.querySelectorAll(".output:not(.text_html) pre")]
    .map((pre) => pre.textContent).join("");
  const [stored, live] = ["stored", "live"].map((name) => cell.querySelector(`.run-${name}`));
  return live && [texts(stored), texts(live)];
}).filter(Boolean)"""


@pytest.fixture(scope="session")
def folder():
    built("lite/jupyter-lite.json")
    given = os.environ.get("PYODIDE_DIST")
    if given:
        return Path(given)
    own = SITE / "lite/static/pyodide"
    if not own.exists():
        pytest.skip("needs a whole Pyodide: PYODIDE_DIST=folder, or one in the site (make lite)")
    return own


@pytest.mark.parametrize("page", CHAPTERS)
def test_a_chapter_run_in_the_browser_says_what_it_has_stored(chromium, site_url, folder, page):
    context = chromium.new_context()
    serve_from(context, [folder])
    tab = context.new_page()
    tab.goto(f"{site_url}/{page}.html")
    if not tab.locator(".run-page").count():
        assert not tab.locator(".cell_input").count()
        return
    tab.locator(".run-page").click()
    state = tab.locator(".run-bar [role=status]")
    state.get_by_text("is ready").wait_for(timeout=SECONDS * 1000)
    tab.get_by_role("button", name="Run all", exact=True).click()
    tab.wait_for_function(
        "() => !document.querySelector('.run-bar [role=status]').textContent.startsWith('Running')",
        timeout=SECONDS * 1000,
    )
    words = state.inner_text()
    errors = tab.locator(".run-error").all_inner_texts()
    pairs = tab.locator(".cell").evaluate_all(TOLD_AS_STORED)
    context.close()
    assert errors == []
    assert "has run" in words
    assert pairs
    different = [
        "\n".join(difflib.unified_diff(stored.split("\n"), live.split("\n"), lineterm=""))
        for stored, live in pairs
        if stored.strip() != live.strip()
    ]
    assert different == []
