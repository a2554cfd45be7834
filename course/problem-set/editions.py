"""The problem set's two editions from one source: `make problem-set`.

The student edition goes to the site, in an archive with all that it imports. The instructor
edition, with solutions, hidden tests and rubric, is executed and stays outside the site.
"""

import os
import shutil
import sys
import zipfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbgrader.apps import NbGraderAPI
from traitlets.config.loader import PyFileConfigLoader

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SOURCE = HERE / "source/problems"
BUILD = ROOT / "_build/problem-set"
PAGE = ROOT / "_build/html/course/problem-set.html"
ARCHIVE = "problem-set.zip"
PLACE = f"<!-- {ARCHIVE} -->"
LINK = f'<a href="problem-set/{ARCHIVE}">Download the student edition</a>'


def settings():
    """What nbgrader_config.py says."""
    return PyFileConfigLoader("nbgrader_config.py", path=str(HERE)).load_config()


def grader(root):
    """nbgrader for the course folder `root`, with the settings of nbgrader_config.py."""
    config = settings()
    config.CourseDirectory.root = str(root)
    root.mkdir(parents=True, exist_ok=True)
    # nbgrader calls a program that is installed beside this Python.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return NbGraderAPI(config=config)


def student_edition(api):
    """Write the edition without solutions and hidden tests; return its folder."""
    result = api.generate_assignment("problems", force=True, create=True)
    if not result["success"]:
        raise RuntimeError(result.get("log", "") + result["error"])
    return Path(api.coursedir.format_path("release", ".", "problems"))


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
    shutil.copy(SOURCE / "checks.py", folder)
    notebook = nbformat.read(SOURCE / "problems.ipynb", 4)
    NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}).execute()
    nbformat.write(notebook, folder / "problems.ipynb")
    page, _ = HTMLExporter().from_notebook_node(notebook)
    (folder / "problems.html").write_text(page, encoding="utf-8")


def main():
    edition = student_edition(grader(BUILD))
    pack(edition, PAGE.parent / "problem-set" / ARCHIVE)
    instructor_edition(BUILD / "instructor")
    PAGE.write_text(PAGE.read_text(encoding="utf-8").replace(PLACE, LINK), encoding="utf-8")
    print(f"The student edition: {PAGE.parent / 'problem-set' / ARCHIVE}")
    print(f"The instructor edition: {BUILD / 'instructor'}")


if __name__ == "__main__":
    main()
