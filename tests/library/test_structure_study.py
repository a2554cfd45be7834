"""The sweep behind the study of networks: it goes on where it stopped, and on many machines."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import structure_study
from distributed import Client, LocalCluster
from joblib import parallel_config
from structure_study import TABLE, design, sweep

from pesim_lib.beyond.networks import FAMILIES, Setting
from pesim_lib.beyond.study import read_study, setting_at, study_row

SETTINGS = [Setting(family, "dependence", n=12) for family in FAMILIES]
KILLED = f"""
import sys
from pathlib import Path
sys.path += [{str(Path(structure_study.__file__).parent)!r}]
from structure_study import sweep
from pesim_lib.beyond.networks import FAMILIES, Setting
sweep([Setting(family, "dependence", n=12) for family in FAMILIES], Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of a table computed in one go."""
    file = tmp_path_factory.mktemp("study") / "table.csv"
    assert sweep(SETTINGS, file) == len(SETTINGS)
    return file.read_bytes()


def test_a_killed_sweep_goes_on_to_the_same_table(whole, tmp_path):
    file = tmp_path / "table.csv"
    process = subprocess.Popen([sys.executable, "-c", KILLED, file], stderr=subprocess.DEVNULL)
    while not file.exists() or file.read_bytes().count(b"\n") < 4:
        assert process.poll() is None
        time.sleep(0.001)
    process.kill()
    process.wait()
    before = file.read_bytes()
    finished = before.count(b"\n") - 1
    assert whole.startswith(before[: before.rfind(b"\n") + 1])
    assert sweep(SETTINGS, file) == len(SETTINGS) - finished
    assert file.read_bytes() == whole


def test_a_finished_row_is_never_computed_again_and_half_a_line_is_dropped(whole, tmp_path):
    file = tmp_path / "table.csv"
    lines = whole.splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:5]) + lines[5][:20])
    computed = []

    def row(setting):
        computed.append(setting)
        return study_row(setting)

    sweep(SETTINGS, file, row)
    assert computed == SETTINGS[4:]
    assert file.read_bytes() == whole
    assert sweep(SETTINGS, file, row) == 0


def test_a_design_that_grew_keeps_its_rows_in_order(whole, tmp_path):
    file = tmp_path / "table.csv"
    sweep(SETTINGS[1::2], file)
    assert sweep(SETTINGS, file) == len(SETTINGS[::2])
    assert file.read_bytes() == whole


def test_two_processes_write_the_same_table(whole, tmp_path):
    sweep(SETTINGS, tmp_path / "table.csv", n_jobs=2)
    assert (tmp_path / "table.csv").read_bytes() == whole


def test_a_dask_cluster_of_processes_writes_the_same_table(whole, tmp_path):
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
        parallel_config("dask", client=client),
    ):
        sweep(SETTINGS, tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_bytes() == whole


def test_a_failing_game_is_recorded_and_the_others_go_on(tmp_path):
    settings = [SETTINGS[0], Setting("no such family", "dependence"), SETTINGS[1]]
    sweep(settings, tmp_path / "table.csv")
    found = read_study(tmp_path / "table.csv")
    assert found["family"].tolist() == ["ring", "no such family", "torus"]
    assert found["error"][1].startswith("ValueError: family: got 'no such family'; allowed: ring")
    assert np.isnan(found["rho"]).tolist() == [False, True, False]
    assert found["error"][[0, 2]].tolist() == ["", ""]


def test_a_table_of_another_study_is_refused(tmp_path):
    file = tmp_path / "table.csv"
    sweep(SETTINGS[:2], file)
    with pytest.raises(ValueError, match="allowed: rows of the given settings"):
        sweep(SETTINGS[1:], file)
    file.write_text("family,rho\n", encoding="utf-8")
    with pytest.raises(ValueError, match="got other columns"):
        sweep(SETTINGS, file)


def test_the_stored_table_is_that_of_the_design():
    table = read_study(TABLE)
    stored = [setting_at(table, row) for row in range(len(table["rho"]))]
    assert stored == design()
    assert (table["error"] == "").all()
    assert (table["residual"] <= 1e-9).all()
