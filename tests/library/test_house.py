"""Where things lie: what one folder holds hides nothing of another, or of Python."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def on_the_path(pytestconfig):
    folders = [ROOT / folder for folder in pytestconfig.getini("pythonpath")]
    assert ROOT / "benchmarks" in folders
    return [path for folder in folders for path in folder.glob("*.py")]


def test_no_file_hides_a_module_of_python(pytestconfig):
    files = on_the_path(pytestconfig)
    assert not [path for path in files if path.stem in sys.stdlib_module_names]


def test_no_two_files_that_tests_import_have_one_name(pytestconfig):
    files = {*on_the_path(pytestconfig), *ROOT.glob("tests/*/*.py")}
    names = [path.stem for path in files]
    assert {name for name in names if names.count(name) > 1} <= {"conftest"}


@pytest.mark.parametrize("folder", ["library", "book", "course"])
def test_there_are_tests_in_every_folder(folder):
    assert list(ROOT.glob(f"tests/{folder}/test_*.py"))
