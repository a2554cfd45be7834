"""The slides, in Chromium: every slide of every deck."""

import json
import re

import pytest
from printed_sheets import sheet_texts
from site_files import ROOT, built

DECKS = ["session-1", "session-2", "session-3", "experiment", "live", "workshop"]
SIZES = {"wide": (1280, 720), "four to three": (1024, 768)}
OUTSIDE = """() => {
  const slide = Reveal.getCurrentSlide();
  const outside = (box) =>
    box.width && box.height &&
    (box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight);
  return [...slide.querySelectorAll("*")]
    .filter((element) => !element.closest("aside, script, annotation"))
    .filter((element) => outside(element.getBoundingClientRect()))
    .map((element) => element.outerHTML.slice(0, 80));
}"""
OVERLAPPING = """() => {
  const [controls, picture, reading] = [".explore-controls", ".picture", ".reading"]
    .map((name) => Reveal.getCurrentSlide().querySelector(`.explore ${name}`));
  const [a, b, c] = [controls, picture, reading].map((e) => e.getBoundingClientRect());
  return a.right > b.left || b.bottom > c.top || a.bottom > c.top;
}"""

pytestmark = pytest.mark.xdist_group("slides")


@pytest.fixture(params=DECKS)
def deck(request, open_page):
    page = open_page(f"course/slides/{request.param}.html", width=1280, height=720)
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    page.evaluate("document.fonts.ready")
    page.deck = request.param
    return page


def slides(page):
    """Visit every slide, all its lines shown; yields its number."""
    for number in range(page.evaluate("Reveal.getTotalSlides()")):
        page.evaluate(f"Reveal.slide({number}, 0, 99)")
        yield number


def headings(name):
    cells = json.loads((ROOT / f"course/slides/{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return re.findall(r"^##? .+", text, re.MULTILINE)


def test_a_deck_shows_every_slide_of_its_notebook_typeset_and_with_notes(deck):
    wanted = headings(deck.deck)
    assert deck.evaluate("Reveal.getTotalSlides()") == len(wanted) >= 10
    for number in slides(deck):
        slide = deck.evaluate_handle("Reveal.getCurrentSlide()").as_element()
        title = slide.query_selector("h1, h2").inner_text().rstrip("#¶")
        assert title.split() == wanted[number].lstrip("# ").replace("'", "’").split()
        assert len(deck.evaluate("Reveal.getSlideNotes() || ''")) > 60, title
        assert not re.search(r"\$|\\[a-z]+\{", slide.inner_text()), title
        assert slide.query_selector(".math:not(:has(math))") is None, title


@pytest.mark.parametrize("size", SIZES)
def test_nothing_overflows_a_slide(deck, size):
    width, height = SIZES[size]
    deck.set_viewport_size({"width": width, "height": height})
    outside = {number: found for number in slides(deck) if (found := deck.evaluate(OUTSIDE))}
    assert outside == {}


def test_a_slide_that_overflows_is_seen(deck):
    deck.evaluate("""Reveal.getCurrentSlide().insertAdjacentHTML(
      "beforeend", "<div style='width: 200vw'>wide</div>")""")
    assert deck.evaluate(OUTSIDE)


def test_every_slider_on_a_slide_changes_its_picture(deck):
    seen = 0
    for _ in slides(deck):
        if deck.evaluate("!Reveal.getCurrentSlide().querySelector('.explore')"):
            continue
        assert not deck.evaluate(OVERLAPPING)
        slide = deck.locator("section.present section.present, section.present:not(.stack)").last
        for slider in slide.locator("input[type=range]").all():
            before = slide.locator(".reading").inner_text()
            slider.focus()
            at_start = slider.evaluate("input => input.value === input.max")
            deck.keyboard.press("ArrowLeft" if at_start else "ArrowRight")
            deck.wait_for_function(
                "([reading, before]) => reading.innerText !== before",
                arg=[slide.locator(".reading").element_handle(), before],
            )
            seen += 1
    assert seen >= 8 or deck.deck in ("experiment", "live")


@pytest.mark.parametrize("name", DECKS)
def test_a_printed_deck_has_one_page_for_each_slide(name):
    sheets = sheet_texts(built(f"course/slides/{name}.pdf"))
    assert len(sheets) == len(headings(name))
    for sheet, heading in zip(sheets, headings(name), strict=True):
        first = re.sub(r"\W", "", heading)[:12]
        assert first in re.sub(r"\W", "", sheet), heading
