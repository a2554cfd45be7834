"""What the site consists of."""

from functools import cache

from site_server import PAGES, ROOT, SITE

CHAPTERS = [page for page in PAGES if (ROOT / f"{page}.ipynb").exists()]
WITH_SLIDERS = [
    page
    for page in PAGES
    for path in (ROOT / f"{page}.ipynb", ROOT / f"{page}.md")
    if path.exists() and "explore(" in path.read_text(encoding="utf-8")
]


def in_firefox_too(pages, *chosen):
    """Parameters of a test: `pages`, of which Firefox is asked for the `chosen` ones."""
    import pytest

    return [
        pytest.param(page, marks=[pytest.mark.in_firefox_too] if page in chosen else [])
        for page in pages
    ]


def built(path):
    """Where the file `path` of the built site lies; the test that asks is skipped if it is not."""
    if not (SITE / path).exists():
        # What prints the book reads this file too, and needs no pytest.
        import pytest

        pytest.skip(f"needs {path} in the built site: make site")
    return SITE / path


def on_disk(page):
    """The parsed HTML of a built page."""
    return parsed(built(f"{page}.html"))


@cache
def parsed(path):
    from bs4 import BeautifulSoup

    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def site_pages():
    """Every HTML file that the book itself wrote; JupyterLite has its own."""
    built("index.html")
    return [path for path in SITE.rglob("*.html") if not path.is_relative_to(SITE / "lite")]
