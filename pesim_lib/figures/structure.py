"""Pictures of networks: one of each family, and the stored study's tables."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pesim_lib.beyond.centrality import hub_margin, star_game
from pesim_lib.beyond.networks import FAMILIES, Setting, regular_ratio
from pesim_lib.beyond.study import around_base, mean_interval
from pesim_lib.figures.style import (
    EQUILIBRIUM,
    GAP,
    MUTED,
    OPTIMUM,
    TAX,
    Table,
    book_style,
    family_axes,
    framed_axes,
    read,
)
from pesim_lib.paper.equilibrium import nash_equilibrium, social_optimum
from pesim_lib.paper.price_of_anarchy import price_of_anarchy


@book_style()
def networks_compared(N: int = 36, strength: float = 0.9, c: float = 0.5) -> Figure:
    """rho on one network of each family, for equal dependence and for equal influence."""
    settings = {
        weighting: [Setting(f, weighting, n=N, strength=strength, cost=c) for f in FAMILIES]
        for weighting in ("dependence", "influence")
    }
    ratios = {
        weighting: np.array([price_of_anarchy(setting.game()).ratio for setting in row])
        for weighting, row in settings.items()
    }
    regular = regular_ratio(1 + strength, c)

    figure, axes = family_axes(r"price of anarchy $\rho$", FAMILIES)
    places = np.arange(len(FAMILIES))[::-1]
    axes.axvline(regular, color=MUTED, ls="--", lw=1, label="regular networks")
    for weighting, fill in (("dependence", GAP), ("influence", "none")):
        style = {"color": GAP, "markerfacecolor": fill, "label": f"equal {weighting}"}
        axes.plot(ratios[weighting], places, "o", **style)
    axes.set_xscale("log")
    ticks = [1, 1.5, 2, 3, 5, 10]
    axes.set_xlim(0.93, max(13, 1.2 * ratios["dependence"].max()))
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    figure.legend(loc="upper center", ncols=3)
    words = ", ".join(
        f"{family} {ratios['dependence'][k]:.3f} or {ratios['influence'][k]:.3f}"
        for k, family in enumerate(FAMILIES)
        if np.abs([row[k] - regular for row in ratios.values()]).max() > 1e-6
    )
    return read(
        figure,
        f"N = {N}, strength {strength:g}, c = {c:g}: ρ is {regular:.3f} on regular networks. With "
        f"equal dependence or equal influence it is: {words}.",
    )


@book_style()
def anarchy_by_influence(table: Table) -> Figure:
    """rho against the inequality of influence: the study's base by weighting, without stars."""
    base = around_base(table, degree=(4, 8))
    shown = base["family"] != "star"
    figure, axes = framed_axes("inequality of influence", r"price of anarchy $\rho$")
    for weighting, marker in (("dependence", "o"), ("links", "^"), ("influence", "s")):
        rows = shown & (base["weighting"] == weighting)
        style = {"color": GAP, "markerfacecolor": "none", "label": f"equal {weighting}"}
        axes.plot(base["influence_cv"][rows], base["rho"][rows], marker, **style)
    regular = regular_ratio(1 + Setting.strength, Setting.cost)
    axes.axhline(regular, color=MUTED, ls="--", lw=1)
    axes.set_ylim(0.98, None)
    axes.legend(loc="upper left")
    even = base["rho"][shown & (base["influence_cv"] < 1e-9)]
    star = base["rho"][~shown & (base["weighting"] == "dependence")][0]
    return read(
        figure,
        f"{shown.sum()} games of {Setting.n} users: where influence is equal ρ is {even.min():.3f} "
        f"to {even.max():.3f}, otherwise up to {base['rho'][shown].max():.3f}. On a star with "
        f"equal dependence, far outside the picture, it is {star:.2f} at an inequality of "
        f"{base['influence_cv'].max():.2f}.",
    )


@book_style()
def efforts_of_hubs(table: Table) -> Figure:
    """Mean effort of the most influential tenth over everybody's, by family."""
    base = around_base(table, weighting="dependence")
    figure, axes = family_axes("effort of the most influential tenth / mean effort", FAMILIES)
    words = []
    for k, family in enumerate(FAMILIES):
        rows, place = base["family"] == family, len(FAMILIES) - 1 - k
        for name, colour in (("nash", EQUILIBRIUM), ("optimum", OPTIMUM)):
            mean, low, high = mean_interval(base[f"hubs_{name}"][rows])
            axes.plot([low, high], [place, place], color=colour)
            axes.plot(mean, place, "o", color=colour)
        words.append(f"{family} {mean:.1f}")
    marks = [
        Line2D([], [], color=colour, marker="o", ls="", label=name)
        for colour, name in ((EQUILIBRIUM, "equilibrium"), (OPTIMUM, "optimum"))
    ]
    axes.set_xlim(0, 11)
    figure.legend(handles=marks, loc="upper center", ncols=2)
    return read(figure, "At the optimum, times the mean effort: " + ", ".join(words) + ".")


@book_style()
def leavers_by_family(table: Table) -> Figure:
    """The share of users who would rather leave PESIM, by family and weighting."""
    base = around_base(table)
    figure, axes = family_axes("share of users who would leave", FAMILIES)
    shifts = {"dependence": 0.22, "links": 0.0, "influence": -0.22}
    words = []
    for k, family in enumerate(FAMILIES):
        for (weighting, shift), marker in zip(shifts.items(), "o^s", strict=True):
            rows = (base["family"] == family) & (base["weighting"] == weighting)
            mean, low, high = mean_interval(base["leavers"][rows] / base["n"][rows])
            place = len(FAMILIES) - 1 - k + shift
            axes.plot([low, high], [place, place], color=TAX)
            axes.plot(mean, place, marker, color=TAX, markerfacecolor="none")
            if weighting == "dependence":
                words.append(f"{family} {mean:.2f}")
    marks = [
        Line2D([], [], color=TAX, marker=marker, markerfacecolor="none", ls="", label=name)
        for name, marker in zip(shifts, "o^s", strict=True)
    ]
    axes.set_xlim(-0.04, 1.04)
    figure.legend(handles=marks, loc="upper center", ncols=3)
    return read(figure, "With equal dependence: " + ", ".join(words) + ".")


@book_style()
def solver_times(table: Table) -> Figure:
    """Seconds against the number of users, by solver: `make benchmark`'s optima and equilibria."""
    figure, axes = framed_axes("number of users", "seconds")
    styles = {
        "pesim_lib": "-o", "tight L-BFGS-B": "--s", "Clarabel": ":^", "tight Ipopt": "-.v",
        "Lemke": "--D",
    }  # fmt: skip
    words = []
    for task, colour in (("optimum", OPTIMUM), ("equilibrium", EQUILIBRIUM)):
        compared = table["task"] == task
        for solver, style in styles.items():
            rows = compared & (table["solver"] == solver)
            if solver == "pesim_lib":
                rows |= (table["task"] == f"{task} alone") & (table["n"] > table["n"][rows].max())
            if rows.any():
                users, seconds = table["n"][rows], table["time_ms"][rows] / 1000
                filled = {} if solver == "pesim_lib" else {"markerfacecolor": "none"}
                label = f"{task}, {solver}"
                axes.loglog(users, seconds, style, color=colour, label=label, **filled)
                words.append(f"{label}, {seconds[-1]:.2g} s for {users[-1]:.0e} users")
    axes.legend(loc="upper left", ncols=2, columnspacing=1.6)
    axes.set_ylim(None, 1e5)
    return read(figure, "Times of the largest games solved: " + "; ".join(words) + ".")


@book_style()
def hub_of_a_star(spokes: int = 4, depends: float = 0.8, c: float = 0.01) -> Figure:
    """The hub's effort in equilibrium and at the optimum, by how much it protects all spokes."""
    protects = np.linspace(0.01, 0.99, 50)
    games = [star_game(spokes + 1, share / spokes, depends / spokes, c) for share in protects]
    nash = [nash_equilibrium(game).x[0] for game in games]
    optimum = [social_optimum(game).x[0] for game in games]
    too_much = hub_margin(spokes, protects / spokes, depends / spokes) > 0

    figure, axes = framed_axes("what the hub's unit does for all spokes", "effort of the hub")
    axes.plot(protects, nash, color=EQUILIBRIUM, label="equilibrium")
    axes.plot(protects, optimum, color=OPTIMUM, label="optimum")
    axes.fill_between(protects, nash, optimum, where=too_much, color=GAP, alpha=0.25)
    axes.set_ylim(0, 1.25 * max(*nash, *optimum))
    axes.legend(loc="upper left", ncols=2)
    last = protects[too_much].max(initial=0.0)
    where = f"up to {last:.2f}" if last else "nowhere on the chart"
    return read(
        figure,
        f"{spokes} spokes do {depends:g} together for the hub, c = {c:g}: the hub exerts more in "
        f"equilibrium than at the optimum {where}; at {protects[0]:.2f}, {nash[0]:.3f} against "
        f"{optimum[0]:.3f}.",
    )
