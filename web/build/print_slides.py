"""The slides as PDFs: `make slides` prints each deck with Chromium, one page per slide."""

import sys

from chromium import chromium
from site_server import ROOT, SITE, serve
from whole_files import write_whole

DECKS = [SITE / f"course/slides/{path.stem}.html" for path in ROOT.glob("course/slides/*.ipynb")]
READY = """async () => {
  await document.fonts.ready;
  return Reveal.isReady();
}"""


def main():
    with serve() as address, chromium() as browser:
        page = browser.new_page()
        for deck in sorted(DECKS):
            page.goto(f"{address}/course/slides/{deck.name}?print-pdf", wait_until="load")
            page.wait_for_function(READY)
            page.wait_for_selector(".pdf-page")
            printed = deck.with_suffix(".pdf")
            write_whole(printed, page.pdf(prefer_css_page_size=True, print_background=True))
            print(f"The slides: {deck} and {printed.name}")


if __name__ == "__main__":
    sys.exit(main())
