"""Files of the whole book: the landing page links one only once it lies in the site.

`make epub` calls this with the EPUB's path; `make pdf` through web/build/print_book.py.
"""

import sys
from pathlib import Path

from site_server import SITE
from whole_files import write_whole

TEXTS = {"book.pdf": "PDF of the whole book", "book.epub": "EPUB for reading devices"}


def offer(name, content, site=SITE):
    """Put the bytes `content` into `site` under a name in TEXTS, and link it. Returns its path."""
    write_whole(site / name, content)
    landing = site / "index.html"
    text = landing.read_text(encoding="utf-8")
    link = f'<a href="{name}">{TEXTS[name]}</a>.'
    write_whole(landing, text.replace(f"<!-- {name} -->", link))
    return site / name


if __name__ == "__main__":
    print(f"The EPUB: {offer('book.epub', Path(sys.argv[1]).read_bytes())}")
