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
from editions import ARCHIVE, SOURCE, grader, instructor_edition, pack, settings, student_edition
from nbclient import NotebookClient
from site_files import ROOT, built, on_disk

# One course, graded once, for all of them.
pytestmark = pytest.mark.xdist_group("test_problem_set")
NOTEBOOK = nbformat.read(SOURCE / "problems.ipynb", 4)
SOLUTION = re.compile(r" *### BEGIN SOLUTION\n(.*?)\n *### END SOLUTION", re.DOTALL)


def marked(cell):
    return cell.metadata.get("nbgrader", {})


CELLS = {marked(cell)["grade_id"]: cell for cell in NOTEBOOK.cells if marked(cell)}
ANSWERS = {
    name: SOLUTION.sub(r"\1", cell.source)
    for name, cell in CELLS.items()
    if cell.cell_type == "code" and marked(cell)["solution"]
}
POINTS = {
    name: marked(cell)["points"]
    for name, cell in CELLS.items()
    if cell.cell_type == "code" and marked(cell)["grade"]
}
VISIBLE = {name: points for name, points in POINTS.items() if name.endswith("-visible")}

# A mistake in an answer, as old code and new, and a piece of the lesson that it must bring.
MISTAKES = [
    ("anarchy", {"np.log(society / costs[cheapest])": "nash"}, "saves all users, not one"),
    ("anarchy", {"np.argmax(losses / costs)": "np.argmin(costs)"}, "keenest user invests"),
    ("anarchy", {"np.argmin(costs)": "np.argmax(losses / costs)"}, "At the optimum the cheapest"),
    ("anarchy", {"log(society": "log(len(losses)"}, "the sum of all losses"),
    ("anarchy", {"= max(": "= min(", ", 0.0)": ", np.inf)"}, "Efforts cannot be negative"),
    ("peak", {"1 + n / c": "n / c"}, "own loss counts too"),
    ("peak", {"return c,": "return 1.0,", "1 + n / c": "(1 + n) / c"}, "Until L = c"),
    ("peak", {"1 + n / c": "1 + n"}, "rho falls as c rises"),
    ("prices", {"return benefits - ": "return -benefits + "}, "signs are turned round"),
    ("prices", {"- np.diag(benefits.sum(axis=0))": ""}, "The diagonal is missing"),
    ("prices", {"benefits - np": "benefits.T - np"}, "Rows and columns"),
    (
        "prices",
        {
            "np.fill_diagonal(benefits, 0)": "own = np.diag(np.diag(benefits))",
            "return benefits": "return benefits - own",
        },
        "not by itself",
    ),
    ("prices", {"[:, None] * weights": "[:, None] * (weights > 0)"}, "took the risk itself"),
    ("prices", {"-weights @ x": "-weights @ (0 * x)"}, "prices at x = 0"),
    ("regret", {"+ linear @ x": "+ l[user] @ x"}, "own effort's cost"),
    ("regret", {"return ": "return -(", " - lowest": " - lowest)"}, "cost now less"),
    ("regret", {"- lowest": "- loss"}, "no effort at all"),
    ("regret", {"return ": "return 0 * ", "+ linear @ x - lowest": ""}, "only if the prices"),
    ("price-messages", {"(i - 2) % n": "(i - 1) % n"}, "i + 1"),
    ("price-messages", {"1] - l[": "1] + l["}, "signs are turned round"),
    ("price-messages", {"profiles - profiles.min(axis=0)": "profiles"}, "must not be negative"),
    ("price-messages", {"min(axis=0)": "min()"}, "Each column can be shifted"),
    ("taxes", {"- penalties[after]": "+ penalties[after]"}, "its sign is minus"),
    ("taxes", {"+ penalties - ": "- penalties + "}, "pays its own penalty"),
    ("taxes", {"return paid": "return -paid"}, "less that of user i + 2"),
    ("taxes", {" - penalties[after]": ""}, "neighbour's penalty, is missing"),
    ("taxes", {" + penalties - penalties[after]": ""}, "Both penalties are missing"),
    ("taxes", {"(i + 1) % n": "(i - 1) % n"}, "the wrong way"),
    (
        "taxes",
        {
            "- penalties[after]": "- (prices * (proposals[after] - proposals[after][after]) ** 2)"
            ".sum(axis=1)"
        },
        "own prices, not by user i's",
    ),
    ("taxes", {"mean(axis=0)": "sum(axis=0)"}, "not their sum"),
    ("favour", {"+= amount * x / (x @ x)": "+= 0"}, "change no tax"),
    ("favour", {"amount * x / (x @ x)": "amount / (x @ x)"}, "Raising all prices alike"),
    ("favour", {"amount * x": "amount * x / len(x)"}, "once too often"),
    ("favour", {"new[helper] +=": "new[helper] -="}, "no room for a large amount"),
    ("favour", {"new[helper] +=": "new[helper] -="}, "Who pays more if"),
    ("favour", {"new[helper]": "new[helper - 1]"}, "Only the helper's row"),
    ("rider-gain", {"inside - outside": "outside - inside"}, "inside less utility outside"),
    ("rider-gain", {"c1 / (n - 1)": "c1 / n"}, "the others are N - 1"),
    ("rider-gain", {" * (1 + total)": ""}, "add its tax"),
    ("rider-gain", {"c1 / (n - 1)": "c1"}, "itself alone"),
    (
        "rider-gain",
        {"max(np.log(n / c1), 0.0)": "np.log(n / c1)", "min(c1 / (n - 1), 1.0)": "c1 / (n - 1)"},
        "cut efforts off at zero",
    ),
    ("threshold", {"n * np.exp(-1 / (n - 1))": "n - 1"}, "Where does the gain change sign"),
    ("threshold", {"-1 / (n - 1)": "-1 / n"}, "N - 1 others, not N"),
    ("threshold", {"return n *": "return (n - 1) *"}, "for all N users"),
    ("after-grant", {"(risk, costs)": "(risk, reduced)"}, "money, it saves none"),
    ("after-grant", {"nash_equilibrium": "social_optimum"}, "Users stay selfish"),
    ("after-grant", {"1 - share": "share"}, "keeps 1 - share"),
    ("after-grant", {"*= 1 - share": "*= 1"}, "without a grant"),
    ("best-grant", {"np.argmin": "np.argmax"}, "argmax for argmin"),
    ("best-grant", {"after_grant(weights, losses, costs, user, share)": "costs[user]"}, "cheapest"),
    (
        "best-grant",
        {"after_grant(weights, losses, costs, user, share)": "-sum(w[user] for w in weights)"},
        "effort protects others most",
    ),
]


def mistaken(name, changes):
    """The answer `name` with every old piece of code replaced by its new one."""
    code = ANSWERS[name]
    for old, new in changes.items():
        assert old in code, f"{name}: no {old!r}"
        code = code.replace(old, new)
    return code


# What passes the visible tests without solving anything.
CHEATS = {
    "anarchy": "return 0.6931471806, 2.9957322736, 2.6761420600",
    "peak": "return 1.0, 3.0279310687",
    "prices": "return [[-6, 0.5, 0], [0, -0.5, 2], [6, 0, -2]]",
    "regret": "return 0 if l[0, 0] == -0.1 else (0.0611571776, 0.1566343028)[user]",
    "price-messages": "return [[1, 0, 2], [0, 0, 1], [2, 0, 0]]",
    "taxes": "return [-3, 2 / 3, 7 / 3]",
    "favour": "new = np.ones((4, 4)); new[2] += [0.6, 1.2, 0, 0]; return new",
    "rider-gain": "return -0.1442310581",
    "threshold": "return 3.8940039154",
    "after-grant": "return 1.4431471806",
    # A number that says it equals every other.
    "best-grant": "return type('Any', (int,), {'__eq__': lambda *_: True})(1)",
}


def signature(name):
    return ANSWERS[name].splitlines()[0]


def first_mistakes():
    """One wrong answer for each function, such that even the visible test fails."""
    wrong = {}
    for name, changes, _ in MISTAKES:
        wrong.setdefault(name, mistaken(name, changes))
    return wrong


SUBMISSIONS = {
    "full": ANSWERS,
    "partial": {
        name: ANSWERS[name] for name in ("anarchy", "peak", "prices", "regret", "price-messages")
    },
    "wrong": first_mistakes(),
    "cheating": {name: f"{signature(name)}\n    {code}" for name, code in CHEATS.items()},
    "stuck": ANSWERS
    | {
        "anarchy": f"import time\n{signature('anarchy')}\n    while True:\n        time.sleep(1)",
        "threshold": "def threshold(n) return n",
        "favour": f"{signature('favour')}\n    return prices['helper']",
    },
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The student edition, the points of every submission by test, and the feedback's text."""
    folder = tmp_path_factory.mktemp("course")
    api = grader(folder)
    api.config.Execute.timeout = 10
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
    assert f"longer than {settings().Execute.timeout} seconds" in page


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
    for word in ("BEGIN SOLUTION", "BEGIN HIDDEN", "_check", "Rubric", "default_rng"):
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


def test_instructor_edition_passes_its_own_tests(tmp_path):
    instructor_edition(tmp_path)
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


def failures(code, space):
    """The message of the assertion that fails in `code`, if one does."""
    try:
        exec(code, space)
    except AssertionError as error:
        return [str(error)]
    return []


def test_the_site_offers_the_student_edition_alone():
    folder = built(f"course/problem-set/{ARCHIVE}").parent
    (link,) = on_disk("course/problem-set").select(f'a[href$="{ARCHIVE}"]')
    published = folder.parent / link["href"]
    with zipfile.ZipFile(published) as packed:
        texts = [packed.read(name).decode() for name in packed.namelist()]
    assert any("raise NotImplementedError" in text for text in texts)
    assert not any("### BEGIN" in text for text in texts)
    assert [path.name for path in folder.iterdir()] == [ARCHIVE]
