"""Pages for everybody: what axe finds, light and dark, and words large enough on a phone."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from site_files import PAGES, ROOT, WITH_SLIDERS

# Reading every style again would ask for files by addresses that axe gets wrong.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# Of the rules that hold, one node each is enough to report: it takes half the time.
AXE = {
    "preload": False,
    "resultTypes": ["violations"],
    "rules": {"label-content-name-mismatch": {"enabled": True}},
}


# Pictures and formulas count as one each. Code is thousands of coloured words: of each kind one is
# enough, where it stands first.
ONE_OF_A_KIND = """() => {
  for (const formula of document.querySelectorAll("math")) formula.replaceWith("formula");
  for (const picture of document.querySelectorAll(".picture svg")) picture.replaceChildren();
  const seen = new Set();
  for (const word of document.querySelectorAll(".highlight pre span:not(:has(*))")) {
    const kind = `${word.className} in output: ${word.closest(".output") !== null}`;
    if (seen.has(kind)) word.replaceWith(word.textContent);
    seen.add(kind);
  }
}"""


@pytest.mark.parametrize("page", [*PAGES, "search", "genindex", "prf-prf", "404"])
def test_axe_finds_nothing_moderate_or_worse(open_page, page):
    opened = open_page(f"{page}.html", color_scheme="light", reduced_motion="reduce")
    opened.wait_for_load_state("networkidle")
    # Boxes that scroll are reached by keys once it is known which do. The page 404 has no script.
    opened.wait_for_function("typeof laidOut === 'undefined' || laidOut.then(() => true)")
    opened.evaluate(ONE_OF_A_KIND)
    assert violations(opened, AXE) == []
    # Structure stays the same in the dark; colours do not.
    opened.emulate_media(color_scheme="dark")
    assert violations(opened, {**AXE, "runOnly": COLOURS}) == []


def test_axe_finds_nothing_moderate_or_worse_among_the_results_of_a_search(open_page):
    still = {"color_scheme": "light", "reduced_motion": "reduce"}
    page = open_page("search.html?q=anarchy", **still)
    page.wait_for_selector(".results > li")
    page.wait_for_load_state("networkidle")
    assert violations(page, AXE) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, {**AXE, "runOnly": COLOURS}) == []


def test_every_test_that_the_statement_names_is_there():
    text = (ROOT / "chapters/accessibility.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/\S+\.py)::(\w+)`", text)
    assert named
    for file, test in named:
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), test


def violations(page, options, context=None):
    """Rules that are broken more than slightly, and where; in `context` alone, if one is given."""
    found = Axe().run(page, context, options).response["violations"]
    return [
        (violation["id"], [node["target"] for node in violation["nodes"]])
        for violation in found
        if violation["impact"] != "minor"
    ]


@pytest.mark.parametrize("page", WITH_SLIDERS)
def test_words_of_a_picture_are_readable_on_a_phone(open_page, page):
    opened = open_page(f"{page}.html", width=375, height=800)
    smallest = opened.locator(".picture svg").evaluate_all(
        """(pictures) => Math.min(...pictures.flatMap((svg) => {
          const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
          return [...svg.querySelectorAll("text")].map(
            (text) => scale * Number.parseFloat(getComputedStyle(text).fontSize));
        }))"""
    )
    assert smallest >= 9
