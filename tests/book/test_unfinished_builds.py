"""A build succeeds only if what it shows is right, whatever an earlier one left behind."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from small_book import build, notebook, site, write_book, write_page

# One builder at a time: they take a core each.
pytestmark = pytest.mark.xdist_group("test_unfinished_builds")
PAGES = {
    "index": "# Book\n\nSee [a page](chapters/page).\n",
    "chapters/page": notebook("import sys", 'print("right", 6 * 7)'),
    "chapters/other": "# Other\n\n$x^2$\n",
}
FAULTS = {
    "chapters/page": notebook('raise RuntimeError("broken cell")'),
    "chapters/other": "# Other\n\n[nowhere](nowhere.md)\n",
}
# Kills the build without a word, once, when Sphinx comes to a named event.
KILLER = """
import os, signal
from pathlib import Path

def setup(app):
    mark = Path(__file__).with_name("killed")
    def kill(*args):
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    app.connect(os.environ.get("KILL_AT", "config-inited"), kill, priority=int(os.environ["KILL"]))
"""
MOMENTS = {
    "after all is read": ("env-updated", 999),
    "between the pages written": ("html-page-context", 999),
    "before the last touches": ("build-finished", 1),
}


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A small book, built once, in a folder with an odd name; its folder and its site."""
    folder = write_book(tmp_path_factory.mktemp("a (copy) ü"), PAGES)
    done = build(folder)
    assert done.returncode == 0, done.stdout
    return folder, site(folder)


def test_notebooks_are_executed_side_by_side_and_each_once(copy):
    """Each waits until the other has begun."""
    met = """
from pathlib import Path
from time import monotonic, sleep

Path("{0}").write_text("here")
until = monotonic() + 60
while not Path("{1}").exists():
    assert monotonic() < until, "{1} has not begun"
    sleep(0.05)
"""
    for name, other in (("page", "more"), ("more", "page")):
        write_page(copy, f"chapters/{name}", notebook(met.format(name, other), title=name))
    contents = (copy / "_toc.yml").read_text(encoding="utf-8")
    more = contents.replace("- file: chapters/page", "- file: chapters/page\n- file: chapters/more")
    (copy / "_toc.yml").write_text(more, encoding="utf-8")
    done = build(copy)
    assert done.returncode == 0, done.stdout
    for name in ("page", "more"):
        assert len(re.findall(f"executing {name}.ipynb", done.stdout)) == 1
        assert "Executing notebook" not in done.stdout
    # Kernels would warn that they talk in plain text.
    assert not re.search(r"WARN|frozen modules|encrypt", done.stdout)


@pytest.fixture
def copy(book, tmp_path):
    """A copy of the small book without what was built."""
    return shutil.copytree(book[0], tmp_path / "book", ignore=shutil.ignore_patterns("_build"))


def pages(files):
    """The pages among a site's files, without the strings that keep browsers from old files."""
    return {
        name: re.sub(rb"\?(v|digest)=[0-9a-f]+", b"", content)
        for name, content in files.items()
        if name.endswith((".html", ".pf_fragment", ".pf_index", ".pf_meta"))
    }


def test_a_build_that_finds_nothing_to_do_leaves_the_site_as_it_is(book, copy):
    for _ in range(2):
        done = build(copy)
        assert done.returncode == 0, done.stdout
    assert "no targets are out of date" in done.stdout
    same = pages(site(copy)), site(copy)["_static/book.js"]
    assert same == (pages(book[1]), book[1]["_static/book.js"])


def test_what_failed_once_fails_again_until_it_is_repaired(book, copy):
    for name, fault in FAULTS.items():
        write_page(copy, name, fault)
        assert build(copy).returncode
        again = build(copy)
        assert again.returncode, again.stdout
        write_page(copy, name, PAGES[name])
    repaired = build(copy)
    assert repaired.returncode == 0, repaired.stdout
    assert pages(site(copy)) == pages(book[1])


@pytest.mark.parametrize("moment", MOMENTS)
def test_after_a_kill_the_next_build_makes_the_same_site(book, copy, moment):
    event, priority = MOMENTS[moment]
    (copy / "web/sphinx/killer.py").write_text(KILLER, encoding="utf-8")
    settings = copy / "_config.yml"
    whole = settings.read_text(encoding="utf-8")
    listed = whole.replace("local_extensions:", "local_extensions:\n    killer: web/sphinx")
    settings.write_text(listed, encoding="utf-8")
    environment = {**os.environ, "KILL_AT": event, "KILL": str(priority)}
    build(copy, env=environment)
    assert (copy / "web/sphinx/killed").exists()
    # What was killed is built with the same settings, or Sphinx starts afresh on its own.
    done = build(copy, env=environment)
    assert done.returncode == 0, done.stdout
    assert pages(site(copy)) == pages(book[1])


@pytest.mark.parametrize(
    "kinds",
    [
        [".jupyter_cache/*/global.db", ".doctrees/chapters/*.doctree", ".doctrees/searched.json"],
        [".jupyter_cache/*/executed/*/base.ipynb", ".doctrees/environment.pickle"],
    ],
    ids=["database and pages read", "executed notebook and environment"],
)
def test_damaged_memory_is_found_out_and_made_afresh(book, kinds):
    folder = book[0]
    for kind in kinds:
        (file, *_) = sorted((folder / "_build").glob(kind))
        file.write_bytes(b"\0" * 5000)
    (folder / "chapters/page.ipynb").touch()
    done = build(folder)
    if done.returncode:
        done = build(folder)
    assert done.returncode == 0, done.stdout
    assert pages(site(folder)) == pages(book[1])


def test_a_full_disk_fails_with_a_reason_and_is_forgotten_once_there_is_room(book, copy):
    if not shutil.which("unshare") or os.geteuid():
        pytest.skip("only root can mount a small disk, in a mount namespace of its own")
    disk = copy / "_build"
    disk.mkdir()
    program = shlex.quote(str(Path(sys.executable).with_name("jupyter-book")))
    command = f"{program} build . -W -n --keep-going"
    script = f"""
      mount -t tmpfs -o size=3m small _build || exit 77
      {command} && exit 1
      mount -o remount,size=200m small _build
      {command} || exit 2
      cp -r _build/html site
    """
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script], cwd=copy, capture_output=True, encoding="utf-8"
    )
    if done.returncode == 77:
        pytest.skip(f"no disk can be mounted here: {done.stderr}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No space left" in done.stdout + done.stderr
    built = {path.relative_to(copy / "site").as_posix(): path for path in copy.glob("site/**/*.*")}
    contents = {name: path.read_bytes() for name, path in built.items() if path.is_file()}
    assert pages(contents) == pages(book[1])


def test_a_removed_page_leaves_the_site(book):
    folder, _ = book
    (folder / "chapters/other.md").unlink()
    contents = folder / "_toc.yml"
    listed = contents.read_text(encoding="utf-8")
    contents.write_text(listed.replace("- file: chapters/other\n", ""), encoding="utf-8")
    done = build(folder)
    assert done.returncode == 0, done.stdout
    assert not [name for name in site(folder) if "chapters/other" in name]
