"""What displays itself: one choice of the form, and no error that a build would hide."""

import inspect
import os
from contextlib import nullcontext

import nbformat
import pytest
from matplotlib import mathtext, text
from matplotlib.figure import Figure
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from pesim_lib import edit_messages, explore, figures, picture
from pesim_lib.display import drawing
from pesim_lib.display.build_mode import picture_workers
from pesim_lib.paper.pesim import Messages

WIDGET = "application/vnd.jupyter.widget-view+json"


def displays():
    messages = Messages([[1.0] * 3] * 3, [[2.0] * 3] * 3)
    return [explore(figures.payments, N=[3]), picture(figures.payments()), edit_messages(messages)]


@pytest.mark.parametrize(
    ("mode", "forms"),
    [
        (None, [{"image/png", WIDGET}, {"image/png"}, {WIDGET}]),
        ("", [{"image/png", WIDGET}, {"image/png"}, {WIDGET}]),
        ("stored", [{"image/png"}, {"image/png"}, set()]),
        ("page", [{"text/html"}, {"text/html"}, {"text/html"}]),
    ],
)
def test_the_build_mode_chooses_the_form_of_every_display(monkeypatch, mode, forms):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    if mode is None:
        monkeypatch.delenv("PESIM_EXPLORE", raising=False)
    else:
        monkeypatch.setenv("PESIM_EXPLORE", mode)
    for display, expected in zip(displays(), forms, strict=True):
        bundle = display._repr_mimebundle_()
        assert set(bundle) == {"text/plain", *expected}
        assert bundle["text/plain"] == repr(display)


@pytest.mark.parametrize("count", ["0", "-1", "many", "1.5"])
def test_a_number_of_processes_that_is_none_is_refused(monkeypatch, count):
    monkeypatch.setenv("PESIM_EXPLORE_WORKERS", count)
    with pytest.raises(ValueError, match="PESIM_EXPLORE_WORKERS: got"):
        picture_workers()


def test_a_build_mode_that_does_not_exist_is_refused(monkeypatch):
    monkeypatch.setenv("PESIM_EXPLORE", "pages")
    with pytest.raises(ValueError, match="got 'pages'; allowed: unset, live, stored, page"):
        picture(figures.payments())


def drawn(n=1):
    if n == 2:
        raise ZeroDivisionError("cannot draw two")
    figure = Figure()
    figure.set_label(f"n = {n}")
    return figure


def cannot_be_saved(n=1):
    figure = drawn()
    figure.text(0.5, 0.5, r"$\nosuchcommand$")
    return figure


@pytest.mark.parametrize("mode", ["stored", "page"])
@pytest.mark.parametrize(
    ("shown", "error"),
    [
        (lambda: explore(drawn, n=[1, 2]), "cannot draw two"),
        (lambda: explore(cannot_be_saved, n=[1]), "nosuchcommand"),
        (lambda: picture(cannot_be_saved()), "nosuchcommand"),
        (lambda: picture(Figure()), "without a label"),
    ],
)
def test_in_a_build_a_picture_that_fails_is_never_made(monkeypatch, mode, shown, error):
    monkeypatch.setenv("PESIM_EXPLORE", mode)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    with pytest.raises((ValueError, ZeroDivisionError), match=error):
        shown()


def test_a_picture_that_fails_fails_its_cell_and_with_it_the_build(monkeypatch):
    monkeypatch.setenv("PESIM_EXPLORE", "page")
    # What cannot be saved, where the cell finds it: importing this file would import pytest.
    code = inspect.getsource(cannot_be_saved) + inspect.getsource(drawn)
    code = f"from matplotlib.figure import Figure\nfrom pesim_lib import picture\n{code}"
    code += "picture(cannot_be_saved())"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    with pytest.raises(CellExecutionError, match="nosuchcommand"):
        NotebookClient(notebook, kernel_name="python3").execute()


def test_a_formula_is_parsed_once_for_all_pictures_and_looks_the_same(monkeypatch):
    def with_formula():
        figure = drawn()
        figure.text(0.5, 0.5, r"$\sum_i \tilde x_i^2 / \hat c_1$")
        return figure

    parsed = mathtext.MathTextParser._parse_cached.cache_info
    first = drawing.svg(with_formula(), "a")
    misses = parsed().misses
    assert drawing.svg(with_formula(), "a") == first
    assert parsed().misses == misses
    monkeypatch.setattr(drawing, "_formulas_kept", nullcontext)
    assert drawing.svg(with_formula(), "a") == first
    assert parsed().misses > misses


def test_a_picture_that_fails_leaves_matplotlib_as_it_was():
    made = text.TextToPath
    with pytest.raises(ValueError, match="nosuchcommand"):
        drawing.svg(cannot_be_saved(), "a")
    assert text.TextToPath is made
