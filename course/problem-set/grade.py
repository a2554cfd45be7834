"""Grade a class: `make grade FROM=submissions.zip COURSE=~/security-course`.

Collects what students handed in, grades each submission in a process of its own, writes a page of
feedback for each and the tables of marks. Without FROM it writes feedback and tables afresh, as
after grading by hand.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import nbformat
from apart import ApartError, each_apart
from collect import collect
from course_folder import ASSIGNMENT, DEFAULT, grader, student_edition
from feedback import write_feedback
from grade_submission import grade_submission
from marks import class_marks, write_tables
from roster import hand_over, read_roster
from whole_files import write_whole

OUTCOMES = "outcomes.json"
# Seconds for one submission: a cell may take 30, and there are 22 tests.
LIMIT = 900


def main(arguments=None):
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("sources", nargs="*", type=Path, help="folders, archives, notebooks")
    options.add_argument("--course", type=Path, default=DEFAULT, help="folder of the course")
    options.add_argument("--jobs", type=int, default=1, help="submissions graded at a time")
    options.add_argument("--cell", type=float, default=0, help="seconds for a cell (30)")
    options.add_argument("--limit", type=float, default=LIMIT, help="seconds for a submission")
    given = options.parse_args(arguments)
    marks, most = grade_class(
        given.sources, given.course, jobs=given.jobs, cell=given.cell, limit=given.limit
    )
    for mark in marks:
        print(_line(mark, most))
    print(f"Tables and feedback: {given.course}")


def grade_class(sources, course, *, jobs=1, cell=0, limit=LIMIT):
    """The `Mark` of every student and the most points; writes feedback and tables into `course`."""
    course = Path(course).expanduser().resolve()
    sources = [Path(source).expanduser() for source in sources]
    api = grader(course)
    released = course / f"release/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
    if not released.exists():
        student_edition(api)
    hand_over(collect(sources, _cell_names(released)), course)
    outcomes = _read_outcomes(course)
    waiting = [
        row["student"]
        for row in read_roster(course)
        if not row["reason"] and not _is_graded(course, row["student"], outcomes)
    ]
    apart = {"jobs": jobs, "seconds": limit}
    for student, graded in each_apart(grade_submission, waiting, course, cell, **apart):
        outcomes[student] = _outcome(graded)
        # After each, as a class may be interrupted.
        write_whole(course / OUTCOMES, json.dumps(outcomes, indent=1))
    marks, most = class_marks(api, course, outcomes)
    students = [mark.student for mark in marks if mark.total is not None]
    silent = {
        student: f"no feedback: {error}"
        for student, written in each_apart(write_feedback, students, course, **apart)
        if (error := written.exception())
    }
    marks = [_with_remark(mark, silent.get(mark.student)) for mark in marks]
    write_tables(marks, most, course)
    return marks, most


def _outcome(graded):
    """What is kept of a submission: what was mended, or why it has no mark."""
    try:
        return graded.result()
    except ApartError as error:
        return {"remarks": [], "error": f"grading failed: {error}"}


def _with_remark(mark, remark):
    return replace(mark, remarks=[*mark.remarks, remark]) if remark else mark


def _cell_names(released):
    cells = nbformat.read(released, 4).cells
    return [cell.metadata.nbgrader.grade_id for cell in cells if "nbgrader" in cell.metadata]


def _is_graded(course, student, outcomes):
    """Whether the present submission was graded to the end; nbgrader's file alone says it began."""
    began = (course / f"autograded/{student}/{ASSIGNMENT}/{ASSIGNMENT}.ipynb").exists()
    return began and student in outcomes and not outcomes[student]["error"]


def _read_outcomes(course):
    path = course / OUTCOMES
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _line(mark, most):
    if mark.total is None:
        return f"{mark.student}: NOT GRADED, {mark.reason} ({mark.file})"
    waiting = f", {mark.pending:g} points not yet graded" if mark.pending else ""
    remarks = f" [{'; '.join(mark.remarks)}]" if mark.remarks else ""
    return f"{mark.student}: {mark.total:g} of {most:g}{waiting}{remarks}"


if __name__ == "__main__":
    main()
