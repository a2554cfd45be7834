"""The mathematics of pages and slides: typeset when the site is built, there without any script."""

import copy
import html
import re
import unicodedata
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from site_files import PAGES, ROOT, built, on_disk
from small_book import build, write_book
from typesetting import style_sheet, tex_of, typeset

DECKS = sorted(f"course/slides/{path.stem}" for path in ROOT.glob("course/slides/*.ipynb"))
# How many parts each of these has.
PARTS = {
    **dict.fromkeys(["mfrac", "mroot", "msub", "msup", "munder", "mover"], 2),
    **dict.fromkeys(["msubsup", "munderover"], 3),
}
SELECT = """(selector) => {
  const field = document.createElement("textarea");
  document.body.append(field);
  document.activeElement.blur();
  field.addEventListener("paste", ({ clipboardData }) => {
    window.pasted = ["text/plain", "text/html"].map((kind) => clipboardData.getData(kind));
  });
  getSelection().selectAllChildren(document.querySelector(selector));
}"""
TOO_WIDE = """() => [...document.querySelectorAll("article span.math")]
  .filter((span) => span.getBoundingClientRect().width > 280 && !span.matches(".wide"))
  .map((span) => span.querySelector("annotation").textContent)"""

pytestmark = pytest.mark.xdist_group("slides")


def drawn(formula):
    """What a browser draws of a formula."""
    alone = copy.copy(formula)
    for annotation in alone.select("annotation"):
        annotation.decompose()
    return alone.get_text()


def seen(sign):
    """Whether a sign leaves a mark; function application and its like do not."""
    return sign.strip() and unicodedata.category(sign) != "Cf"


@pytest.mark.parametrize("page", [*PAGES, "genindex", "prf-prf", *DECKS])
def test_every_formula_is_on_the_page_with_its_tex(page):
    soup = copy.copy(on_disk(page))
    for formula in soup.select(".math"):
        assert formula.find("math")
        assert tex_of(formula).strip()
        assert "\\" not in drawn(formula.find("math"))
        for part in formula.find_all(PARTS):
            assert len(part.find_all(True, recursive=False)) == PARTS[part.name], tex_of(formula)
    for part in soup.select(".math, script, style, svg, pre, code"):
        part.decompose()
    assert not re.search(r"\\[(\[]|\$[^$\n]+\$", soup.get_text())


def test_the_font_has_every_sign_of_every_formula(chromium):
    formulas = [math for page in [*PAGES, *DECKS] for math in on_disk(page).select("math")]
    signs = sorted({sign for math in formulas for sign in drawn(math) if seen(sign)})
    names = {tag.get_text() for math in formulas for tag in math.select("mi")}
    # An empty one stands beside a bracket that has an index.
    identifiers = sorted(names - {""})
    page = chromium.new_page()
    texts = [("mi", text) for text in identifiers] + [("mo", sign) for sign in signs]
    shown = "".join(f"<math><{tag}>{html.escape(text)}</{tag}></math>" for tag, text in texts)
    page.set_content(f"<style>{style_sheet()}</style><div>{shown}</div>")
    page.evaluate("document.fonts.ready")
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    found = session.send("DOM.querySelectorAll", {"nodeId": root, "selector": "math"})["nodeIds"]
    fonts = {
        text: [font["familyName"] for font in _fonts(session, node)]
        for (_, text), node in zip(texts, found, strict=True)
    }
    assert {text: names for text, names in fonts.items() if names != ["STIX Two Math"]} == {}
    page.close()


def _fonts(session, node):
    return session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]


@pytest.mark.in_firefox_too
def test_copied_formulas_are_tex(open_page):
    page = open_page("chapters/model.html")
    text, markup = copied(page, "article div.math")
    (tex,) = (
        tex_of(formula) for formula in on_disk("chapters/model").select("article div.math")[:1]
    )
    assert text.startswith(f"$${tex.strip()}$$")
    assert "<math" in markup
    words, _ = copied(page, "article h1")
    assert on_disk("chapters/model").h1.find(string=True, recursive=False) in words


def copied(page, selector):
    """What another program gets of an element that a reader selects and copies."""
    page.evaluate(SELECT, selector)
    page.keyboard.press("ControlOrMeta+c")
    page.locator("textarea").last.focus()
    page.keyboard.press("ControlOrMeta+v")
    page.wait_for_function("() => window.pasted")
    pasted = page.evaluate("window.pasted")
    page.evaluate("delete window.pasted")
    return pasted


@pytest.mark.in_firefox_too
def test_a_wide_formula_scrolls_in_its_own_box_by_keyboard_too(open_page):
    for name in ("chapters/alternatives", "chapters/message-exchange", "chapters/proofs"):
        page = open_page(f"{name}.html", width=320, height=700)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert page.evaluate(TOO_WIDE) == []
    boxes = page.locator("div.math > .formula")
    wide = boxes.evaluate_all(
        "all => all.findIndex((box) => box.scrollWidth > box.clientWidth + 4)"
    )
    assert wide >= 0
    box = boxes.nth(wide)
    box.evaluate("""(box) => {
      const before = document.createElement("button");
      box.closest("div.math").before(before);
      before.focus();
    }""")
    page.keyboard.press("Tab")
    assert box.evaluate("(box) => box === document.activeElement")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.activeElement.scrollLeft > 0")


def test_a_formula_that_cannot_be_typeset_fails_the_build_by_name(tmp_path):
    pages = {
        "index": "# Book\n\n$\\ours$\n",
        "chapters/page": "# Page\n\n$\\frac{1}{\\unheardof}$\n",
    }

    def with_macro(settings):
        settings["sphinx"]["config"]["math_macros"] = {"ours": r"\mathbb{R}"}

    done = build(write_book(tmp_path / "book", pages, with_macro))
    assert done.returncode
    (line,) = (line for line in done.stdout.splitlines() if "formula: got" in line)
    assert r"\frac{1}{\unheardof}" in line.replace(r"\\", "\\")
    assert "chapters/page" in line
    built = Path(tmp_path, "book/_build/html/index.html").read_text(encoding="utf-8")
    page = BeautifulSoup(built, "html.parser")
    assert drawn(page.select_one("article math")) == "ℝ"


@pytest.mark.parametrize("tex", [r"\frac{1", r"\nothing", "a & b", r"\eqref{elsewhere}"])
def test_tex_that_is_not_known_is_refused(tex):
    with pytest.raises(ValueError, match="formula: got"):
        typeset(tex)


@pytest.mark.parametrize(
    ("tex", "rows"),
    [
        (r"a = b \\ c = d", 2),
        ("a = b\n\nc = d", 2),
        (r"\begin{cases} a & b \\[2ex] c & d \end{cases}", 2),
        (r"\begin{aligned} a &= b \\ & + c \end{aligned}", 2),
    ],
)
def test_lines_of_a_formula_are_rows(tex, rows):
    formula = BeautifulSoup(typeset(tex, display=True), "html.parser")
    assert len(formula.select("mtr")) == rows
    assert "[" not in drawn(formula)


def test_a_line_that_goes_on_begins_with_a_sign_between_two_terms():
    formula = typeset(r"\begin{aligned} a &= -b \\ & - c \end{aligned}", display=True)
    assert re.findall(r"<mo([^>]*)>−", formula) == [' lspace="0" rspace="0"', ' form="infix"']


@pytest.mark.in_firefox_too
@pytest.mark.parametrize("index", ["_+", "^2", "_+^2"])
def test_a_bracket_with_an_index_is_as_high_as_the_one_before(browser, index):
    page = browser.new_page()
    formula = typeset(rf"\Bigl[ x \Bigr]{index}", display=True)
    page.set_content(f"<style>{style_sheet()}</style>{formula}")
    page.evaluate("document.fonts.ready")
    heights = page.evaluate(
        "[...document.querySelectorAll('mo')].filter((mo) => '[]'.includes(mo.textContent))"
        ".map((mo) => mo.getBoundingClientRect().height)"
    )
    page.close()
    assert len(heights) == 2
    assert heights[0] == pytest.approx(heights[1], abs=0.5)


@pytest.mark.parametrize("page", [*PAGES, *DECKS])
def test_no_script_typesets(page):
    """MathJax's menu asks for files that no site of ours has."""
    scripts = on_disk(page).select("script")
    assert not [script for script in scripts if "mathjax" in str(script).lower()]


def test_the_slides_load_the_style_of_the_formulas():
    assert all(
        "mathematics.css" in built(f"{deck}.html").read_text(encoding="utf-8") for deck in DECKS
    )
