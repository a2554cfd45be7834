"""The ledger of claims: complete, and every row with something behind it."""

import importlib
import json
from pathlib import Path

import ledger
import pytest
from check import listed
from ledger_tests import test_sources as sources_of_tests
from site_files import ROOT, on_disk

CLAIMS = ledger.claims()
NUMBERED = [
    *(f"({number})" for number in range(1, 29)),
    *(f"Assumption {number}" for number in range(1, 5)),
    "Proposition 1",
    "Theorem 1",
    "Theorem 2",
    "Figure 1",
]
# How many sentences each section of the paper has that say something.
SENTENCES = {
    "Abstract": 6,
    "I": 37,
    "II": 31,
    "III": 21,
    "IV": 47,
    "V": 38,
    "VI": 8,
    "Appendix": 29,
}


def missing(claims):
    """Numbered statements of the paper without a row."""
    return [statement for statement in NUMBERED if statement not in {c.paper for c in claims}]


def unfounded(claims):
    """What rows name as checks though there is no such cell or test."""
    return [check for claim in claims for check in claim.by if not exists(check)]


def unproved(claims):
    """Theorems that rows name though the stored list of machine-checked theorems has none."""
    return [theorem for claim in claims for theorem in claim.coq if theorem not in listed()]


def exists(check):
    if "::" in check:
        file, name = check.split("::")
        return (ROOT / file).exists() and name in sources_of_tests(ROOT / file)
    page, name = check.split("#")
    notebook = ROOT / f"chapters/{page}.ipynb"
    if not notebook.exists():
        return False
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return name in [cell["id"] for cell in cells if cell["cell_type"] == "code"]


def test_every_numbered_statement_has_a_row_and_only_one():
    assert missing(CLAIMS) == []
    assert len({claim.paper for claim in CLAIMS}) == len(CLAIMS)


def test_every_row_has_an_existing_cell_or_test_behind_it():
    assert unfounded(CLAIMS) == []


def test_every_theorem_behind_a_row_is_machine_checked():
    assert unproved(CLAIMS) == []
    seven = ledger.Claim(**{**vars(CLAIMS[0]), "coq": ("Theorem1.theorem_3",)})
    assert unproved([seven]) == ["Theorem1.theorem_3"]


def test_the_ledger_counts_the_rows_that_are_machine_checked():
    rows = sum(bool(claim.coq) for claim in CLAIMS)
    assert f"{rows:4d} machine-checked" in ledger.summary().splitlines()


def test_a_row_that_is_missing_or_names_a_wrong_check_is_found():
    assert missing([claim for claim in CLAIMS if claim.paper != "(7)"]) == ["(7)"]
    (seven,) = (claim for claim in CLAIMS if claim.paper == "(7)")
    for wrong in (
        "pesim#pesim-999",
        "nowhere#pesim-03",
        "tests/library/test_theorems.py::test_taxes",
        "tests/library/test_nothing.py::test_taxes",
    ):
        assert unfounded([ledger.Claim(**{**vars(seven), "by": (wrong,)})]) == [wrong]


def without_row(sentences, claims):
    """Sentences of the paper with neither rows that exist nor a reason, or with both."""
    names = {claim.paper for claim in ledger.papers_own(claims)}
    return [
        sentence["begins"]
        for sentence in sentences
        if not set(sentence["rows"]) <= names
        or bool(sentence["rows"]) == bool(sentence["reason"])
        or sentence["reason"] not in ("", *ledger.REASONS)
    ]


def test_every_sentence_of_the_paper_has_a_row_or_a_reason():
    sentences = ledger.sentences()
    assert without_row(sentences, CLAIMS) == []
    for section, count in SENTENCES.items():
        numbers = [int(s["number"]) for s in sentences if s["section"] == section]
        assert numbers == list(range(1, count + 1))
    assert len(sentences) == sum(SENTENCES.values())
    assert all(1 <= len(sentence["begins"].split()) <= 6 for sentence in sentences)


def test_every_row_of_the_paper_is_some_sentences():
    named = {row for sentence in ledger.sentences() for row in sentence["rows"]}
    assert named == {claim.paper for claim in ledger.papers_own(CLAIMS)}


def test_a_sentence_without_row_or_reason_is_found():
    first = next(sentence for sentence in ledger.sentences() if sentence["rows"])
    for change in ({"rows": []}, {"rows": ["no such row"]}, {"reason": "plan"}):
        assert without_row([{**first, **change}], CLAIMS) == [first["begins"]]
    assert without_row([{**first, "rows": [], "reason": "because"}], CLAIMS) == [first["begins"]]


def test_headline_counts_are_of_the_papers_claims_alone():
    paper = [claim for claim in CLAIMS if claim.section in SENTENCES]
    assert paper == ledger.papers_own(CLAIMS)
    first, *counts, checked, last = ledger.summary().splitlines()
    assert int(checked.split()[0]) == sum(bool(claim.coq) for claim in paper)
    assert first == f"{len(paper)} claims of the paper"
    assert sum(int(line.split()[0]) for line in counts) == len(paper)
    assert int(last.split()[0]) == len(CLAIMS) - len(paper)


@pytest.mark.parametrize(
    "change",
    [{"how": "by faith"}, {"verdict": "true"}, {"by": ()}, {"repair": "none"}],
    ids=lambda change: next(iter(change)),
)
def test_a_row_that_says_something_else_than_the_form_allows_is_refused(change):
    (seven,) = (claim for claim in CLAIMS if claim.paper == "(7)")
    with pytest.raises(ValueError, match=next(iter(change))):
        ledger.Claim(**{**vars(seven), **change})


@pytest.mark.parametrize("claim", [c for c in CLAIMS if c.games], ids=lambda claim: claim.paper)
def test_number_of_random_games_is_the_tests_own(claim):
    file, name = next(check for check in claim.by if "::" in check).split("::")
    module = importlib.import_module(Path(file).stem)
    assert getattr(module, name)._hypothesis_internal_use_settings.max_examples == claim.games


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.paper)
def test_links_of_a_row_lead_to_what_they_name(claim):
    page, anchor = claim.at.split("#")
    assert on_disk(f"chapters/{page}").find(id=anchor)
    rows = [
        row
        for row in on_disk("chapters/claims").select("tr")
        if row.select_one(f'td:first-child a[href="{page}.html#{anchor}"]')
    ]
    for check in claim.by:
        page, anchor = ("checks", check.split("::")[1]) if "::" in check else check.split("#")
        target = anchor if "::" in check else f"cell-{anchor}"
        assert any(row.select_one(f'a[href="{page}.html#{target}"]') for row in rows)
        assert on_disk(f"chapters/{page}").find(id=target)
    for theorem in claim.coq:
        assert any(row.select_one(f'a[href="coq-sources.html#{theorem}"]') for row in rows)
        assert on_disk("chapters/coq-sources").find(id=theorem)


def test_the_ledger_is_one_click_from_the_landing_page():
    assert on_disk("index").select('article a[href="chapters/claims.html"]')
