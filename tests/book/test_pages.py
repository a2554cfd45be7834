"""Pages of the built site: they open, they ask nobody else, their links lead somewhere."""

import gzip
from urllib.parse import unquote, urldefrag, urljoin, urlparse

import pytest
import yaml
from pages import site_address
from site_files import (
    CHAPTERS,
    PAGES,
    ROOT,
    SITE,
    built,
    in_firefox_too,
    on_disk,
    parsed,
    site_pages,
)

# Of one page, gzipped: what it loads at first, and in all when it is read to its end.
MOST_AT_FIRST, MOST_BYTES, MOST_FILES = 250_000, 400_000, 15
# All sources of the formal proofs are one page of text.
LONG = "chapters/coq-sources"
PICTURES_CAME = """(explorer) => performance.getEntriesByName(
  new URL(explorer.querySelector(".explore-frames").dataset.src, location).href).length > 0"""
# One process parses all pages once.
WHOLE_SITE = pytest.mark.xdist_group("whole_site")


@pytest.mark.parametrize("page", in_firefox_too(PAGES, "chapters/alternatives", "chapters/proofs"))
def test_page_opens_without_errors_is_typeset_and_fits_a_phone(open_page, page):
    opened = open_page(f"{page}.html")
    assert opened.locator("article h1").count() == 1
    for image in opened.locator("img").all():
        assert image.get_attribute("alt")
    assert opened.locator(".math:not(:has(math))").count() == 0
    assert_light(opened)
    opened.set_viewport_size({"width": 375, "height": 800})
    assert opened.evaluate("document.documentElement.scrollWidth") <= 375


def assert_light(opened):
    # Firefox counts its own request for the icon as one that never ends: "networkidle" waits on.
    opened.wait_for_function("() => [...document.images].every((image) => image.complete)")
    opened.evaluate("() => new Promise((resolve) => requestIdleCallback(() => resolve()))")
    at_first = loaded(opened)
    assert LONG in opened.url or sum(at_first.values()) <= MOST_AT_FIRST, at_first
    for explorer in opened.locator(".explore").all():
        explorer.scroll_into_view_if_needed()
        opened.wait_for_function(PICTURES_CAME, arg=explorer.element_handle())
    in_all = loaded(opened)
    assert len(in_all) <= MOST_FILES, in_all
    assert sum(in_all.values()) <= MOST_BYTES, in_all


def loaded(opened):
    """The files that a page has loaded, itself among them -> bytes, gzipped."""
    entries = "performance.getEntriesByType('resource').map((entry) => entry.name)"
    files = {urlparse(name).path.lstrip("/") for name in [opened.url, *opened.evaluate(entries)]}
    return {name: len(gzip.compress(built(name).read_bytes())) for name in files}


def test_without_scripts_text_pictures_and_readings_stay(open_page):
    page = open_page("chapters/model.html", java_script_enabled=False)
    assert page.locator(".picture svg").first.is_visible()
    assert page.locator(".reading").first.is_visible()
    assert not page.locator(".explore-controls").first.is_visible()
    assert page.locator("div.math math").nth(1).is_visible()


@WHOLE_SITE
def test_internal_links_and_anchors_resolve():
    pages = {path: parsed(path) for path in site_pages()}
    # The page for a wrong address knows only where the site lies on its host.
    del pages[SITE / "404.html"]
    anchors = {path: {tag["id"] for tag in soup.select("[id]")} for path, soup in pages.items()}
    missing = []
    for path, soup in pages.items():
        for link in soup.select("a[href]"):
            target, anchor = urldefrag(link["href"].split("?")[0])
            if urlparse(target).scheme or "_sources" in target:
                continue
            other = (path.parent / unquote(target)).resolve() if target else path
            anchored = not anchor or other not in pages or unquote(anchor) in anchors[other]
            if not other.exists() or not anchored:
                missing.append(f"{path.name}: {link['href']}")
    assert missing == []


def test_no_page_names_the_folder_that_it_was_built_in():
    told = [path.name for path in site_pages() if str(ROOT) in path.read_text(encoding="utf-8")]
    assert told == []


@WHOLE_SITE
def test_no_page_names_a_script_or_style_of_another_host():
    for path in site_pages():
        for tag in parsed(path).select("script[src], link[rel=stylesheet], img[src]"):
            address = tag.get("src") or tag.get("href")
            assert not urlparse(urljoin("file:///", address)).netloc, f"{path.name}: {address}"


@pytest.mark.parametrize("page", PAGES)
def test_policy_names_no_other_host(page):
    policy, sources = policy_of(page)
    assert sources["default-src"] == "'self'"
    assert "'unsafe-inline'" not in sources["script-src"]
    assert "http" not in policy


def policy_of(page):
    """A page's policy, and what it allows for each kind of file but scripts known by their hash."""
    (tag,) = on_disk(page).select('meta[http-equiv="Content-Security-Policy"]')
    sources = dict(part.split(maxsplit=1) for part in tag["content"].split("; "))
    return tag["content"], {
        kind: " ".join(word for word in allowed.split() if not word.startswith("'sha"))
        for kind, allowed in sources.items()
    }


@pytest.mark.in_firefox_too
def test_policy_lets_no_other_host_in(browser, site_url):
    """One page for each policy that differs in more than hashes."""
    differing = {str(policy_of(page)[1]): page for page in PAGES}
    for page in differing.values():
        opened = browser.new_page()
        opened.goto(f"{site_url}/{page}.html")
        stopped = opened.evaluate(
            """() => new Promise((resolve) => {
              document.addEventListener("securitypolicyviolation", (event) =>
                resolve(event.effectiveDirective));
              new Image().src = "http://127.0.0.1:1/elsewhere.png";
            })"""
        )
        assert stopped == "img-src"
        opened.close()


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


@pytest.mark.parametrize("page", CHAPTERS)
def test_a_chapter_with_all_its_pictures_is_small(page):
    assert len(gzip.compress(built(f"{page}.html").read_bytes())) <= 400_000


def test_scripts_of_our_own_are_small():
    scripts = [gzip.compress(path.read_bytes()) for path in (ROOT / "web/static").glob("*.js")]
    assert scripts
    assert sum(map(len, scripts)) <= 24_000


def test_page_for_a_wrong_address_needs_no_file_beside_it():
    repository = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"][
        "url"
    ]
    home = urlparse(site_address(repository)).path or "/"
    soup = on_disk("404")
    assert soup.select("script, img") == []
    assert [tag["href"] for tag in soup.select("link")] == ["data:,"]
    assert [tag["href"] for tag in soup.select("a")] == [home]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_declares_its_viewport_once_and_no_title_twice(page):
    assert len(on_disk(page).select('meta[name="viewport"]')) == 1
    first, *others = on_disk(page).title.get_text().split(" — ")
    assert first not in others


def test_github_pages_serves_every_folder():
    assert (SITE / ".nojekyll").exists()


@pytest.mark.parametrize(
    ("page", "file"),
    [
        ("chapters/structure", "chapters/study.csv"),
        ("chapters/message-exchange", "chapters/exchange.csv"),
        ("chapters/internet", "chapters/internet.as-rel.txt.bz2"),
        ("chapters/claims", "chapters/claims.toml"),
        ("course/experiment-results", "course/experiment/room-example.csv"),
    ],
)
def test_what_a_notebook_reads_can_be_taken_along(page, file):
    links = on_disk(page).select(".dropdown-download-buttons a[href]")
    targets = [((SITE / page).parent / link["href"]).resolve() for link in links]
    (target,) = (target for target in targets if target.match(file))
    assert target.read_bytes() == (ROOT / file).read_bytes()


@pytest.mark.in_firefox_too
def test_a_page_is_printed_on_white_whatever_is_on_the_screen(open_page):
    page = open_page("chapters/model.html", color_scheme="light")
    button = page.locator(".theme-switch-button:visible").first
    button.click()
    if (choice := page.locator(".theme-change-button[data-mode=dark]")).count():
        # Newer themes open a menu.
        choice.first.click()
    else:
        # Others go round three modes.
        for _ in range(2):
            if page.evaluate("document.documentElement.dataset.theme") != "dark":
                button.click(timeout=5000)
    page.evaluate(
        """() => addEventListener("beforeprint", () => {
          const style = getComputedStyle(document.querySelector("article p"));
          window.printed = [document.documentElement.dataset.theme, style.color];
        })"""
    )
    shown = page.evaluate("getComputedStyle(document.querySelector('article p')).color")
    page.pdf()
    theme, colour = page.evaluate("window.printed")
    assert theme == "light"
    assert colour != shown
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_every_page_describes_itself_to_previews():
    descriptions = [
        on_disk(page).select_one('meta[property="og:description"]')["content"]
        for page in ["index", *CHAPTERS]
    ]
    assert all(descriptions)
    assert len(set(descriptions)) == len(descriptions)
