"""Stored notebooks: complete, clean, and the same everywhere.

What catches a change that nobody meant: a number, a name or an order that changed, an output that
was emptied, a comparison in a cell that was turned: nbval, which executes every cell (the last
test here shows that it notices). A cell that was deleted or doubled: CODE_CELLS. A cell that a
claim rests on: the ledger's tests. A picture: the numbers that its cell prints.
"""

import json
import re
import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted(ROOT.glob("chapters/*.ipynb"))
STORED = [
    *CHAPTERS,
    *sorted(ROOT.glob("course/*.ipynb")),
    *sorted(ROOT.glob("course/slides/*.ipynb")),
]
# How many cells of code each has: whoever adds or deletes one says so here.
CODE_CELLS = {
    "alternatives": 28,
    "claims": 9,
    "errata": 13,
    "experiment": 11,
    "experiment-results": 15,
    "generality": 24,
    "individual-rationality": 17,
    "internet": 16,
    "live": 5,
    "message-exchange": 21,
    "model": 12,
    "pesim": 12,
    "price-of-anarchy": 15,
    "proofs": 36,
    "session-1": 7,
    "session-2": 10,
    "session-3": 8,
    "structure": 22,
    "what-users-know": 20,
    "workshop": 4,
}
SHOWS = re.compile(r"^(print|display|explore|picture|edit_messages|as_table)\(", re.MULTILINE)
# Pages to look things up in teach nothing.
TAUGHT = [path for path in CHAPTERS if path.stem not in ("claims", "errata")]


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_stored_notebook_is_executed_and_clean(path):
    text = path.read_text(encoding="utf-8")
    notebook = json.loads(text)
    assert set(notebook["metadata"]) <= {"kernelspec", "language_info"}
    for word in ("/home/", "/Users/", "/tmp/", "/root/", "widget-view", "widget-state"):
        assert word not in text
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert cell["execution_count"] is None
            assert "execution" not in cell["metadata"]
            assert all(output["output_type"] != "error" for output in cell["outputs"])
            shows = SHOWS.search("".join(cell["source"]))
            assert cell["outputs"] or not shows, f"cell {cell['id']} has lost its output"


def test_no_cell_of_code_was_lost_or_doubled():
    notebooks = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in STORED}
    found = {
        name: sum(cell["cell_type"] == "code" for cell in notebook["cells"])
        for name, notebook in notebooks.items()
    }
    assert found == CODE_CELLS


@pytest.mark.parametrize("path", TAUGHT, ids=lambda path: path.stem)
def test_chapter_has_sliders_and_three_exercises_with_folded_solutions(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    text = "".join("".join(cell["source"]) for cell in notebook["cells"])
    assert text.count("{exercise}") >= 3
    assert text.count("{exercise}") == text.count("{solution}") == text.count(":class: dropdown")
    assert "explore(" in text


def test_of_every_kind_of_cell_that_shows_something_the_notebooks_have_many():
    sources = [
        "".join(cell["source"])
        for path in STORED
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]
    for call in ("print(", "explore(", "picture(", "as_table("):
        assert sum(bool(SHOWS.search(s)) and call in s for s in sources) >= 5, call


def small_notebook():
    """Three cells as ours are stored: one shows nothing, one prints, one ends in a value."""
    nbformat = pytest.importorskip("nbformat").v4
    cells = [
        nbformat.new_code_cell("first, second = 1.25, 2.5"),
        nbformat.new_code_cell(
            "print(first, second)", outputs=[nbformat.new_output("stream", text="1.25 2.5\n")]
        ),
        nbformat.new_code_cell(
            "first < second",
            outputs=[nbformat.new_output("execute_result", data={"text/plain": "True"})],
        ),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def changed():
    """The notebook as it is, and with one change each, by name."""
    whole = small_notebook()
    notebooks = {name: deepcopy(whole) for name in ("as-stored", *CHANGES)}
    for name, (cell, change) in CHANGES.items():
        change(notebooks[name].cells[cell])
    return notebooks


CHANGES = {
    "emptied-print": (1, lambda cell: cell.update(outputs=[])),
    "emptied-value": (2, lambda cell: cell.update(outputs=[])),
    "changed-number": (1, lambda cell: cell.outputs[0].update(text="1.26 2.5\n")),
    "swapped-numbers": (1, lambda cell: cell.outputs[0].update(text="2.5 1.25\n")),
    "turned-comparison": (2, lambda cell: cell.update(source="first > second")),
}


def test_the_comparison_of_outputs_notices_what_was_changed_and_nothing_else(tmp_path):
    pytest.importorskip("nbval")
    nbformat = pytest.importorskip("nbformat")
    for name, notebook in changed().items():
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    shutil.copy(ROOT / "chapters/conftest.py", tmp_path)
    sanitize = ("--nbval-sanitize-with", ROOT / "tests/book/nbval-sanitize.cfg")
    command = [sys.executable, "-m", "pytest", "--nbval", *sanitize, "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--rootdir", tmp_path, tmp_path], capture_output=True, encoding="utf-8"
    )
    failed = re.findall(r"^FAILED (?:.*/)?([a-z-]+)\.ipynb::", done.stdout, re.MULTILINE)
    assert sorted(failed) == sorted(CHANGES)
