"""Pictures are set in the site's font, wherever they are drawn."""

import re
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.font_manager import FontProperties, findfont

from pesim_lib import figures
from pesim_lib.display.drawing import FORMULAS, WORDS, svg
from pesim_lib.figures.style import book_style

FOLDER = Path(figures.__file__).parent


def test_words_are_measured_with_the_font_of_the_library():
    with book_style():
        for weight in (400, 700):
            words = FontProperties(family="sans-serif", weight=weight)
            assert Path(findfont(words)) == FOLDER / f"sans-{weight}.ttf"


def test_a_picture_on_a_page_names_the_fonts_of_words_and_of_quantities_alone():
    drawn = svg(figures.anarchy_over_costs(), "a")
    assert set(re.findall(r'font-family[:=] ?"?([^;">]+)', drawn)) == {WORDS, FORMULAS}


def test_a_name_of_a_quantity_is_set_like_a_formula_and_its_index_like_words():
    drawn = svg(figures.anarchy_over_costs(), "a")
    names, indices = (re.findall(rf"<tspan[^>]*>{sign}</tspan>", drawn) for sign in "c1")
    # The words around it have the letter, too.
    assert any(FORMULAS in name for name in names)
    assert indices
    assert not any("font-family" in index for index in indices)


@pytest.mark.parametrize(
    "name", ["anarchy_over_costs", "leaving_together", "networks_compared", "schemes_compared"]
)
def test_no_word_of_a_picture_is_cut_off_at_its_edge(name):
    figure = getattr(figures, name)()
    with book_style():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        inches = figure.get_tightbbox(canvas.get_renderer())
    width, height = figure.get_size_inches()
    assert min(inches.x0, inches.y0) >= 0
    assert inches.x1 <= width
    assert inches.y1 <= height
