"""Pictures of the Internet as a network of users: influence, who works and pays, coalitions."""

from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from pesim_lib.beyond.internet import TIERS, Calibration, gap_closed, tiers
from pesim_lib.beyond.internet_growth import internet
from pesim_lib.figures.style import (
    EQUILIBRIUM,
    GAP,
    MUTED,
    OPTIMUM,
    TAX,
    USERS,
    Table,
    book_style,
    family_axes,
    framed_axes,
    read,
)
from pesim_lib.paper.equilibrium import nash_equilibrium, social_optimum
from pesim_lib.paper.pesim import equilibrium_taxes

# Of the pictures that answer to sliders.
NETWORKS = 1000
POINTS = 60
STYLES = ("-o", "--s", ":^")


@lru_cache(maxsize=1)
def _small_internet():
    return internet(NETWORKS, seed=1)


@book_style()
def internet_influence(influence: ArrayLike, tier: ArrayLike) -> Figure:
    """How many networks have at least so much influence, by tier.

    `influence` and `tier`, places in TIERS, are (N,).
    """
    influence, tier = np.asarray(influence), np.asarray(tier)
    figure, axes = framed_axes(
        "influence: what a unit of effort does for all", "networks with so much"
    )
    words = []
    for k, (name, colour) in enumerate(zip(TIERS, USERS, strict=True)):
        values = np.sort(influence[tier == k])[::-1]
        # So many points draw the line of thousands.
        shown = np.unique(np.geomspace(1, len(values), POINTS).astype(int))
        axes.loglog(values[shown - 1], shown, ".-", color=colour, label=name)
        words.append(f"{name} {values.min():.2f} to {values.max():.2f}")
    axes.legend(loc="upper right")
    return read(figure, "Influence is, " + ", ".join(words) + ".")


@book_style()
def internet_work(size: float = 0.5, providers: float = 0.4, c: float = 0.2) -> Figure:
    """Each tier's share of all spending: in equilibrium, at the optimum, and with PESIM's taxes."""
    network = _small_internet()
    game = Calibration(on_providers=providers, cost=c, size=size).game(network).game
    nash, optimum = nash_equilibrium(game).x, social_optimum(game).x
    spent = game.unit_costs * nash, game.unit_costs * optimum
    paid = spent[1] + equilibrium_taxes(game, optimum)
    tier = tiers(network)
    bars = {
        "works in equilibrium": (spent[0], EQUILIBRIUM),
        "works at the optimum": (spent[1], OPTIMUM),
        "pays under PESIM": (paid, TAX),
    }
    figure, axes = family_axes("share of all spending", TIERS)
    axes.set_ylim(-0.6, len(TIERS) - 0.3)
    for row, (label, (money, colour)) in enumerate(bars.items()):
        shares = np.bincount(tier, money, len(TIERS)) / money.sum()
        places = np.arange(len(TIERS))[::-1] + 0.25 * (1 - row)
        axes.barh(places, shares, 0.23, color=colour, label=label)
        for place, share in zip(places, shares, strict=True):
            axes.text(share + 0.01, place, f"{share:.0%}", va="center", size=10, color=colour)
    axes.set_xlim(0, 1.08)
    figure.legend(loc="upper center", ncols=3, columnspacing=0.8, handlelength=1.0)
    top = [np.bincount(tier, money, len(TIERS))[:2].sum() / money.sum() for money in (*spent, paid)]
    ratio = game.social_cost(nash) / game.social_cost(optimum)
    return read(
        figure,
        f"{NETWORKS} networks, size {size:g}, dependence on providers {providers:g}, c = {c:g}: ρ "
        f"is {ratio:.3f}. Those who sell transit do {top[0]:.0%} of the work in equilibrium and "
        f"{top[1]:.0%} at the optimum, and pay {top[2]:.0%} of it under PESIM.",
    )


@book_style()
def internet_coalitions(table: Table) -> Figure:
    """The share of the gap that coalitions close, against their share of all networks.

    A line for each number of networks; a band over the draws. `table` is chapters/internet.csv.
    """
    figure, axes = framed_axes("share of networks that act as one", "share of the gap closed")
    closed = gap_closed(table)
    largest = np.char.endswith(table["party"], " largest")
    words = []
    for count, style in zip(np.unique(table["networks"][largest]), STYLES, strict=False):
        rows = largest & (table["networks"] == count) & (table["draw"] == 0)
        share = table["members"][rows] / count
        filled = {} if style == "-o" else {"markerfacecolor": "none"}
        label = f"the largest of {count:,}"
        axes.plot(share, closed[rows], style, color=GAP, label=label, **filled)
        words.append(f"of {count:,}, {share[-1]:.0%} close {closed[rows][-1]:.0%}")
    first = table["networks"] == table["networks"].min()
    drawn = largest & first & (table["draw"] > 0)
    members = np.unique(table["members"][drawn])
    ranges = np.array([closed[drawn & (table["members"] == k)] for k in members])
    shares = members / table["networks"].min()
    axes.fill_between(shares, ranges.min(axis=1), ranges.max(axis=1), color=GAP, alpha=0.25, lw=0)
    axes.set_xscale("log")
    axes.set_xlim(None, 4)
    _mark_parties(axes, table, closed, first & (table["draw"] == 0))
    axes.set_ylim(-0.03, 1.03)
    axes.legend(loc="upper left")
    return read(figure, "The largest networks as one: " + "; ".join(words) + ".")


def _mark_parties(axes, table, closed, shown):
    """Points for coalitions that are no row of the largest, with their names."""
    places = {
        "all who sell transit": (8, -13, "left"),
        "all transit": (-7, 1, "right"),
        "all stub": (7, -1, "left"),
        "all tier 1": (-6, 14, "right"),
        "cone of 10%": (-7, -2, "right"),
        "cone of 30%": (7, 3, "left"),
    }
    for party, (right, up, align) in places.items():
        for row in np.flatnonzero(shown & (table["party"] == party)):
            point = table["members"][row] / table["networks"][row], closed[row]
            axes.plot(*point, "D", color=OPTIMUM, ms=5, zorder=3)
            label = {"xytext": (right, up), "textcoords": "offset points", "ha": align}
            axes.annotate(party, point, size=10, color=OPTIMUM, **label)
    axes.axhline(1, color=MUTED, ls="--", lw=1)
