"""The problem set: its editions, its points, and what its messages teach."""

import json
import re
import subprocess
import sys
import zipfile

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from course_folder import DEFAULT, grader, settings, student_edition
from editions import ARCHIVE, SOURCE, pack
from instructor import instructor_edition
from nbclient import NotebookClient
from site_files import ROOT, built, on_disk
from submissions import (
    ANSWERS,
    CELLS,
    MISTAKES,
    NOTEBOOK,
    POINTS,
    SUBMISSIONS,
    VISIBLE,
    failures,
    marked,
    mistaken,
)

# One course, graded once, for all of them.
pytestmark = pytest.mark.xdist_group("test_problem_set")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The student edition, the points of every submission by test, and the feedback's text."""
    folder = tmp_path_factory.mktemp("course")
    api = grader(folder, RunApart={"timeout": 10})
    edition = student_edition(api)
    for student, answers in SUBMISSIONS.items():
        handed_in = nbformat.read(edition / "problems.ipynb", 4)
        for cell in handed_in.cells:
            cell.source = answers.get(marked(cell).get("grade_id"), cell.source)
        target = folder / "submitted" / student / "problems"
        target.mkdir(parents=True)
        nbformat.write(handed_in, target / "problems.ipynb")
    points, feedback = {}, {}
    for student in SUBMISSIONS:
        result = api.autograde("problems", student, create=True)
        assert result["success"], result
        with api.gradebook as gradebook:
            notebook = gradebook.find_submission_notebook("problems", "problems", student)
            points[student] = {
                grade.name: grade.auto_score for grade in notebook.grades if grade.name in POINTS
            }
    for student in ("wrong", "stuck"):
        result = api.generate_feedback("problems", student)
        assert result["success"], result
        page = folder / "feedback" / student / "problems/problems.html"
        text = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").get_text(" ")
        feedback[student] = " ".join(text.split())
    return edition, points, feedback


def test_six_problems_are_worth_what_they_say():
    total = sum(marked(cell).get("points", 0) for cell in NOTEBOOK.cells)
    assert total == 100
    text = "\n".join(cell.source for cell in NOTEBOOK.cells if cell.cell_type == "markdown")
    table = re.findall(r"^\| (\d)\. .*\| (\d+) \| (\w+) \| (\d+) min \|$", text, re.MULTILINE)
    assert [int(row[0]) for row in table] == [1, 2, 3, 4, 5, 6]
    assert sum(int(row[1]) for row in table) == 100
    assert 300 <= sum(int(row[3]) for row in table) <= 360
    problem, found = None, {}
    for cell in NOTEBOOK.cells:
        title = re.match(r"## Problem (\d)\..*\((\d+) points, (\w+), (\d+) min\)", cell.source)
        if title:
            problem = title[1]
            assert title.groups() in table
        found[problem] = found.get(problem, 0) + marked(cell).get("points", 0)
    assert all(found[row[0]] == int(row[1]) for row in table)
    page = (ROOT / "course/problem-set.md").read_text(encoding="utf-8")
    for number, points, difficulty, minutes in table:
        assert re.search(rf"\| {number}\. .*\| {points} \| {difficulty} \| {minutes} min \|", page)


def test_the_page_states_the_points_of_tests_and_of_arguments():
    page = (ROOT / "course/problem-set.md").read_text(encoding="utf-8")
    by_hand = [marked(cell)["points"] for cell in CELLS.values() if cell.cell_type == "markdown"]
    assert f"tests give {sum(POINTS.values())} and a person gives {sum(by_hand)}." in page
    rubric = [
        int(points) for points in re.findall(r"^\| \d\(\w\) .*? \| (\d+) \|", page, re.MULTILINE)
    ]
    assert [*rubric[:-2], sum(rubric[-2:])] == by_hand
    assert f"longer than {settings(DEFAULT).RunApart.timeout} seconds" in page


def test_source_is_stored_clean():
    text = (SOURCE / "problems.ipynb").read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=1, ensure_ascii=False) + "\n"
    for cell in NOTEBOOK.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
            assert max(map(len, cell.source.splitlines())) <= 72


def test_student_edition_runs_and_holds_no_solution(course, tmp_path):
    edition, _, _ = course
    pack(edition, tmp_path / ARCHIVE)
    with zipfile.ZipFile(tmp_path / ARCHIVE) as packed:
        assert not any("nbgrader_config" in name for name in packed.namelist())
        packed.extractall(tmp_path)
    folder = tmp_path / "problem-set"
    text = (folder / "problems.ipynb").read_text(encoding="utf-8")
    source = (SOURCE / "problems.ipynb").read_text(encoding="utf-8")
    for word in ("BEGIN SOLUTION", "BEGIN HIDDEN", "from hidden", "Rubric", "default_rng"):
        assert word in source
        assert word not in text
    own = [sys.executable, "-c", "import pesim_lib; print(pesim_lib.__file__)"]
    used = subprocess.run(own, cwd=folder, capture_output=True, encoding="utf-8", check=True).stdout
    assert used.startswith(str(folder))
    notebook = nbformat.read(folder / "problems.ipynb", 4)
    client = NotebookClient(notebook, resources={"metadata": {"path": str(folder)}})
    client.allow_errors = True
    client.execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                assert output.ename == "NotImplementedError"
                assert marked(cell)["grade"]


def test_instructor_edition_passes_its_own_tests_without_a_warning(tmp_path, capfd):
    instructor_edition(tmp_path)
    assert capfd.readouterr().err == ""
    notebook = nbformat.read(tmp_path / "problems.ipynb", 4)
    assert sum("HIDDEN TESTS" in cell.source for cell in notebook.cells) == len(POINTS) / 2
    assert "Rubric" in (tmp_path / "problems.html").read_text(encoding="utf-8")


def test_a_full_submission_gets_every_point(course):
    assert course[1]["full"] == POINTS


def test_a_partial_submission_gets_the_points_of_what_it_solves(course):
    solved = SUBMISSIONS["partial"]
    assert course[1]["partial"] == {
        name: points if name.rsplit("-", 1)[0] in solved else 0 for name, points in POINTS.items()
    }


def test_a_wrong_submission_gets_nothing(course):
    assert course[1]["wrong"] == dict.fromkeys(POINTS, 0)


def test_hard_coded_answers_get_nothing_from_hidden_tests(course):
    assert course[1]["cheating"] == {name: VISIBLE.get(name, 0) for name in POINTS}
    assert sum(VISIBLE.values()) < 0.2 * sum(POINTS.values())


def test_answers_that_crash_or_do_not_stop_cost_only_their_own_points(course):
    lost = ("anarchy", "threshold", "favour")
    assert course[1]["stuck"] == {
        name: 0 if name.rsplit("-", 1)[0] in lost else points for name, points in POINTS.items()
    }
    assert "KeyboardInterrupt" in course[2]["stuck"] or "Timeout" in course[2]["stuck"]
    assert "SyntaxError" in course[2]["stuck"]


def test_feedback_teaches(course):
    feedback = course[2]["wrong"]
    assert feedback.count("AssertionError") >= len(POINTS)
    for name, lesson in {name: lesson for name, _, lesson in reversed(MISTAKES)}.items():
        assert lesson in feedback, f"{name}: {lesson}"


@pytest.mark.parametrize(
    ("name", "changes", "lesson"),
    MISTAKES,
    ids=[f"{name}: {lesson}" for name, _, lesson in MISTAKES],
)
def test_a_known_mistake_meets_its_lesson(name, changes, lesson, monkeypatch):
    monkeypatch.syspath_prepend(str(SOURCE))
    messages = []
    space = {}
    for grade_id, cell in CELLS.items():
        if cell.cell_type != "code":
            continue
        if grade_id == name:
            exec(mistaken(name, changes), space)
        elif grade_id in (f"{name}-visible", f"{name}-hidden"):
            with np.errstate(all="ignore"):
                messages += failures(cell.source, space)
        else:
            exec(ANSWERS.get(grade_id, cell.source), space)
        if grade_id == f"{name}-hidden":
            break
    assert any(lesson in message for message in messages), messages


def test_a_wrong_part_does_not_change_the_games_of_the_next(monkeypatch):
    monkeypatch.syspath_prepend(str(SOURCE))
    own = f"{ANSWERS['after-grant']}\n{ANSWERS['best-grant']}".replace("after_grant", "own")
    seen = []
    for share in ("1 - share", "1"):
        space = {}
        answers = ANSWERS | {"best-grant": own}
        answers["after-grant"] = ANSWERS["after-grant"].replace("1 - share", share)
        said = [
            failures(answers.get(name, cell.source), space)
            for name, cell in CELLS.items()
            if cell.cell_type == "code"
        ]
        seen.append((any(said), space["weights"].tolist()))
    assert seen == [(False, seen[0][1]), (True, seen[0][1])]


def test_the_site_offers_the_student_edition_alone():
    folder = built(f"course/problem-set/{ARCHIVE}").parent
    (link,) = on_disk("course/problem-set").select(f'a[href$="{ARCHIVE}"]')
    published = folder.parent / link["href"]
    with zipfile.ZipFile(published) as packed:
        names = [name for name in packed.namelist() if not name.endswith(".ttf")]
        texts = [packed.read(name).decode() for name in names]
    assert any("raise NotImplementedError" in text for text in texts)
    assert not any("### BEGIN" in text for text in texts)
    assert [path.name for path in folder.iterdir()] == [ARCHIVE]
