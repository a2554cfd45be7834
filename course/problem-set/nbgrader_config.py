"""nbgrader's settings; run its commands in this folder.

The gradebook, submissions and feedback go to the folder that PROBLEM_SET names, else to _build.
"""

import os
from pathlib import Path

HERE = Path(__file__).parent

c = get_config()  # noqa: F821, nbgrader provides it
c.CourseDirectory.course_id = "price-of-anarchy"
c.CourseDirectory.root = os.environ.get("PROBLEM_SET", str(HERE.parents[1] / "_build/problem-set"))
c.CourseDirectory.source_directory = str(HERE / "source")
# Seconds for one cell, whose answer may loop for ever.
c.Execute.timeout = 30
