"""Python's runtime in the site: what is taken, from where, and what leaves the site as it was."""

import hashlib
import http.client
import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
import run_in_browser
import runtime

MODULES = {"numpy", "sympy", "json"}
PACKAGES = {
    "numpy": [],
    "scipy": ["numpy"],
    "matplotlib": ["numpy", "Pillow"],
    "pillow": [],
    "micropip": [],
    "ipython": ["six_"],
    "six-": [],
    "jedi": [],
    "sympy": ["mpmath"],
    "mpmath": [],
    "pandas": ["numpy"],
}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def dist(tmp_path, monkeypatch):
    """A folder that looks like a distribution, and the hashes of its core."""
    folder = tmp_path / "dist"
    folder.mkdir()
    packages = {}
    for name, depends in PACKAGES.items():
        content = f"wheel of {name}".encode()
        (folder / f"{name}.whl").write_bytes(content)
        packages[name] = {
            "depends": depends,
            "imports": [name],
            "file_name": f"{name}.whl",
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    lock = {"info": {"python": "3.14.2"}, "packages": packages}
    (folder / runtime.LOCK).write_text(json.dumps(lock), encoding="utf-8")
    (folder / "pyodide.mjs").write_text("core", encoding="utf-8")
    hashes = tmp_path / "hashes"
    lines = [
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
        for name in (runtime.LOCK, "pyodide.mjs")
    ]
    hashes.write_text("".join(lines), encoding="utf-8")
    monkeypatch.setattr(runtime, "HASHES", hashes)
    monkeypatch.delenv("PYODIDE_DIST", raising=False)
    return folder


@pytest.fixture
def host(dist, monkeypatch):
    """The public host, played on this machine."""
    handler = partial(Quiet, directory=dist)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(runtime, "HOST", f"http://127.0.0.1:{server.server_port}/")
        yield server
        server.shutdown()


def names(folder):
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def test_the_core_and_what_code_imports_come_with_all_that_they_need(dist, monkeypatch, tmp_path):
    monkeypatch.setenv("PYODIDE_DIST", str(dist))
    there, words = runtime.bring(tmp_path / "place", MODULES, tmp_path / "kept")
    assert there
    assert words.startswith("Python 3.14.2 is in the site: 12 files")
    wheels = {f"{name}.whl" for name in PACKAGES if name != "pandas"}
    assert names(tmp_path / "place") == wheels | {runtime.LOCK, "pyodide.mjs"}
    assert not (tmp_path / "kept").exists()


def test_what_is_not_taken_along_is_still_found_at_the_public_host(dist, monkeypatch, tmp_path):
    monkeypatch.setenv("PYODIDE_DIST", str(dist))
    runtime.bring(tmp_path / "place", MODULES, tmp_path / "kept")
    lock = json.loads((tmp_path / "place" / runtime.LOCK).read_text(encoding="utf-8"))
    files = {name: package["file_name"] for name, package in lock["packages"].items()}
    assert files["pandas"] == f"{runtime.HOST}pandas.whl"
    assert files["numpy"] == "numpy.whl"


@pytest.mark.parametrize("name", ["pillow.whl", "pyodide.mjs", runtime.LOCK])
@pytest.mark.parametrize("change", ["longer", "missing"])
def test_a_folder_with_a_wrong_file_is_refused_and_nothing_is_put(
    dist, monkeypatch, tmp_path, name, change
):
    monkeypatch.setenv("PYODIDE_DIST", str(dist))
    if change == "missing":
        (dist / name).unlink()
    else:
        (dist / name).write_bytes((dist / name).read_bytes() + b" ")
    with pytest.raises(runtime.WrongFileError, match=rf"PYODIDE_DIST: got .*{name}.*; allowed: "):
        runtime.bring(tmp_path / "place", MODULES, tmp_path / "kept")
    assert names(tmp_path / "place") == set()


@pytest.mark.usefixtures("host")
def test_files_of_the_public_host_are_kept_and_not_asked_for_again(dist, tmp_path):
    place, kept = tmp_path / "place", tmp_path / "kept"
    assert runtime.bring(place, MODULES, kept)[0]
    assert names(kept) == names(place)
    for path in dist.iterdir():
        path.unlink()
    assert runtime.bring(tmp_path / "again", MODULES, kept)[0]
    assert names(tmp_path / "again") == names(place)


@pytest.mark.usefixtures("host")
def test_a_kept_file_that_was_spoilt_is_fetched_again(tmp_path):
    place, kept = tmp_path / "place", tmp_path / "kept"
    runtime.bring(place, MODULES, kept)
    (kept / "numpy.whl").write_bytes(b"half")
    runtime.bring(place, MODULES, kept)
    assert (place / "numpy.whl").read_bytes() == b"wheel of numpy"
    assert (kept / "numpy.whl").read_bytes() == b"wheel of numpy"


def test_a_wrong_file_from_the_public_host_is_refused_and_not_kept(dist, host, tmp_path):
    (dist / "numpy.whl").write_bytes(b"something else")
    address = f"http://127.0.0.1:{host.server_port}/numpy.whl: got another file"
    with pytest.raises(runtime.WrongFileError, match=address):
        runtime.bring(tmp_path / "place", MODULES, tmp_path / "kept")
    assert names(tmp_path / "place") == set()
    assert "numpy.whl" not in names(tmp_path / "kept")


def test_a_host_that_does_not_answer_is_said_in_a_line_and_stays_where_python_is(
    dist, monkeypatch, tmp_path
):
    # A port that nobody serves.
    monkeypatch.setattr(runtime, "HOST", "http://127.0.0.1:1/")
    there, words = runtime.bring(tmp_path / "place", MODULES, tmp_path / "kept")
    assert not there
    assert words.startswith("Python stays at http://127.0.0.1:1/")
    assert "\n" not in words
    assert names(tmp_path / "place") == set()


@pytest.mark.usefixtures("host")
def test_half_a_download_is_no_file(dist, monkeypatch, tmp_path):
    def half(self, source, outputfile):
        outputfile.write(source.read()[:3])

    monkeypatch.setattr(Quiet, "copyfile", half)
    there, words = runtime.bring(tmp_path / "place", MODULES, tmp_path / "kept")
    assert not there
    assert "IncompleteRead" in words
    assert names(tmp_path / "kept") == names(tmp_path / "place") == set()
    assert issubclass(http.client.IncompleteRead, http.client.HTTPException)


def test_a_full_disk_ends_it_and_the_site_stays(dist, monkeypatch, tmp_path):
    monkeypatch.setenv("PYODIDE_DIST", str(dist))
    site = tmp_path / "html/lite"
    site.mkdir(parents=True)
    (site / "index.html").touch()
    monkeypatch.setattr(run_in_browser, "LITE", site)
    monkeypatch.setattr(run_in_browser, "WORK", tmp_path / "work")

    def full(path, content):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(runtime, "write_whole", full)
    with pytest.raises(OSError, match="No space left on device"):
        run_in_browser.main()
    assert names(site) == {"index.html"}


def test_a_lite_edition_without_a_known_runtime_is_refused_in_a_line(dist, monkeypatch, tmp_path):
    (dist / "numpy.whl").unlink()
    monkeypatch.setenv("PYODIDE_DIST", str(dist))
    monkeypatch.setattr(run_in_browser, "WORK", tmp_path / "work")
    monkeypatch.setattr(run_in_browser, "LITE", tmp_path / "lite")
    with pytest.raises(SystemExit, match=r"PYODIDE_DIST: got .* without numpy\.whl"):
        run_in_browser.main()
    assert not (tmp_path / "lite").exists()


def test_the_known_hashes_are_those_of_the_version_that_the_kernel_asks_for(core):
    for line in runtime.HASHES.read_text(encoding="utf-8").splitlines():
        digest, name = line.split()
        assert hashlib.sha256((core / name).read_bytes()).hexdigest() == digest, name


@pytest.mark.parametrize(
    ("code", "modules"),
    [
        ("import numpy as np, scipy.optimize", {"numpy", "scipy"}),
        ("from matplotlib.figure import Figure\nfrom . import x", {"matplotlib"}),
        ("def f():\n    import sympy", {"sympy"}),
    ],
)
def test_modules_are_found_wherever_code_imports_them(code, modules):
    assert runtime.imported(code) == modules


def test_the_chapters_import_what_the_runtime_has():
    notebooks = [
        path for pattern in run_in_browser.NOTEBOOKS for path in run_in_browser.ROOT.glob(pattern)
    ]
    assert {"numpy", "scipy", "sympy", "IPython"} <= run_in_browser.imported_by(notebooks)
