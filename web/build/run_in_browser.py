"""The chapters in JupyterLite, run by Python in the reader's browser: `make lite`.

Written into the built site, with a link from each page that is a notebook, and a button that runs
the page's cells where they stand. The Python runtime (Pyodide, with numpy, scipy and matplotlib) is
served with the site, too, where runtime.py can bring it, and comes from its public host elsewhere.
A notebook's name there changes with the notebook: whoever has edited and saved one meets a
newer one under its own name, and keeps the old.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import distribution
from pathlib import Path

import nbformat
import runtime
from outside_sphinx import rendered
from packaging.utils import canonicalize_name
from wheel.wheelfile import WheelFile
from whole_files import replace_folder, write_whole

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "course/problem-set"))

from data_files import code_of, needs  # noqa: E402
from editions import released_files  # noqa: E402

SITE = ROOT / "_build/html"
LITE = SITE / "lite"
WORK = ROOT / "_build/lite"
# Files of the runtime, kept between builds.
KEPT = ROOT / "_build/pyodide"
INSTALL = '%pip install -q "pesim-lib[pictures]"'
KERNEL = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
DOOR = re.compile(r'<p class="door">.*?</p>', re.DOTALL)
# What a page needs to run its own cells.
CELLS = ROOT / "web/cells"
# Wheels that the runtime lacks; it asks our folder for them before any other place.
WHEELS = ("comm", "ipywidgets", "jupyterlab_widgets", "widgetsnbextension")
# What JupyterLab gets there; this Python has others, a grader's among them.
EXTENSIONS = (
    "@jupyter-widgets/jupyterlab-manager",
    "@jupyterlite/pyodide-kernel-extension",
    "jupyterlab-myst",
    "jupyterlab_pygments",
)
# All notebooks lie in one folder there, beside what they import and read.
NOTEBOOKS = ("chapters/*.ipynb", "course/*.ipynb")
FILES = {
    ".": (
        *("chapters/ledger.py", "chapters/claims.toml", "course/*.py"),
        *("chapters/*.csv", "chapters/*.bz2"),
    ),
    "experiment": ("course/experiment/*.csv",),
}
# The problem set has a folder of its own there, and a door on its page.
PROBLEMS, PLACE = "problem-set", "<!-- problem-set in the browser -->"
PROBLEMS_DOOR = (
    '<a href="../lite/lab/index.html?path=problem-set/problems.ipynb">Open it in the browser</a>.'
)


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    paths = [path for pattern in NOTEBOOKS for path in sorted(ROOT.glob(pattern))]
    # JupyterLite takes the runtime from this folder, where it is there.
    try:
        here, words = runtime.bring(WORK / "static/pyodide", imported_by(paths), KEPT)
    except runtime.WrongFileError as error:
        sys.exit(str(error))
    print(words, flush=True)
    names = {path: name_of(path) for path in paths}
    roles = json.loads((ROOT / "_build/roles.json").read_text(encoding="utf-8"))
    write_contents(names, roles, WORK / "contents")
    write_wheels(WORK / "pypi")
    build_edition(WORK / "contents", WORK / "site")
    script = write_cells(WORK / "site", "../static/pyodide/" if here else runtime.HOST)
    replace_folder(WORK / "site", LITE)
    for path, name in names.items():
        link_from(SITE / path.relative_to(ROOT).with_suffix(".html"), name, script, files_of(path))
    page = SITE / "course/problem-set.html"
    write_whole(page, page.read_text(encoding="utf-8").replace(PLACE, PROBLEMS_DOOR))
    size = sum(path.stat().st_size for path in LITE.rglob("*") if path.is_file())
    print(f"In the browser: {LITE}/lab/index.html ({size / 1e6:.0f} MB)")


def name_of(path):
    """The notebook's name in JupyterLite: another one whenever its source is another."""
    return f"{path.stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:6]}.ipynb"


def write_contents(names, roles, contents):
    """The notebooks under their `names` (path -> name), beside what they import and read."""
    contents.mkdir(parents=True)
    pages = {path.relative_to(ROOT).with_suffix("").as_posix(): path for path in names}

    def place(page):
        return names[pages[page]] if page in pages else None

    for page, path in pages.items():
        notebook = rendered(nbformat.read(path, 4), page, roles[page], place)
        nbformat.write(with_install(notebook), contents / names[path])
    for folder, patterns in FILES.items():
        (contents / folder).mkdir(exist_ok=True)
        for path in (path for pattern in patterns for path in ROOT.glob(pattern)):
            shutil.copy(path, contents / folder)
    write_problem_set(contents / PROBLEMS)


def imported_by(notebooks):
    """The modules that notebooks, and what they take along, import."""
    sources = {file for path in notebooks for file in (path, *needs(path))}
    code = (code_of(file) for file in sources if file.suffix in (".ipynb", ".py"))
    return set().union(*map(runtime.imported, code))


def files_of(notebook):
    """What a notebook reads or imports beside it, by the names that it uses."""
    return [file.relative_to(notebook.parent).as_posix() for file in needs(notebook)]


def write_cells(site, address):
    """What runs a page's cells, into a folder named by its content; its script, seen from `site`.

    `address` is where the runtime lies.
    """
    (wheel,) = (site / "pypi").glob("pesim_lib-*.whl")
    mark = hashlib.sha256(wheel.read_bytes()).hexdigest()[:8]
    wheel = f"../pypi/{wheel.name}?{mark}"
    settings = {"runtime": address, "packages": runtime.LIBRARY_NEEDS, "wheel": wheel}
    files = {path.name: path.read_bytes() for path in sorted(CELLS.iterdir()) if path.is_file()}
    files["run.json"] = json.dumps(settings).encode()
    digest = hashlib.sha256(b"".join(files.values())).hexdigest()[:8]
    for name, content in files.items():
        write_whole(site / f"cells-{digest}" / name, content)
    return f"cells-{digest}/page.js"


def write_wheels(wheels):
    """The library's wheel, and those of installed packages that the runtime lacks."""
    wheels.mkdir(parents=True)
    # From a copy, for a build leaves its traces beside the sources.
    source = shutil.copytree(ROOT / "pesim_lib", WORK / "source/pesim_lib").parent
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, source]
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *build], check=True)
    for name in WHEELS:
        repack(name, wheels)


def repack(name, wheels):
    """The wheel of an installed package of pure Python, without what it shares with JupyterLab."""
    package = distribution(name)
    stem = canonicalize_name(name).replace("-", "_")
    made = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
    with WheelFile(wheels / f"{stem}-{package.version}-py3-none-any.whl", "w") as wheel:
        for file in package.files:
            outside = file.parts[0] == ".." or "__pycache__" in file.parts
            if not outside and not (file.parent.suffix == ".dist-info" and file.name in made):
                wheel.write(file.locate(), file.as_posix())


def build_edition(contents, site):
    """JupyterLite with these contents, the wheels beside them and the extensions named above."""
    shared = Path(sys.prefix, "share/jupyter/labextensions")
    extensions = [str(shared / name) for name in EXTENSIONS]
    settings = {"federated_extensions": extensions, "ignore_sys_prefix": ["federated_extensions"]}
    write_whole(WORK / "jupyter_lite_config.json", json.dumps({"LiteBuildConfig": settings}))
    command = [sys.executable, "-m", "jupyter", "lite", "build"]
    folders = ["--lite-dir", WORK, "--contents", contents, "--output-dir", site]
    smaller = ["--apps", "lab", "--no-sourcemaps", "--no-unused-shared-packages"]
    subprocess.run([*command, *folders, *smaller], check=True, cwd=WORK)


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


def link_from(page, notebook, script, files=()):
    """Put the doors under the title of a chapter's page, in place of older ones.

    One leads to the `notebook`; the other, where the page shows code, to `script`, which runs it
    here beside `files`.
    """
    text = DOOR.sub("", page.read_text(encoding="utf-8"))
    run = (
        f' <button type="button" class="run-page" data-script="../lite/{script}" '
        f'data-notebook="{notebook}" data-files="{" ".join(files)}">'
        "Edit and run the code on this page</button>"
    )
    door = (
        f'<p class="door"><a href="../lite/lab/index.html?path={notebook}">'
        f"Run this notebook in the browser</a>{run if 'cell_input' in text else ''}</p>"
    )
    end = text.index("</h1>", text.index("<article")) + len("</h1>")
    write_whole(page, text[:end] + door + text[end:])


if __name__ == "__main__":
    main()
