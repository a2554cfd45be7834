"""A short attack on what the library certifies; `make attack` runs a long one."""

from dataclasses import replace

import pytest
from attack import FAMILIES, Report, attack, one_weight, ordinary, show

from pesim_lib.solvers import enumeration, weighted_effort


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_nothing_that_is_claimed_of_a_hard_game_is_false(family, capsys):
    report = attack(range(12), [family])
    assert report.false == []
    assert report.counts[f"{family.__name__}: games"] == 12
    assert report.counts["claims"] >= 24
    show(report)
    assert "0 of them false" in capsys.readouterr().out


def test_the_attack_sees_a_search_that_loses_an_equilibrium(monkeypatch):
    whole = enumeration.enumerate_solutions

    def forgetful(*args, **limits):
        found = whole(*args, **limits)
        return found._replace(points=found.points[:1])

    monkeypatch.setattr(weighted_effort, "enumerate_solutions", forgetful)
    assert any("lacks" in what for _, what in attack(range(25), [ordinary, one_weight]).false)


def test_the_attack_sees_ties_taken_for_equal(monkeypatch):
    exact = enumeration.judge
    monkeypatch.setattr(enumeration, "judge", lambda *args: _credulous(exact(*args)))
    assert attack(range(30), FAMILIES[:3]).false


def _credulous(verdict):
    return replace(verdict, holds=True)


def test_a_call_over_its_budget_is_reported(monkeypatch):
    monkeypatch.setattr("attack.BUDGET", 0.0)
    report = Report()
    report.timed("nothing", lambda: None, "here")
    assert report.false[0][0] == "here"
