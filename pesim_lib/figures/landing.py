"""The first page's picture: a small network left alone, at its best, and with PESIM."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pesim_lib.figures.style import (
    EQUILIBRIUM,
    MUTED,
    OPTIMUM,
    REWARD,
    TAX,
    book_style,
    on_circle,
    read,
)
from pesim_lib.paper.equilibrium import nash_equilibrium, social_optimum
from pesim_lib.paper.examples import ring_game
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.pesim import equilibrium_taxes

# User 1 defends itself cheaply; it alone differs.
COSTS = (0.2, 0.4, 0.4, 0.4, 0.4)


@book_style()
def who_rides_free(costs: Sequence[float] = COSTS) -> Figure:
    """A ring whose users pay `costs` (N,) per unit of effort: who invests, and who pays."""
    ring = ring_game(len(costs))
    game = SecurityGame(ring.risk, costs)
    nash, optimum = nash_equilibrium(game).x, social_optimum(game).x
    taxes = equilibrium_taxes(game, optimum)

    figure = Figure(figsize=(5.6, 2.4))
    names = "left alone", "best for all", "with PESIM"
    shown = [(nash, 0.0, EQUILIBRIUM), (optimum, 0.0, OPTIMUM), (optimum, taxes, OPTIMUM)]
    for place, (name, (x, tax, colour)) in enumerate(zip(names, shown, strict=True)):
        _network(figure, place, x, game.unit_costs * x + tax, colour)
        figure.text((place + 0.5) / 3, 0.93, name, color=colour, ha="center", weight="bold")
        lost = game.social_cost(x)
        figure.text((place + 0.5) / 3, 0.03, f"all lose {lost:.2f}", ha="center")
    free = _listed(np.flatnonzero(nash <= 0) + 1)
    return read(
        figure,
        f"Left alone, {free} and all together lose {game.social_cost(nash):.3f}; the least they "
        f"can lose is {game.social_cost(optimum):.3f}. With PESIM that is what they lose, and the "
        f"taxes sum to {abs(taxes.sum()):.3f}.",
    )


def _network(figure: Figure, place: int, x: NDArray, paid: NDArray, colour: str) -> None:
    """Efforts `x` (N,) as discs on a ring, and beside each user what it has `paid` (N,)."""
    axes = figure.add_axes((place / 3, 0.1, 1 / 3, 0.82))
    axes.set_axis_off()
    axes.set_aspect("equal")
    axes.set_xlim(-1.9, 1.9)
    axes.set_ylim(-1.7, 1.7)
    places = on_circle(len(x))
    ring = places[[*range(len(x)), 0]]
    axes.plot(*ring.T, color=MUTED, lw=1, zorder=0)
    axes.scatter(*places.T, 40, color=MUTED, zorder=1)
    axes.scatter(*places.T, 60 + 120 * x, color=np.where(x > 0, colour, "none"), zorder=2)
    for user, (horizontal, vertical) in enumerate(places):
        side = TAX if paid[user] > 0 else REWARD
        axes.annotate(
            f"{paid[user]:.2f}".replace("-", "−"),
            (1.45 * horizontal, 1.4 * vertical),
            color=side,
            ha="center",
            va="center",
            size=9.5,
        )


def _listed(users: NDArray) -> str:
    """Who rides free, in words."""
    if not len(users):
        return "nobody rides free"
    *others, last = map(str, users)
    if not others:
        return f"user {last} rides free"
    return f"users {', '.join(others)} and {last} ride free"
