"""The edition without solutions has none, anywhere, and is the book otherwise."""

import gzip
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from site_files import PAGES, ROOT
from student_edition import SOLUTION, for_students, is_lecturers
from without_solutions import write_edition

# One server, or one build, for all of them.
pytestmark = pytest.mark.xdist_group("test_without_solutions")
TWO = """Before.

````{exercise} One (easy, 5 min)
:label: ex-one
````

````{solution} ex-one
:class: dropdown

```python
print("secret")
```
````

Between.

:::{solution} ex-one
Secret, too.
:::

After.
"""


def test_solutions_go_and_the_rest_stays():
    rest = for_students(TWO, ())
    assert "ecret" not in rest
    assert rest == TWO[: TWO.index("````{solution}")] + "Between.\n\nAfter.\n"
    assert for_students(rest, ()) == rest


def test_a_solution_in_another_form_is_refused():
    with pytest.raises(ValueError, match="solution-start"):
        for_students("```{solution-start} ex-one\n```\nSecret.\n```{solution-end}\n```\n", ())


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    """Folder with the sources of the whole book without solutions."""
    folder = tmp_path_factory.mktemp("edition")
    write_edition(ROOT, folder)
    return folder


def test_pages_have_their_exercises_and_code_but_no_solution(edition):
    solved = 0
    for page in PAGES:
        path = next(p for p in (ROOT / f"{page}.ipynb", ROOT / f"{page}.md") if p.exists())
        if not (edition / path.relative_to(ROOT)).exists():
            assert is_lecturers(path.relative_to(ROOT))
            continue
        before = path.read_text(encoding="utf-8")
        after = (edition / path.relative_to(ROOT)).read_text(encoding="utf-8")
        assert "{solution" not in after
        assert after.count("{exercise}") == before.count("{exercise}")
        assert after.count("} Quick question") == before.count("} Quick question")
        solved += before.count("{solution}")
        if path.suffix == ".ipynb":
            ours, theirs = (nbformat.reads(text, 4).cells for text in (before, after))
            code = [cell for cell in ours if cell.cell_type == "code"]
            assert [cell for cell in theirs if cell.cell_type == "code"] == code
    assert solved >= 20


def test_no_button_leads_to_the_repository_with_the_solutions(tmp_path):
    book = tmp_path / "book"
    book.mkdir()
    settings = (ROOT / "_config.yml").read_text(encoding="utf-8")
    named = re.sub(r"^  url: .*$", '  url: "https://git.example/a/b"', settings, flags=re.M)
    (book / "_config.yml").write_text(named, encoding="utf-8")
    write_edition(book, tmp_path / "edition")
    written = yaml.safe_load((tmp_path / "edition/_config.yml").read_text(encoding="utf-8"))
    expected = yaml.safe_load(named)
    expected["repository"]["url"] = ""
    assert written == expected


def test_a_second_time_it_forgets_removed_pages_and_keeps_what_was_built(tmp_path):
    book, edition = tmp_path / "book", tmp_path / "edition"
    (book / "chapters").mkdir(parents=True)
    shutil.copy(ROOT / "_config.yml", book)
    for name in ("kept", "removed"):
        (book / f"chapters/{name}.md").write_text(TWO, encoding="utf-8")
    write_edition(book, edition)
    (edition / "_build/page.html").touch()
    (book / "_build/.pictures/drawn").touch()
    (book / "chapters/removed.md").unlink()
    write_edition(book, edition)
    assert [path.name for path in (edition / "chapters").iterdir()] == ["kept.md"]
    kept = Path("chapters/kept.md")
    assert (edition / kept).stat().st_mtime == (book / kept).stat().st_mtime
    assert (edition / "_build/page.html").exists()
    assert (edition / "_build/.pictures/drawn").exists()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Sites of a small book, the text of the model chapter and one page: (whole, without)."""
    book = tmp_path_factory.mktemp("book")
    for part in ("web", "pesim_lib"):
        shutil.copytree(ROOT / part, book / part)
    for folder in ("chapters", "course"):
        (book / folder).mkdir()
    for name in (
        "_config.yml",
        "CITATION.cff",
        "references.bib",
        "chapters/ledger.py",
        "chapters/claims.toml",
    ):
        shutil.copy(ROOT / name, book / name)
    contents = {"format": "jb-book", "root": "index"}
    contents["chapters"] = [{"file": "chapters/model"}, {"file": "course/page"}]
    (book / "_toc.yml").write_text(yaml.safe_dump(contents), encoding="utf-8")
    (book / "index.md").write_text("# Book\n", encoding="utf-8")
    (book / "course/page.md").write_text(f"# Page\n\n{TWO}", encoding="utf-8")
    notebook = nbformat.read(ROOT / "chapters/model.ipynb", 4)
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    nbformat.write(notebook, book / "chapters/model.ipynb")
    edition = tmp_path_factory.mktemp("edition")
    write_edition(book, edition)
    sites = []
    for folder in (book, edition):
        command = [Path(sys.executable).with_name("jupyter-book"), "build", folder]
        done = subprocess.run(command, capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stdout + done.stderr
        sites.append(folder / "_build/html")
    return sites


def test_no_file_of_the_built_edition_holds_a_solution(built):
    sources = nbformat.read(ROOT / "chapters/model.ipynb", 4).cells
    text = "\n\n".join(cell.source for cell in sources if cell.cell_type == "markdown")
    solutions = "\n".join(match[0] for match in SOLUTION.finditer(text))
    prose = re.sub(
        r"^```python\n.*?^```$|`[^`\n]+`", "|", solutions, flags=re.DOTALL | re.MULTILINE
    )
    phrases = re.findall(r"[A-Za-z][A-Za-z ,]{15,}[a-z]", prose)
    assert len(phrases) >= 8
    whole, without = map(texts, built)
    assert whole.keys() == without.keys()
    for phrase in [*phrases, "Secret, too", "Solution to"]:
        holders = [path for path, content in whole.items() if phrase in content]
        assert holders, phrase
        assert not [path for path in holders if phrase in without[path]], phrase
    assert "Secret, too" in whole[SEARCHED]


SEARCHED = Path("pagefind/fragment")


def texts(site):
    """What can be read in a site, file by file; and together, what its search shows."""
    kinds = (".html", ".ipynb", ".md", ".txt")
    files = [path for path in site.rglob("*") if path.suffix in kinds]
    found = {path.relative_to(site): path.read_text(encoding="utf-8") for path in files}
    fragments = [gzip.decompress(path.read_bytes()) for path in (site / SEARCHED).iterdir()]
    return {**found, SEARCHED: b"\n".join(fragments).decode()}


def test_another_word_than_yes_or_no_is_refused():
    command = [sys.executable, "-m", "doit", "-f", ROOT / "tasks/dodo.py", "list"]
    done = subprocess.run([*command, "SOLUTIONS=perhaps"], capture_output=True, encoding="utf-8")
    assert done.returncode
    assert "SOLUTIONS: got perhaps; allowed: yes, no" in done.stderr
