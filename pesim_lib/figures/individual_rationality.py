"""Pictures of who gains by joining PESIM, (16)."""

import numpy as np
from matplotlib.figure import Figure

from pesim_lib.beyond.group_exits import most_leavers
from pesim_lib.figures.style import (
    EQUILIBRIUM,
    MUTED,
    OPTIMUM,
    REWARD,
    book_style,
    framed_axes,
    mark,
    read,
)
from pesim_lib.paper.examples import total_effort_game
from pesim_lib.paper.individual_rationality import loner_gain, participation


@book_style()
def inside_outside(N: int = 10, c1: float = 0.5, c2: float = 0.55) -> Figure:
    """Every user's utility inside PESIM and as a loner, both moving at once."""
    result = participation(total_effort_game(N, c1, c2))

    figure, axes = framed_axes("user", "utility")
    users = np.arange(1, N + 1)
    axes.bar(users - 0.2, result.inside, 0.4, color=OPTIMUM, label="inside PESIM")
    axes.bar(users + 0.2, result.outside, 0.4, color=EQUILIBRIUM, label="as a loner")
    axes.axhline(0, color=MUTED, lw=0.8)
    axes.set_xticks(users if N <= 12 else users[::5])
    low = min(result.inside.min(), result.outside.min())
    axes.set_ylim(1.35 * low, 0)
    axes.legend(loc="lower right", ncols=2)
    leavers = int((result.gain < -1e-12).sum())
    return read(
        figure,
        f"N = {N}, c₁ = {c1:g}, c₂ = {c2:g}: by joining user 1 gains {result.gain[0]:+z.4f} and "
        f"user 2 {result.gain[1]:+z.4f}; {leavers} of {N} users would rather leave.",
    )


@book_style()
def leaving_region(N: int = 10, c1: float = 0.5, c2: float = 0.55) -> Figure:
    """Where in the (c_1, c_2) plane user 1 gains or loses by joining."""
    cheap, dear = np.meshgrid(np.geomspace(0.05, 20, 61), np.geomspace(0.05, 20, 61))
    gain = loner_gain(N, cheap, dear)
    here = float(loner_gain(N, c1, c2))

    figure, axes = framed_axes("unit cost $c_1$ of user 1", "least cost $c_2$ of the others")
    axes.contourf(cheap, dear, gain, [-1e9, -1e-9], colors=[EQUILIBRIUM], alpha=0.3)
    axes.contourf(cheap, dear, gain, [1e-9, 1e9], colors=[REWARD], alpha=0.3)
    axes.plot([0.05, 20], [0.05, 20], color=MUTED, ls="--", lw=1)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.minorticks_off()
    mark(axes, c1, c2, EQUILIBRIUM if here < 0 else REWARD, f"{here:+z.3f}")
    share = float((gain < -1e-9)[dear >= cheap].mean())
    return read(
        figure,
        f"N = {N}, c₁ = {c1:g}, c₂ = {c2:g}: joining changes user 1's utility by {here:+z.4f}. "
        f"Leaving pays on {share:.1%} of the charted triangle c₁ ≤ c₂.",
    )


@book_style()
def leaving_together(N: int = 10, c1: float = 0.5) -> Figure:
    """What users bear if k free riders leave Section V's example together, each for itself."""
    leavers = np.arange(N)
    staying = N - leavers
    outside = c1 / staying
    inside = outside * (1 + np.log(staying / c1))
    most = int(most_leavers(N, c1))

    figure, axes = framed_axes("free riders who leave together", "cost of a user")
    axes.axhline(inside[0], color=OPTIMUM, lw=1, label="everybody inside")
    axes.plot(leavers, inside, "s", color=OPTIMUM, label="who stays")
    axes.plot(leavers[1:], outside[1:], "o", color=EQUILIBRIUM, label="who leaves")
    axes.axvline(most + 0.5, ymax=0.85, color=MUTED, ls="--", lw=1)
    axes.set_xlim(-0.4, N - 0.6)
    axes.set_ylim(0, 1.35 * max(outside[-1], inside.max()))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(loc="upper left", ncols=3)
    return read(
        figure,
        f"N = {N}, c₁ = {c1:g}: inside, each bears {inside[0]:.4f}. Up to {most} of {N - 1} free "
        f"riders can leave together and all gain; then each of them bears {outside[most]:.4f}, and "
        f"who stays {inside[most]:.4f}.",
    )
