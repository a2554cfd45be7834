"""A reader's own matplotlib settings: they stop no build and change no picture of the book."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib import rc_context, rcParams
from matplotlib.figure import Figure

from pesim_lib import explore, figures, picture
from pesim_lib.beyond.study import read_study
from pesim_lib.beyond.tables import read_table
from pesim_lib.display.drawing import png, svg
from pesim_lib.figures.style import SETTINGS, book_style

CHAPTERS = Path(__file__).parents[2] / "chapters"
# LaTeX that is not there stops a build; the others show in a picture.
HOSTILE = {
    "text.usetex": True,
    "text.latex.preamble": r"\usepackage{no-such-package}",
    "font.size": 31.0,
    "font.family": "monospace",
    "lines.linewidth": 9.0,
    "axes.facecolor": "yellow",
    "axes.grid": True,
    "xtick.labelsize": 3.0,
    "legend.frameon": True,
    "savefig.bbox": "tight",
    "savefig.facecolor": "red",
    "svg.fonttype": "path",
    "mathtext.fontset": "cm",
    "path.sketch": (3.0, 100.0, 2.0),
}


def exchange_table():
    table = read_table(CHAPTERS / "exchange.csv")
    table["rounds"][np.isnan(table["rounds"])] = np.inf
    return table


STORED = {
    "anarchy_by_influence": lambda: [read_study(CHAPTERS / "study.csv")],
    "efforts_of_hubs": lambda: [read_study(CHAPTERS / "study.csv")],
    "leavers_by_family": lambda: [read_study(CHAPTERS / "study.csv")],
    "solver_times": lambda: [read_table(CHAPTERS / "solvers.csv")],
    "internet_coalitions": lambda: [read_table(CHAPTERS / "internet.csv")],
    "internet_influence": lambda: [np.geomspace(1, 100, 90), np.arange(90) % 4],
    "rounds_by_size": lambda: [exchange_table(), "dense"],
}


@pytest.mark.parametrize("name", figures.__all__)
def test_a_picture_is_the_same_whatever_the_readers_settings(name):
    figure, arguments = getattr(figures, name), STORED.get(name, list)()
    usual = svg(figure(*arguments), "x")
    with rc_context(HOSTILE):
        assert svg(figure(*arguments), "x") == usual


def test_a_stored_picture_is_the_same_whatever_the_readers_settings():
    usual = png(figures.payments())
    with rc_context(HOSTILE):
        assert png(figures.payments()) == usual


def plain(n=1):
    figure = Figure()
    figure.add_subplot().plot([0, n], label="$x_1$")
    figure.axes[0].legend()
    figure.set_label(f"n = {n}")
    return figure


def test_an_explorers_picture_of_any_function_is_the_same_whatever_the_readers_settings():
    usual = svg(explore(plain, n=[1, 2]).draw(n=2), "x")
    with rc_context(HOSTILE):
        assert svg(explore(plain, n=[1, 2]).draw(n=2), "x") == usual


def test_the_readers_settings_come_back_after_a_picture_even_one_that_fails():
    with rc_context(HOSTILE):
        before = dict(rcParams)
        picture(figures.payments())._repr_mimebundle_()
        with pytest.raises(ValueError, match="unit_costs"):
            figures.payments(c1=-1)
        assert dict(rcParams) == before


def test_the_book_has_its_own_settings_and_matplotlibs_defaults_otherwise():
    with rc_context(HOSTILE), book_style():
        assert {name: rcParams[name] for name in SETTINGS} == SETTINGS
        assert rcParams["lines.linewidth"] == 1.5
        assert not rcParams["text.usetex"]


def test_a_page_is_the_same_on_a_machine_with_a_matplotlibrc(tmp_path):
    code = (
        "import sys; from pesim_lib import explore, figures, picture;"
        "first = picture(explore(figures.payments, N=[3]).draw(N=3));"
        "second = picture(figures.payments());"
        "sys.stdout.buffer.write((first.page() + second.page()).encode())"
    )
    pages = []
    for lines in ("", "text.usetex: True\nlines.linewidth: 9\nfont.size: 31\n"):
        (tmp_path / "matplotlibrc").write_text(lines, encoding="utf-8")
        environment = os.environ | {"MATPLOTLIBRC": str(tmp_path / "matplotlibrc")}
        command = [sys.executable, "-c", code]
        pages.append(subprocess.run(command, env=environment, check=True, capture_output=True))
    assert pages[0].stdout == pages[1].stdout != b""
