"""Tests that share what takes long to make are marked as a group, and run in one process."""

import os
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
    command = [sys.executable, "-m", "pytest", "-v", "-p", "xdist", "-n", "2"]
    # Other plugins only take time to load.
    alone = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    how = {"cwd": tmp_path, "env": alone, "capture_output": True, "encoding": "utf-8"}
    said = subprocess.run([*command, "--dist", "loadgroup"], **how, check=True)
    processes = re.findall(r"^\[(gw\d)\].* PASSED", said.stdout, re.MULTILINE)
    assert len(processes) == 8
    assert len(set(processes)) == 1
