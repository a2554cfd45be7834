"""A clone may lie in a folder with brackets, spaces and letters beyond ASCII in its name."""

import shutil
import subprocess
import sys

from site_server import ROOT

PROGRAM = """
import sys, tempfile
from pathlib import Path
sys.path.insert(0, "course/problem-set")
from course_folder import DEFAULT, grader, student_edition
for course in (DEFAULT, Path(tempfile.mkdtemp())):
    print((student_edition(grader(course)) / "problems.ipynb").exists())
"""


def test_the_student_edition_is_made_in_a_clone_with_an_odd_name(tmp_path):
    clone = tmp_path / "a (copy) ü"
    for part in ("course", "pesim_lib"):
        shutil.copytree(ROOT / part, clone / part, ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=clone, capture_output=True, encoding="utf-8"
    )
    assert done.stdout.splitlines() == ["True", "True"], done.stderr
