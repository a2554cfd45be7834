"""Tables of results on the pages: all cells that notebooks store, headed, readable on a phone."""

import pytest
from site_files import CHAPTERS, ROOT, on_disk
from test_printed import cells_beside_page

TABLED = [
    page for page in CHAPTERS if "as_table(" in (ROOT / f"{page}.ipynb").read_text(encoding="utf-8")
]
# What sticks out of its cell, or of the page.
OUTSIDE = """() => {
  const cells = [...document.querySelectorAll("table.results :is(th, td)")];
  const cut = cells.filter((cell) => cell.scrollWidth > cell.clientWidth + 1);
  const wide = document.documentElement.scrollWidth > innerWidth;
  return [cells.length > 0, cut.map((cell) => cell.textContent), wide];
}"""
# A box that scrolls can be reached by the keyboard.
UNREACHED = """() => [...document.querySelectorAll(".output:has(> table.results)")]
  .filter((box) => box.scrollWidth > box.clientWidth && box.tabIndex !== 0).length"""
# Words of code that go over more than one line.
BROKEN = """() => [...document.querySelectorAll("article td code")]
  .filter((code) => code.getClientRects().length > code.textContent.trim().split(/\\s+/).length)
  .map((code) => code.textContent)"""


@pytest.mark.parametrize("page", TABLED)
def test_a_table_on_a_page_has_the_words_of_the_text_that_its_notebook_stores(page):
    for cell, shown in cells_beside_page(page):
        stored = [
            output.data["text/plain"]
            for output in cell.outputs
            if "results" in output.get("data", {}).get("text/html", "")
        ]
        words = [
            " ".join(part.get_text() for part in table.select("caption, th, td")).split()
            for table in shown.select("table.results")
        ]
        assert words == [text.split() for text in stored], cell.id


@pytest.mark.parametrize("page", TABLED)
def test_every_table_of_results_has_heads_for_its_columns_and_rows(page):
    for table in on_disk(page).select("table.results"):
        columns = len(table.select("thead th[scope=col]"))
        assert columns > 1
        for row in table.select("tbody tr"):
            assert len(row.select(":scope > th[scope=row]")) == 1
            assert len(row.select(":scope > td")) == columns - 1


@pytest.mark.parametrize("page", TABLED)
def test_on_a_narrow_phone_no_cell_is_cut_and_wide_tables_scroll_in_their_own_box(
    chromium, site_url, page
):
    tab = chromium.new_page(viewport={"width": 320, "height": 640})
    tab.goto(f"{site_url}/{page}.html")
    some, cut, wide = tab.evaluate(OUTSIDE)
    # The theme lets boxes that scroll be reached when the page has come.
    tab.wait_for_function(f"() => ({UNREACHED})() === 0")
    tab.close()
    assert some
    assert cut == []
    assert not wide


@pytest.mark.parametrize("page", ["chapters/notation", "chapters/library", "course/experiment"])
def test_on_a_narrow_phone_no_word_of_code_in_a_table_is_broken(open_page, page):
    tab = open_page(f"{page}.html", width=320, height=640)
    assert tab.locator("article td").count() > 10
    assert tab.evaluate(BROKEN) == []
