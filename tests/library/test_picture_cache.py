"""The cache of drawn pictures: nothing stale, nothing damaged, nothing half written."""

import errno
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from matplotlib import font_manager, rc_context
from matplotlib.figure import Figure

from pesim_lib import explore, figures
from pesim_lib.display import picture_cache
from pesim_lib.display.picture_cache import load, picture_key, save

GRID = {"N": [3, 4]}
FILES = sorted(
    path.relative_to(picture_cache.LIBRARY)
    for path in picture_cache.LIBRARY.rglob("*")
    if path.is_file() and path.suffix != ".pyc"
)


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("PESIM_EXPLORE_CACHE", str(tmp_path / "pictures"))
    # Two pictures are drawn sooner than another process starts.
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    return tmp_path / "pictures"


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    copy = tmp_path_factory.mktemp("copy") / "pesim_lib"
    ignored = shutil.ignore_patterns("__pycache__")
    return shutil.copytree(picture_cache.LIBRARY, copy, ignore=ignored)


def test_a_change_in_any_file_of_any_room_changes_the_key(library, monkeypatch):
    monkeypatch.setattr(picture_cache, "LIBRARY", library)
    # Versions, settings and fonts stay as they are: read once, not for every file.
    monkeypatch.setattr(picture_cache, "_machinery", cache(picture_cache._machinery))
    before = picture_key(figures.payments, GRID)
    for file in FILES:
        text = (library / file).read_bytes()
        (library / file).write_bytes(text + b"\n")
        assert picture_key(figures.payments, GRID) != before, file
        (library / file).write_bytes(text)
    assert picture_key(figures.payments, GRID) == before


def test_a_new_file_a_renamed_file_and_lines_moved_between_files_change_the_key(
    library, monkeypatch
):
    monkeypatch.setattr(picture_cache, "LIBRARY", library)
    keys = [picture_key(figures.payments, GRID)]
    (library / "beyond/one.py").write_bytes(b"a = 1\n")
    (library / "beyond/two.py").write_bytes(b"")
    keys.append(picture_key(figures.payments, GRID))
    (library / "beyond/one.py").write_bytes(b"")
    (library / "beyond/two.py").write_bytes(b"a = 1\n")
    keys.append(picture_key(figures.payments, GRID))
    (library / "beyond/two.py").rename(library / "beyond/two_.py")
    keys.append(picture_key(figures.payments, GRID))
    assert len(set(keys)) == 4
    for name in ("one", "two_"):
        (library / f"beyond/{name}.py").unlink()
    assert picture_key(figures.payments, GRID) == keys[0]


@pytest.mark.parametrize("name", ["matplotlib", "numpy", "scipy"])
def test_another_version_of_what_computes_or_draws_changes_the_key(monkeypatch, name):
    before, real = picture_key(figures.payments, GRID), picture_cache.version
    monkeypatch.setattr(
        picture_cache, "version", lambda asked: "0.1" if asked == name else real(asked)
    )
    assert picture_key(figures.payments, GRID) != before


@pytest.mark.parametrize(("name", "value"), [("font.size", 13), ("legend.frameon", True)])
def test_another_setting_of_the_book_changes_the_key(monkeypatch, name, value):
    before = picture_key(figures.payments, GRID)
    monkeypatch.setitem(figures.style.SETTINGS, name, value)
    assert picture_key(figures.payments, GRID) != before


def test_a_readers_settings_do_not_change_the_key():
    before = picture_key(figures.payments, GRID)
    with rc_context({"lines.linewidth": 9, "text.usetex": True}):
        assert picture_key(figures.payments, GRID) == before


def test_another_font_under_the_same_name_changes_the_key(monkeypatch, tmp_path):
    before = picture_key(figures.payments, GRID)
    fonts = font_manager.fontManager.ttflist
    used = next(font for font in fonts if Path(font.fname).name == "DejaVuSans.ttf")
    other = tmp_path / "DejaVuSans.ttf"
    other.write_bytes(Path(used.fname).read_bytes() + b"0")
    entry = replace(used, fname=str(other))
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [*fonts, entry])
    assert picture_key(figures.payments, GRID) != before


def test_another_function_or_grid_has_another_key():
    keys = [
        picture_key(figures.payments, GRID),
        picture_key(figures.tax_terms_bars, GRID),
        picture_key(figures.payments, {"N": [3, 5]}),
        picture_key(figures.payments, {"N": [3], "c1": [4]}),
    ]
    assert len(set(keys)) == 4


def test_a_function_that_may_read_anything_else_is_not_kept(folder):
    def inside(n):
        def drawn(N=n):
            figure = Figure()
            figure.set_label(f"{n}")
            return figure

        return drawn

    # One name and one source, two pictures.
    first, second = inside(1), inside(2)
    assert picture_key(first, GRID) is picture_key(second, GRID) is None
    second.__module__, second.__qualname__ = "pesim_lib.figures.pesim", "payments"
    assert picture_key(second, GRID) is None
    assert explore(first, N=[3])._packed != explore(inside(2), N=[3])._packed
    assert not folder.exists()


def test_a_kept_picture_is_not_drawn_again(folder, monkeypatch):
    first = explore(figures.payments, **GRID)._packed
    monkeypatch.setattr("pesim_lib.display.sliders.Explorer._drawn", None)
    assert explore(figures.payments, **GRID)._packed == first


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:10],
        lambda data: data[:-1],
        lambda data: data + b"0",
        lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:],
        lambda data: bytes([data[0] ^ 1]) + data[1:],
        lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:],
    ],
)
def test_a_damaged_file_is_drawn_again_and_replaced(folder, damage):
    first = explore(figures.payments, **GRID)._packed
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert explore(figures.payments, **GRID)._packed == first
    assert [path.read_bytes() for path in folder.iterdir()] == [whole]


def test_what_is_kept_comes_back_as_it_was(tmp_path):
    assert load(tmp_path / "none") is None
    save(tmp_path / "new/folder/file", b"12")
    assert load(tmp_path / "new/folder/file") == b"12"


def test_a_write_that_fails_says_so_and_leaves_what_was_there(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    save(tmp_path / "file", b"old")
    monkeypatch.setattr(os, "fsync", full)
    for name in ("file", "other"):
        with pytest.raises(OSError, match="No space left"):
            save(tmp_path / name, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert load(tmp_path / "file") == b"old"


def test_a_disk_that_fills_up_leaves_no_part_of_a_file(tmp_path):
    pytest.importorskip("resource")
    code = (
        "import resource, sys; from pathlib import Path;"
        "from pesim_lib.display.picture_cache import save;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        "save(Path(sys.argv[1]), bytes(100_000))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "file")]
    run = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert "File too large" in run.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no signal kills on this system")
@pytest.mark.parametrize(("moment", "before"), [("fsync", None), ("replace", b"old")])
def test_a_build_that_is_killed_while_it_writes_leaves_what_was_there(tmp_path, moment, before):
    file = tmp_path / "file"
    code = (
        "import os, signal, sys; from pathlib import Path;"
        "from pesim_lib.display.picture_cache import save;"
        f"os.{moment} = lambda *_: os.kill(os.getpid(), signal.SIGKILL);"
        "save(Path(sys.argv[1]), b'new')"
    )
    if before:
        save(file, before)
    assert subprocess.run([sys.executable, "-c", code, str(file)]).returncode == -signal.SIGKILL
    assert load(file) == before
    save(file, b"new")
    assert load(file) == b"new"
