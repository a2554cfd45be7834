"""The marks of a class as tables: a report for the lecturer, and what Moodle and Canvas import."""

import csv
import io
from dataclasses import dataclass, field
from datetime import datetime

from course_folder import ASSIGNMENT
from feedback import is_pending
from nbgrader.api import MissingEntry
from roster import read_roster
from whole_files import write_whole

TITLE = "Problem set"


@dataclass(frozen=True)
class Mark:
    """One student's marks: `tests` and `arguments` are points, `pending` points not yet given.

    `reason` says why there are none; then `tests` is None.
    """

    student: str
    name: str
    platform: str
    number: str
    file: str
    tests: float | None = None
    arguments: float = 0
    pending: float = 0
    reason: str = ""
    remarks: list = field(default_factory=list)

    @property
    def total(self):
        """The mark for all that has been graded; None where nothing was."""
        return None if self.tests is None else self.tests + self.arguments


def class_marks(api, course, outcomes):
    """A `Mark` for each collected student, and the most points.

    `outcomes` gives for a student what `grade_submission` said of it.
    """
    marks = []
    with api.gradebook as gradebook:
        most = gradebook.find_assignment(ASSIGNMENT).max_score
        for row in read_roster(course):
            student = row["student"]
            said = outcomes.get(student, {})
            reason = row.pop("reason") or said.get("error", "")
            points = {}
            if not reason:
                points = _points(gradebook, student)
                reason = "" if points else "not graded"
            marks.append(Mark(**row, **points, reason=reason, remarks=said.get("remarks", [])))
    return marks, most


def _points(gradebook, student):
    try:
        submission = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student)
    except MissingEntry:
        return {}
    by_hand = [grade for grade in submission.grades if grade.cell.cell_type == "markdown"]
    by_test = [grade for grade in submission.grades if grade.cell.cell_type == "code"]
    return {
        "tests": sum(grade.score for grade in by_test),
        "arguments": sum(grade.score for grade in by_hand),
        "pending": sum(grade.max_score for grade in by_hand if is_pending(grade)),
    }


def write_tables(marks, most, course):
    """Write report.csv, moodle.csv and canvas.csv into the folder `course`.

    A mark that is not complete is in the report alone: a platform would take it for the last word.
    """
    complete = [mark for mark in marks if mark.total is not None and not mark.pending]
    _write(
        course / "report.csv",
        ["student", "tests", "arguments", "total", "not yet graded", "why not graded", "remarks"],
        [
            [
                mark.student,
                _shown(mark.tests),
                "" if mark.total is None else _shown(mark.arguments),
                _shown(mark.total),
                _shown(mark.pending) if mark.pending else "",
                mark.reason,
                "; ".join(mark.remarks),
            ]
            for mark in marks
        ],
    )
    _write(
        course / "moodle.csv",
        ["Identifier", "Full name", "Grade", "Maximum Grade", "Last modified (grade)"],
        [
            [
                f"Participant {mark.number}",
                mark.name,
                _shown(mark.total),
                _shown(most),
                datetime.now().strftime("%A, %d %B %Y, %I:%M %p"),
            ]
            for mark in complete
            if mark.platform == "moodle"
        ],
    )
    _write(
        course / "canvas.csv",
        ["Student", "ID", "SIS Login ID", "Section", TITLE],
        [
            ["    Points Possible", "", "", "", _shown(most)],
            *(
                [mark.name, mark.number, "", "", _shown(mark.total)]
                for mark in complete
                if mark.platform == "canvas"
            ),
        ],
    )


def _shown(points):
    return "" if points is None else f"{points:g}"


def _write(path, header, rows):
    table = io.StringIO(newline="")
    csv.writer(table).writerows([header, *rows])
    write_whole(path, table.getvalue())
