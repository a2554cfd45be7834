"""The built site: open to everybody, closed to other hosts, and explorers at their edges."""

from pathlib import Path

import browser as browsers
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup

from pesim_lib import explore, figures

ROOT = Path(__file__).parent.parent
SITE = ROOT / "_build/html"
PAGES = browsers.toc_pages(ROOT)
CHAPTERS = [page for page in PAGES if (ROOT / f"{page}.ipynb").exists()]
# Reading every style again would ask for files by addresses that axe gets wrong.
AXE = {"preload": False, "rules": {"label-content-name-mismatch": {"enabled": True}}}


def on_disk(page):
    return BeautifulSoup((SITE / f"{page}.html").read_text(), "html.parser")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", [*PAGES, "search", "genindex", "prf-prf", "404"])
def test_axe_finds_nothing_moderate_or_worse(open_page, page, scheme):
    opened = open_page(f"{page}.html", color_scheme=scheme)
    opened.wait_for_load_state("networkidle")
    found = Axe().run(opened, options=AXE).response["violations"]
    assert [
        (violation["id"], [node["target"] for node in violation["nodes"]])
        for violation in found
        if violation["impact"] != "minor"
    ] == []


@pytest.mark.parametrize("page", PAGES)
def test_policy_lets_no_other_host_and_no_foreign_script_in(open_page, page):
    (policy,) = on_disk(page).select('meta[http-equiv="Content-Security-Policy"]')
    sources = dict(part.split(maxsplit=1) for part in policy["content"].split("; "))
    assert sources["default-src"] == "'self'"
    assert "'unsafe-inline'" not in sources["script-src"]
    assert "http" not in policy["content"].replace("http-equiv", "")
    opened = open_page(f"{page}.html")
    reported = opened.evaluate(
        """() => new Promise((resolve) => {
          document.addEventListener("securitypolicyviolation", (event) =>
            resolve([event.effectiveDirective, window.foreign]));
          const image = new Image();
          image.src = "http://127.0.0.1:1/elsewhere.png";
        })"""
    )
    assert reported == ["img-src", None]


def test_policy_stops_a_script_that_the_page_was_not_built_with(chromium, site_url):
    page = chromium.new_page()
    page.goto(f"{site_url}/index.html")
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.foreign = true";
          document.head.append(script);
        }"""
    )
    assert page.evaluate("window.foreign") is None
    page.close()


def test_search_finds_a_word_of_a_chapter(open_page):
    page = open_page("search.html?q=loner")
    page.wait_for_selector("#search-results li a[href*='individual-rationality']")


def test_page_for_a_wrong_address_needs_no_file_beside_it():
    soup = on_disk("404")
    assert soup.select("script, img") == []
    assert [tag["href"] for tag in soup.select("link")] == ["data:,"]
    assert [tag["href"] for tag in soup.select("a")] == ["/"]


def test_every_page_describes_itself_to_previews():
    descriptions = [
        on_disk(page).select_one('meta[property="og:description"]')["content"]
        for page in ["index", *CHAPTERS]
    ]
    assert all(descriptions)
    assert len(set(descriptions)) == len(descriptions)


@pytest.mark.parametrize("page", ["index", *CHAPTERS])
def test_words_of_a_picture_are_readable_on_a_phone(open_page, page):
    opened = open_page(f"{page}.html", width=375, height=800)
    smallest = opened.locator(".picture svg").evaluate_all(
        """(pictures) => Math.min(...pictures.flatMap((svg) => {
          const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
          return [...svg.querySelectorAll("text")].map(
            (text) => scale * Number.parseFloat(getComputedStyle(text).fontSize));
        }))"""
    )
    assert smallest >= 9


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


def test_sliders_answer_without_any_server(chromium):
    page = chromium.new_page()
    page.goto((SITE / "chapters/model.html").as_uri())
    before = page.locator(".reading").first.inner_text()
    page.locator(".explore input").first.press("ArrowRight")
    page.wait_for_function(
        "text => document.querySelector('.reading').innerText !== text", arg=before
    )
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
    script = (ROOT / "web/static/explore.js").read_text()
    file = tmp_path / "two.html"
    file.write_text(f'<meta charset="utf-8">{"".join(pages)}<script>{script}</script>')
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
