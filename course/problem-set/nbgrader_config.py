"""nbgrader's settings; its commands, run in this folder, follow them too.

The gradebook, submissions and feedback go to the folder that PROBLEM_SET names, else to _build.
"""

import os
import shutil
import sys
from filecmp import cmp
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


def copied(source):
    """The name in COURSE of a copy of `source`, made anew where they differ.

    nbgrader searches with the path as a pattern, in which a clone's own name may hold no bracket.
    """
    for file in (*source.rglob("*.ipynb"), *source.rglob("*.py")):
        copy = COURSE / "_source" / file.relative_to(source)
        if not (copy.exists() and cmp(file, copy, shallow=False)):
            copy.parent.mkdir(parents=True, exist_ok=True)
            part = copy.with_suffix(f".{os.getpid()}")
            shutil.copy(file, part)
            os.replace(part, copy)
    return "_source"


# Modules of this folder, and what the tests import.
sys.path += [str(HERE), str(HERE / "source/problems")]

from mend import Mend  # noqa: E402
from run_apart import RunApart  # noqa: E402

c = get_config()  # noqa: F821, nbgrader provides it
c.CourseDirectory.course_id = "price-of-anarchy"
c.CourseDirectory.root = str(COURSE)
c.CourseDirectory.source_directory = "source" if OWN.exists() else copied(HERE / "source")
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
