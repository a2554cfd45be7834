"""What a reader does with an explorer: link, play, keep, save, and values in between."""

import csv
import re
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from pesim_lib import figures
from pesim_lib.display.drawing import svg

PAGE = "chapters/price-of-anarchy.html"
COPIES = ["clipboard-read", "clipboard-write"]


def explorer(page, figure="underinvestment"):
    return page.locator(f'.explore[data-figure$=":{figure}"]')


def says(page, shown, opening):
    """Wait until the present state's reading begins so."""
    reading = shown.locator(".explore-states > :first-child .reading").element_handle()
    page.wait_for_function(
        "([element, text]) => element.innerText.startsWith(text)", arg=[reading, opening]
    )


def test_a_copied_link_opens_the_state_and_the_kept_one(open_page):
    page = open_page(PAGE, permissions=COPIES)
    shown = explorer(page)
    shown.get_by_role("button", name="Keep this one").press("Enter")
    shown.locator("input[name=N]").press("ArrowRight")
    shown.get_by_role("button", name="Copy link").press("Enter")
    page.wait_for_function("() => document.body.innerText.includes('The link is copied')")
    link = urlsplit(page.evaluate("navigator.clipboard.readText()"))
    again = open_page(f"{link.path.lstrip('/')}?{link.query}#{link.fragment}")
    says(again, explorer(again), "N = 20, c₁ = 0.5:")
    kept = explorer(again).locator(".explore-kept .reading")
    assert kept.inner_text() == figures.underinvestment(10, 0.5).get_label()
    assert again.locator(f"#{link.fragment}").count() == 1


def test_where_nothing_can_be_copied_the_address_is_named(open_page):
    page = open_page(PAGE)
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }")
    explorer(page).get_by_role("button", name="Copy link").click()
    page.wait_for_function("() => document.body.innerText.includes('The address of this page')")


def test_a_slider_is_played_to_its_end_and_stops_for_the_reader(open_page):
    page = open_page(PAGE)
    shown = explorer(page)
    shown.locator("input[name=N]").press("ArrowRight")
    says(page, shown, "N = 20")
    shown.get_by_role("button", name="Play N").press("Enter")
    says(page, shown, "N = 50")
    shown.get_by_role("button", name="Play N").wait_for()
    assert "underinvestment.N=50" in page.url
    shown.get_by_role("button", name="Play N").press("Enter")
    says(page, shown, "N = 2,")
    shown.get_by_role("button", name="Stop N").press("Escape")
    shown.get_by_role("button", name="Play N").wait_for()
    assert shown.locator(".reading").get_attribute("aria-live") == "polite"


def test_with_reduced_motion_a_press_moves_one_step(open_page):
    page = open_page(PAGE, reduced_motion="reduce")
    shown = explorer(page)
    for opening in ("N = 20", "N = 50", "N = 2,"):
        shown.get_by_role("button", name="Play N").click()
        says(page, shown, opening)
        assert shown.get_by_role("button", name="Stop N").count() == 0


def test_a_kept_state_stands_beside_the_present_one_until_it_is_let_go(open_page):
    page = open_page(PAGE)
    shown = explorer(page)
    before = shown.locator(".picture").inner_html()
    shown.get_by_role("button", name="Keep this one").click()
    kept = shown.locator(".explore-kept")
    kept.wait_for()
    shown.locator("input[name=N]").press("ArrowRight")
    says(page, shown, "N = 20")
    assert kept.locator(".picture").inner_html().replace("kept-", "") == before
    assert shown.locator(".picture").first.inner_html() != before
    ids = kept.locator("[id]").evaluate_all("(elements) => elements.map((one) => one.id)")
    assert ids
    for name in ids:
        assert page.locator(f'[id="{name}"]').count() == 1
    boxes = [picture.bounding_box() for picture in shown.locator(".picture").all()]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    page.set_viewport_size({"width": 320, "height": 800})
    boxes = [picture.bounding_box() for picture in shown.locator(".picture").all()]
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    kept.get_by_role("button", name="Let go").click()
    assert kept.count() == 0
    assert "kept" not in page.url


def saved(page, shown, name, folder):
    with page.expect_download() as started:
        shown.get_by_role("button", name=name).click()
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    return path


def test_a_saved_picture_is_whole_and_says_what_it_shows(open_page, tmp_path):
    page = open_page(PAGE)
    path = saved(page, explorer(page), "Save picture", tmp_path)
    assert path.name == "underinvestment.svg"
    root = ElementTree.parse(path).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root[0].text == figures.underinvestment().get_label()
    text = path.read_text(encoding="utf-8")
    named = set(re.findall(r'(?:url\(#|xlink:href="#)([^)"]+)', text))
    assert named
    assert named <= set(re.findall(r'\bid="([^"]+)"', text))


def test_saved_data_have_the_numbers_of_every_reading(open_page, tmp_path):
    page = open_page(PAGE)
    path = saved(page, explorer(page), "Save data", tmp_path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6 * 10
    for row in rows:
        n, cost = int(row["N"]), float(row["c1"])
        assert row["reading"] == figures.underinvestment(n, cost).get_label()
        assert f"optimal effort {row['optimal effort']} " in row["reading"]
        assert f"under-investment {row['under-investment']}." in row["reading"]


BETWEEN = [(2, 0.03), (10, 0.7), (10, 1.3), (10, 9.7), (20, 0.02), (50, 49.9), (50, 55)]


@pytest.mark.parametrize(("n", "cost"), BETWEEN)
def test_the_price_of_anarchy_between_listed_costs_is_the_librarys(open_page, n, cost):
    page = open_page(f"{PAGE}?anarchy_over_costs.N={n}&anarchy_over_costs.c1={cost}")
    shown = explorer(page, "anarchy_over_costs")
    expected = figures.anarchy_over_costs(n, cost)
    says(page, shown, expected.get_label())
    point = r'<use [^>]*x="([\d.]+)" y="([\d.]+)"[^>]*fill: #d55e00'
    place = re.search(point, svg(expected, "x")).groups()
    drawn = re.search(point, shown.locator(".picture").inner_html()).groups()
    assert [float(part) for part in drawn] == pytest.approx([*map(float, place)], abs=0.3)


def test_any_value_between_can_be_typed_dragged_and_linked_to(open_page):
    page = open_page(PAGE)
    shown = explorer(page, "anarchy_over_costs")
    typed, slider = shown.locator("input[type=number]"), shown.locator("input[name=c1]")
    typed.fill("0.7")
    says(page, shown, "N = 10, c₁ = 0.7: ρ = 2.830.")
    assert "anarchy_over_costs.c1=0.7" in page.url
    slider.press("ArrowRight")
    says(page, shown, "N = 10, c₁ = 1:")
    assert typed.input_value() == "1"
    typed.fill("70")
    assert typed.get_attribute("aria-invalid") == "true"
    says(page, shown, "N = 10, c₁ = 1:")
    slider.focus()
    assert typed.input_value() == "1"
    box = slider.bounding_box()
    slider.click(position={"x": 0.63 * box["width"], "y": box["height"] / 2})
    assert float(typed.input_value()) not in [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60]
