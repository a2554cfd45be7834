"""What a student gets holds no answer anywhere; what a lecturer gets holds all."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import PurePosixPath

import nbformat
import pytest
import yaml
from editions import pack
from site_files import ROOT
from student_edition import (
    LINK,
    NOTES,
    PART,
    RELEASE,
    SOLUTION,
    contents_for_students,
    for_students,
    is_lecturers,
    missing_pages,
)
from submissions import CELLS, NOTEBOOK, marked
from without_solutions import write_edition

pytestmark = pytest.mark.xdist_group("test_student_edition")
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS", re.DOTALL)
SOLVED = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    """The copy of the book's sources for students, with the archive that it publishes."""
    folder = tmp_path_factory.mktemp("edition")
    write_edition(ROOT, folder)
    pack(folder / RELEASE, folder / "published/problem-set.zip")
    return folder


def texts(pattern):
    """The text of the book's pages and notebooks at `pattern`."""
    # What is compressed is data.
    for path in [path for path in ROOT.glob(pattern) if path.suffix != ".bz2"]:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            cells = json.loads(text)["cells"]
            text = "\n\n".join("".join(cell["source"]) for cell in cells)
        yield text


def answers():
    """Every answer that the lecturer's edition holds: where it is from -> its text."""
    found = {"problem set: arguments": [], "problem set: solutions": [], "problem set: tests": []}
    for cell in CELLS.values():
        if cell.cell_type == "markdown":
            found["problem set: arguments"].append(cell.source)
        found["problem set: solutions"] += SOLVED.findall(cell.source)
        found["problem set: tests"] += HIDDEN.findall(cell.source)
    pages = [*texts("chapters/*.md"), *texts("chapters/*.ipynb"), *texts("course/*.md")]
    found["solutions of exercises"] = [m[0] for text in pages for m in SOLUTION.finditer(text)]
    found["lecturers' parts"] = [m[0] for text in pages for m in PART.finditer(text)]
    found["speaker's notes"] = [
        m[0] for text in texts("course/slides/*.ipynb") for m in NOTES.finditer(text)
    ]
    found["lesson notes"] = [*texts("course/session-*.md"), *texts("course/experiment.md")]
    hidden = ROOT / "course/problem-set/hidden.py"
    found["formulas of the tests"] = [hidden.read_text(encoding="utf-8")]
    return found


def fragments(text):
    """Its lines, and the sentences in them, that are long enough to be told from others.

    To import what anybody may import is no answer.
    """
    pieces = [piece.strip() for piece in re.split(r"\n|(?<=[.?!]) ", text)]
    return {piece for piece in pieces if len(piece) >= 40 and not IMPORT.match(piece)}


IMPORT = re.compile(r"from [\w.]+ import |import ")
PICTURE = re.compile(rb"[A-Za-z0-9+/]{400,}")


def everything(folder):
    """Every file's bytes but for pictures, and those of the files in archives: name -> bytes."""
    found = {}
    for path in folder.rglob("*"):
        if not path.is_file() or "_build" in path.relative_to(folder).parts:
            continue
        found[str(path.relative_to(folder))] = PICTURE.sub(b"", path.read_bytes())
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    found[f"{path.name}/{name}"] = archive.read(name)
    return found


@pytest.mark.parametrize("kind", answers())
def test_no_file_for_students_holds_an_answer(edition, kind):
    secret = set().union(*map(fragments, answers()[kind]))
    assert len(secret) >= 5
    # What the tasks, the chapters, the other pages and the library say themselves is no answer.
    said = "\n".join(
        [
            *(for_students(text, ()) for text in texts("chapters/*.*") if text),
            *(cell.source for cell in NOTEBOOK.cells if not marked(cell)),
            *texts("pesim_lib/**/*.py"),
            *texts("course/classroom.py"),
            *(for_students(text, ()) for text in texts("course/slides/session-*.ipynb")),
            *(
                for_students(path.read_text(encoding="utf-8"), ())
                for path in ROOT.glob("course/*.md")
                if not is_lecturers(path.relative_to(ROOT))
            ),
        ]
    )
    secret = {fragment for fragment in secret if fragment not in said}
    assert len(secret) >= 5
    escaped = {json.dumps(fragment, ensure_ascii=False)[1:-1] for fragment in secret} | secret
    files = everything(edition)
    whole = b"\0".join(files.values())
    leaked = [needle for needle in map(str.encode, escaped) if needle in whole]
    assert [(name, n) for name, text in files.items() for n in leaked if n in text] == []


def test_an_answer_that_leaks_is_seen(edition, tmp_path):
    solution = next(iter(SOLVED.findall(CELLS["anarchy"].source)))
    with zipfile.ZipFile(tmp_path / "leak.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes.txt", solution)
    (needle, *_) = sorted(fragments(solution))
    assert any(needle.encode() in content for content in everything(tmp_path).values())


def test_students_get_the_problems_and_what_they_need(edition):
    names = {path.relative_to(edition).as_posix() for path in edition.rglob("*")}
    assert {f"{RELEASE}/problems.ipynb", f"{RELEASE}/checks.py", "_toc.yml", "index.md"} <= names
    assert "course/slides/session-1.ipynb" in names
    released = nbformat.read(edition / RELEASE / "problems.ipynb", 4)
    assert len(released.cells) == len(nbformat.read(edition / RELEASE / "problems.ipynb", 4).cells)
    assert {marked(cell)["grade_id"] for cell in released.cells if marked(cell)} == CELLS.keys()


def test_the_tasks_of_the_site_can_be_done_where_a_lecturer_s_files_are_missing(edition):
    doit = [sys.executable, "-m", "doit", "-f", edition / "tasks/dodo.py", "-d", edition]
    tasks = {"book", "pdf", "epub", "lite", "problem-set", "slides", "questions"}
    assert needs(doit, "site") == tasks


def needs(doit, task):
    """The tasks that a task waits for, these included that they wait for."""
    said = subprocess.run([*doit, "info", task], capture_output=True, encoding="utf-8")
    # 1 means that the task is to be done.
    assert said.returncode <= 1, said.stderr
    found = set(re.findall(r"^ +- (\S+)$", said.stdout, re.MULTILINE))
    return found.union(*(needs(doit, name) for name in found))


def test_no_link_leads_to_a_page_that_students_do_not_get(edition):
    contents = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    missing = missing_pages(contents)
    assert {"session-1", "session-2", "workshop", "experiment"} <= missing
    kept = yaml.safe_load((edition / "_toc.yml").read_text(encoding="utf-8"))
    files = [page["file"] for part in kept["parts"] for page in part["chapters"]]
    assert {"course/problem-set", "course/module", "chapters/model"} <= set(files)
    labels = set()
    for name in missing:
        for text in texts(f"course/{name}.*"):
            labels |= set(re.findall(r"^\((\S+)\)=$|:label: (\S+)|name: (fig-\S+)", text, re.M))
    labels = {label for group in labels for label in group if label}
    for file in files:
        (path,) = [p for p in (edition / f"{file}.md", edition / f"{file}.ipynb") if p.exists()]
        text = path.read_text(encoding="utf-8")
        assert not {link["page"].split("/")[-1] for link in LINK.finditer(text)} & missing, file
        assert not any(f"`{label}`" in text or f"<{label}>" in text for label in labels), file


def test_a_lecturer_s_part_goes_and_a_link_leaves_its_words():
    text = "# Page\n\nSee [session 1](session-1) and [model](../chapters/model).\n\n"
    part = "% for lecturers\n## Rubric\n\nSecret.\n% for everybody\n"
    assert for_students(text + part, {"session-1"}) == (
        "# Page\n\nSee session 1 and [model](../chapters/model).\n\n"
    )
    with pytest.raises(ValueError, match="part that is not closed"):
        for_students("% for lecturers\nSecret.\n", ())


def test_contents_keep_their_order():
    files = [{"file": f"course/{name}"} for name in ("summary", "session-1", "glossary")]
    contents = {"root": "index", "parts": [{"caption": "Teaching", "chapters": files}]}
    kept = yaml.safe_load(contents_for_students(yaml.safe_dump(contents), {"session-1"}))
    assert kept == {
        "root": "index",
        "parts": [{"caption": "Teaching", "chapters": [files[0], files[2]]}],
    }


@pytest.mark.parametrize(
    ("path", "lecturers"),
    [
        ("course/session-2.md", True),
        ("course/session-3.md", True),
        ("course/problem-set/source", True),
        ("course/problem-set/editions.py", False),
        ("course/problem-set.md", False),
        ("course/experiment", True),
        ("tests/course", True),
        ("tests/library", False),
        ("course/slides/session-1.ipynb", False),
    ],
)
def test_what_is_a_lecturer_s(path, lecturers):
    assert is_lecturers(PurePosixPath(path)) == lecturers
