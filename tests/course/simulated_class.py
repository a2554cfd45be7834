"""A class of sixty: what each student hands in, under which name, and what it must earn."""

import copy
import json
from dataclasses import dataclass

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell
from submissions import ANSWERS, CHEATS, POINTS, VISIBLE, first_mistakes, marked, signature

FUNCTIONS = list(ANSWERS)
ARGUMENT = "Because $x$ is the mean of the proposals, nobody gains."


@dataclass(frozen=True)
class Case:
    """One student: the file's bytes and name, and the points by test, or None and a reason."""

    student: str
    data: bytes
    points: dict | None
    name: str = "problems.ipynb"
    reason: str = ""


def earned(*lost, hidden_only=()):
    """All points but those of the answers `lost`."""
    return {
        name: 0
        if name.rsplit("-", 1)[0] in lost
        or (name.rsplit("-", 1)[0] in hidden_only and name.endswith("-hidden"))
        else points
        for name, points in POINTS.items()
    }


NOTHING = dict.fromkeys(POINTS, 0)
SEEN = {name: VISIBLE.get(name, 0) for name in POINTS}


def answered(edition, answers, arguments=True):
    """The student edition with `answers` (by name of the cell) and, if wanted, arguments."""
    notebook = copy.deepcopy(edition)
    for cell in notebook.cells:
        name = marked(cell).get("grade_id")
        cell.source = answers.get(name, cell.source)
        if arguments and name and cell.cell_type == "markdown":
            cell.source = ARGUMENT
    return notebook


def place(notebook, name):
    return next(
        index for index, cell in enumerate(notebook.cells) if marked(cell).get("grade_id") == name
    )


def full(edition):
    return answered(edition, ANSWERS)


def with_answer(edition, **changed):
    """A perfect notebook but for the given answers; underscores stand for hyphens in names."""
    changed = {name.replace("_", "-"): code for name, code in changed.items()}
    return answered(edition, ANSWERS | changed)


def body(name, *lines):
    return "\n".join([signature(name), *(f"    {line}" for line in lines)])


# Cells copied, split, deleted, moved


def copied_answer(edition):
    notebook = full(edition)
    index = place(notebook, "prices")
    notebook.cells.insert(index, copy.deepcopy(notebook.cells[index]))
    return notebook


def copied_first_try(edition):
    notebook = full(edition)
    index = place(notebook, "taxes")
    first = copy.deepcopy(notebook.cells[index])
    first.source = body("taxes", "return [0, 0, 0]")
    notebook.cells.insert(index, first)
    return notebook


def copied_broken_try(edition):
    notebook = full(edition)
    index = place(notebook, "taxes")
    broken = copy.deepcopy(notebook.cells[index])
    broken.source = "def taxes(prices, proposals:\n    return 0"
    notebook.cells.insert(index + 1, broken)
    return notebook


def copied_test(edition):
    notebook = full(edition)
    index = place(notebook, "peak-hidden")
    notebook.cells.insert(index, copy.deepcopy(notebook.cells[index]))
    notebook.cells.append(copy.deepcopy(notebook.cells[place(notebook, "setup")]))
    return notebook


def copied_for_the_next(edition):
    """The cell of `anarchy` copied to write `peak` in it, whose own cell is deleted."""
    notebook = full(edition)
    index = place(notebook, "peak")
    pasted = copy.deepcopy(notebook.cells[place(notebook, "anarchy")])
    pasted.source = ANSWERS["peak"]
    notebook.cells[index] = pasted
    return notebook


def split_function(edition):
    notebook = full(edition)
    index = place(notebook, "regret")
    lines = notebook.cells[index].source.split("\n")
    second = copy.deepcopy(notebook.cells[index])
    notebook.cells[index].source = "\n".join(lines[:5])
    second.source = "\n".join(lines[5:])
    notebook.cells.insert(index + 1, second)
    return notebook


def split_helper(edition):
    notebook = with_answer(edition, threshold=body("threshold", "return n * shrink(n)"))
    index = place(notebook, "threshold")
    helper = copy.deepcopy(notebook.cells[index])
    helper.source = "def shrink(n):\n    return np.exp(-1 / (n - 1))"
    notebook.cells.insert(index, helper)
    return notebook


def without(notebook, *names):
    notebook.cells = [c for c in notebook.cells if marked(c).get("grade_id") not in names]
    return notebook


def reversed_cells(edition):
    notebook = full(edition)
    notebook.cells.reverse()
    return notebook


def answers_in_new_cells(edition):
    """Every marked cell deleted, every answer written into a new one."""
    notebook = full(edition)
    for index, cell in enumerate(notebook.cells):
        if marked(cell) and cell.cell_type == "code":
            notebook.cells[index] = new_code_cell(cell.source)
        elif marked(cell):
            notebook.cells[index] = new_markdown_cell(cell.source)
    return notebook


# Other editors


def as_bytes(notebook):
    return nbformat.writes(notebook).encode()


def colab(edition):
    content = json.loads(nbformat.writes(full(edition)))
    content["nbformat_minor"] = 0
    content["metadata"] = {"colab": {"provenance": []}, "kernelspec": {"name": "python3"}}
    for cell in content["cells"]:
        cell["metadata"] |= {"id": cell.pop("id"), "outputId": "1a2b"}
        cell["source"] = "".join(cell["source"])
    content["cells"].insert(
        0, {"cell_type": "code", "metadata": {}, "source": "!ls", "outputs": []}
    )
    return json.dumps(content).encode()


def vs_code(edition):
    content = json.loads(nbformat.writes(full(edition)))
    for cell in content["cells"]:
        cell["metadata"]["vscode"] = {"languageId": "python"}
        cell.pop("execution_count", None)
    return json.dumps(content, indent=1).replace("\n", "\r\n").encode()


def jupyterlite(edition):
    notebook = full(edition)
    notebook.cells.insert(0, new_code_cell('%pip install -q "pesim-lib[pictures]"'))
    notebook.metadata.kernelspec = {"name": "python", "display_name": "Python (Pyodide)"}
    return as_bytes(notebook)


def carriage_returns(edition):
    notebook = full(edition)
    for cell in notebook.cells:
        cell.source = cell.source.replace("\n", "\r\n")
    return as_bytes(notebook)


def without_marks(edition):
    content = json.loads(nbformat.writes(full(edition)))
    for cell in content["cells"]:
        cell["metadata"] = {}
        del cell["id"]
    content["nbformat_minor"] = 4
    return json.dumps(content).encode()


def old_format(edition):
    content = json.loads(nbformat.writes(full(edition)))
    cells = []
    for cell in content["cells"]:
        code = cell["cell_type"] == "code"
        text = (
            {"input": cell["source"], "language": "python"} if code else {"source": cell["source"]}
        )
        outputs = {"outputs": [], "collapsed": False, "prompt_number": 1} if code else {}
        kind = {"cell_type": cell["cell_type"], "metadata": cell["metadata"]}
        cells.append(kind | text | outputs)
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}}
    return json.dumps(old | {"worksheets": [{"cells": cells, "metadata": {}}]}).encode()


# Cheats

GLOBALS = """import gc, sys
frame = sys._getframe()
while frame:
    for name in ("right", "_", "expected"):
        if name in frame.f_globals:
            return frame.f_globals[name]
    frame = frame.f_back
for thing in gc.get_objects():
    if isinstance(thing, dict) and "right" in thing:
        return thing["right"]
return 0""".splitlines()
FILES = """import os, re
for folder, _, names in os.walk("."):
    for name in names:
        if name.endswith((".ipynb", ".py")) and "hidden" in open(f"{folder}/{name}").read():
            return 3.8940039154
return 0""".splitlines()


def cheating(edition, line, *lines):
    """No answer is right; `line` and `lines` are meant to make the tests believe so."""
    code = "\n".join([line, *lines, ""])
    return answered(edition, {name: f"{code}\n{first_mistakes()[name]}" for name in FUNCTIONS})


def changed_tests(edition):
    notebook = answered(edition, first_mistakes())
    for cell in notebook.cells:
        if marked(cell).get("grade"):
            cell.metadata.nbgrader["points"] = 1000
            if cell.cell_type == "code":
                cell.source = "pass"
                cell.metadata.nbgrader["locked"] = False
    return notebook


def everything_equal(edition):
    code = "return type('Any', (), {'__eq__': lambda *_: True, '__array__': lambda *_: None})()"
    return answered(edition, {name: body(name, code) for name in FUNCTIONS})


def the_class(edition):
    """Sixty cases, from the student edition as a notebook."""
    whole, wrong = earned(), first_mistakes()
    some = ("anarchy", "peak", "prices")
    few = {name: ANSWERS[name] for name in some}
    rest = [name for name in FUNCTIONS if name not in some]
    hard_coded = {name: f"{signature(name)}\n    {code}" for name, code in CHEATS.items()}
    catch = (
        "while True:",
        "    try:",
        "        while True: pass",
        "    except BaseException: pass",
    )

    def case(student, notebook, points, **options):
        data = notebook if isinstance(notebook, bytes) else as_bytes(notebook)
        return Case(student, data, points, **options)

    cases = [case(f"perfect {number}", full(edition), whole) for number in range(1, 9)]
    cases += [
        case("partial 1", answered(edition, few), earned(*rest)),
        case("partial 2", answered(edition, few, arguments=False), earned(*rest)),
        case("partial 3", with_answer(edition, taxes=wrong["taxes"]), earned("taxes")),
        case("partial 4", with_answer(edition, peak="def peak(n, c) return 1"), earned("peak")),
        case("partial 5", with_answer(edition, peak=body("peak", "return 'x'")), earned("peak")),
        case("untouched", edition, NOTHING),
        case("wrong 1", answered(edition, wrong), NOTHING),
        case("wrong 2", answered(edition, wrong, arguments=False), NOTHING),
        case("hard coded 1", answered(edition, hard_coded), SEEN),
        case("hard coded 2", answered(edition, hard_coded, arguments=False), SEEN),
        case("copied answer", copied_answer(edition), whole),
        case("copied first try", copied_first_try(edition), whole),
        case("copied broken try", copied_broken_try(edition), whole),
        case("copied test", copied_test(edition), whole),
        case("copied for the next", copied_for_the_next(edition), whole),
        case("split function", split_function(edition), whole),
        case("split helper", split_helper(edition), whole),
        case("deleted a test", without(full(edition), "anarchy-hidden"), whole),
        case("deleted all tests", without(full(edition), "setup", *POINTS), whole),
        case("deleted an answer", without(full(edition), "prices"), earned("prices")),
        case("deleted an argument", without(full(edition), "peak-proof"), whole),
        case("reversed", reversed_cells(edition), whole),
        case("new cells", answers_in_new_cells(edition), whole),
        case("renamed 1", full(edition), whole, name="problems (1).ipynb"),
        case("renamed 2", full(edition), whole, name="problems_renamed.ipynb"),
        case("renamed 3", full(edition), whole, name="problems.ipynb.txt"),
        case("renamed 4", full(edition), whole, name="Copy of problems-2.IPYNB"),
        case(
            "loop",
            with_answer(edition, favour=body("favour", "while True: pass")),
            earned("favour"),
        ),
        case("stubborn loop", with_answer(edition, peak=body("peak", *catch)), earned("peak")),
        case(
            "sleeper",
            with_answer(edition, anarchy="import time\ntime.sleep(1e6)"),
            earned("anarchy"),
        ),
        case(
            "quit", with_answer(edition, threshold=body("threshold", "quit()")), earned("threshold")
        ),
        case(
            "exit",
            with_answer(edition, taxes=body("taxes", "import os; os._exit(0)")),
            earned("taxes"),
        ),
        case(
            "exit at once",
            with_answer(edition, prices=f"import os\nos._exit(1)\n{ANSWERS['prices']}"),
            earned("prices"),
        ),
        case(
            "killed kernel",
            with_answer(
                edition, regret=body("regret", "import os, signal; os.kill(os.getpid(), 9)")
            ),
            earned("regret"),
        ),
        case(
            "eats memory",
            with_answer(edition, peak=body("peak", "x = [0]", "while True: x = x + x")),
            earned("peak"),
        ),
        case("colab", colab(edition), whole),
        case("vs code", vs_code(edition), whole),
        case("jupyterlite", jupyterlite(edition), whole),
        case("carriage returns", carriage_returns(edition), whole),
        case("byte order mark", b"\xef\xbb\xbf" + as_bytes(full(edition)), whole),
        case("utf 16", nbformat.writes(full(edition)).encode("utf-16"), whole),
        case("without marks", without_marks(edition), whole),
        case("old format", old_format(edition), whole),
        case(
            "cheat allclose",
            cheating(edition, "import numpy", "numpy.allclose = lambda *a, **k: True"),
            NOTHING,
        ),
        case(
            "cheat checks",
            cheating(edition, "import checks", "checks.check = check = lambda *a: None"),
            NOTHING,
        ),
        case(
            "cheat globals",
            answered(edition, {name: body(name, *GLOBALS) for name in FUNCTIONS}),
            NOTHING,
        ),
        case("cheat tests", changed_tests(edition), NOTHING),
        case("cheat equal", everything_equal(edition), NOTHING),
        case(
            "cheat files",
            with_answer(edition, threshold=body("threshold", *FILES)),
            earned("threshold"),
        ),
        case("empty", b"", None, reason="the file is empty"),
        case("truncated", as_bytes(full(edition))[:5000], None, reason="the file is no notebook"),
        case("essay", b"%PDF-1.7", None, name="essay.pdf", reason="the file is no notebook"),
    ]
    return cases
