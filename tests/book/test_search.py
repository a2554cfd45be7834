"""The search: what readers look for, in sentences that can be read, from the site's own files."""

import json
import re
from functools import partial
from http.server import ThreadingHTTPServer
from threading import Thread

import pytest
from bs4 import BeautifulSoup
from readable_mathematics import readable
from site_files import PAGES, ROOT, SITE, built, on_disk
from site_search import searchable, write_index
from site_server import HOST, QuietHandler
from typesetting import tex_of

pytestmark = pytest.mark.xdist_group("test_search")
PAGE = """<html><head><title>T</title></head><body><nav>Menu</nav><article>
<section id="one"><h1>One<a class="headerlink" href="#one">#</a></h1>
<div class="picture"><svg><text>0.25</text></svg></div><script type="text/plain">H4sI</script>
<p>Cost <span class="math"><math><semantics><mi>c</mi><annotation>
\\frac{c_1}{N} \\le 1</annotation></semantics></math></span>.</p>
<section id="two"><h2>Two</h2> <p>More.</p></section></section></article></body></html>"""


def search(open_page, query, **options):
    page = open_page(f"search.html?q={query}", **options)
    page.wait_for_selector(".results > li")
    return page


def addresses(page):
    return page.locator(".results > li > a").evaluate_all("all => all.map((a) => a.href)")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("PoA", "chapters/price-of-anarchy"),
        ("VCG", "chapters/alternatives"),
        ("loner", "chapters/individual-rationality"),
        ("free riders", "course/glossary"),
        ("nash_equilibria", "chapters/library"),
        ("Koutsoupias", "chapters/references"),
    ],
)
def test_search_finds_what_people_of_the_field_call_it(open_page, query, found):
    page = search(open_page, query)
    assert any(f"/{found}.html" in address for address in addresses(page))


def test_the_chapter_on_a_thing_comes_first(open_page):
    assert "/chapters/price-of-anarchy.html" in addresses(search(open_page, "PoA"))[0]


@pytest.mark.parametrize("query", ["best response", "social cost", "Lindahl prices"])
def test_a_place_is_shown_in_words_and_leads_to_itself(open_page, query):
    page = search(open_page, query)
    for place in page.locator(".results ul li").all():
        text = place.locator("p").inner_text()
        assert not re.search(r"\\[a-zA-Z([]|[$]", text)
        assert not text.startswith(("Skip to", "Contents", "Menu"))
    link = page.locator(".results ul a").first
    title, target = link.inner_text(), link.get_attribute("href")
    link.click()
    page.wait_for_url(f"**{target}")
    heading = page.locator(f"[id='{target.split('#')[1]}'] > :is(h1, h2, h3, h4)").first
    assert title in heading.inner_text()


def test_every_name_of_the_field_that_the_search_knows_leads_somewhere(open_page):
    script = (ROOT / "web/static/search.js").read_text(encoding="utf-8")
    table = re.search(r"SYNONYMS = (\[.*?\n  \]);", script, re.DOTALL)[1]
    page = open_page("search.html")
    for names in json.loads(re.sub(r",\s*\]$", "]", table)):
        count = """async (names) => {
          const search = await import(new URL("pagefind/pagefind.js", location));
          const found = await Promise.all(names.map((name) => search.search(`"${name}"`)));
          return found.reduce((sum, each) => sum + each.results.length, 0);
        }"""
        assert page.evaluate(count, names), names


def test_search_data_are_loaded_when_somebody_searches(open_page):
    expected = {"index.html": False, "search.html": False, "search.html?q=x": True}
    for path, searches in expected.items():
        page = open_page(path)
        page.wait_for_load_state("networkidle")
        loaded = page.evaluate("performance.getEntriesByType('resource').map((e) => e.name)")
        assert any("pagefind" in name for name in loaded) == searches, path
        assert not any("searchindex" in name for name in loaded)


@pytest.mark.in_firefox_too
def test_search_works_by_keyboard_alone(open_page):
    page = open_page("index.html")
    for _ in range(50):
        # The theme hears keys a moment after the page is there.
        page.keyboard.press("Control+k")
        page.wait_for_timeout(200)
        if page.locator("dialog[open]").count():
            break
    page.keyboard.type("loner")
    page.keyboard.press("Enter")
    page.wait_for_selector(".results a")
    page.locator(".site-search input").focus()
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.results > li:first-child > a')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chapters/**")


def test_more_pages_are_shown_on_demand(open_page):
    page = search(open_page, "effort")
    assert page.locator(".results > li").count() == 10
    page.get_by_role("button", name="Show more pages").click()
    page.wait_for_selector(".results > li:nth-child(11)")
    assert page.evaluate("document.activeElement.closest('.results > li:nth-child(11)') !== null")


def test_search_works_under_a_path(chromium):
    built("search.html")
    handler = partial(QuietHandler, directory=SITE.parent)
    with ThreadingHTTPServer((HOST, 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        page = chromium.new_page()
        page.goto(f"http://{HOST}:{server.server_port}/{SITE.name}/search.html?q=loner")
        link = page.locator(".results > li > a").first
        assert f"/{SITE.name}/chapters/" in link.get_attribute("href")
        link.click()
        page.wait_for_selector("article h1")
        page.close()
        server.shutdown()


def test_opened_as_a_file_the_search_says_what_it_lacks(chromium):
    page = chromium.new_page()
    page.goto(f"{built('search.html').as_uri()}?q=loner")
    page.wait_for_selector("text=make serve")
    page.close()


def test_only_the_article_is_searched_and_headings_are_places():
    soup = BeautifulSoup(searchable(PAGE), "html.parser")
    assert soup.get_text(" ", strip=True) == "One Cost c_1/N ≤ 1. Two More."
    assert [tag["id"] for tag in soup.select("h1, h2")] == ["one", "two"]


def test_an_index_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "taken").touch()
    with pytest.raises((RuntimeError, OSError)):
        write_index({"page.html": searchable(PAGE)}, tmp_path / "taken")


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\(\rho = \dfrac{N}{1 + \ln N}\)", "ρ = N/(1 + ln N)"),
        (r"x^* \in \arg\min_{x \ge 0} G(x)", "x^* ∈ arg min_(x ≥ 0) G(x)"),
        (r"\sum_{j \ne i} e^{-x_j}", "∑_(j ≠ i) e^(-x_j)"),
        (r"\max\{\hat x, 0\}", "max{x̂, 0}"),
        (r"f'' + \|q\|^\prime - \tfrac1N", "f'' + ‖q‖' - 1/N"),
    ],
)
def test_mathematics_can_be_read_as_text(tex, text):
    assert readable(tex) == text


@pytest.mark.parametrize("page", PAGES)
def test_no_formula_of_the_book_is_shown_as_tex(page):
    soup = on_disk(page)
    formulas = {tex_of(formula) for formula in soup.select(".math")}
    assert not {tex for tex in formulas if re.search(r"\\[a-zA-Z]", readable(tex))}
    description = soup.select_one('meta[name="description"]')["content"]
    assert "\\" not in description
