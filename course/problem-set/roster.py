"""Who handed in what: `collected.csv`, and the notebooks where nbgrader looks for them."""

import csv
import io

import nbformat
from course_folder import ASSIGNMENT
from whole_files import write_whole

FIELDS = ("student", "name", "platform", "number", "file", "reason")
NOTEBOOK = f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb"


def hand_over(submissions, course):
    """Write notebooks to where nbgrader looks for them, and `collected.csv` with every student.

    What nbgrader made of a submission that has changed is removed. Students of an earlier
    collection stay.
    """
    roster = {entry["student"]: entry for entry in read_roster(course)}
    for submission in submissions:
        roster[submission.student] = {field: getattr(submission, field) for field in FIELDS}
        if submission.notebook is None:
            continue
        target = course / "submitted" / submission.student / NOTEBOOK
        text = nbformat.writes(submission.notebook) + "\n"
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            graded = course / "autograded" / submission.student / NOTEBOOK
            graded.unlink(missing_ok=True)
            write_whole(target, text)
    table = io.StringIO(newline="")
    rows = csv.DictWriter(table, FIELDS)
    rows.writeheader()
    rows.writerows(sorted(roster.values(), key=lambda entry: entry["student"].lower()))
    write_whole(course / "collected.csv", table.getvalue())


def read_roster(course):
    """The rows of `collected.csv`, none before a first collection."""
    path = course / "collected.csv"
    if not path.exists():
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
