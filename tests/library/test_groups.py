"""Tests that share what takes long to make are marked as a group, and run in one process."""

import re
import subprocess
import sys

GROUP = """
import pytest

pytestmark = pytest.mark.xdist_group("one")


@pytest.mark.parametrize("number", range(8))
def test_nothing(number):
    pass
"""


def test_tests_of_one_group_run_in_one_process(tmp_path):
    (tmp_path / "test_group.py").write_text(GROUP, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-v", "-n", "2", "--dist", "loadgroup"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=True)
    processes = re.findall(r"^\[(gw\d)\].* PASSED", said.stdout, re.MULTILINE)
    assert len(processes) == 8
    assert len(set(processes)) == 1
