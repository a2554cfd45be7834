"""Weakest link and best shot against every profile of a fine grid."""

import itertools

import numpy as np
import pytest

from pesim_lib import (
    BestShot,
    Exponential,
    PowerLaw,
    SecurityGame,
    WeakestLink,
    best_response,
    coalition_equilibrium,
    coalition_response,
    exit_equilibrium,
    lindahl_prices,
    nash_equilibria,
    nash_equilibrium,
    price_of_anarchy,
    social_optimum,
)

GRID = np.linspace(0, 3, 61)


def random_game(kind, seed, n=3):
    random = np.random.default_rng(seed)
    decay = random.choice([Exponential, PowerLaw])(
        random.uniform(0.5, 2, n), random.uniform(1, 2, n)
    )
    return SecurityGame(kind(n, decay), random.uniform(0.1, 1.2, n))


def costs(game, profiles):
    """Every user's cost at each of the `profiles` (K, N)."""
    level = profiles.min(axis=1) if isinstance(game.risk, WeakestLink) else profiles.max(axis=1)
    found = game.risk.decay.value(level[:, None]) + game.unit_costs * profiles
    np.testing.assert_allclose(found[-1], game.costs(profiles[-1]), rtol=1e-14)
    return found


def gain(game, members, x, levels=GRID):
    """What `members` save at most by going to a common level, or by one of them going there."""
    moves = [members, *[[user] for user in members]]
    profiles = np.tile(np.asarray(x, dtype=float), (len(moves), len(levels), 1))
    profiles[:, :, members] = 0
    for profile, movers in zip(profiles, moves, strict=True):
        profile[:, movers] = np.reshape(levels, (-1, 1))
    after = costs(game, profiles.reshape(-1, game.n))[:, members].sum(axis=1)
    return max(0.0, game.costs(x)[members].sum() - after.min())


@pytest.mark.parametrize("kind", [WeakestLink, BestShot])
@pytest.mark.parametrize("seed", range(12))
def test_nobody_gains_by_leaving_an_equilibrium_and_no_coalition_does(kind, seed):
    game = random_game(kind, seed)
    for found in nash_equilibria(game):
        assert all(gain(game, [user], found.x) <= 1e-9 for user in range(3))
    for partition in ([[0, 1], [2]], [[0, 2], [1]], [[0, 1, 2]]):
        x = coalition_equilibrium(game, partition).x
        assert all(gain(game, members, x) <= 1e-9 for members in partition)
    x = np.random.default_rng(seed).uniform(0, 2, 3)
    for members in ([0], [1, 2], [0, 1, 2]):
        assert gain(game, members, coalition_response(game, members, x).x) <= 1e-9
    assert coalition_response(game, [1], x).x[1] == best_response(game, 1, x)


@pytest.mark.parametrize("kind", [WeakestLink, BestShot])
@pytest.mark.parametrize("seed", range(6))
def test_no_profile_of_the_grid_costs_society_less(kind, seed):
    game = random_game(kind, seed)
    grid = np.array(list(itertools.product(GRID[::2], repeat=3)))
    optimum = game.social_cost(social_optimum(game).x)
    assert optimum <= costs(game, grid).sum(axis=1).min()
    shapes = np.ones((1, 3)) if kind is WeakestLink else np.eye(3)
    fine = [costs(game, np.outer(np.linspace(0, 30, 3001), shape)) for shape in shapes]
    assert optimum == pytest.approx(min(each.sum(axis=1).min() for each in fine), rel=1e-4)


@pytest.mark.parametrize("seed", range(12))
def test_best_shot_lists_every_profile_of_one_from_which_nobody_gains(seed):
    game = random_game(BestShot, seed)
    found = [tuple(each.x > 0) for each in nash_equilibria(game)]
    for user in range(3):
        x = np.zeros(3)
        x[user] = best_response(game, user, x)
        if x[user] > 0:
            levels = np.append(GRID, [best_response(game, k, np.zeros(3)) for k in range(3)])
            content = all(gain(game, [k], x, levels) <= 1e-9 for k in range(3))
            assert content == (tuple(x > 0) in found)


@pytest.mark.parametrize("seed", range(6))
def test_every_common_level_below_the_highest_is_an_equilibrium_of_the_weakest_link(seed):
    game = random_game(WeakestLink, seed)
    found = nash_equilibria(game)
    highest = found[-1].x
    assert found.continuum == (highest.max() > 0)
    for share in (0.0, 0.3, 0.9):
        assert all(gain(game, [user], share * highest) <= 1e-9 for user in range(3))
    assert any(gain(game, [user], highest + 0.05) > 0 for user in range(3))
    result = price_of_anarchy(game)
    ratios = [game.social_cost(share * highest) for share in np.linspace(0, 1, 21)]
    assert result.exact
    assert result.ratio == pytest.approx(max(ratios) / game.social_cost(social_optimum(game).x))
    assert result.best_ratio == pytest.approx(
        min(ratios) / game.social_cost(social_optimum(game).x)
    )


def test_textbook_answers():
    link = SecurityGame(WeakestLink(2, Exponential()), [0.25, 0.5])
    assert nash_equilibrium(link).x == pytest.approx([np.log(2)] * 2)
    assert social_optimum(link).x == pytest.approx([np.log(2 / 0.75)] * 2)
    shot = SecurityGame(BestShot(2, Exponential()), [0.25, 0.5])
    assert social_optimum(shot).x == pytest.approx([np.log(8), 0])
    assert exit_equilibrium(shot, 0).x == pytest.approx([np.log(4), 0])
    idle = SecurityGame(BestShot(3, Exponential()), [2, 3, 4])
    assert nash_equilibria(idle).complete
    assert price_of_anarchy(idle).ratio == pytest.approx(
        1 if social_optimum(idle).x.max() == 0 else 3 / (2 + 2 * np.log(1.5))
    )


@pytest.mark.parametrize("kind", [WeakestLink, BestShot])
def test_what_needs_marginal_damages_is_refused(kind):
    with pytest.raises(ValueError, match="differentiable"):
        lindahl_prices(random_game(kind, 0))
