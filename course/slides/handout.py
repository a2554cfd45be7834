"""The slides on paper with the speaker's notes under each: part of `make slides`.

Two slides to a page, for the lecturer. In an edition without notes there is nothing to print.
"""

import base64
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE.parents[1] / "web/build"))

from chromium import chromium  # noqa: E402
from site_server import SITE, serve  # noqa: E402
from whole_files import write_whole  # noqa: E402

DECKS = sorted(path.stem for path in HERE.glob("*.ipynb"))
SIZE = {"width": 1280, "height": 720}
STYLE = """
@page { size: A4; margin: 14mm 16mm; }
body { margin: 0; font: 11pt/1.4 Georgia, "Times New Roman", serif; }
article { break-inside: avoid; margin-bottom: 7mm; }
img { width: 125mm; border: 0.2mm solid #999; display: block; }
p { margin: 1.5mm 0 0; }
"""


def slides(page, address):
    """Every slide of the deck at `address`: its picture (JPEG bytes) and the HTML of its notes."""
    page.goto(address, wait_until="load")
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    page.evaluate("Reveal.configure({controls: false, progress: false, slideNumber: false})")
    page.evaluate("document.fonts.ready")
    for number in range(page.evaluate("Reveal.getTotalSlides()")):
        page.evaluate(f"Reveal.slide({number}, 0, 99)")
        notes = page.evaluate("Reveal.getSlideNotes() || ''")
        yield page.screenshot(type="jpeg", quality=80), notes


def handout(shown):
    """The page to print, from pictures and notes of slides."""
    articles = "".join(
        f'<article><img src="data:image/jpeg;base64,{base64.b64encode(picture).decode()}" alt="">'
        f"<div><b>{number}</b> {notes}</div></article>"
        for number, (picture, notes) in enumerate(shown, 1)
    )
    return f'<!DOCTYPE html><meta charset="utf-8"><style>{STYLE}</style>{articles}'


def main():
    with serve() as address, chromium() as browser:
        page = browser.new_page(viewport=SIZE)
        for deck in DECKS:
            shown = list(slides(page, f"{address}/course/slides/{deck}.html"))
            if not any(notes for _, notes in shown):
                continue
            sheet = browser.new_page()
            sheet.set_content(handout(shown))
            printed = SITE / f"course/slides/{deck}-notes.pdf"
            write_whole(printed, sheet.pdf(prefer_css_page_size=True, print_background=True))
            sheet.close()
            print(f"The handout: {printed}")


if __name__ == "__main__":
    main()
