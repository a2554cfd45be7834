"""What runs a page's cells in the browser, without the browser: web/cells/runner.py."""

from types import ModuleType

import pytest
from matplotlib import pyplot
from runner import MOST_PRINTED, Runner

from pesim_lib import explore, figures, picture


class Page:
    """Cells that are run in one namespace, and what each shows."""

    def __init__(self, **names):
        module = ModuleType("page")
        vars(module).update(names)
        self.runner = Runner(module)

    def run(self, cell, code):
        shown = []
        whole, words = self.runner.run(
            cell, f"cell {cell + 1}", code, lambda form, text: shown.append((form, text))
        )
        return shown, whole, words


def test_a_cell_prints_and_shows_its_last_value():
    shown, whole, words = Page().run(0, "print('one')\nx = 2\nx + 1")
    assert shown == [("text", "one\n"), ("text", "3\n")]
    assert (whole, words) == (True, "")


@pytest.mark.parametrize("code", ["1;", "x = 1", "None", "", "# nothing"])
def test_a_cell_without_a_last_value_shows_none(code):
    assert Page().run(0, code) == ([], True, "")


def test_a_cell_finds_what_the_cell_above_left_whichever_ran_last():
    page = Page()
    for cell, code in enumerate(["x = 1", "x = x + 1", "x = 10 * x", "print(x)"]):
        shown, *_ = page.run(cell, code)
    assert shown == [("text", "20\n")]
    assert page.run(1, "x = x + 1\nprint(x)")[0] == [("text", "2\n")]
    assert page.run(3, "print(x)")[0] == [("text", "20\n")]


def test_a_function_sees_the_names_of_the_cell_that_calls_it():
    page = Page()
    for cell, code in enumerate(["x = 1", "def f():\n    return x", "x = 5", "print(f())"]):
        shown, *_ = page.run(cell, code)
    assert shown == [("text", "5\n")]


def test_an_error_shows_the_lines_of_the_cell_and_none_of_the_runner():
    page = Page()
    page.run(0, "def half(x):\n    return x / 0")
    ((form, text),), whole, words = page.run(1, "print\nhalf(1)")
    assert (form, whole) == ("error", False)
    assert words == "ZeroDivisionError: division by zero"
    assert 'File "<cell 2>", line 2' in text
    assert "    half(1)\n" in text
    assert "    return x / 0\n" in text
    assert "runner.py" not in text


def test_what_was_printed_before_an_error_is_shown_and_names_of_a_failed_cell_are_forgotten():
    page = Page(x=1)
    shown, *_ = page.run(0, "print('before')\nx = 2\n1 / 0")
    assert [form for form, _ in shown] == ["text", "error"]
    assert page.run(0, "print(x)")[0] == [("text", "1\n")]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("x = = 1", "SyntaxError: invalid syntax"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("raise ValueError('two\\nlines')", "ValueError: two\nlines"),
    ],
)
def test_whatever_ends_a_cell_is_said(code, words):
    ((form, text),), whole, said = Page().run(0, code)
    assert (form, whole, said) == ("error", False, words)
    assert text.rstrip().endswith(words)


def test_warnings_stand_apart_and_in_order():
    shown, *_ = Page().run(0, "import sys\nprint(1)\nprint(2, file=sys.stderr)\nprint(3)")
    assert shown == [("text", "1\n"), ("warning", "2\n"), ("text", "3\n")]


@pytest.mark.parametrize("size", [1, 2, MOST_PRINTED // 4, 3 * MOST_PRINTED])
def test_a_flood_of_words_is_cut_and_the_cut_is_said(size):
    times = 2 * MOST_PRINTED // size + 2
    shown, whole, _ = Page().run(0, f"for k in range({times}):\n    print('a' * {size}, end='')")
    text = "".join(part for _, part in shown)
    assert whole
    assert MOST_PRINTED < len(text) < MOST_PRINTED + 100
    assert text.endswith("characters: the rest is not shown.\n")


def test_html_is_shown_as_html():
    class Fancy:
        def _repr_html_(self):
            return "<b>fancy</b>"

    assert Page(fancy=Fancy(), Fancy=Fancy).run(0, "fancy")[0] == [("html", "<b>fancy</b>")]
    assert Page(Fancy=Fancy).run(0, "Fancy")[0][0][0] == "text"


def test_a_picture_is_drawn_for_the_page():
    ((form, text),), *_ = Page(shown=picture(figures.underinvestment())).run(0, "shown")
    assert form == "html"
    assert text.startswith('<div class="picture" role="img"')
    assert 'class="reading"' in text
    assert 'id="c0-' in text


def test_plots_are_shown_once_and_closed():
    code = (
        "from matplotlib import pyplot\nfigure, axes = pyplot.subplots()\naxes.set_title('A & B')"
    )
    for last in ("", "\nfigure"):
        ((form, text), *others), whole, _ = Page().run(0, code + last)
        drawn = [content for shape, content in [(form, text), *others] if "<svg" in content]
        assert whole
        assert len(drawn) == 1
        assert 'aria-label="A &amp; B"' in drawn[0]
        assert pyplot.get_fignums() == []


def test_an_explorer_shows_its_first_state_and_draws_any_other():
    page = Page(shown=explore(figures.underinvestment, N=[2, 10], c1=[0.1, 0.5]))
    ((form, content),), *_ = page.run(0, "shown")
    assert form == "explorer"
    assert content["controls"][0] == {"name": "N", "values": [2, 10], "start": 10}
    assert "<svg" in content["picture"]
    other = page.runner.draw(0, {"N": 2, "c1": 0.1})
    assert other != content["picture"]
    assert figures.underinvestment(N=2, c1=0.1).get_label()[:20] in other
