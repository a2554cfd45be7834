"""llms.txt: the table of contents for machines that read."""

import re

from site_files import PAGES, SITE, built, on_disk
from small_book import build, write_book

PAGES_OF_TWO = {
    "index": "# Book\n\n[](chapters/one.md)\n",
    "chapters/one": "# One\n\n*Who pays?*\n\n$x^2$\n",
}


def test_it_names_each_page_with_its_question_and_its_source(tmp_path):
    folder = write_book(tmp_path / "book", PAGES_OF_TWO)
    done = build(folder)
    assert done.returncode == 0, done.stdout
    site = folder / "_build/html"
    title, about, book, heading, one = (site / "llms.txt").read_text(encoding="utf-8").split("\n\n")
    assert title == "# Closing the Price of Anarchy Gap"
    assert about.startswith("> An executable companion to ")
    assert book == "- [Book](index.html): [source](_sources/index.md)"
    assert heading.startswith("## ")
    assert one == "- [One](chapters/one.html): Who pays? [source](_sources/chapters/one.md)\n"
    linked = '<link rel="alternate" type="text/markdown"'
    assert linked in (site / "index.html").read_text(encoding="utf-8")
    assert linked not in (site / "chapters/one.html").read_text(encoding="utf-8")


def test_it_lists_every_page_once_and_leads_to_files_of_the_site():
    text = built("llms.txt").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)]+)\)", text)
    pages = [target.removesuffix(".html") for target in targets if target.endswith(".html")]
    assert sorted(pages) == sorted(PAGES)
    assert all((SITE / target).is_file() for target in targets)
    assert on_disk("index").select_one('link[type="text/markdown"]')["href"] == "llms.txt"
