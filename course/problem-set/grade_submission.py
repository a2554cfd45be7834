"""Grade one submission, in a process of its own: apart.py calls this."""

import nbformat
from course_folder import ASSIGNMENT, grader
from mend import mend


def grade_submission(student, course, seconds):
    """Grade the submission of `student` in the folder `course`, at most `seconds` for a cell.

    Returns what was mended, and the error if nbgrader could not grade it. For `seconds` of 0 the
    settings say how many.
    """
    api = grader(course, RunApart={"timeout": float(seconds)} if seconds else {})
    submitted = nbformat.read(course / f"submitted/{student}/{ASSIGNMENT}/{ASSIGNMENT}.ipynb", 4)
    released = nbformat.read(course / f"release/{ASSIGNMENT}/{ASSIGNMENT}.ipynb", 4)
    _, remarks = mend(submitted, released)
    result = api.autograde(ASSIGNMENT, student, force=True, create=True)
    return {"remarks": remarks, "error": "" if result["success"] else _last_line(result)}


def _last_line(result):
    log = [line for line in result.get("log", "").splitlines() if "Error" in line]
    lines = log or result["error"].strip().splitlines()
    return lines[-1].strip() if lines else "nbgrader gave no reason"
