"""`pip install .` in a clone: the library goes where it belongs, and the clone stays clean."""

import shutil
import subprocess
import sys

from site_files import ROOT

SOURCES = (".gitignore", "pyproject.toml", "README.md", "LICENSE", "pesim_lib")


def test_it_leaves_nothing_in_the_clone_that_git_would_show(tmp_path):
    clone, there = tmp_path / "clone", tmp_path / "installed"
    clone.mkdir()
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, clone / name)
    git = ("git", "-C", clone, "-c", "user.name=A", "-c", "user.email=a@b.example")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "All"]):
        subprocess.run([*git, *words], check=True)
    pip = (sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation")
    subprocess.run([*pip, "--target", there, clone], check=True)
    assert (there / "pesim_lib/__init__.py").exists()
    assert (clone / "build").exists()
    shown = subprocess.run([*git, "status", "--porcelain"], capture_output=True, encoding="utf-8")
    assert shown.stdout == ""
