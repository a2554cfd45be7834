"""The whole book as one PDF."""

from urllib.parse import urlsplit

import pytest
from printed_sheets import chapters_of, sheet_texts
from pypdf import PdfReader
from site_files import PAGES, SITE, built, on_disk

# One reading of 700 sheets for all of them.
pytestmark = pytest.mark.xdist_group("test_pdf")


@pytest.fixture(scope="module")
def texts():
    return sheet_texts(built("book.pdf"))


def test_every_page_of_the_book_is_in_it_and_in_its_outline(texts):
    titles = [
        on_disk(page).select_one("article h1").get_text().rstrip("#").strip() for page in PAGES
    ]
    entries = chapters_of(built("book.pdf"))
    assert [title for title, _ in entries] == titles
    for title, sheet in entries:
        words = title.split(":")[0].lstrip("0123456789. ")
        assert words in " ".join(texts[sheet].split())


def test_sheets_are_numbered_through(texts):
    for number, text in enumerate(texts, 1):
        assert str(number) in text.split()


def test_solutions_are_unfolded_and_nothing_pretends_to_be_clickable(texts):
    text = "\n".join(texts)
    assert "The gain approaches" in text
    assert "Reset" not in text.split()


def test_no_link_leads_to_the_server_that_printed_it_and_files_beside_it_exist():
    addresses = [
        annotation.get_object()["/A"]["/URI"]
        for sheet in PdfReader(built("book.pdf")).pages
        for annotation in sheet.get("/Annots", [])
        if "/URI" in annotation.get_object().get("/A", {})
    ]
    assert not [address for address in addresses if "127.0.0.1" in address]
    beside = {urlsplit(address).path for address in addresses if not urlsplit(address).scheme}
    assert "course/slides/session-1.html" in beside
    assert not [address for address in beside if not (SITE / address).exists()]


def test_the_landing_page_links_it():
    assert on_disk("index").select('a[href="book.pdf"]')
