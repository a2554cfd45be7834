"""The public certifier: what it calls an equilibrium, and who gains where it does not."""

import numpy as np
import pytest
from games import weighted_games
from hypothesis import given, settings
from hypothesis import strategies as st

from pesim_lib import (
    Exponential,
    SecurityGame,
    TotalEffort,
    best_response,
    coalition_equilibrium,
    is_equilibrium,
    nash_equilibria,
    social_optimum,
)


@settings(max_examples=25, deadline=None)
@given(weighted_games(least=2, most=4), st.integers(0, 99))
def test_what_the_solvers_find_is_certified_and_what_they_do_not_is_priced(game, seed):
    for found in nash_equilibria(game):
        certificate = is_equilibrium(game, found.x)
        assert certificate
        assert certificate.gain <= 1e-8 * (1 + game.costs(found.x).max())
    assert is_equilibrium(game, social_optimum(game).x, [range(game.n)])
    pair = [[0, 1], *[[k] for k in range(2, game.n)]]
    assert is_equilibrium(game, coalition_equilibrium(game, pair).x, pair)
    x = np.random.default_rng(seed).uniform(0, 2, game.n)
    certificate = is_equilibrium(game, x)
    gains = []
    for user in range(game.n):
        y = np.where(np.arange(game.n) == user, best_response(game, user, x), x)
        gains.append(game.costs(x)[user] - game.costs(y)[user])
    assert certificate.gain == pytest.approx(max(gains), abs=1e-9)
    assert certificate.who == (int(np.argmax(gains)),) or certificate.gain < 1e-9


@pytest.mark.parametrize(
    ("x", "coalitions"),
    [([-1, 0], None), ([0, 0, 0], None), ([0, np.nan], None), ([0, 0], [[0]]), ([0, 0], 3)],
)
def test_what_is_no_profile_and_no_partition_is_refused(x, coalitions):
    game = SecurityGame(TotalEffort(2, Exponential()), [0.25, 0.5])
    with pytest.raises(ValueError, match=r"got|missing"):
        is_equilibrium(game, x, coalitions)


def test_who_is_a_whole_coalition():
    game = SecurityGame(TotalEffort(3, Exponential()), [0.25, 0.5, 0.5])
    assert is_equilibrium(game, np.zeros(3), [[0, 2], [1]]).who == (0, 2)
