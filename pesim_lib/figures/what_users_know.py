"""Pictures of users who know only their own type, and of information from outside."""

from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure

from pesim_lib.beyond.bayesian import BayesianGame, bayesian_equilibrium
from pesim_lib.beyond.ignorance import (
    UniformCosts,
    costs_by_knowledge,
    discrete_game,
    expected_risks,
    free_riding_threshold,
)
from pesim_lib.beyond.information import blacklist, listing, supplier_costs, worth
from pesim_lib.figures.style import (
    EQUILIBRIUM,
    MUTED,
    OPTIMUM,
    REWARD,
    book_style,
    framed_axes,
    read,
)
from pesim_lib.paper.decay import Exponential
from pesim_lib.paper.risk import TotalEffort

# Unit cost, losses and base rate in the pictures of lists.
COST, LOSS, DANGER, BASE = 0.3, 1.0, 3.0, 0.3


@book_style()
def free_riding_curve(N: int = 10, high: float = 1.0) -> Figure:
    """Effort against the unit cost, if costs are private and uniform on [0, high]."""
    costs = UniformCosts(0.0, high)
    cap = free_riding_threshold(N, costs)
    team = N * free_riding_threshold(N, UniformCosts(0.0, high / N))
    grid = np.linspace(0.002, 1, 400) * high
    types = costs.types(10)
    points = bayesian_equilibrium(discrete_game(N, costs, 10)).x[0]

    figure, axes = framed_axes("unit cost $c$ of a user", "its effort")
    axes.plot(grid, np.maximum(np.log(cap / grid), 0), color=EQUILIBRIUM, label="equilibrium")
    axes.plot(grid, np.maximum(np.log(team / grid), 0), color=OPTIMUM, label="team optimum")
    axes.plot(types, points, "o", color=EQUILIBRIUM, mfc="none", label="ten types")
    axes.set_ylim(0, 5)
    axes.set_xlim(0, high)
    axes.legend(loc="upper right")
    private, known = expected_risks(N, costs)
    return read(
        figure,
        f"N = {N}, costs up to {high:g}: a user rides free above the cost {cap:.4f}, that is "
        f"{1 - costs.share_below(cap):.1%} of users; the team optimum stops at "
        f"{min(team, high):.4f}. Expected risk {private:.4f}, and {known:.4f} if all knew all "
        "costs.",
    )


@book_style()
def anarchy_split(N: int = 4, c2: float = 0.6, chance: float = 0.5) -> Figure:
    """Expected social cost under total effort with unit costs 0.2 or c_2, by what users know and
    want."""
    types = np.tile([0.2, c2], (N, 1))
    chances = np.tile([chance, 1 - chance], (N, 1))
    (private, known), (team, least) = costs_by_knowledge(
        BayesianGame(np.ones((N, N)), types, chances)
    )
    figure, axes = framed_axes("", "expected social cost")
    bars = [
        ("for itself,\nknows its own", private, EQUILIBRIUM, 1.0),
        ("for itself,\nknows all", known, EQUILIBRIUM, 0.5),
        ("for all,\nknows its own", team, OPTIMUM, 0.5),
        ("for all,\nknows all", least, OPTIMUM, 1.0),
    ]
    for place, (_, cost, colour, alpha) in enumerate(bars):
        axes.bar(place, cost, 0.6, color=colour, alpha=alpha)
        axes.annotate(f"{cost:.3f}", (place, cost), ha="center", va="bottom")
    axes.set_xticks(range(4), [name for name, *_ in bars])
    axes.set_ylim(0, 1.15 * max(private, known))
    return read(
        figure,
        f"N = {N}, costs 0.2 with chance {chance:g}, else {c2:g}: Bayesian price of anarchy "
        f"{private / least:.4f} = {private / team:.4f} for selfishness × {team / least:.4f} for "
        f"ignorance. Selfish users who know all costs pay {known / private - 1:+z.1%}.",
    )


@lru_cache(maxsize=64)
def _worths(n, uncertain):
    """Accuracies (M,), and what society gains from a list, in equilibrium and at the optimum."""
    accuracies = np.linspace(0.5, 1, 11)
    danger = np.where(np.arange(n) < uncertain, DANGER, LOSS)
    risk, costs = TotalEffort(n, Exponential()), np.full(n, COST)
    found = [
        worth(risk, costs, blacklist(np.full(n, LOSS), danger, BASE, accuracy))
        for accuracy in accuracies
    ]
    gains = np.array([[each.equilibrium.sum(), each.optimum.sum()] for each in found])
    return accuracies, gains


@book_style()
def list_accuracy(N: int = 5, uncertain: int = 1, accuracy: float = 0.9) -> Figure:
    """What a public list is worth to society against its accuracy, under total effort."""
    accuracies, gains = _worths(N, uncertain)
    figure, axes = framed_axes("chance that the list is right", "worth of the list to society")
    axes.axhline(0, color=MUTED, lw=0.8)
    lines = ((EQUILIBRIUM, "in equilibrium"), (OPTIMUM, "at the optimum, with PESIM"))
    here = [float(np.interp(accuracy, accuracies, gains[:, k])) for k in range(2)]
    for k, (colour, name) in enumerate(lines):
        axes.plot(accuracies, gains[:, k], color=colour, label=name)
        axes.plot(accuracy, here[k], "o", color=colour)
    room = max(np.abs(gains).max(), 1e-3)
    axes.set_ylim(-1.1 * room, 1.6 * room)
    axes.legend(loc="upper left")
    return read(
        figure,
        f"N = {N}, {uncertain} of uncertain loss, {LOSS:g} or {DANGER:g}, the list right with "
        f"chance {accuracy:.0%}: worth {here[0]:+z.4f} to society in equilibrium, "
        f"{here[1]:+z.4f} at the optimum.",
    )


@book_style()
def why_lists_harm(N: int = 5, danger: float = 3.0, accuracy: float = 0.9) -> Figure:
    """Social cost in equilibrium against the loss that all expect of user 1, and the two losses
    that a list leads to."""
    others = (N - 1) * LOSS
    top = max(2.6 * others, danger)
    grid = np.linspace(LOSS, top, 300)
    listed, risky, clean = listing(BASE, accuracy, 1 - accuracy)
    ends = LOSS + np.array([clean, risky]) * (danger - LOSS)
    mean = LOSS + BASE * (danger - LOSS)
    costs = supplier_costs(ends, others, COST)
    without = float(supplier_costs(mean, others, COST))
    after = float((1 - listed) * costs[0] + listed * costs[1])

    figure, axes = framed_axes("expected loss of user 1", "social cost in equilibrium")
    axes.plot(grid, supplier_costs(grid, others, COST), color=EQUILIBRIUM)
    axes.axvline(2 * others, color=MUTED, ls="--", lw=1)
    axes.plot(ends, costs, "o-", color=MUTED, label="after the list")
    axes.plot(mean, after, "s", color=EQUILIBRIUM, label="mean after the list")
    axes.plot(mean, without, "o", color=REWARD, label="without a list")
    axes.legend(loc="upper right")
    verdict = "raises" if after > without + 1e-12 else "does not raise"
    return read(
        figure,
        f"N = {N}, loss {LOSS:g} or {danger:g}, the list right with chance {accuracy:.0%}: it "
        f"{verdict} the expected social cost, {without:.4f} without and {after:.4f} with it. The "
        f"curve is convex up to a loss of {2 * others:g}.",
    )
