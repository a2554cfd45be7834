"""One place says which version this is."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest

import pesim_lib

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("file", "pattern"),
    [("CITATION.cff", r"^ *version: (.+)$"), ("index.md", r"^  version = \{(.+)\},$")],
)
def test_what_cites_the_library_names_its_version(file, pattern):
    named = re.findall(pattern, (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
    assert set(named) == {pesim_lib.__version__}


def test_the_installed_package_has_the_librarys_version_and_pyproject_none_of_its_own():
    assert version("pesim-lib") == pesim_lib.__version__
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert not re.search(r"^version = \"", project, re.MULTILINE)
