"""One call, three lives: a live kernel, a page without one, a stored notebook."""

import base64
import gzip
import json
import re
import sys

import pytest
from matplotlib.figure import Figure

from pesim_lib import ConvergenceError, explore, figures, picture
from pesim_lib.display.sliders import Explorer


def line(n=2, slope=1.0):
    figure = Figure()
    figure.add_subplot().plot([0, n], [0, slope * n])
    figure.set_label(f"n = {n}, slope = {slope:g}: the line ends at {slope * n:g}")
    return figure


def no_words(n=1):
    return Figure()


def fails_at_three(n=1):
    if n == 3:
        raise ValueError("three is too many")
    return line(n)


@pytest.fixture
def on_page(monkeypatch, tmp_path):
    monkeypatch.setenv("PESIM_EXPLORE", "page")
    monkeypatch.setenv("PESIM_EXPLORE_CACHE", str(tmp_path))
    return tmp_path


def frames(html):
    packed = re.search(r'explore-frames">([^<]+)<', html)[1]
    data = json.loads(gzip.decompress(base64.b64decode(packed)))
    pictures = ["\n".join(data["lines"][line] for line in lines) for lines in data["pictures"]]
    return {"pictures": pictures, "readings": data["readings"]}


def test_text_form_pins_the_start_and_every_corner():
    text = repr(explore(line, n=[1, 2, 3], slope=[0.5, 1, 4]))
    assert text.splitlines()[1].strip() == line(2, 1.0).get_label()
    for n in (1, 3):
        for slope in (0.5, 4):
            assert line(n, slope).get_label() in text


def test_a_slider_starts_and_resets_where_it_is_told_to():
    explorer = explore(line, {"n": 3}, n=[1, 2, 3], slope=[0.5, 1])
    assert repr(explorer).splitlines()[1].strip() == line(3, 1.0).get_label()
    assert 'value="2"' in explorer.page()
    n, _, reset, _, reading = explorer.live().children
    n.value = 1
    reset.click()
    assert reading.value == line(3, 1.0).get_label()


@pytest.mark.parametrize("first", [{"n": 4}, {"m": 1}])
def test_a_start_that_no_slider_has_is_refused(first):
    with pytest.raises(ValueError, match="first: got"):
        explore(line, first, n=[1, 2, 3])


def test_page_form_has_one_picture_and_one_reading_per_state(on_page):
    explorer = explore(line, n=[1, 2, 3], slope=[0.5, 1])
    html = explorer._repr_mimebundle_()["text/html"]
    data = frames(html)
    assert data["readings"] == [line(n, s).get_label() for n in (1, 2, 3) for s in (0.5, 1)]
    assert len(set(data["pictures"])) == 6
    assert data["pictures"][3] in html
    assert html.count("<label>") == 2


def test_the_text_of_a_page_is_that_of_a_stored_notebook_and_draws_nothing_again(
    on_page, monkeypatch
):
    controls = {"n": [1, 2, 3], "slope": [0.5, 1]}
    on = explore(line, **controls)
    monkeypatch.setenv("PESIM_EXPLORE", "live")
    elsewhere = repr(explore(line, **controls))
    monkeypatch.setenv("PESIM_EXPLORE", "page")
    monkeypatch.setattr(Explorer, "draw", None)
    assert on._repr_mimebundle_()["text/plain"] == repr(on) == elsewhere


def test_page_form_is_the_same_when_drawn_again_and_comes_from_the_cache(on_page):
    first = explore(figures.payments, N=[3, 4])._packed
    (cached,) = on_page.iterdir()
    assert explore(figures.payments, N=[3, 4])._packed == first
    cached.unlink()
    assert explore(figures.payments, N=[3, 4])._packed == first


def test_pictures_take_their_text_colour_from_the_page(on_page):
    svg = frames(explore(line, n=[1]).page())["pictures"][0]
    assert "currentColor" in svg
    assert "#000000" not in svg
    assert "<style" not in svg


def test_identifiers_of_two_explorers_do_not_collide(on_page):
    ids = [
        set(re.findall(r' id="([^"]+)"', frames(explore(line, n=n).page())["pictures"][0]))
        for n in ([1, 2], [1, 3])
    ]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_a_picture_that_fails_fails_the_build_and_names_its_values(on_page):
    with pytest.raises(ValueError, match="three") as raised:
        explore(fails_at_three, n=[1, 2, 3]).page()
    assert any("{'n': 3}" in note for note in raised.value.__notes__)


def test_live_sliders_redraw_between_grid_points_and_reset():
    box = explore(line, n=[1, 2, 5], slope=[0.5, 1, 4]).live()
    n, slope, reset, image, reading = box.children
    before = image.value
    n.value, slope.value = 4, 2.0
    assert reading.value == line(4, 2.0).get_label()
    assert image.value != before
    reset.click()
    assert reading.value == line(2, 1.0).get_label()


def test_live_picture_is_described_by_its_reading():
    *_, image, reading = explore(line, n=[1, 2]).live().children
    assert f'alt="{line().get_label()}"' in image.value
    assert reading.value == line().get_label()


@pytest.mark.parametrize("kind", [ValueError, ConvergenceError, ZeroDivisionError])
def test_live_form_shows_whatever_went_wrong_in_place_of_the_picture(kind):
    def fails_at_three(n=1):
        if n == 3:
            raise kind("too many", 1.0)
        return line(n)

    n, _, image, reading = explore(fails_at_three, n=[1, 2, 4]).live().children
    n.value = 3
    assert reading.value.startswith(f"{kind.__name__}: ")
    assert "too many" in reading.value
    assert image.value == ""
    n.value = 4
    assert reading.value == line(4).get_label()
    assert image.value


def test_pictures_of_a_function_from_a_notebook_are_drawn_afresh(on_page, monkeypatch):
    def drawn(n=1):
        return line(n)

    drawn.__module__ = "__main__"
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)
    assert frames(explore(drawn, n=[1, 2]).page())["readings"][1] == line(2).get_label()
    assert list(on_page.iterdir()) == []


def test_stored_form_has_no_live_widget(monkeypatch):
    monkeypatch.setenv("PESIM_EXPLORE", "stored")
    assert set(explore(line, n=[1, 2])._repr_mimebundle_()) == {"text/plain", "image/png"}
    monkeypatch.delenv("PESIM_EXPLORE")
    live = explore(line, n=[1, 2])._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in live


def test_a_single_picture_is_described_by_its_reading(on_page):
    bundle = picture(line())._repr_mimebundle_()
    assert bundle["text/plain"] == line().get_label()
    assert f'aria-label="{line().get_label()}"' in bundle["text/html"]


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        ({}, "controls"),
        ({"n": [1], "slope": [1], "a": [1], "b": [1]}, "controls"),
        ({"m": [1]}, "m: not a parameter"),
        ({"n": []}, "n: got"),
        ({"n": [1, 1]}, "n: got"),
        ({"n": [2, 1]}, "n: got"),
        ({"n": ["many"]}, "n: got"),
        ({"n": [float("nan")]}, "n: got"),
        ({"n": range(1, 42), "slope": range(20)}, "combinations"),
    ],
)
def test_bad_controls_are_refused(controls, message):
    with pytest.raises(ValueError, match=message):
        explore(line, **controls)


def test_a_picture_without_words_is_refused():
    with pytest.raises(ValueError, match="label"):
        repr(explore(no_words, n=[1]))
    with pytest.raises(ValueError, match="label"):
        picture(no_words())


FIGURES = [
    figures.externality,
    figures.best_responses,
    figures.nash_against_optimum,
    figures.underinvestment,
    figures.anarchy_over_costs,
    figures.several_equilibria,
    figures.payments,
    figures.tax_terms_bars,
    figures.deviation_gain,
    figures.inside_outside,
    figures.leaving_region,
]


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.__name__)
def test_every_figure_reads_its_numbers_aloud_and_answers_to_its_costs(figure):
    assert figure().get_label() == figure().get_label()
    assert re.search(r"\d", figure().get_label())
    assert figure(c1=0.31).get_label() != figure(c1=0.72).get_label()


@pytest.mark.parametrize(
    ("costs", "words"),
    [
        ((0.4,) * 5, "nobody rides free"),
        ((0.8, 0.2, 0.4, 0.4, 0.2), "user 1 rides free"),
        ((0.2, 0.4, 0.4, 0.4, 0.4), "users 2 and 5 ride free"),
    ],
)
def test_the_first_pages_picture_says_who_rides_free(costs, words):
    assert f"Left alone, {words} and" in figures.who_rides_free(costs).get_label()
