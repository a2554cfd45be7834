"""One command grades what a class handed in, whatever the names of files and folders."""

import csv
import io
import json
import os
import subprocess
import sys
import zipfile

import nbformat
import pytest
from course_folder import grader, student_edition
from grade import OUTCOMES, grade_class
from simulated_class import as_bytes, full
from site_files import ROOT

pytest.importorskip("doit")
GRADE = [sys.executable, "-m", "doit", "-f", ROOT / "tasks/dodo.py", "run", "-s", "grade"]


def grade(folder, given):
    command = [*GRADE, f"FROM={given}", f"COURSE={folder}/my course"]
    variables = {**os.environ, "PYTHONUTF8": "1"}
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=variables)


def packed(student):
    """A class of one, whose notebook is empty: it is collected, and nothing has to be graded."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(f"{student}/problems.ipynb", b"")
    return data.getvalue()


def test_names_of_what_was_handed_in_may_hold_blanks(tmp_path):
    names = {"Ann": "set.zip", "Bob": "submissions 1.zip", "Cat": "O'Hara  late (2).zip"}
    for student, name in names.items():
        (tmp_path / name).write_bytes(packed(student))
    done = grade(tmp_path, " ".join(f"{tmp_path}/{name}" for name in names.values()))
    assert done.returncode == 0, done.stdout + done.stderr
    with open(tmp_path / "my course/report.csv", encoding="utf-8", newline="") as file:
        report = {row["student"]: row["why not graded"] for row in csv.DictReader(file)}
    assert report == dict.fromkeys(names, "the file is empty")


def test_a_missing_archive_is_named_whole(tmp_path):
    (tmp_path / "set.zip").write_bytes(packed("Ann"))
    done = grade(tmp_path, f"{tmp_path}/set.zip {tmp_path}/submissions 1.zip")
    assert done.returncode
    assert f"sources: got {tmp_path}/submissions 1.zip; allowed:" in done.stdout + done.stderr


def test_an_interrupted_class_is_graded_to_its_end_and_a_lost_page_costs_nobody_else(tmp_path):
    course, handed_in = tmp_path / "course", tmp_path / "handed in"
    edition = nbformat.read(student_edition(grader(course)) / "problems.ipynb", 4)
    handed_in.mkdir()
    for student in ("Ann", "Bob"):
        (handed_in / f"problems_{student}.ipynb").write_bytes(as_bytes(full(edition)))
    grade_class([handed_in], course, jobs=2)
    outcomes = json.loads((course / OUTCOMES).read_text(encoding="utf-8"))
    assert outcomes.pop("Bob") == outcomes["Ann"] == {"remarks": [], "error": ""}
    # As if Bob's grading had begun, and not ended; and somebody has damaged Ann's notebook.
    (course / OUTCOMES).write_text(json.dumps(outcomes), encoding="utf-8")
    graded = {
        name: course / f"autograded/{name}/problems/problems.ipynb" for name in ("Ann", "Bob")
    }
    for notebook in graded.values():
        notebook.write_text("{", encoding="utf-8")
    ann, bob = grade_class([], course, jobs=2)[0]
    assert (ann.tests, bob.tests) == (68, 68)
    assert [remark.split(":")[0] for remark in ann.remarks] == ["no feedback"]
    assert bob.remarks == []
    assert graded["Ann"].read_text(encoding="utf-8") == "{"
    assert nbformat.read(graded["Bob"], 4)
