"""The built site in a real browser."""

import json
import os
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlparse

import browser as browsers
import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).parent.parent
SITE = ROOT / "_build/html"
PAGES = browsers.toc_pages(ROOT)
READING = "text => document.querySelector('.reading').innerText"
CHAPTERS = [page for page in PAGES if (ROOT / f"{page}.ipynb").exists()]


@pytest.mark.parametrize("page", PAGES)
def test_page_opens_without_errors_and_fits_a_phone(open_page, page):
    wide = open_page(f"{page}.html")
    assert wide.locator("article h1").count() == 1
    for image in wide.locator("img").all():
        assert image.get_attribute("alt")
    phone = open_page(f"{page}.html", width=375, height=800)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 375


@pytest.mark.parametrize("page", PAGES)
def test_mathematics_is_typeset(open_page, page):
    opened = open_page(f"{page}.html")
    if opened.locator(".math").count():
        opened.wait_for_selector("mjx-container")
        assert opened.locator("mjx-merror").count() == 0


@pytest.mark.parametrize("page", ["index", *CHAPTERS])
def test_every_slider_answers_with_what_the_library_computes(open_page, page):
    opened = open_page(f"{page}.html")
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


def test_the_pointer_moves_a_slider_and_reset_brings_it_back(open_page):
    page = open_page("chapters/price-of-anarchy.html")
    explorer = page.locator(".explore").first
    first = explorer.locator(".reading").inner_text()
    slider = explorer.locator("input").first
    box = slider.bounding_box()
    slider.click(position={"x": box["width"] - 4, "y": box["height"] / 2})
    page.wait_for_function(f"{READING} !== text", arg=first)
    explorer.locator("button").click()
    page.wait_for_function(f"{READING} === text", arg=first)
    assert "underinvestment" not in page.url


def test_a_readers_choice_is_in_the_address_and_comes_back(open_page):
    page = open_page("chapters/price-of-anarchy.html")
    page.locator(".explore input[name=N]").first.press("ArrowRight")
    page.wait_for_function("location.search.includes('underinvestment.N=20')")
    again = open_page("chapters/price-of-anarchy.html?underinvestment.N=20&underinvestment.c1=0.1")
    again.wait_for_function(
        "document.querySelector('.reading').innerText.startsWith('N = 20, c₁ = 0.1')"
    )
    other = again.locator(".explore").nth(1).locator(".reading").inner_text()
    assert other.startswith("N = 10, c₁ = 0.5")


def test_without_scripts_text_pictures_and_readings_stay(open_page):
    page = open_page("chapters/model.html", java_script_enabled=False)
    assert page.locator(".picture svg").first.is_visible()
    assert page.locator(".reading").first.is_visible()
    assert not page.locator(".explore-controls").first.is_visible()
    assert "\\arg\\min" in page.locator("div.math").nth(1).inner_text()


def test_pictures_follow_dark_mode(open_page):
    colours = [
        open_page("chapters/model.html", color_scheme=scheme)
        .locator(".picture svg text")
        .first.evaluate("e => getComputedStyle(e).fill")
        for scheme in ("light", "dark")
    ]
    assert colours[0] != colours[1]


def test_internal_links_and_anchors_resolve():
    pages = {path: BeautifulSoup(path.read_text(), "html.parser") for path in SITE.rglob("*.html")}
    missing = []
    for path, soup in pages.items():
        for link in soup.select("a[href]"):
            target, anchor = urldefrag(link["href"])
            if urlparse(target).scheme or "_sources" in target:
                continue
            other = (path.parent / unquote(target)).resolve() if target else path
            anchored = not anchor or other not in pages or pages[other].find(id=unquote(anchor))
            if not other.exists() or not anchored:
                missing.append(f"{path.name}: {link['href']}")
    assert missing == []


def test_no_page_names_a_script_or_style_of_another_host():
    for path in SITE.rglob("*.html"):
        soup = BeautifulSoup(path.read_text(), "html.parser")
        for tag in soup.select("script[src], link[rel=stylesheet], img[src]"):
            address = tag.get("src") or tag.get("href")
            assert not urlparse(urljoin("file:///", address)).netloc, f"{path.name}: {address}"


class Machine:
    """A pretended machine: which commands exist, and which of them succeed."""

    def __init__(self, commands=(), succeeds=(), brings=None):
        self.commands, self.succeeds, self.brings = set(commands), succeeds, brings
        self.ran = []

    def which(self, name):
        return f"/usr/bin/{name}" if name in self.commands else None

    def run(self, command, **_):
        self.ran.append(command)
        worked = any(word in command for word in self.succeeds)
        if worked and self.brings:
            self.commands.add(self.brings)
        return type("Done", (), {"returncode": 0 if worked else 1})

    def find(self):
        return browsers.find_browser(self.which, lambda path: False, self.run)


def test_the_machines_own_browser_comes_first(monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    machine = Machine(commands=["chromium-browser"])
    assert machine.find() == "/usr/bin/chromium-browser"
    assert machine.ran == []


def test_the_package_manager_comes_last_and_failure_says_what_to_install(monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    machine = Machine(commands=["apt-get"], succeeds=["install"], brings=None)
    machine.succeeds = ["apt-get"]
    machine.brings = "chromium"
    assert machine.find() == "/usr/bin/chromium"
    assert machine.ran[0][1:3] == ["-m", "playwright"]
    with pytest.raises(RuntimeError, match="install one"):
        Machine().find()


def test_a_named_browser_is_taken(monkeypatch):
    monkeypatch.setenv("CHROMIUM", os.devnull)
    assert Machine().find() == os.devnull
