"""Answers in a process of their own: what they do to it reaches no test, and no other answer."""

import shutil

import nbformat
import numpy as np
import pytest
from editions import SOURCE
from mend import mend
from run_apart import AnswerError, Answers, Ended, student_outputs, test_outputs
from simulated_class import (
    answers_in_new_cells,
    copied_broken_try,
    copied_first_try,
    copied_for_the_next,
    copied_test,
    full,
    reversed_cells,
    split_function,
    split_helper,
    without,
)
from submissions import ANSWERS, CELLS, NOTEBOOK, POINTS, marked

# Its name would make pytest take it for a test.
outputs_of_test = test_outputs
del test_outputs
pytestmark = pytest.mark.xdist_group("test_run_apart")


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("student")
    shutil.copy(SOURCE / "checks.py", folder)
    with Answers(folder) as process:
        yield process


@pytest.fixture(autouse=True)
def checks(monkeypatch):
    monkeypatch.syspath_prepend(str(SOURCE))


def judged(code, answers, functions=("answer",), seconds=20):
    setup = "import numpy as np\nfrom checks import check\n"
    (error,) = outputs_of_test(code, "test", setup, functions, answers, seconds) or [None]
    return error and (error.ename, error.evalue)


def test_numbers_go_there_and_back(answers):
    answers.run("import numpy as np\ndef answer(a, b): return a + b, 2 * a", 20)
    got = answers.call("answer", (np.array([1.0, 2]),), {"b": 1}, 20)
    assert np.array_equal(got, [[2, 3], [2, 4]])
    answers.run("def answer(): return None", 20)
    assert answers.call("answer", (), {}, 20) is None
    answers.run("def answer(): return float('nan'), float('inf')", 20)
    assert np.array_equal(answers.call("answer", (), {}, 20), [np.nan, np.inf], equal_nan=True)


def test_cells_run_as_in_a_notebook(answers):
    assert answers.run("%time x = 3\nprint('seen')", 20).endswith("seen\n")
    with pytest.raises(AnswerError) as caught:
        answers.run("x = 1 / 0", 20)
    assert caught.value.ename == "ZeroDivisionError"
    assert "x = 1 / 0" in caught.value.text
    with pytest.raises(AnswerError) as caught:
        answers.run("def f(: pass", 20)
    assert caught.value.ename == "SyntaxError"


def test_a_long_print_is_cut(answers):
    assert len(answers.run("print('x' * 10**7)", 20)) <= 20_000


@pytest.mark.parametrize(
    ("body", "ename"),
    [
        ("while True: pass", "TimeoutError"),
        (
            "while True:\n        try:\n            while True: pass\n"
            "        except BaseException: pass",
            "TimeoutError",
        ),
        ("import os; os._exit(0)", "EndOfProcess"),
        ("import os; os.kill(os.getpid(), 9)", "EndOfProcess"),
        ("raise SystemExit", "SystemExit"),
        ("quit()", "AttributeError"),
        ("return answer()", "RecursionError"),
        ("return object()", "TypeError"),
        ("return {'a': 1}", "TypeError"),
        ("import sys; sys.stdin.read(); return input()", "EOFError"),
    ],
)
def test_whatever_an_answer_does_the_next_one_is_asked(answers, body, ename):
    answers.run("def other(): return 7", 20)
    answers.run(f"def answer():\n    {body}", 20)
    kind, _ = judged("check(answer(), 1)", answers, seconds=2)
    assert kind == ename
    assert judged("check(other(), 7)", answers, ["other"]) is None


def test_a_cell_that_ends_the_process_is_left_out_when_the_others_run_again(answers):
    answers.run("kept = 5", 20)
    with pytest.raises(Ended):
        answers.run("lost = 1\nimport os\nos._exit(0)", 20)
    answers.run("def answer(): return kept, 'lost' in globals()", 20)
    assert answers.call("answer", (), {}, 20).tolist() == [5, 0]


@pytest.mark.parametrize(
    "cheat",
    [
        "np.allclose = lambda *a, **k: True",
        "import checks; checks.check = lambda *a: None",
        "import builtins; builtins.AssertionError = type('None', (Exception,), {})",
        "import sys; sys.modules['checks'] = None",
    ],
)
def test_what_an_answer_replaces_is_its_own(answers, cheat):
    answers.run(f"import numpy as np\n{cheat}\ndef answer(): return 2", 20)
    assert judged("check(answer(), 1)", answers)[0] == "AssertionError"


def test_an_answer_sees_nothing_of_the_test(answers):
    code = """
import gc, os, sys
def answer():
    frame, found = sys._getframe(), 0
    while frame:
        found += "secret" in frame.f_globals or "secret" in frame.f_locals
        frame = frame.f_back
    found += any(isinstance(o, dict) and o.get("secret") == 4711 for o in gc.get_objects())
    found += any(name.endswith(".ipynb") for name in os.listdir("."))
    return found + ("PROBLEM_SET" in os.environ)
"""
    answers.run(code, 20)
    assert judged("secret = 4711\ncheck(answer(), 0)", answers) is None


def test_a_student_s_error_is_what_feedback_shows(answers):
    (error,) = student_outputs("1 + '1'", answers, 20)
    assert (error.output_type, error.ename) == ("error", "TypeError")


# Cells put back in order


RELEASED = nbformat.from_dict(NOTEBOOK)
for _cell in RELEASED.cells:
    if marked(_cell).get("solution"):
        _cell.source = f"{_cell.source.splitlines()[0]}\n    raise NotImplementedError()"


@pytest.mark.parametrize(
    "change",
    [
        full,
        copied_first_try,
        copied_broken_try,
        copied_test,
        copied_for_the_next,
        split_function,
        reversed_cells,
        answers_in_new_cells,
        lambda edition: without(full(edition), "setup", *POINTS),
    ],
)
def test_every_cell_is_there_once_in_order_and_every_answer_defines_its_function(change):
    mended, _ = mend(change(RELEASED), RELEASED)
    names = [marked(cell)["grade_id"] for cell in mended.cells if marked(cell)]
    assert names == list(CELLS)
    assert len({cell.id for cell in mended.cells}) == len(mended.cells)
    by_name = {marked(cell)["grade_id"]: cell for cell in mended.cells if marked(cell)}
    for name, answer in ANSWERS.items():
        space, right = {"np": np}, {"np": np}
        exec(by_name[name].source, space)
        exec(answer, right)
        function = answer.split("(")[0].removeprefix("def ")
        assert space[function].__code__.co_code == right[function].__code__.co_code, name
    for name in POINTS:
        assert by_name[name].source == CELLS[name].source


def test_what_was_put_right_is_said():
    _, remarks = mend(without(copied_first_try(RELEASED), "peak-hidden"), RELEASED)
    assert remarks == ["peak-hidden: the cell was missing", "taxes: joined from 2 cells"]
    _, remarks = mend(full(RELEASED), RELEASED)
    assert remarks == []


def test_a_student_s_own_cells_stay_in_their_places():
    mended, _ = mend(split_helper(RELEASED), RELEASED)
    (answer,) = [cell for cell in mended.cells if marked(cell).get("grade_id") == "threshold"]
    assert "def shrink" in answer.source
    notebook = full(RELEASED)
    notebook.cells.insert(4, nbformat.v4.new_code_cell("own = 1"))
    mended, _ = mend(notebook, RELEASED)
    places = [cell.source for cell in mended.cells]
    assert places.index("own = 1") == places.index(ANSWERS["anarchy"]) + 1


def test_a_deleted_answer_is_an_empty_one_and_an_argument_is_found_without_its_mark():
    notebook = without(full(RELEASED), "prices")
    index = next(
        i for i, c in enumerate(notebook.cells) if marked(c).get("grade_id") == "peak-proof"
    )
    notebook.cells[index] = nbformat.v4.new_markdown_cell("My proof.")
    mended, remarks = mend(notebook, RELEASED)
    by_name = {marked(cell)["grade_id"]: cell.source for cell in mended.cells if marked(cell)}
    assert "NotImplementedError" in by_name["prices"]
    assert by_name["peak-proof"] == "My proof."
    assert remarks == ["prices: the cell was missing"]
