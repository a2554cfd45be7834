"""The problem set's two editions from one source: `make problem-set`.

The student edition goes to the site, in an archive with all that it imports. The instructor
edition, with solutions, hidden tests and rubric, is executed and stays outside the site.
"""

import shutil
import zipfile
from pathlib import Path

import nbformat
from course_folder import DEFAULT, grader, student_edition
from nbclient import NotebookClient
from nbconvert import HTMLExporter

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SOURCE = HERE / "source/problems"
PAGE = ROOT / "_build/html/course/problem-set.html"
ARCHIVE = "problem-set.zip"
PLACE = f"<!-- {ARCHIVE} -->"
LINK = f'<a href="problem-set/{ARCHIVE}">Download the student edition</a>'


def pack(edition, archive):
    """Pack a student edition and the library that it imports; with numpy, scipy, it runs."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(edition.iterdir()):
            packed.write(path, f"problem-set/{path.name}")
        for path in sorted((ROOT / "pesim_lib").rglob("*.*")):
            if path.is_file() and path.suffix != ".pyc":
                packed.write(path, Path("problem-set", path.relative_to(ROOT)))


def instructor_edition(folder):
    """Execute the source, which must pass all its tests; write it to `folder`, as a page too."""
    folder.mkdir(parents=True, exist_ok=True)
    for module in (SOURCE / "checks.py", HERE / "hidden.py"):
        shutil.copy(module, folder)
    notebook = nbformat.read(SOURCE / "problems.ipynb", 4)
    NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}).execute()
    nbformat.write(notebook, folder / "problems.ipynb")
    page, _ = HTMLExporter().from_notebook_node(notebook)
    (folder / "problems.html").write_text(page, encoding="utf-8")


def main():
    edition = student_edition(grader(DEFAULT))
    pack(edition, PAGE.parent / "problem-set" / ARCHIVE)
    instructor_edition(DEFAULT / "instructor")
    PAGE.write_text(PAGE.read_text(encoding="utf-8").replace(PLACE, LINK), encoding="utf-8")
    print(f"The student edition: {PAGE.parent / 'problem-set' / ARCHIVE}")
    print(f"The instructor edition: {DEFAULT / 'instructor'}")


if __name__ == "__main__":
    main()
