"""Previews: what a link leads to is shown beside it, to everybody and without a server."""

import re

import pytest
from previews import preview
from site_files import PAGES, built, on_disk
from test_accessibility import AXE, violations

PAGE = """<dl class="glossary"><dt id="term-effort">effort<a class="headerlink" href="#t">#</a></dt>
<dd><p>What a user <a href="x.html#y"><em>invests</em></a>.</p></dd></dl>
<dt class="sig" id="pesim_lib.f"><code>f</code>(x)</dt> <dd><p>Does it.</p><p>More.</p></dd>
<div class="math" id="equation-e"><div class="formula"><math><mi>x</mi></math></div></div>
<div class="proof theorem admonition" id="thm"><div id="in"><p>So it is.</p></div></div>
<div class="citation" id="id1" role="listitem"><span class="label">[1]</span><p>A book.</p></div>
<section id="part"><h2>Long</h2></section>"""
KINDS = re.compile(r"#(term-|equation-|pesim_lib\.|(thm|prop|lem|cor|def)-)|references\.html#id")
TERM = 'article a[href*="#term-"]'
SHOWN = "#preview:popover-open"


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (
            "term-effort",
            "<div>effort</div><div><p>What a user <em>invests</em>.</p></div>",
        ),
        ("pesim_lib.f", "<div><code>f</code>(x)</div><p>Does it.</p>"),
        (
            "equation-e",
            '<div class="math"><div class="formula"><math><mi>x</mi></math></div></div>',
        ),
        ("thm", '<div class="proof theorem admonition"><div><p>So it is.</p></div></div>'),
        ("id1", '<div class="citation"><p>A book.</p></div>'),
        ("part", ""),
        ("nowhere", ""),
    ],
)
def test_a_preview_is_what_stands_at_the_place_without_links_and_names(place, shown):
    assert preview(PAGE, place) == shown


def test_half_an_element_is_refused():
    with pytest.raises(ValueError, match="page: got"):
        preview('<div class="math" id="e"><div>', "e")


@pytest.mark.parametrize("page", PAGES)
def test_every_term_theorem_equation_and_reference_that_a_page_links_to_has_one(page):
    soup = on_disk(page)
    store = soup.select_one("template#previews")
    parts = store.select("[data-of]") if store else []
    links = soup.select("article a.reference.internal[href*='#']")
    kinds = re.compile(
        r"#(term-|equation-|pesim_lib\.|(thm|prop|lem|cor|def)-)|references\.html#id"
    )
    wanted = {link["href"] for link in links if kinds.search(link["href"])}
    assert wanted <= {part["data-of"] for part in parts}
    assert all(part.decode_contents().strip() for part in parts)
    if store:
        assert store.select("a, [id], script, input, button") == []


@pytest.mark.in_firefox_too
def test_the_keyboard_shows_a_preview_and_escape_hides_it(open_page):
    page = open_page("course/summary.html")
    term = page.locator(TERM).first
    term.evaluate("""(link) => {
      const before = document.createElement("button");
      link.before(before);
      before.focus();
    }""")
    page.keyboard.press("Tab")
    page.wait_for_selector(SHOWN)
    assert term.get_attribute("aria-describedby") == "preview"
    place = term.get_attribute("href").split("#")[1]
    meaning = on_disk("course/glossary").find(id=place).find_next("dd").get_text()
    seen = page.locator("#preview").evaluate("(box) => box.textContent.replace(/\\s/g, '')")
    assert re.sub(r"\s", "", meaning) in seen
    page.keyboard.press("Escape")
    page.wait_for_selector("#preview:not(:popover-open)", state="hidden")
    assert term.get_attribute("aria-describedby") is None
    assert page.evaluate("document.activeElement.matches('a')")


@pytest.mark.in_firefox_too
def test_a_pointer_may_move_from_the_link_into_its_preview(open_page):
    page = open_page("chapters/pesim.html")
    link = page.locator("article a.reference[href='#equation-eq-tax']").first
    link.scroll_into_view_if_needed()
    link.hover()
    page.wait_for_selector(f"{SHOWN} math")
    box, at = page.locator("#preview").bounding_box(), link.bounding_box()
    assert box["y"] >= at["y"] + at["height"] or box["y"] + box["height"] <= at["y"]
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 1280
    page.mouse.move(box["x"] + 20, box["y"] + 10)
    page.wait_for_timeout(600)
    assert page.locator(SHOWN).count() == 1
    page.mouse.move(2, 2)
    page.wait_for_selector("#preview", state="hidden")


def test_a_first_touch_shows_a_preview_and_a_second_follows_the_link(open_page):
    page = open_page("course/summary.html", width=375, height=700, has_touch=True)
    term = page.locator(TERM).first
    term.tap()
    page.wait_for_selector(SHOWN)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    term.tap()
    page.wait_for_url("**/glossary.html#term-*")


@pytest.mark.in_firefox_too
def test_previews_need_no_server(browser):
    page = browser.new_page()
    page.goto(built("course/summary.html").as_uri())
    page.locator(TERM).first.hover()
    page.wait_for_selector(SHOWN)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_previews(open_page, scheme):
    still = {"color_scheme": scheme, "reduced_motion": "reduce"}
    for address, link in [
        ("course/summary.html", TERM),
        ("chapters/pesim.html", "article a.reference[href='#equation-eq-tax']"),
        ("chapters/pesim.html", "article a.reference[href='#thm-two']"),
        ("chapters/pesim.html", "article a[href*='references.html#']"),
        ("chapters/structure.html", "article a.reference[href*='#equation-']"),
    ]:
        page = open_page(address, **still)
        page.locator(link).first.scroll_into_view_if_needed()
        page.locator(link).first.hover()
        page.wait_for_selector(SHOWN)
        # The rest of the page is looked at without a preview.
        assert violations(page, AXE, {"include": [["#preview"], ["[aria-describedby]"]]}) == []
