"""The study of the Internet goes on where it was killed; its tables are those of its design."""

import csv
import shutil
import subprocess
import sys
import time

import internet_study
import numpy as np
import pytest
from internet_study import CHAPTERS, COALITIONS, DESIGN, EXITS, TABLES, differing, study

from pesim_lib.beyond.internet import parties
from pesim_lib.beyond.tables import read_table

pytestmark = pytest.mark.xdist_group("test_internet_study")
SMALL = {150: (2, ("4 largest", "all who sell transit"), 2), 300: (1, ("10 largest",), 0)}
KILLED = f"""
import sys
from pathlib import Path
import internet_study
internet_study.study(Path(sys.argv[1]), {SMALL})
"""


def rows(folder, name):
    """The rows of a table, but for how they came about, which hangs on the machine."""
    with (folder / name).open(encoding="utf-8", newline="") as lines:
        return [
            {
                key: cell
                for key, cell in row.items()
                if key not in ("residual", "rounds", "seconds", "made_by")
            }
            for row in csv.DictReader(lines)
        ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("internet")
    assert study(folder, SMALL) == [2 * 4 + 3, 4]
    return folder


def test_a_killed_study_goes_on_with_nothing_lost_or_doubled(whole, tmp_path):
    table, environment = tmp_path / "internet.csv", {"PYTHONPATH": ":".join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, tmp_path], stderr=subprocess.DEVNULL, env=environment
    )
    while not table.exists() or table.read_bytes().count(b"\n") < 5:
        assert process.poll() is None
        time.sleep(0.001)
    process.kill()
    process.wait()
    before = table.read_bytes().count(b"\n") - 1
    kept = table.read_text(encoding="utf-8").splitlines()[1 : before + 1]
    added, _ = study(tmp_path, SMALL)
    assert added == len(rows(whole, "internet.csv")) - before
    assert rows(tmp_path, "internet.csv") == rows(whole, "internet.csv")
    assert rows(tmp_path, "internet-exits.csv") == rows(whole, "internet-exits.csv")
    # What was there is kept, to the second that it took.
    assert set(kept) <= set(table.read_text(encoding="utf-8").splitlines())
    assert study(tmp_path, SMALL) == [0, 0]


def test_a_limit_leaves_larger_networks_for_later_and_loses_none(whole, tmp_path):
    assert study(tmp_path, SMALL, most=150)[0] == len(rows(whole, "internet.csv")) - 3
    assert study(tmp_path, SMALL) == [3, 0]
    assert study(tmp_path, SMALL, most=150) == [0, 0]
    assert rows(tmp_path, "internet.csv") == rows(whole, "internet.csv")


def test_a_table_of_another_design_is_refused(whole):
    with pytest.raises(ValueError, match="allowed: rows of the given settings"):
        study(whole, {300: SMALL[300]})


def test_what_is_measured_adds_up(whole):
    table = read_table(whole / "internet.csv")
    assert (table["residual"] <= 1e-9).all()
    everybody = table["party"] == "everybody"
    assert np.isfinite(table["tax tier 1"]).tolist() == everybody.tolist()
    for draw in (0, 1):
        game = (table["draw"] == draw) & (table["networks"] == 150)
        cheapest = table["social_cost"][game & everybody]
        assert (table["social_cost"][game] >= cheapest * (1 - 1e-9)).all()


def test_the_stored_tables_are_those_of_the_design():
    coalitions, exits = (read_table(CHAPTERS / f"internet{end}.csv") for end in ("", "-exits"))
    assert set(coalitions.dtype.names) == set(COALITIONS)
    assert set(exits.dtype.names) == set(EXITS)
    expected = [
        (count, draw, party)
        for count, (draws, chosen, _) in DESIGN.items()
        for draw in range(draws)
        for party in ("nobody", "everybody", *(parties(count) if chosen is None else chosen))
    ]
    stored = [tuple(row) for row in coalitions[["networks", "draw", "party"]].tolist()]
    assert stored == expected
    assert max(coalitions["residual"].max(), exits["residual"].max()) <= 1e-9
    assert all("pesim-lib" in made for made in coalitions["made_by"])


def test_a_row_that_is_stored_otherwise_is_found(whole, tmp_path):
    for name in TABLES:
        shutil.copy(whole / name, tmp_path)
    assert differing(tmp_path, whole) == []
    table = tmp_path / "internet.csv"
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    cells = lines[4].split(",")
    lines[4] = ",".join([*cells[:5], "1.5", *cells[6:]])
    table.write_text("".join(lines), encoding="utf-8")
    assert [each.split(",")[:3] for each in differing(tmp_path, whole)] == [
        ["internet.csv: 150", "0", cells[2]]
    ]


def test_a_stored_row_comes_out_again():
    table = read_table(CHAPTERS / "internet.csv")
    for party in ("nobody", "100 largest"):
        fresh = dict(zip(COALITIONS, internet_study.coalition_row(10_000, 0, party), strict=True))
        (row,) = table[
            (table["networks"] == 10_000) & (table["draw"] == 0) & (table["party"] == party)
        ]
        for name in ("members", "links", "social_cost", "effort tier 1", "cost stub"):
            assert float(fresh[name]) == pytest.approx(float(row[name]), rel=1e-5)
