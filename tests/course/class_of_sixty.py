"""A simulated class of sixty, graded by one command: `make class`. Some minutes."""

import csv
import zipfile

import nbformat
import pytest
from course_folder import grader, student_edition
from grade import grade_class
from simulated_class import the_class
from submissions import POINTS


def hand_in(cases, folder):
    """Pack the cases as Moodle, Canvas and a shared folder do; returns the paths to collect."""
    moodle, canvas, shared = folder / "moodle.zip", folder / "canvas.zip", folder / "shared"
    third = len(cases) // 3
    with zipfile.ZipFile(moodle, "w") as archive:
        for number, case in enumerate(cases[:third]):
            archive.writestr(
                f"{case.student}_{4000 + number}_assignsubmission_file/{case.name}", case.data
            )
    with zipfile.ZipFile(canvas, "w") as archive:
        for number, case in enumerate(cases[third : 2 * third]):
            late = "LATE_" if number % 3 == 0 else ""
            name = (
                f"{case.student.replace(' ', '')}_{late}{700 + number}_{9000 + number}_{case.name}"
            )
            archive.writestr(name, case.data)
    for case in cases[2 * third :]:
        target = shared / case.student / case.name
        target.parent.mkdir(parents=True)
        target.write_bytes(case.data)
    return [moodle, canvas, shared]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The course folder, and every case with its mark and its points by test."""
    folder, course = (tmp_path_factory.mktemp(name) for name in ("handed-in", "course"))
    edition = nbformat.read(student_edition(grader(course)) / "problems.ipynb", 4)
    cases = the_class(edition)
    marks, most = grade_class(hand_in(cases, folder), course, jobs=2, cell=12)
    assert most == 100
    by_name = {mark.student.split("_")[0].replace("-", "").lower(): mark for mark in marks}
    points = {}
    with grader(course).gradebook as gradebook:
        for mark in marks:
            if mark.total is not None:
                notebook = gradebook.find_submission_notebook("problems", "problems", mark.student)
                points[mark.student] = {
                    grade.name: grade.score for grade in notebook.grades if grade.name in POINTS
                }
    found = [by_name[case.student.replace(" ", "")] for case in cases]
    return course, [
        (case, mark, points.get(mark.student)) for case, mark in zip(cases, found, strict=True)
    ]


def test_sixty_students_of_many_kinds(graded):
    _, room = graded
    assert len(room) == len({mark.student for _, mark, _ in room}) == 60


def test_every_submission_gets_what_it_earned_or_a_line_that_says_why_not(graded):
    wrong = {}
    for case, mark, points in graded[1]:
        if case.points is None:
            if mark.total is not None or not mark.reason.startswith(case.reason):
                wrong[case.student] = mark
        elif points != case.points:
            lost = {
                k: (points or {}).get(k) for k in POINTS if (points or {}).get(k) != case.points[k]
            }
            wrong[case.student] = (mark.reason, mark.remarks, lost)
    assert wrong == {}


def test_arguments_wait_for_a_person_and_none_is_lost(graded):
    for case, mark, _ in graded[1]:
        if case.points is not None:
            without = case.student in ("partial 2", "wrong 2", "hard coded 2", "untouched")
            less = 6 if case.student == "deleted an argument" else 0
            assert mark.pending == (0 if without else 32 - less), case.student
            assert mark.arguments == 0


def test_whoever_handed_in_has_feedback_and_a_line_in_the_report(graded):
    course, room = graded
    with open(course / "report.csv", encoding="utf-8", newline="") as file:
        report = {row["student"]: row for row in csv.DictReader(file)}
    assert len(report) == 60
    for case, mark, _ in room:
        page = course / f"feedback/{mark.student}/problems/problems.html"
        assert page.exists() == (case.points is not None)
        assert bool(report[mark.student]["why not graded"]) == (case.points is None)
