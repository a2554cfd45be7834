"""The whole book as one PDF."""

from urllib.parse import urlsplit

import pytest
from pypdf import PdfReader
from site_files import PAGES, SITE, built, on_disk


@pytest.fixture(scope="module")
def book():
    return PdfReader(built("book.pdf"))


def test_every_page_of_the_book_is_in_it_and_in_its_outline(book):
    titles = [
        on_disk(page).select_one("article h1").get_text().rstrip("#").strip() for page in PAGES
    ]
    entries = [entry for entry in book.outline if not isinstance(entry, list)]
    assert [entry.title for entry in entries] == titles
    for entry, title in zip(entries, titles, strict=True):
        sheet = book.pages[book.get_destination_page_number(entry)]
        words = title.split(":")[0].lstrip("0123456789. ")
        assert words in " ".join(sheet.extract_text().split())


def test_sheets_are_numbered_through(book):
    for number, sheet in enumerate(book.pages, 1):
        assert str(number) in sheet.extract_text().split()


def test_solutions_are_unfolded_and_nothing_pretends_to_be_clickable(book):
    text = "\n".join(sheet.extract_text() for sheet in book.pages)
    assert "The gain approaches" in text
    assert "Reset" not in text.split()


def test_no_link_leads_to_the_server_that_printed_it_and_files_beside_it_exist(book):
    addresses = [
        annotation.get_object()["/A"]["/URI"]
        for sheet in book.pages
        for annotation in sheet.get("/Annots", [])
        if "/URI" in annotation.get_object().get("/A", {})
    ]
    assert not [address for address in addresses if "127.0.0.1" in address]
    beside = {urlsplit(address).path for address in addresses if not urlsplit(address).scheme}
    assert "course/slides/session-1.html" in beside
    assert not [address for address in beside if not (SITE / address).exists()]


def test_the_landing_page_links_it():
    assert on_disk("index").select('a[href="book.pdf"]')
