"""What is made from the library: it holds every file, and a change in any of them is noticed."""

import shutil
import subprocess
import sys
import zipfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = {
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "pesim_lib").rglob("*")
    if path.is_file() and path.suffix != ".pyc"
}


@pytest.fixture
def copy(tmp_path):
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "pesim_lib", tmp_path / "copy/pesim_lib", ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path / "copy")
    return tmp_path / "copy"


def test_the_wheel_holds_every_file_of_the_library_and_nothing_else(copy, tmp_path):
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", tmp_path / "wheel", copy], check=True)
    (wheel,) = (tmp_path / "wheel").iterdir()
    with zipfile.ZipFile(wheel) as packed:
        held = {name for name in packed.namelist() if ".dist-info/" not in name}
    assert held == FILES


def test_the_students_archive_holds_every_file_of_the_library(tmp_path):
    pack = pytest.importorskip("editions").pack
    (tmp_path / "edition").mkdir()
    (tmp_path / "edition/problems.ipynb").touch()
    pack(tmp_path / "edition", tmp_path / "set.zip")
    with zipfile.ZipFile(tmp_path / "set.zip") as packed:
        held = {name.removeprefix("problem-set/") for name in packed.namelist()}
    assert held == {*FILES, "problems.ipynb"}


def test_a_change_in_any_file_of_any_room_runs_the_notebooks_afresh(copy, monkeypatch, tmp_path):
    pytest.importorskip("sphinx")
    cache = import_module("execution" if find_spec("execution") else "pesim_web")
    monkeypatch.setattr(cache, "ROOT", copy)
    before = cache.execution_cache(tmp_path)
    for name in sorted(file for file in FILES if file.endswith(".py")):
        text = (copy / name).read_bytes()
        (copy / name).write_bytes(text + b"\n")
        assert cache.execution_cache(tmp_path) != before, name
        (copy / name).write_bytes(text)
    assert cache.execution_cache(tmp_path) == before
