"""What a page prints is what its notebook stores: every line, whole and in order."""

import nbformat
import pytest
from site_files import CHAPTERS, ROOT, on_disk

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
