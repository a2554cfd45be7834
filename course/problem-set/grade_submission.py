"""Grade one submission: grade.py runs this program once for each, with a limit of time.

Prints one line of JSON: what was mended, and the error if nbgrader could not grade it.
"""

import json
import signal
import sys
from pathlib import Path

import nbformat
from course_folder import ASSIGNMENT, grader
from mend import mend


def main(course, student, seconds):
    """Grade the submission of `student` in the folder `course`, at most `seconds` for a cell."""
    # So that the student's process is ended, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    api = grader(course, RunApart={"timeout": float(seconds)} if float(seconds) else {})
    course = Path(course)
    submitted = nbformat.read(course / f"submitted/{student}/{ASSIGNMENT}/{ASSIGNMENT}.ipynb", 4)
    released = nbformat.read(course / f"release/{ASSIGNMENT}/{ASSIGNMENT}.ipynb", 4)
    _, remarks = mend(submitted, released)
    result = api.autograde(ASSIGNMENT, student, force=True, create=True)
    error = "" if result["success"] else _last_line(result)
    print(json.dumps({"remarks": remarks, "error": error}))


def _last_line(result):
    log = [line for line in result.get("log", "").splitlines() if "Error" in line]
    lines = log or result["error"].strip().splitlines()
    return lines[-1].strip() if lines else "nbgrader gave no reason"


if __name__ == "__main__":
    main(*sys.argv[1:])
