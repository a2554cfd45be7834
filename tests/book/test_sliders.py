"""Sliders of the built site, without a kernel."""

import json
from importlib import import_module

import pytest
from site_files import ROOT, WITH_SLIDERS, built, in_firefox_too

from pesim_lib import explore, figures


@pytest.mark.parametrize("page", in_firefox_too(WITH_SLIDERS, "chapters/price-of-anarchy"))
def test_every_slider_answers_to_pointer_and_keys_with_what_the_library_computes(open_page, page):
    opened = open_page(f"{page}.html")
    the_pointer_moves_every_slider_and_reset_brings_it_back(opened)
    explorers = opened.locator(".explore").all()
    assert explorers
    for explorer in explorers:
        module, name = explorer.get_attribute("data-figure").split(":")
        figure = getattr(import_module(module), name)
        sliders = explorer.locator("input[type=range]").all()
        values = {
            slider.get_attribute("name"): json.loads(slider.get_attribute("data-values"))
            for slider in sliders
        }
        chosen = {
            slider.get_attribute("name"): values[slider.get_attribute("name")][
                int(slider.input_value())
            ]
            for slider in sliders
        }
        reading = explorer.locator(".reading")
        assert reading.inner_text() == figure(**chosen).get_label()
        for slider in sliders:
            key = slider.get_attribute("name")
            before = explorer.locator(".picture").inner_html()
            press = "ArrowRight" if chosen[key] != values[key][-1] else "ArrowLeft"
            slider.press(press)
            step = 1 if press == "ArrowRight" else -1
            chosen[key] = values[key][values[key].index(chosen[key]) + step]
            expected = figure(**chosen).get_label()
            opened.wait_for_function(
                "([e, text]) => e.innerText === text", arg=[reading.element_handle(), expected]
            )
            assert explorer.locator(".picture").inner_html() != before
            assert slider.get_attribute("aria-valuetext") == f"{key} = {chosen[key]}"


def the_pointer_moves_every_slider_and_reset_brings_it_back(opened):
    for explorer in opened.locator(".explore").all():
        picture = explorer.locator(".picture")
        first = picture.inner_html()
        for slider in explorer.locator("input[type=range]").all():
            box = slider.bounding_box()
            at_end = slider.input_value() == slider.get_attribute("max")
            x = 4 if at_end else box["width"] - 4
            slider.click(position={"x": x, "y": box["height"] / 2})
            changed = "([e, html]) => e.innerHTML !== html"
            opened.wait_for_function(changed, arg=[picture.element_handle(), first])
            explorer.get_by_role("button", name="Reset").click()
            restored = "([e, html]) => e.innerHTML === html"
            opened.wait_for_function(restored, arg=[picture.element_handle(), first])
    assert "?" not in opened.url


@pytest.mark.in_firefox_too
def test_a_readers_choice_is_in_the_address_and_comes_back(open_page):
    page = open_page("chapters/price-of-anarchy.html")
    page.locator(".explore input[name=N]").first.press("ArrowRight")
    page.wait_for_function("() => location.search.includes('underinvestment.N=20')")
    again = open_page("chapters/price-of-anarchy.html?underinvestment.N=20&underinvestment.c1=0.1")
    again.wait_for_function(
        "() => document.querySelector('.reading').innerText.startsWith('N = 20, c₁ = 0.1')"
    )
    other = again.locator(".explore").nth(1).locator(".reading").inner_text()
    assert other.startswith("N = 10, c₁ = 0.5")


def test_pictures_follow_dark_mode(open_page):
    colours = [
        open_page("chapters/model.html", color_scheme=scheme)
        .locator(".picture svg text")
        .first.evaluate("e => getComputedStyle(e).fill")
        for scheme in ("light", "dark")
    ]
    assert colours[0] != colours[1]


@pytest.mark.parametrize(
    ("query", "opening"),
    [
        ("underinvestment.N=lots&underinvestment.c1=", "N = 10, c₁ = 0.5"),
        ("underinvestment.N=1e9&underinvestment.c1=0.11", "N = 50, c₁ = 0.1"),
        ("somebody.else=3", "N = 10, c₁ = 0.5"),
    ],
)
def test_a_wrong_value_in_the_address_is_ignored_or_moved_to_the_grid(open_page, query, opening):
    page = open_page(f"chapters/price-of-anarchy.html?{query}")
    page.wait_for_function(
        "text => document.querySelector('.reading').innerText.startsWith(text)",
        arg=f"{opening}:",
    )


@pytest.mark.in_firefox_too
def test_sliders_answer_without_any_server(browser):
    page = browser.new_page()
    page.goto(built("chapters/model.html").as_uri())
    before = page.locator(".reading").first.inner_text()
    page.locator(".explore input").first.press("ArrowRight")
    page.wait_for_function(
        "text => document.querySelector('.reading').innerText !== text", arg=before
    )
    page.close()


def test_pictures_that_do_not_load_are_said_to_be_missing_until_they_do(chromium, site_url):
    page = chromium.new_page()
    page.route("**/_static/explore/*", lambda route: route.abort())
    page.goto(f"{site_url}/chapters/model.html")
    slider, reading = page.locator(".explore input").first, page.locator(".reading").first
    slider.press("ArrowRight")
    page.wait_for_function(
        "() => document.querySelector('.reading').innerText.includes('not be loaded')"
    )
    page.unroute("**/_static/explore/*")
    slider.press("ArrowLeft")
    page.wait_for_function("() => document.querySelector('.reading').innerText.includes('N = ')")
    assert page.locator(".picture").first.get_attribute("aria-label") == reading.inner_text()
    page.close()


def test_a_browser_that_cannot_unpack_shows_no_dead_sliders(chromium, site_url):
    page = chromium.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto(f"{site_url}/chapters/model.html")
    assert not page.locator(".explore-controls").first.is_visible()
    assert page.locator(".picture svg").first.is_visible()
    page.close()


def test_two_explorers_of_one_figure_keep_apart(chromium, monkeypatch, tmp_path):
    monkeypatch.setenv("PESIM_EXPLORE_CACHE", str(tmp_path))
    pages = [explore(figures.underinvestment, N=grid).page() for grid in ([10, 20], [10, 50])]
    script = (ROOT / "web/static/explore.js").read_text(encoding="utf-8")
    file = tmp_path / "two.html"
    file.write_text(
        f'<meta charset="utf-8">{"".join(pages)}<script>{script}</script>', encoding="utf-8"
    )
    page = chromium.new_page()
    page.goto(file.as_uri())
    page.locator(".explore input").nth(1).press("ArrowRight")
    page.wait_for_function("location.search === '?underinvestment-2.N=50'")
    page.reload()
    page.wait_for_function(
        "document.querySelectorAll('.reading')[1].innerText.startsWith('N = 50')"
    )
    assert page.locator(".reading").first.inner_text().startswith("N = 10")
    page.close()
