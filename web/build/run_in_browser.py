"""The chapters in JupyterLite, run by Python in the reader's browser: `make lite`.

Written into the built site, with a link from each page that is a notebook. The Python runtime
(Pyodide, with numpy, scipy and matplotlib) comes from its public host; the rest is served with the
site.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "course/problem-set"))

from editions import released_files  # noqa: E402

SITE = ROOT / "_build/html"
LITE = SITE / "lite"
WORK = ROOT / "_build/lite"
INSTALL = '%pip install -q "pesim-lib[pictures]"'
KERNEL = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
# Wheels that the runtime lacks; it asks our folder for them before any other place.
WHEELS = ("comm", "ipywidgets", "jupyterlab_widgets", "widgetsnbextension")
# All notebooks lie in one folder there, beside what they import and read.
NOTEBOOKS = ("chapters/*.ipynb", "course/*.ipynb")
FILES = {
    ".": ("chapters/ledger.py", "chapters/claims.toml", "chapters/*.csv", "course/*.py"),
    "experiment": ("course/experiment/*.csv",),
}
# The problem set has a folder of its own there, and a door on its page.
PROBLEMS, PLACE = "problem-set", "<!-- problem-set in the browser -->"
DOOR = (
    '<a href="../lite/lab/index.html?path=problem-set/problems.ipynb">Open it in the browser</a>.'
)


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    shutil.rmtree(LITE, ignore_errors=True)
    contents, wheels = WORK / "contents", WORK / "pypi"
    contents.mkdir(parents=True)
    notebooks = [path for pattern in NOTEBOOKS for path in sorted(ROOT.glob(pattern))]
    for path in notebooks:
        nbformat.write(with_install(nbformat.read(path, 4)), contents / path.name)
    for folder, patterns in FILES.items():
        (contents / folder).mkdir(exist_ok=True)
        for path in (path for pattern in patterns for path in ROOT.glob(pattern)):
            shutil.copy(path, contents / folder)
    write_problem_set(contents / PROBLEMS)
    pip = [sys.executable, "-m", "pip", "--quiet"]
    # From a copy, for a build leaves its traces beside the sources.
    source = shutil.copytree(ROOT / "pesim_lib", WORK / "source/pesim_lib").parent
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, source]
    subprocess.run([*pip, *build], check=True)
    pins = ["--constraint", ROOT / "requirements.txt", "--no-deps", "--only-binary", ":all:"]
    subprocess.run([*pip, "download", "--dest", wheels, *pins, *WHEELS], check=True)
    command = [sys.executable, "-m", "jupyter", "lite", "build"]
    folders = ["--lite-dir", WORK, "--contents", contents, "--output-dir", LITE]
    smaller = ["--apps", "lab", "--no-sourcemaps", "--no-unused-shared-packages"]
    subprocess.run([*command, *folders, *smaller], check=True, cwd=WORK)
    for path in notebooks:
        page = path.relative_to(ROOT).with_suffix(".html")
        link_from(SITE / page, path.name)
    page = SITE / "course/problem-set.html"
    page.write_text(page.read_text(encoding="utf-8").replace(PLACE, DOOR), encoding="utf-8")
    size = sum(path.stat().st_size for path in LITE.rglob("*") if path.is_file())
    print(f"In the browser: {LITE}/lab/index.html ({size / 1e6:.0f} MB)")


def write_problem_set(folder):
    """Put the student edition of the problem set into `folder`, beside all that it imports."""
    with tempfile.TemporaryDirectory() as course:
        shutil.copytree(released_files(Path(course)), folder)
    notebook = folder / "problems.ipynb"
    nbformat.write(with_install(nbformat.read(notebook, 4)), notebook)


def with_install(notebook):
    """The notebook without outputs, behind a first cell that installs the library."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    install = nbformat.v4.new_code_cell(INSTALL, id="install-pesim-lib")
    notebook.cells.insert(0, install)
    notebook.metadata.kernelspec = KERNEL
    return notebook


def link_from(page, notebook):
    """Put the door under the title of a chapter's page, once."""
    text = page.read_text(encoding="utf-8")
    door = (
        f'<p class="door"><a href="../lite/lab/index.html?path={notebook}">'
        "Run this notebook in the browser</a></p>"
    )
    if door not in text:
        article = text.index("<article")
        end = text.index("</h1>", article) + len("</h1>")
        page.write_text(text[:end] + door + text[end:], encoding="utf-8")


if __name__ == "__main__":
    main()
