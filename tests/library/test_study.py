"""The study of networks: its families, its measures and its stored table."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from pesim_lib import (
    ConvergenceError,
    Exponential,
    SecurityGame,
    WeightedEffort,
    price_of_anarchy,
    social_optimum,
)
from pesim_lib.beyond import study
from pesim_lib.beyond.networks import FAMILIES, Setting, regular_ratio, weights
from pesim_lib.beyond.study import (
    COLUMNS,
    agrees,
    mean_interval,
    network_measures,
    rank_correlation,
    read_study,
    setting_at,
    study_row,
)

ROOT = Path(__file__).parents[2]
SETTINGS = [Setting(family, "dependence", n=12) for family in FAMILIES]


@pytest.fixture(scope="module")
def table():
    return read_study(ROOT / "chapters/study.csv")


def test_a_late_failure_keeps_what_was_measured(monkeypatch):
    def fails(game):
        raise ConvergenceError("equilibrium", 0.5)

    monkeypatch.setattr(study, "participation", fails)
    row = study_row(SETTINGS[0])
    assert row["rho"] == pytest.approx(regular_ratio(1.9, 0.5))
    assert row["leavers"] is None
    assert row["error"].startswith("ConvergenceError")


def test_stored_rows_are_what_the_library_computes(table):
    settled = table["certificate"] == "unique"
    random = np.random.default_rng(5)
    for limit, count in ((24, 16), (144, 6)):
        rows = np.flatnonzero(settled & (table["n"] <= limit) & (table["n"] != 36))
        for row in random.choice(rows, count, replace=False):
            assert agrees(table, row), setting_at(table, row)


def test_a_changed_cell_is_noticed(table):
    row = int(np.flatnonzero((table["n"] == 12) & (table["strength"] < 1))[0])
    assert agrees(table, row)
    for name in ("rho", "leavers", "clustering"):
        changed = table | {name: table[name].copy()}
        changed[name][row] += 0.01
        assert not agrees(changed, row)
    assert not agrees(table | {"certificate": np.full(len(table["rho"]), "enumerated")}, row)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("degree", [4, 8])
def test_links_are_links(family, degree):
    n, directed = 60, family in ("directed", "providers")
    links = Setting(family, "links", n=n, degree=degree, seed=2).links()
    assert len(np.unique(links, axis=0)) == len(links)
    assert (links[:, 0] != links[:, 1]).all()
    assert links.min() >= 0
    assert links.max() < n
    there, back = ({tuple(link) for link in ends.tolist()} for ends in (links, links[:, ::-1]))
    assert (there == back) != directed
    users = np.bincount(links[:, 0], minlength=n)
    if family in ("ring", "torus", "directed", "providers"):
        assert (users == degree).all()
    elif family not in ("star", "complete"):
        assert users.mean() == pytest.approx(degree, rel=0.3)


def test_weightings_make_equal_what_they_name():
    links = Setting("providers", "links", n=30).links()
    rows = weights(links, 30, 0.9, "dependence").sum(axis=1)
    np.testing.assert_allclose(rows, 1.9)
    columns = weights(links, 30, 0.9, "influence").sum(axis=0)
    needed = np.bincount(links[:, 1], minlength=30) > 0
    np.testing.assert_allclose(columns, np.where(needed, 1.9, 1.0))
    matrix = weights(links, 30, 0.9, "links")
    assert matrix.sum() == pytest.approx(30 * 1.9)
    assert np.ptp(matrix.data[matrix.data < 1]) == 0
    with pytest.raises(ValueError, match="allowed: dependence, influence, links"):
        weights(links, 30, 0.9, "degree")


def test_equal_settings_make_equal_games_and_share_their_draws():
    one = Setting("uniform", "links", spread=0.5, seed=3)
    assert (one.game().risk.dense_weights() == one.game().risk.dense_weights()).all()
    other = replace(one, weighting="influence", decay="power law")
    assert (one.links() == other.links()).all()
    assert (one.game().unit_costs == other.game().unit_costs).all()
    assert not np.array_equal(one.links(), replace(one, seed=4).links())


KNOWN = {
    "complete": {"clustering": 1, "second": -1 / 11, "distance": 1, "degree_cv": 0},
    "ring": {"clustering": 0.5, "distance": (4 * 1 + 4 * 2 + 3 * 3) / 11, "radius": 0.9},
    "star": {"clustering": 0, "second": 0, "distance": 2 - 2 / 12, "influence_max": 10.9},
}


@pytest.mark.parametrize("family", KNOWN)
def test_measures_of_known_networks(family):
    setting = Setting(family, "dependence", n=12)
    found = network_measures(setting, setting.game())
    for name, value in KNOWN[family].items():
        assert found[name] == pytest.approx(value, abs=1e-12), name
    assert found["reciprocity"] == 1


def test_the_columns_are_what_a_row_holds():
    assert set(study_row(SETTINGS[0])) == set(COLUMNS)


@pytest.mark.parametrize("seed", range(8))
def test_theorem_on_equal_rows_and_equal_columns(seed):
    """On dense weights that no family has; the second part only where nobody idles."""
    random = np.random.default_rng(seed)
    n, strength, cost = int(random.integers(3, 9)), 0.1 + 0.85 * random.random(), 0.9
    matrix = random.random((n, n)) ** 3 * (1 - np.eye(n))
    matrix = np.eye(n) + strength * matrix / matrix.sum(axis=1, keepdims=True)
    least = regular_ratio(1 + strength, cost)

    game = SecurityGame(WeightedEffort(matrix, Exponential()), np.full(n, cost))
    result = price_of_anarchy(game)
    assert result.exact
    np.testing.assert_allclose(result.worst.x, np.log(1 / cost) / (1 + strength))
    assert least < result.ratio <= matrix.sum(axis=0).max()

    turned = SecurityGame(WeightedEffort(matrix.T, Exponential()), np.full(n, cost))
    balance = np.linalg.solve(matrix.T, np.ones(n))
    found = price_of_anarchy(turned)
    if (balance >= 0).all():
        assert found.ratio == pytest.approx(least, rel=1e-9)
        np.testing.assert_allclose(
            social_optimum(turned).x, np.log((1 + strength) / cost) * balance, atol=1e-8
        )
    else:
        assert (found.worst.x == 0).any()


def test_rank_correlation_is_spearmans_and_its_interval_holds_it():
    random = np.random.default_rng(0)
    a, noise = random.integers(0, 9, 80), random.normal(size=80)
    value, low, high = rank_correlation(a, a + noise, np.arange(80))
    assert value == pytest.approx(spearmanr(a, a + noise).statistic)
    assert low < value < high
    # What two variables share through a third is gone once that is given.
    third = random.normal(size=4000)
    b, c = third + random.normal(size=(2, 4000))
    assert rank_correlation(b, c, np.arange(4000), draws=2)[0] > 0.4
    assert abs(rank_correlation(b, c, np.arange(4000), third, draws=2)[0]) < 0.05


def test_the_bootstrap_interval_is_about_two_standard_errors():
    values = np.random.default_rng(1).normal(3.0, 2.0, 400)
    mean, low, high = mean_interval(values)
    assert mean == values.mean()
    assert (high - low) / 2 == pytest.approx(1.96 * values.std() / 20, rel=0.1)


def test_draws_of_groups_without_variation_are_left_out_of_the_interval():
    """Ten groups of two; in all but one of them the first column is the same."""
    random = np.random.default_rng(0)
    groups = np.repeat(np.arange(10), 2)
    a = np.where(groups == 0, random.normal(size=20), 1.0)
    value, low, high = rank_correlation(a, random.normal(size=20), groups, draws=200)
    assert -1 <= low <= value <= high <= 1
