"""What thins the search for all equilibria loses none of them."""

import csv
from itertools import product

import numpy as np
import pytest
from relaxation import COLUMNS, SEARCHES, TABLE, directed, levels, problem
from test_near_ties import exactly_listed

from pesim_lib.solvers import supports
from pesim_lib.solvers.enumeration import enumerate_solutions
from pesim_lib.solvers.relaxation import relaxed


@pytest.fixture
def everywhere(monkeypatch):
    """A linear programme and a fresh elimination at every branch."""
    monkeypatch.setattr(supports, "WIDE", 0)
    monkeypatch.setattr(supports, "STALE", 0.0)
    monkeypatch.setattr(supports, "FEWEST", 1)


@pytest.mark.usefixtures("everywhere")
def test_with_a_programme_at_every_branch_lists_are_those_of_exact_arithmetic():
    for seed in range(60):
        exactly_listed(seed)


@pytest.mark.parametrize(("kind", "seed"), list(product([directed, levels], range(4))))
def test_lists_with_and_without_programmes_are_the_same(kind, seed, monkeypatch):
    matrix, offset = problem(kind, 4, 14, seed)
    lists = []
    for wide in (np.inf, 0):
        monkeypatch.setattr(supports, "WIDE", wide)
        found = enumerate_solutions(matrix, offset)
        assert found.complete is True
        lists.append({tuple(np.round(x, 8)) for x in found.points})
    assert lists[0] == lists[1]


def branch(weight):
    """`relaxed` of a whole game of four who protect each other by `weight`."""
    matrix = np.full((4, 4), weight)
    np.fill_diagonal(matrix, 1.0)
    everybody, largest = np.ones(4, dtype=bool), np.full(4, 3 * weight - 1)
    return matrix, everybody, largest


def test_a_branch_that_holds_a_solution_is_kept_and_one_without_is_cut():
    matrix, everybody, largest = branch(2.0)
    rest = matrix, np.full(4, -1.0), everybody, everybody
    assert relaxed(*rest, np.ones(4), largest, np.full(4, 1e-15))[0]
    # One at least has to invest fully: nobody up to 0.14 leaves somebody short of 1.
    kept, user = relaxed(*rest, np.full(4, 0.14), largest, np.full(4, 1e-15))
    assert (kept, user) == (False, -1)
    # The proof holds up to rounding: with errors as large as what is short, there is none.
    assert relaxed(*rest, np.full(4, 0.14), largest, np.full(4, 0.1))[0]


def test_the_stored_benchmark_shows_that_each_step_completes_more_in_fewer_nodes():
    with TABLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    completed, nodes = (
        [sum(int(row[name]) for row in rows if row["search"] == search) for search in SEARCHES]
        for name in ("completed", "nodes")
    )
    assert completed == sorted(completed)
    assert nodes == sorted(nodes, reverse=True)
