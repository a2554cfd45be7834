"""nbgrader's settings; its commands, run in this folder, follow them too.

The gradebook, submissions and feedback go to the folder that PROBLEM_SET names, else to _build.
"""

import os
import sys
from pathlib import Path

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    IgnorePattern,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)

HERE = Path(__file__).parent
COURSE = Path(os.environ.get("PROBLEM_SET", HERE.parents[1] / "_build/problem-set")).resolve()
# A variant of the problems lies in the course's own folder.
OWN = COURSE / "source"
SOURCE = OWN if OWN.exists() else HERE / "source"
# Modules of this folder, and what the tests import.
sys.path += [str(HERE), str(HERE / "source/problems")]

from mend import Mend  # noqa: E402
from run_apart import RunApart  # noqa: E402

c = get_config()  # noqa: F821, nbgrader provides it
c.CourseDirectory.course_id = "price-of-anarchy"
c.CourseDirectory.root = str(COURSE)
c.CourseDirectory.source_directory = str(SOURCE)
# Seconds to wait for the gradebook while another submission is being saved.
c.CourseDirectory.db_url = f"sqlite:///{COURSE}/gradebook.db?timeout=60"
c.Mend.released = str(COURSE / "release/problems/problems.ipynb")
# Seconds for one cell, whose answer may loop for ever.
c.RunApart.timeout = 30
c.Autograde.sanitize_preprocessors = [
    Mend,
    ClearOutput,
    OverwriteKernelspec,
    OverwriteCells,
    CheckCellMetadata,
]
c.Autograde.autograde_preprocessors = [
    RunApart,
    IgnorePattern,
    ClearMetadataPreprocessor,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]
