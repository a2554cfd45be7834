"""Stored notebooks: complete, clean, and the same everywhere."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted(ROOT.glob("chapters/*.ipynb"))
STORED = [*CHAPTERS, *sorted(ROOT.glob("course/*.ipynb"))]
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
            prints = "print(" in cell["source"] or "explore(" in "".join(cell["source"])
            assert cell["outputs"] or not prints


@pytest.mark.parametrize("path", TAUGHT, ids=lambda path: path.stem)
def test_chapter_has_sliders_and_three_exercises_with_folded_solutions(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    text = "".join("".join(cell["source"]) for cell in notebook["cells"])
    assert text.count("{exercise}") >= 3
    assert text.count("{exercise}") == text.count("{solution}") == text.count(":class: dropdown")
    assert "explore(" in text
