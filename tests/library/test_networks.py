"""Networks for any number of users: simple graphs, or an error that says what is allowed."""

import numpy as np
import pytest

from pesim_lib.beyond.networks import FAMILIES, Setting


@pytest.mark.parametrize("family", FAMILIES)
def test_every_size_and_degree_gives_a_network_without_loops_and_repeats_or_a_value_error(family):
    made = 0
    for n in (1, 2, 3, 4, 5, 7, 8, 9, 12, 16):
        for degree in (1, 2, 3, 4, 7, 8, 16, 20):
            setting = Setting(family, "dependence", n=n, degree=degree)
            try:
                links = setting.links()
            except ValueError:
                continue
            made += 1
            assert links.min(initial=0) >= 0
            assert links.max(initial=0) < n
            assert (links[:, 0] != links[:, 1]).all()
            assert len({tuple(link) for link in links.tolist()}) == len(links)
            assert setting.game().n == n
    assert made >= 8


@pytest.mark.parametrize("options", [{"n": 0}, {"n": -3}, {"n": 2.5}, {"degree": 0}, {"n": "4"}])
def test_numbers_that_make_no_network_are_refused(options):
    with pytest.raises(ValueError, match="allowed"):
        Setting("ring", "dependence", **options).links()


@pytest.mark.parametrize("options", [{"cost": 0}, {"strength": np.nan}, {"spread": np.inf}])
def test_numbers_that_make_no_game_are_refused(options):
    with pytest.raises(ValueError, match="allowed"):
        Setting("ring", "dependence", **options).game()
