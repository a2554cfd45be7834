"""What the site consists of."""

from contextlib import contextmanager
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import yaml

ROOT = Path(__file__).parents[1]
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


def built(path):
    """Where the file `path` of the built site lies; the test that asks is skipped if it is not."""
    if not (SITE / path).exists():
        # What prints the book reads this file too, and needs no pytest.
        import pytest

        pytest.skip(f"needs {path} in the built site: make site")
    return SITE / path


@cache
def on_disk(page):
    """The parsed HTML of a built page."""
    from bs4 import BeautifulSoup

    return BeautifulSoup(built(f"{page}.html").read_text(encoding="utf-8"), "html.parser")


def site_pages():
    """Every HTML file that the book itself wrote; JupyterLite has its own."""
    built("index.html")
    return [path for path in SITE.rglob("*.html") if not path.is_relative_to(SITE / "lite")]


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, *args):
        pass


@contextmanager
def serve():
    """The built site on a port of this machine, while its address is needed."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=SITE))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
