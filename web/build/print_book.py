"""The whole book as one PDF: `make pdf` prints every built page with Chromium and joins them.

Solutions are unfolded, sliders show their first picture.
"""

import io
from urllib.parse import urldefrag

from chromium import chromium
from pypdf import PdfReader, PdfWriter
from pypdf.generic import Destination, Fit, NameObject, TextStringObject
from site_server import PAGES, serve
from whole_book import offer

MARGIN = {"top": "20mm", "bottom": "25mm", "left": "20mm", "right": "20mm"}
UNFOLD = """() => {
  document.querySelectorAll("details").forEach((details) => (details.open = true));
  return document.fonts.ready;
}"""


def main():
    with serve() as address, chromium() as browser:
        page = browser.new_page()
        writer, first = PdfWriter(), {}
        for name in PAGES:
            first[f"{address}/{name}.html"] = len(writer.pages)
            page.goto(f"{address}/{name}.html", wait_until="load")
            page.evaluate(UNFOLD)
            title = page.locator("article h1").first.inner_text().rstrip("#")
            printed = page.pdf(format="A4", margin=MARGIN, print_background=True, tagged=True)
            writer.append(io.BytesIO(printed), outline_item=title)
        page.set_content(_numbers(len(writer.pages)))
        numbers = PdfReader(io.BytesIO(page.pdf(format="A4")))
    for sheet, number in zip(writer.pages, numbers.pages, strict=True):
        sheet.merge_page(number)
        _link_inside(writer, sheet, address, first)
    writer.add_metadata({"/Title": "Closing the Price of Anarchy Gap: the executable companion"})
    writer.compress_identical_objects()
    joined = io.BytesIO()
    writer.write(joined)
    book = offer("book.pdf", joined.getvalue())
    print(f"The PDF: {book} ({len(writer.pages)} pages)")


def _numbers(count):
    """A document of `count` pages with nothing but their numbers."""
    style = "position: absolute; bottom: 0; width: 100%; text-align: center"
    sheets = "".join(
        f'<div style="position: relative; height: 280mm; break-after: page">'
        f'<p style="{style}">{number}</p></div>'
        for number in range(1, count + 1)
    )
    return f'<body style="margin: 0; font: 11px Georgia, serif; color: #555">{sheets}</body>'


def _link_inside(writer, sheet, address, first):
    """Lead links to printed pages to their first sheets, and others to files beside the PDF."""
    for annotation in sheet.get("/Annots", []):
        action = annotation.get_object().get("/A", {})
        target = urldefrag(action.get("/URI", "")).url
        if target in first:
            destination = Destination(
                "page", writer.pages[first[target]].indirect_reference, Fit.fit()
            )
            annotation.get_object()[NameObject("/Dest")] = destination.dest_array
            del annotation.get_object()["/A"]
        elif target.startswith(f"{address}/"):
            action[NameObject("/URI")] = TextStringObject(target.removeprefix(f"{address}/"))


if __name__ == "__main__":
    main()
