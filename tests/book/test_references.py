"""The bibliography: every entry is cited and can be found by an identifier."""

import re

from site_files import ROOT

ENTRY = re.compile(r"^@(\w+)\{([^,]+),(.*?)^\}", re.MULTILINE | re.DOTALL)
# By which a work is found: a number or an address, or its pages in a volume or in proceedings; a
# report has the number of its series.
IDENTIFIERS = re.compile(r"doi\s*=\s*\{10\.|isbn\s*=|eprint\s*=|arXiv:|url\s*=\s*\{https://")
PLACE = re.compile(r"(?=.*(?:volume|booktitle)\s*=).*pages\s*=", re.DOTALL)


def entries():
    """Key -> (type, fields as they stand)."""
    text = (ROOT / "references.bib").read_text(encoding="utf-8")
    return {key: (kind, fields) for kind, key, fields in ENTRY.findall(text)}


def cited():
    """All keys that pages cite."""
    pages = [ROOT / "index.md", *ROOT.glob("chapters/*"), *ROOT.glob("course/**/*")]
    texts = [page.read_text(encoding="utf-8") for page in pages if page.suffix in (".md", ".ipynb")]
    groups = re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", "\n".join(texts))
    return {key.strip() for group in groups for key in group.split(",")}


def unidentified(works):
    """Works without an identifier."""
    return [
        key
        for key, (kind, fields) in works.items()
        if not IDENTIFIERS.search(fields)
        and not PLACE.match(fields)
        and not (kind == "techreport" and "number = {" in fields)
    ]


def test_what_is_cited_has_an_entry_and_every_entry_is_cited():
    assert set(entries()) == cited()


def test_every_entry_has_an_identifier():
    assert unidentified(entries()) == []


def test_an_entry_without_identifier_is_found():
    works = entries()
    kind, fields = works["healy2012designing"]
    assert unidentified({"x": (kind, fields.replace("doi = {10.", "doi = {"))}) == ["x"]
    kind, fields = works["hurwicz1979outcome"]
    assert unidentified({"x": (kind, fields.replace("pages = {", "note = {"))}) == ["x"]


def test_no_two_entries_share_a_doi():
    found = re.findall(
        r"doi\s*=\s*\{([^}]+)\}", (ROOT / "references.bib").read_text(encoding="utf-8")
    )
    assert len(found) == len({doi.lower() for doi in found})
