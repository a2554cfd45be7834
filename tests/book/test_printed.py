"""What a page prints is what its notebook stores, every line, and whole on paper, too."""

import nbformat
import pytest
from print_book import UNFOLD
from site_files import CHAPTERS, ROOT, on_disk
from site_server import PAGES

# Times differ from run to run; nbval leaves these cells out for the same reason.
VARIES = "nbval-ignore-output"


def cells_beside_page(page):
    """(cell, its element on the page) for the cells of a notebook whose outputs do not vary."""
    soup = on_disk(page)
    for cell in nbformat.read(ROOT / f"{page}.ipynb", 4).cells:
        if cell.cell_type == "code" and VARIES not in cell.metadata.get("tags", []):
            yield cell, soup.find(id=f"cell-{cell.id}")


@pytest.mark.parametrize("page", CHAPTERS)
def test_a_page_prints_what_its_notebook_stores(page):
    for cell, shown in cells_beside_page(page):
        stored = "".join(output.text for output in cell.outputs if output.output_type == "stream")
        blocks = shown.select(".output.stream pre")
        assert "".join(block.get_text() for block in blocks) == stored, cell.id


# A sheet of A4 without its margins.
PAPER = {"width": 642, "height": 900}
CUT_OFF = """() => [...document.querySelectorAll("body *")].filter((element) => {
  const { display, overflowX } = getComputedStyle(element);
  if (["none", "inline", "contents"].includes(display)) return false;
  if (element.closest("svg, math, .visually-hidden") || !element.clientWidth) return false;
  const within = overflowX === "visible" || element.scrollWidth <= element.clientWidth + 1;
  return !within || element.getBoundingClientRect().right > document.body.clientWidth + 1;
}).map((element) => `${element.tagName} ${element.closest("[id]")?.id}`)"""
BUTTONS = """() => [...document.querySelectorAll("article button, article summary svg")]
  .filter((element) => !element.closest(".network, form"))
  .filter((element) => element.checkVisibility({ opacityProperty: true }))
  .map((element) => element.outerHTML)"""


def test_on_paper_nothing_is_cut_off_and_no_tool_of_the_screen_is_left(chromium, site_url):
    context = chromium.new_context(viewport=PAPER)
    tab = context.new_page()
    tab.emulate_media(media="print")
    cut_off, buttons = {}, {}
    for page in PAGES:
        tab.goto(f"{site_url}/{page}.html")
        tab.evaluate(UNFOLD)
        cut_off[page], buttons[page] = tab.evaluate(CUT_OFF), tab.evaluate(BUTTONS)
    context.close()
    assert {page: found for page, found in cut_off.items() if found} == {}
    assert {page: found for page, found in buttons.items() if found} == {}
