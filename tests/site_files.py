"""What the site consists of."""

from functools import cache
from pathlib import Path

import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).parent.parent
SITE = ROOT / "_build/html"


def toc_pages():
    """Pages of the book, without suffix, in the order of _toc.yml."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [toc["root"], *(page["file"] for part in toc["parts"] for page in part["chapters"])]


PAGES = toc_pages()
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
