"""The book as an EPUB: whole XML, no scripts, everything in it that its pages name."""

import os
import posixpath
import re
import subprocess
import sys
import zipfile
from urllib.parse import unquote, urldefrag, urlparse
from xml.etree import ElementTree

import pytest
from epub import LIVE, NAME, xhtml
from site_files import ROOT, built, on_disk
from small_book import build, notebook, write_book
from whole_book import offer

HTML, MATH = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/1998/Math/MathML}"
BODY = """<div class="explore"><div class="explore-controls" hidden><input type="range"></div>
<svg viewBox="0 0 1 1"><clipPath id="a"></clipPath></svg><script>packed</script></div><br>
<section id="a"><math><mfrac displaystyle="true"><mi>x</mi><mn>2</mn></mfrac></math></section>
<a href="../book.pdf">PDF</a><a href="model.xhtml#a">Model</a>"""
PAGES = {
    "index": "# Book\n\n{prf:ref}`thm-a`, $x \\ge 0$.\n\n:::{dropdown} More\nText.\n:::\n",
    "chapters/one": "# One\n\n```{prf:theorem}\n:label: thm-a\nSo $\\rho \\ge 1$.\n```\n",
    "chapters/two": notebook("print(1)"),
}


def test_a_page_becomes_xml_that_reading_programs_take():
    page = ElementTree.fromstring(f"<body>{xhtml(BODY, 'https://site.example/one.html')}</body>")
    assert page.find(".//{*}svg").get("viewBox") == "0 0 1 1"
    assert page.find(".//{*}clipPath") is not None
    assert [element.get("id") for element in page.iter() if element.get("id")] == ["a"]
    assert page.find(f".//{MATH}mstyle[@displaystyle='true']/{MATH}mfrac") is not None
    assert [link.get("href") for link in page.findall(".//a")] == ["model.xhtml#a"]
    assert not {element.tag for element in page.iter()} & {"input", "script"}
    assert page.find(".//p[@class='live']").text == f"{LIVE}: https://site.example/one.html"


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = write_book(tmp_path_factory.mktemp("epub") / "book", PAGES)
    done = build(folder, "--builder", "custom", "--custom-builder", "epub")
    assert done.returncode == 0, done.stdout
    with zipfile.ZipFile(folder / f"_build/epub/{NAME}.epub") as file:
        return {name: file.read(name) for name in file.namelist()}


def test_every_page_is_whole_has_no_script_and_leads_to_what_is_there(book):
    pages = {name: ElementTree.fromstring(book[name]) for name in book if name.endswith(".xhtml")}
    assert {f"{page}.xhtml" for page in PAGES} < set(pages)
    for name, page in pages.items():
        names = [element.get("id") for element in page.iter() if element.get("id")]
        assert len(names) == len(set(names)), name
        assert not list(page.iter(f"{HTML}script"))
        for link in [*page.iter(f"{HTML}a"), *page.iter(f"{HTML}link")]:
            target, place = urldefrag(unquote(link.get("href")))
            if not urlparse(target).scheme:
                other = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
                assert (other if target else name) in book, link.get("href")
                there = pages.get(other if target else name)
                assert not place or there.find(f".//*[@id='{place}']") is not None


def test_the_landing_page_links_a_whole_book_once_it_is_there(tmp_path):
    landing = tmp_path / "index.html"
    landing.write_text("Read. <!-- book.pdf --> <!-- book.epub -->", encoding="utf-8")
    for _ in range(2):
        assert offer("book.epub", b"whole", tmp_path).read_bytes() == b"whole"
        said = 'Read. <!-- book.pdf --> <a href="book.epub">EPUB for reading devices</a>.'
        assert landing.read_text(encoding="utf-8") == said


def test_a_link_is_written_in_utf_8_whatever_the_locale(tmp_path):
    landing = tmp_path / "index.html"
    landing.write_text("ρ ≥ 1 <!-- book.pdf -->", encoding="utf-8")
    code = "import sys; from pathlib import Path; from whole_book import offer;"
    code += "offer('book.pdf', b'', Path(sys.argv[1]))"
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    environment = {**os.environ, **locale, "PYTHONPATH": str(ROOT / "web/build")}
    subprocess.run([sys.executable, "-c", code, tmp_path], env=environment, check=True)
    assert landing.read_text(encoding="utf-8").startswith("ρ ≥ 1 <a ")


def test_the_site_has_it():
    assert zipfile.is_zipfile(built("book.epub"))
    assert on_disk("index").select('a[href="book.epub"]')


def test_the_listing_says_what_pages_hold(book):
    listing = book["content.opf"].decode()
    held = dict(re.findall(r'href="([^"]+\.xhtml)"[^>]*properties="([^"]*)"', listing))
    assert held == {"nav.xhtml": "nav", "index.xhtml": "mathml svg", "chapters/one.xhtml": "mathml"}
