"""What the site consists of."""

from pathlib import Path

import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).parent.parent
SITE = ROOT / "_build/html"


def toc_pages():
    """Pages of the book, without suffix, in the order of _toc.yml."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    return [toc["root"], *(page["file"] for part in toc["parts"] for page in part["chapters"])]


PAGES = toc_pages()
CHAPTERS = [page for page in PAGES if (ROOT / f"{page}.ipynb").exists()]


def on_disk(page):
    """The parsed HTML of a built page."""
    return BeautifulSoup((SITE / f"{page}.html").read_text(), "html.parser")
