"""One command opens the formgrader, in which a person enters marks; it asks no other host."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from course_folder import HERE, grader, student_edition
from feedback import write_feedback
from grade import grade_class
from marks import class_marks
from simulated_class import as_bytes, full

pytestmark = pytest.mark.xdist_group("formgrader")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course folder in which one student's tests have been graded."""
    folder = tmp_path_factory.mktemp("course")
    edition = nbformat.read(student_edition(grader(folder)) / "problems.ipynb", 4)
    handed_in = tmp_path_factory.mktemp("handed-in") / "problems_Smith.ipynb"
    handed_in.write_bytes(as_bytes(full(edition)))
    grade_class([handed_in], folder)
    return folder


@pytest.fixture(scope="module")
def address(course):
    """The address, with its token, that the command prints."""
    command = [sys.executable, Path(HERE) / "formgrader.py", "--course", course]
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0"]
    process = subprocess.Popen(
        [*command, *options], stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    for line in process.stderr:
        if found := re.search(r"http://127\.0\.0\.1:\d+/formgrader\?token=\w+", line):
            break
    else:
        raise RuntimeError("the formgrader's server ended")
    yield found[0]
    process.terminate()
    process.communicate(timeout=30)


def pages(chromium, address, foreign):
    context = chromium.new_context()

    def watch(route):
        if route.request.url.startswith(address.split("/formgrader")[0]):
            route.continue_()
        else:
            foreign.append(route.request.url)
            route.abort()

    context.route("**/*", watch)
    return context


def test_a_mark_entered_in_the_browser_is_the_student_s(chromium, course, address):
    foreign = []
    context = pages(chromium, address, foreign)
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    page.get_by_role("link", name="problems").first.wait_for()
    base = address.split("/formgrader")[0]
    page.goto(f"{base}/formgrader/gradebook/problems/problems")
    page.get_by_role("link", name="Submission #1").click()
    page.wait_for_selector("math")
    assert not page.get_by_text(r"\frac").count()
    box = page.locator("input#peak-proof")
    with page.expect_response(
        lambda answer: "/api/grade/" in answer.url and answer.request.method == "PUT"
    ) as saved:
        page.wait_for_function("formgrader.grades.loaded && MathJax.loaded")
        box.fill("4.5")
        box.press("Tab")
    assert saved.value.ok
    context.close()
    assert foreign == complaints == []
    api = grader(course)
    with api.gradebook as gradebook:
        grade = gradebook.find_grade("peak-proof", "problems", "problems", "Smith")
        assert (grade.manual_score, grade.auto_score) == (4.5, None)
    (mark,), _ = class_marks(api, course, {})
    assert (mark.tests, mark.arguments, mark.pending) == (68, 4.5, 26)


def test_feedback_says_what_is_graded_and_what_not_yet_and_loads_nothing(chromium, course):
    path = write_feedback("Smith", course)
    foreign = []
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.on("request", lambda request: foreign.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_selector("math")
    assert [url for url in foreign if not url.startswith(("file:", "data:", "blob:"))] == []
    text = page.locator("#toc").inner_text()
    assert "Score: not yet graded / 10.0" in text
    assert re.search(r"so far, \d+ points not yet graded", page.locator("h4").first.inner_text())
    context.close()
