"""The stored comparison of solvers, and what the benchmark counts as solved."""

from pathlib import Path

import numpy as np
import pytest
import scipy
from games import residual
from solver_times import (
    ALONE,
    COLUMNS,
    EQUILIBRIUM,
    OPTIMUM,
    SIDE_BY_SIDE,
    equilibrium_residual,
    optimum_residual,
    side_by_side,
    sparse_problem,
    write,
)

from pesim_lib.beyond.tables import read_table

ROOT = Path(__file__).parents[2]
TIMES = read_table(ROOT / "chapters/solvers.csv")


def test_the_stored_benchmark_is_what_the_command_writes():
    assert TIMES.dtype.names == COLUMNS
    for task, compared in (("optimum", OPTIMUM), ("equilibrium", EQUILIBRIUM)):
        for n in SIDE_BY_SIDE:
            rows = (TIMES["task"] == task) & (TIMES["n"] == n)
            assert list(TIMES["solver"][rows]) == list(compared)
    assert set(TIMES["n"][TIMES["task"] == "optimum alone"]) == set(ALONE)
    ours = TIMES["solver"] == "pesim_lib"
    assert (TIMES["solved"][ours] == TIMES["games"][ours]).all()


def test_the_benchmark_measures_residuals_as_the_library_does(tmp_path):
    problem = sparse_problem(30, seed=1)
    x = np.random.default_rng(1).random(30)
    together = optimum_residual(problem, x)
    assert together == pytest.approx(residual(problem.game, x, together=True))
    alone = equilibrium_residual(problem, x)
    assert alone == pytest.approx(residual(problem.game, x, together=False))

    quick = {name: OPTIMUM[name] for name in ("pesim_lib", "L-BFGS-B")}
    rows = list(side_by_side("optimum", quick, [problem], optimum_residual))
    assert [row["solved"] for row in rows] == [1, 0]
    write(tmp_path / "table.csv", rows, packages=["scipy"])
    versions, header, first = (tmp_path / "table.csv").read_text(encoding="utf-8").splitlines()[:3]
    assert f"scipy {scipy.__version__}" in versions
    assert header == ",".join(COLUMNS)
    assert first.startswith("optimum,pesim_lib,30,")
