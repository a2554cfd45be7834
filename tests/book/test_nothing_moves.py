"""What a reader sees stays where it is while the rest of a page comes."""

import pytest
from code_folds import only_imports

WATCH = """
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const move of list.getEntries()) shift += move.value;
  }).observe({ type: "layout-shift", buffered: true });"""
OURS = """() => [...document.fonts].filter((font) => font.status !== "loaded")
  .map((font) => `${font.family} ${font.weight} ${font.style}`)"""
PAGES = ["index", *(f"chapters/{name}" for name in ("model", "price-of-anarchy", "alternatives"))]


@pytest.mark.parametrize("code", ["needed", "all", "none"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("page", [*PAGES, "chapters/message-exchange"])
def test_nothing_moves_while_a_page_loads(chromium, site_url, page, width, code):
    context = chromium.new_context(viewport={"width": width, "height": 844})
    context.add_init_script(f"localStorage.setItem('pesim-code', '{code}');{WATCH}")
    tab = context.new_page()
    tab.goto(f"{site_url}/{page}.html")
    # What waits for an idle moment comes within it.
    tab.wait_for_function("() => document.querySelector('.reading-progress')")
    tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))")
    shift, missing = tab.evaluate("shift"), tab.evaluate(OURS)
    context.close()
    assert shift < 0.01
    assert missing == []


@pytest.mark.parametrize(
    ("code", "folded"),
    [
        ("import numpy as np\n\nfrom pesim_lib import (\n    explore,\n    figures,\n)", True),
        ("# Tables.\nimport pandas", True),
        ("import numpy as np\nx = np.zeros(3)", False),
        ("explore(figures.gap, N=[1, 2])", False),
    ],
)
def test_code_that_does_more_than_import_is_shown(code, folded):
    assert only_imports(code) is folded
