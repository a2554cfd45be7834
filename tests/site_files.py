"""What the site consists of."""

from functools import cache

from bs4 import BeautifulSoup
from site_server import PAGES, ROOT, SITE

CHAPTERS = [page for page in PAGES if (ROOT / f"{page}.ipynb").exists()]
WITH_SLIDERS = [
    page
    for page in PAGES
    for path in (ROOT / f"{page}.ipynb", ROOT / f"{page}.md")
    if path.exists() and "explore(" in path.read_text(encoding="utf-8")
]


@cache
def on_disk(page):
    """The parsed HTML of a built page."""
    return BeautifulSoup((SITE / f"{page}.html").read_text(encoding="utf-8"), "html.parser")


def site_pages():
    """Every HTML file that the book itself wrote; JupyterLite has its own."""
    return [path for path in SITE.rglob("*.html") if not path.is_relative_to(SITE / "lite")]
