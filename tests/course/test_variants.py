"""Variants of the problem set: other numbers, the same difficulty, results that are computed."""

import re
import warnings

import nbformat
import pytest
from course_folder import grader, settings, student_edition
from editions import SOURCE
from submissions import ANSWERS, NOTEBOOK, failures
from variants import Numbers, drawn, variant, write_variant

SEEDS = (1, 2, 2026, 2027)


def run(notebook, answers=None):
    """The messages of the assertions that fail, by test; `answers` take the solutions' places."""
    space, said = {}, {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            found = failures((answers or {}).get(cell.id, cell.source), space)
            if found:
                said[cell.id] = found
    return said


@pytest.fixture(autouse=True)
def checks(monkeypatch):
    monkeypatch.syspath_prepend(str(SOURCE))


def test_the_source_is_the_variant_with_the_first_numbers():
    assert variant(NOTEBOOK, Numbers()) == NOTEBOOK


@pytest.mark.parametrize("seed", SEEDS)
def test_a_variant_s_solutions_pass_its_tests(seed):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        changed = variant(NOTEBOOK, drawn(seed), seed)
    assert run(changed) == {}
    lines = [line for cell in changed.cells for line in cell.source.splitlines()]
    code = [
        line
        for cell in changed.cells
        if cell.cell_type == "code"
        for line in cell.source.splitlines()
    ]
    assert max(map(len, code)) <= 72
    assert not any("{a}" in line for line in lines)


def test_last_year_s_answers_fail_where_the_rate_counts():
    changed = variant(NOTEBOOK, drawn(2027), 2027)
    lost = run(changed, ANSWERS)
    independent = {"price-messages", "taxes", "favour", "best-grant"}
    for name in ANSWERS.keys() - independent:
        assert {f"{name}-visible", f"{name}-hidden"} <= lost.keys()
    assert not {f"{name}-hidden" for name in ("price-messages", "taxes", "favour")} & lost.keys()


def test_two_seeds_differ_in_every_visible_test_that_has_numbers_and_in_every_hidden_game():
    one, two = ({c.id: c.source for c in variant(NOTEBOOK, drawn(s), s).cells} for s in (1, 2))
    games = [name for name, code in one.items() if "default_rng" in code]
    assert len(games) >= 8
    assert all(one[name] != two[name] for name in games)
    assert sum(one[name] != two[name] for name in one if name.endswith("-visible")) >= 9


def test_a_text_that_no_longer_says_the_rate_is_refused():
    changed = nbformat.from_dict(NOTEBOOK)
    for cell in changed.cells:
        cell.source = cell.source.replace("L_i e^{-s}", "L_i e^{-t}")
    with pytest.raises(ValueError, match="got a cell p1"):
        variant(changed, drawn(2027))


def test_a_course_hands_out_its_own_variant(tmp_path):
    write_variant(2027, tmp_path)
    assert settings(tmp_path).CourseDirectory.source_directory == "source"
    edition = student_edition(grader(tmp_path))
    text = (edition / "problems.ipynb").read_text(encoding="utf-8")
    rate = drawn(2027).rate
    assert f"L_i e^{{-{rate}s}}" in text
    assert not re.search(r"rate = \d", text)
    assert "### BEGIN" not in text
