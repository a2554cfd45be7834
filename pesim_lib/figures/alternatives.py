"""Pictures of other schemes, transfers, coalitions and private costs."""

from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pesim_lib.beyond.coalitions import stable_coalitions, total_effort_slack
from pesim_lib.beyond.private_costs import expected_costs
from pesim_lib.beyond.scheme import leavers
from pesim_lib.beyond.schemes import SCHEMES, compare, insurance, monitored_insurance
from pesim_lib.figures.style import (
    EQUILIBRIUM,
    GAP,
    MUTED,
    OPTIMUM,
    REWARD,
    SIZE,
    TAX,
    book_style,
    framed_axes,
    mark,
    read,
)
from pesim_lib.paper.equilibrium import social_optimum
from pesim_lib.paper.examples import ring_game, total_effort_game


@book_style()
def schemes_compared(N: int = 10, c1: float = 0.5, c2: float = 0.55) -> Figure:
    """Social cost and budget under every scheme, and how many users would rather stay out."""
    game = total_effort_game(N, c1, c2)
    schemes = compare(game)
    costs = np.array([game.social_cost(scheme.x) for scheme in schemes])
    worst = np.array([game.social_cost(scheme.worst) for scheme in schemes])
    budgets = np.array([scheme.budget for scheme in schemes])
    least = game.social_cost(social_optimum(game).x)
    refusing = [len(leavers(scheme.accepting)) for scheme in schemes]
    leaving = [len(leavers(scheme.joining)) for scheme in schemes]

    figure = Figure(figsize=(SIZE[0], 5.8))
    axes = figure.add_axes((0.36, 0.12, 0.45, 0.7))
    rows = np.arange(len(SCHEMES))[::-1]
    reached = costs <= least * (1 + 1e-9)
    bars = [
        (reached, costs, 0.2, OPTIMUM, "least social cost"),
        (~reached, costs, 0.2, EQUILIBRIUM, "larger social cost"),
        (budgets > 1e-9, budgets, -0.2, TAX, "surplus"),
        (budgets < -1e-9, budgets, -0.2, REWARD, "deficit"),
    ]
    for shown, values, shift, colour, name in bars:
        axes.barh(rows[shown] + shift, values[shown], 0.38, color=colour, label=name)
    others = worst > costs * (1 + 1e-9)
    axes.plot(worst[others], rows[others] + 0.2, "D", color=EQUILIBRIUM, ms=5)
    axes.axvline(0, color=MUTED, lw=0.8)
    axes.set_yticks(rows, [scheme.name for scheme in schemes])
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_xlabel("money")
    low, high = min(budgets.min(), 0), max(budgets.max(), worst.max())
    axes.set_xlim(1.08 * low, 1.08 * high)
    axes.set_ylim(-0.7, len(rows) + 0.8)
    place = {"xycoords": ("axes fraction", "data"), "ha": "center", "va": "center"}
    axes.annotate("would\nrefuse", (1.12, len(rows) + 0.1), **place)
    axes.annotate("would\nleave", (1.33, len(rows) + 0.1), **place)
    for row, *counts in zip(rows, refusing, leaving, strict=True):
        for count, position in zip(counts, (1.12, 1.33), strict=True):
            axes.annotate(str(count), (position, row), **place)
    marks = [Line2D([], [], color=colour, lw=6, label=name) for _, _, _, colour, name in bars]
    marks.append(Line2D([], [], color=EQUILIBRIUM, marker="D", ls="", label="worst equilibrium"))
    figure.legend(handles=marks, loc="upper center", ncols=2)
    words = ", ".join(
        f"{schemes[k].name} {budgets[k]:+z.3f}" for k in np.flatnonzero(np.abs(budgets) > 1e-9)
    )
    ratios = worst / least
    unlike = ", ".join(f"{schemes[k].name} {ratios[k]:.3f}" for k in np.flatnonzero(others))
    return read(
        figure,
        f"N = {N}, c₁ = {c1:g}, c₂ = {c2:g}: ρ is {ratios[0]:.3f} without regulation and "
        f"{ratios.max():.3f} at its worst. Worse equilibria beside the one aimed at: "
        f"{unlike or 'none'}. Budgets that do not balance: {words or 'none'}. "
        f"{leaving[-1]} of {N} users would leave PESIM.",
    )


@book_style()
def insurers(N: int = 10, c1: float = 0.5, coverage: float = 0.5) -> Figure:
    """The price of anarchy under insurance, by what the premium rewards, over the coverage."""
    shares = np.unique([*np.linspace(0.05, 0.95, 19).round(2), coverage])
    figure, axes = framed_axes("share of the loss that is insured", r"$\rho$")
    words = []
    for name, saved, colour, style in (
        ("nothing", None, MUTED, "--"),
        ("own claim", "own claim", EQUILIBRIUM, "-"),
        ("all claims", "all claims", GAP, "-"),
        ("what everybody saves", "everybody", OPTIMUM, "-"),
    ):
        ratios = np.array([_insured_ratio(N, c1, share, saved) for share in shares])
        axes.plot(shares, ratios, style, color=colour, label=name)
        here = ratios[shares == coverage][0]
        axes.plot(coverage, here, "o", color=colour)
        words.append(f"{name} {here:.3f}")
    axes.set_xlim(0, 1)
    axes.set_ylim(0.5, 2 * axes.get_ylim()[1])
    axes.legend(loc="upper left", title="The premium falls with")
    return read(
        figure,
        f"N = {N}, c₁ = {c1:g}, {coverage:.0%} insured: ρ by what the premium falls with: "
        f"{', '.join(words)}.",
    )


# The slider over the coverage moves along curves that stay.
@lru_cache(maxsize=100)
def _insured_ratio(n: int, c1: float, share: float, saved: str | None) -> float:
    game = total_effort_game(n, c1)
    scheme = monitored_insurance(game, share, saved=saved) if saved else insurance(game, share)
    return float(scheme.ratios[0])


@book_style()
def transfers_region(N: int = 10, c1: float = 0.5, c2: float = 0.55) -> Figure:
    """Where in the (c_1, c_2) plane some balanced transfers make everybody stay."""
    axis = np.geomspace(0.05, 20, 61)
    cheap, dear = np.meshgrid(axis, axis)
    slack = np.where(dear > cheap, total_effort_slack(N, cheap, dear), np.nan)
    here = float(total_effort_slack(N, c1, c2))

    figure, axes = framed_axes("unit cost $c_1$ of user 1", "least cost $c_2$ of the others")
    axes.contourf(cheap, dear, slack, [-1e9, -1e-9], colors=[EQUILIBRIUM], alpha=0.3)
    axes.contourf(cheap, dear, slack, [-1e-9, 1e9], colors=[REWARD], alpha=0.3)
    axes.plot(axis[[0, -1]], axis[[0, -1]], color=MUTED, ls="--", lw=1)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.minorticks_off()
    if c2 > c1:
        mark(axes, c1, c2, EQUILIBRIUM if here < -1e-9 else REWARD, f"{here:+z.3f}")
        words = f"the slack is {here:+z.4f}"
    else:
        words = "user 1 is not the cheapest, and the chart does not apply"
    share = float((slack < -1e-9)[dear > cheap].mean())
    return read(
        figure,
        f"N = {N}, c₁ = {c1:g}, c₂ = {c2:g}: {words}. No transfers exist on {share:.1%} of the "
        "charted triangle c₁ < c₂.",
    )


@book_style()
def coalitions_of_all_sizes(N: int = 6, c1: float = 0.5, c2: float = 0.55) -> Figure:
    """Every coalition under total effort: the share of the gap it closes, and whether it lasts."""
    return _coalitions(total_effort_game(N, c1, c2), f"N = {N}, c₁ = {c1:g}, c₂ = {c2:g}")


@book_style()
def coalitions_on_a_ring(N: int = 6, c2: float = 0.25, weight: float = 0.3) -> Figure:
    """The same on a ring where user 1's unit cost is four fifths of the others'."""
    game = ring_game(N, 0.8 * c2, c2, weight)
    return _coalitions(game, f"N = {N}, c₂ = {c2:g}, weight {weight:g}")


def _coalitions(game, setting):
    found = stable_coalitions(game)
    sizes = found.members.sum(axis=1)
    total = found.costs.sum(axis=1)
    gap = total[0] - game.social_cost(social_optimum(game).x)
    # Where nobody should invest, there is no gap to close.
    closed = (total[0] - total) / gap if gap > 1e-9 * total[0] else np.zeros(len(total))

    figure, axes = framed_axes("members of the coalition", "share of the gap it closes")
    paid = found.potential & ~found.stable
    groups = [
        (~found.potential & ~found.stable, MUTED, "x", "somebody leaves"),
        (paid, TAX, "D", "stays together with transfers"),
        (found.stable, OPTIMUM, "o", "stable without"),
    ]
    for shown, colour, marker, name in groups:
        axes.plot(sizes[shown], closed[shown], marker, color=colour, label=name, mfc="none", ms=8)
    axes.set_xticks(range(game.n + 1))
    axes.set_xlim(-0.4, game.n + 0.4)
    axes.set_ylim(min(-0.08, 1.1 * closed.min()), 1.5)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    axes.legend(loc="upper left")
    best = [closed[held].max(initial=0.0) for held in (found.stable, found.potential)]
    return read(
        figure,
        f"{setting}: the best stable coalition closes {abs(best[0]):.1%} of the gap, the best "
        f"that transfers hold together {abs(best[1]):.1%}; {int(found.stable.sum())} and "
        f"{int(found.potential.sum())} of {len(sizes)} coalitions hold.",
    )


@book_style()
def ignorance_and_selfishness(chance: float = 0.5, c2: float = 0.6) -> Figure:
    """Expected social cost on a ring of four whose unit costs are 0.2 or c_2, by what users know
    and want."""
    costs = expected_costs(ring_game(4, weight=0.3).risk, np.full(4, 0.2), np.full(4, c2), chance)
    (private, known), (team, least) = costs
    kinds = [
        ("for itself,\nknows its own", private, EQUILIBRIUM, 1.0),
        ("for itself,\nknows all", known, EQUILIBRIUM, 0.5),
        ("for all,\nknows its own", team, OPTIMUM, 0.5),
        ("for all,\nknows all", least, OPTIMUM, 1.0),
    ]
    figure, axes = framed_axes("", "expected social cost")
    for place, (_, cost, colour, alpha) in enumerate(kinds):
        axes.bar(place, cost, 0.6, color=colour, alpha=alpha)
        axes.annotate(f"{cost:.3f}", (place, cost), ha="center", va="bottom")
    axes.set_xticks(range(4), [name for name, *_ in kinds])
    axes.set_ylim(0, 1.12 * private)
    first, second = np.array([private - known, team - least]) / (private - least)
    return read(
        figure,
        f"Chance of the low cost {chance:g}, high cost {c2:g}: expected social cost {private:.4f} "
        f"for selfish users with private costs, {known:.4f} if they know all costs, {team:.4f} if "
        f"instead they care for all, {least:.4f} if both. Knowing saves {first:.1%} of the loss "
        f"if it comes first, {second:.1%} if it comes second.",
    )
