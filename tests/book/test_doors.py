"""Doors out of the page: notebooks to take along, the repository, Binder and Colab."""

import ast
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from colab import colab_copy
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pages import site_address
from site_files import CHAPTERS, ROOT, SITE, on_disk

# One server, or one build, for all of them.
pytestmark = pytest.mark.xdist_group("test_doors")
REPOSITORY = "https://github.com/Someone/closing-the-gap"
NOTEBOOK = nbformat.v4.new_notebook(
    metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    cells=[nbformat.v4.new_markdown_cell("# Model")],
)
BUTTONS = ".dropdown-launch-buttons, .dropdown-source-buttons"
DOORS = ("github.com", "mybinder.org", "colab.research.google.com")


@pytest.fixture(scope="module")
def small_book(tmp_path_factory):
    """Build a book of two pages with this book's settings and a repository; return its pages."""

    def build(repository):
        folder = tmp_path_factory.mktemp("book")
        for part in ("web", "pesim_lib"):
            shutil.copytree(ROOT / part, folder / part)
        settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
        settings["repository"]["url"] = repository
        contents = {"format": "jb-book", "root": "index", "chapters": [{"file": "chapters/model"}]}
        (folder / "_config.yml").write_text(
            yaml.safe_dump(settings, sort_keys=False), encoding="utf-8"
        )
        (folder / "_toc.yml").write_text(yaml.safe_dump(contents), encoding="utf-8")
        (folder / "references.bib").touch()
        (folder / "chapters").mkdir()
        for name in ("CITATION.cff", "chapters/ledger.py", "chapters/claims.toml"):
            shutil.copy(ROOT / name, folder / name)
        # Like the landing page, a notebook as text.
        header = (ROOT / "index.md").read_text(encoding="utf-8").split("---\n")[1]
        landing = (ROOT / "index.md").read_text(encoding="utf-8")
        (cited,) = re.findall(r"```bibtex\n@software.*?```", landing, re.DOTALL)
        text = f"---\n{header}---\n\n# Book\n\n{cited}\n"
        (folder / "index.md").write_text(text, encoding="utf-8")
        nbformat.write(NOTEBOOK, folder / "chapters/model.ipynb")
        command = [Path(sys.executable).with_name("jupyter-book"), "build", folder, "-W", "-n"]
        done = subprocess.run(command, capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stdout + done.stderr
        site = folder / "_build/html"
        return {
            page: BeautifulSoup((site / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
            for page in ("index", "chapters/model", "404")
        }

    return build


def ways_out(page):
    """Addresses of a page's links out to the repository and to places that run notebooks."""
    addresses = [link["href"] for link in page.select("a[href]")]
    return {address for address in addresses if any(door in address for door in DOORS)}


def test_with_an_address_pages_lead_to_it_and_chapters_to_binder_and_colab(small_book):
    pages = small_book(REPOSITORY)
    issue = f"{REPOSITORY}/issues/new?title=Issue%20on%20page%20%2F"
    assert len(pages["chapters/model"].select(BUTTONS)) == 2
    assert ways_out(pages["chapters/model"]) == {
        REPOSITORY,
        f"{issue}chapters/model.html&body=Your%20issue%20content%20here.",
        "https://mybinder.org/v2/gh/Someone/closing-the-gap/main"
        "?urlpath=lab/tree/chapters/model.ipynb",
        "https://colab.research.google.com/github/Someone/closing-the-gap"
        "/blob/colab/chapters/model.ipynb",
    }
    assert ways_out(pages["index"]) == {
        REPOSITORY,
        f"{issue}index.html&body=Your%20issue%20content%20here.",
    }
    assert pages["404"].select_one("a")["href"] == "/closing-the-gap/"
    assert f"  url = {{{REPOSITORY}}},\n}}" in pages["index"].get_text()


def test_without_an_address_there_are_no_such_doors(small_book):
    pages = small_book("")
    assert set().union(*map(ways_out, pages.values())) == set()
    assert pages["chapters/model"].select(BUTTONS) == []
    assert pages["404"].select_one("a")["href"] == "/"
    assert "@software" in pages["index"].get_text()
    assert "url = " not in pages["index"].get_text()


@pytest.mark.parametrize(
    ("repository", "site"),
    [
        (REPOSITORY, "https://someone.github.io/closing-the-gap/"),
        ("https://github.com/Someone/someone.github.io", "https://someone.github.io/"),
        ("https://gitlab.com/someone/closing-the-gap", ""),
        ("", ""),
    ],
)
def test_the_site_lies_where_the_repository_s_host_puts_it(repository, site):
    assert site_address(repository) == site


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_colab_s_copy_installs_the_library_and_is_the_chapter_otherwise(chapter):
    notebook = nbformat.read(ROOT / f"{chapter}.ipynb", 4)
    folder = chapter.split("/")[0]
    copy = colab_copy(notebook, folder, REPOSITORY, "main")
    nbformat.validate(copy)
    fetch, install, enter = copy.cells[0].source.splitlines()
    assert fetch == f"!git clone --quiet --depth 1 --branch main {REPOSITORY} companion"
    assert install == "%pip install --quiet ./companion"
    assert enter == f"%cd -q companion/{folder}"
    assert copy.cells[1:] == notebook.cells
    assert copy.metadata == notebook.metadata


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_notebook_to_download_is_executed_and_opens(chapter):
    (link,) = on_disk(chapter).select('.dropdown-download-buttons a[href$=".ipynb"]')
    path = ((SITE / chapter).parent / link["href"]).resolve()
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    shows = ("print(", "explore(", "picture(")
    last = {cell.source: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    assert all(outputs for source, outputs in last.items() if any(call in source for call in shows))
    assert not [o for outputs in last.values() for o in outputs if o.output_type == "error"]
    pictures = [o for outputs in last.values() for o in outputs if "image/png" in o.get("data", {})]
    assert len(pictures) >= sum("explore(" in source for source in last)


def test_binder_installs_what_the_chapters_import():
    assert ".[run]" in (ROOT / ".binder/requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted, installed = {"pesim-lib"}, {"pesim-lib"}
    for line in requires("pesim-lib"):
        requirement = Requirement(line)
        if requirement.marker is None or any(
            requirement.marker.evaluate({"extra": extra}) for extra in ("run", "pictures")
        ):
            installed.add(canonicalize_name(requirement.name))
    for chapter in CHAPTERS:
        wanted |= _distributions(nbformat.read(ROOT / f"{chapter}.ipynb", 4))
    assert wanted <= installed


def _distributions(notebook):
    """Names of the packages that a notebook's code cells import, without Python's own."""
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    modules = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module.split(".")[0])
    providers = packages_distributions() | {"pesim_lib": ["pesim-lib"]}
    ours = {path.stem for path in (*ROOT.glob("chapters/*.py"), *ROOT.glob("course/*.py"))}
    foreign = modules - set(sys.stdlib_module_names) - ours
    return {canonicalize_name(providers[module][0]) for module in foreign}
