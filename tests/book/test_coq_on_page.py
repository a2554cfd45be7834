"""The pages show what Coq checks: statements, sources and the list, from the files themselves."""

import re
import shutil

import coq_theorems
import pytest
from check import HERE, listed, sources
from coq_theorems import line, parts, statement
from site_files import ROOT, on_disk
from small_book import build, write_book

SHOWN = re.findall(
    r"\{coq-statement\} ([\w.]+)",
    "".join((ROOT / f"chapters/{page}").read_text(encoding="utf-8")
            for page in ("proofs.ipynb", "machine-checked.md")),
)  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(SHOWN)))
def test_a_statement_is_the_files_own_up_to_its_proof(name):
    lines = (HERE / f"{name.split('.')[0]}.v").read_text(encoding="utf-8").splitlines()
    shown = statement(name).splitlines()
    first = line(name) - 1
    assert lines[first : first + len(shown)] == shown
    assert name.split(".")[1] in shown[0]
    assert lines[first + len(shown)].startswith("Proof.")
    assert shown[-1].endswith(".")


def test_main_theorems_stand_beside_the_words():
    assert {"Theorem1.theorem_1", "Theorem2.theorem_2", "Mechanism.budget_balance_at"} <= {*SHOWN}
    assert len(SHOWN) > 30


@pytest.mark.parametrize("name", ["Theorem1.theorem_3", "Nothing.theorem_1"])
def test_a_theorem_that_is_nowhere_is_refused(name):
    with pytest.raises(ValueError, match="theorem: got"):
        statement(name)


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.stem)
def test_the_parts_of_a_file_are_the_whole_file_with_its_line_numbers(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    shown = [""] * len(lines)
    for first, _, text in parts(path.stem):
        for number, words in enumerate(text.splitlines(), first - 1):
            shown[number] = words
    assert shown == lines


def test_pages_with_statements_sources_and_the_list_are_built(tmp_path):
    pages = {
        "index": "# Root\n\n```{coq-statement} Theorem1.theorem_1\n```\n",
        "chapters/coq-sources": "# Sources\n\n```{coq-sources}\n```\n",
        "chapters/list": "# List\n\n```{coq-assumptions}\n```\n",
    }
    folder = write_book(tmp_path, pages)
    shutil.copytree(HERE, folder / "formal", ignore=shutil.ignore_patterns("*.vo*", "*.glob"))
    result = build(folder)
    assert result.returncode == 0, result.stdout
    page = (folder / "_build/html/chapters/list.html").read_text(encoding="utf-8")
    for name in listed():
        assert f'href="coq-sources.html#{name}"' in page
    code = (folder / "_build/html/chapters/coq-sources.html").read_text(encoding="utf-8")
    assert all(f'id="{name}"' in code for name in listed())
    root = (folder / "_build/html/index.html").read_text(encoding="utf-8")
    assert 'href="chapters/coq-sources.html#Theorem1.theorem_1"' in root
    (folder / "index.md").write_text(
        pages["index"].replace("theorem_1", "theorem_3"), encoding="utf-8"
    )
    result = build(folder)
    assert result.returncode != 0
    assert "theorem: got Theorem1.theorem_3" in result.stdout


def test_the_site_shows_the_stored_list():
    page = on_disk("chapters/machine-checked")
    rows = {
        row.select("td")[0].get_text(): row.select("td")[1].get_text()
        for row in page.select("tbody tr")
    }
    for name, axioms in listed().items():
        assert rows[name] == (", ".join(axioms) or "none")
    assert coq_theorems.SOURCES_PAGE.endswith("coq-sources")
