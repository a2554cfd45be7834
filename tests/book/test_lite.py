"""JupyterLite: what can be checked of the chapters in the browser without the runtime's host."""

import ast
import hashlib
import json
import re
import subprocess
import sys
import tomllib

import nbformat
import pytest
import run_in_browser
import runtime
from distribution import serve_from
from jupyterlite_pyodide_kernel.constants import PYODIDE_PYTHON_VERSION
from outside_sphinx import rendered
from packaging.requirements import Requirement
from packaging.utils import parse_wheel_filename
from site_files import CHAPTERS, ROOT, SITE, built, on_disk

# One server, or one build, for all of them.
pytestmark = pytest.mark.xdist_group("test_lite")


@pytest.fixture(scope="session")
def packages(core):
    """The runtime's packages by name, as its lock file lists them."""
    return json.loads((core / runtime.LOCK).read_text(encoding="utf-8"))["packages"]


@pytest.mark.parametrize("page", CHAPTERS)
def test_every_chapter_can_be_run_in_the_browser(page):
    (door,) = on_disk(page).select("p.door a")
    target, notebook = door["href"].split("?path=")
    assert ((SITE / page).parent / target).resolve().exists()
    cells = nbformat.read(built(f"lite/files/{notebook}"), 4).cells
    assert cells[0].source == '%pip install -q "pesim-lib[pictures]"'
    code = [cell for cell in cells[1:] if cell.cell_type == "code"]
    assert code == [
        {**cell, "outputs": []}
        for cell in nbformat.read(ROOT / f"{page}.ipynb", 4).cells
        if cell.cell_type == "code"
    ]


@pytest.mark.parametrize("page", CHAPTERS)
def test_no_reference_of_a_chapter_in_the_browser_leads_nowhere(page):
    (door,) = on_disk(page).select("p.door a")
    name = door["href"].split("?path=")[1]
    notebook = nbformat.read(built(f"lite/files/{name}"), 4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert not re.findall(r"\{(?!math)[\w:]+\}`", text)
    for target in re.findall(r"\]\((?![a-z]+:|#)([^)]+)\)", text):
        assert built(f"lite/files/{target}").exists()


MARKDOWN = """{cite:t}`one` proves {prf:ref}`a1` and {eq}`eq-a`, in {numref}`fig-a`: {math}`x`.
See [the model](model), [its code](library) and [below](#here).

$$
x = 1
$$ (eq-a)

```{coq-statement} Theorem1.theorem_1
```"""
ROLES = {
    "cite:t one": "Author [2004]",
    "prf:ref a1": "Assumption 1.1",
    "eq eq-a": "(1.2)",
    "numref fig-a": "Fig. 1.1",
}


def small(text=MARKDOWN):
    drawn = nbformat.v4.new_code_cell("draw()", id="drawn")
    drawn.metadata.mystnb = {"figure": {"name": "fig-a", "caption": "As {prf:ref}`a1` says."}}
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text, id="text"), drawn])


def test_references_become_the_words_of_the_page_and_equations_keep_their_numbers():
    places = {"chapters/model": "model-1.ipynb"}
    text, drawn, caption = rendered(small(), "chapters/here", ROLES, places.get).cells
    assert text.source.startswith(
        "Author [2004] proves Assumption 1.1 and (1.2), in Fig. 1.1: {math}`x`.\n"
        "See [the model](model-1.ipynb), its code and [below](#here).\n\n"
        "$$\nx = 1\n\\tag{1.2}\n$$\n\n```coq\nTheorem theorem_1"
    )
    assert drawn.source == "draw()"
    assert caption.source == "**Fig. 1.1.** As Assumption 1.1 says."


def test_a_reference_that_the_page_does_not_have_is_an_error():
    with pytest.raises(KeyError, match="prf:ref a9"):
        rendered(small("{prf:ref}`a9`"), "chapters/here", ROLES, {}.get)


def test_a_republished_chapter_has_a_name_of_its_own_and_an_unchanged_one_keeps_its_name(tmp_path):
    path = tmp_path / "model.ipynb"
    path.write_text("first", encoding="utf-8")
    first = run_in_browser.name_of(path)
    assert run_in_browser.name_of(path) == first
    path.write_text("second", encoding="utf-8")
    assert run_in_browser.name_of(path) != first


def test_a_page_has_one_door_which_leads_to_the_newest_notebook(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<article><h1>Title</h1><p>Text</p></article>", encoding="utf-8")
    for name in ("model-1.ipynb", "model-2.ipynb"):
        run_in_browser.link_from(page, name, "cells/page.js")
    assert page.read_text(encoding="utf-8").count("?path=") == 1
    assert "?path=model-2.ipynb" in page.read_text(encoding="utf-8")


def test_readers_get_the_extensions_that_are_named_and_no_graders():
    settings = json.loads(built("lite/jupyter-lite.json").read_text(encoding="utf-8"))
    found = settings["jupyter-config-data"]["federated_extensions"]
    assert sorted(each["name"] for each in found) == sorted(run_in_browser.EXTENSIONS)


def test_a_readers_toolbar_has_no_validation_and_no_door_to_an_application_that_is_not_there(
    chromium, site_url
):
    (model,) = built("lite/files").glob("model-*.ipynb")
    page = chromium.new_page()
    page.goto(f"{site_url}/lite/lab/index.html?path={model.name}")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    page.wait_for_selector(".jp-Toolbar-kernelName")
    toolbar = page.locator(".jp-NotebookPanel-toolbar").first
    assert "Validate" not in toolbar.inner_text()
    assert toolbar.get_by_text("Notebook", exact=True).count() == 0
    assert page.get_by_text("Create Assignment").count() == 0
    page.close()


def test_wheels_of_installed_packages_are_whole_and_need_no_network(tmp_path):
    for name in run_in_browser.WHEELS:
        run_in_browser.repack(name, tmp_path)
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    wheels = sorted(tmp_path.glob("*.whl"))
    assert len(wheels) == len(run_in_browser.WHEELS)
    subprocess.run([*install, "--target", tmp_path / "there", *wheels], check=True)
    code = "import comm, ipywidgets; print(ipywidgets.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(tmp_path / "there")},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout.startswith(str(tmp_path))


def test_an_edition_that_cannot_be_built_leaves_the_old_one_in_its_place(monkeypatch, tmp_path):
    old = tmp_path / "html/lite"
    old.mkdir(parents=True)
    (old / "index.html").touch()
    monkeypatch.setattr(run_in_browser, "LITE", old)
    monkeypatch.setattr(run_in_browser, "WORK", tmp_path / "work")

    def fail(*_):
        raise RuntimeError("no room")

    monkeypatch.setattr(run_in_browser, "build_edition", fail)
    with pytest.raises(RuntimeError, match="no room"):
        run_in_browser.main()
    assert (old / "index.html").exists()


def test_our_wheel_is_pure_and_installs(tmp_path):
    (wheel,) = built("lite/pypi").glob("pesim_lib-*.whl")
    (tag,) = parse_wheel_filename(wheel.name)[3]
    assert str(tag) == "py3-none-any"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", tmp_path]
    subprocess.run([*install, wheel], check=True)
    code = "import pesim_lib; print(pesim_lib.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        check=True,
    )
    assert done.stdout.startswith(str(tmp_path))


def test_the_runtime_satisfies_our_pins(packages):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    index = json.loads(built("lite/pypi/all.json").read_text(encoding="utf-8"))
    ours = {name: list(entry["releases"])[-1] for name, entry in index.items()}
    extras = project["optional-dependencies"]["pictures"]
    for requirement in map(Requirement, [*project["dependencies"], *extras]):
        name = requirement.name
        version = ours[name] if name in ours else packages[name]["version"]
        assert version in requirement.specifier


def test_the_library_is_tested_on_the_versions_of_the_runtime(packages):
    tasks = (ROOT / "tasks/dodo.py").read_text(encoding="utf-8")
    pins = ast.literal_eval(re.search(r"^RUNTIME = (.*)$", tasks, re.MULTILINE)[1])
    names = ("numpy", "scipy", "matplotlib")
    assert pins == tuple(f"{name}=={packages[name]['version']}" for name in names)


def test_the_kernel_boots_and_installs_the_library(chromium, site_url, core, packages, tmp_path):
    needed = runtime.closure(packages, runtime.KERNEL_NEEDS)
    pins = [f"{name}=={packages[name]['version']}" for name in needed]
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", tmp_path]
    pure = ["--python-version", PYODIDE_PYTHON_VERSION, "--only-binary", ":all:"]
    subprocess.run([*download, *pure, *pins], check=True)
    lock = json.loads((core / runtime.LOCK).read_text(encoding="utf-8"))
    for name in needed:
        wheel = (tmp_path / packages[name]["file_name"]).read_bytes()
        lock["packages"][name]["sha256"] = hashlib.sha256(wheel).hexdigest()
    (tmp_path / runtime.LOCK).write_text(json.dumps(lock), encoding="utf-8")

    cell = nbformat.v4.new_code_cell(
        "import importlib.metadata, piplite\n"
        'await piplite.install("pesim-lib", deps=False)\n'
        'print("installed", importlib.metadata.version("pesim-lib"))'
    )
    (model,) = built("lite/files").glob("model-*.ipynb")
    metadata = nbformat.read(model, 4).metadata
    notebook = nbformat.writes(nbformat.v4.new_notebook(cells=[cell], metadata=metadata))
    context = chromium.new_context(service_workers="block")
    context.route("**/*", lambda route: only_from(site_url, route))
    serve_from(context, [tmp_path, core])
    context.route(f"**/files/{model.name}*", lambda route: route.fulfill(body=notebook))
    page = context.new_page()
    page.goto(f"{site_url}/lite/lab/index.html?path={model.name}")
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").wait_for()
    # The notebook takes commands only once it has a kernel to send them to.
    page.wait_for_selector(".jp-Toolbar-kernelName:has-text('Pyodide')")
    page.get_by_text("Run", exact=True).first.click()
    page.get_by_text("Run All Cells", exact=True).first.click()
    output = page.locator(".jp-OutputArea-output", has_text="installed 1.")
    output.wait_for(timeout=120_000)
    context.close()


def only_from(site_url, route):
    if route.request.url.startswith(site_url):
        route.continue_()
    else:
        route.abort()


def test_the_problem_set_lies_there_with_all_that_it_needs_and_without_its_answers():
    notebook = nbformat.read(built("lite/files/problem-set/problems.ipynb"), 4)
    assert notebook.cells[0].source == '%pip install -q "pesim-lib[pictures]"'
    text = built("lite/files/problem-set/problems.ipynb").read_text(encoding="utf-8")
    assert "raise NotImplementedError" in text
    assert "### BEGIN" not in text
    listed = json.loads(built("lite/api/contents/problem-set/all.json").read_text(encoding="utf-8"))
    assert {entry["name"] for entry in listed["content"]} == {"problems.ipynb", "checks.py"}
    (door,) = on_disk("course/problem-set").select('a[href*="path=problem-set"]')
    target = door["href"].split("?path=")[0]
    assert (built("course/problem-set.html").parent / target).resolve().exists()
