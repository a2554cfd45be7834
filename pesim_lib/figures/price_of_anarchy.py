"""The gap's pictures: under-investment (Figure 1), its price, several equilibria."""

from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure

from pesim_lib.beyond.best_replies import best_replies
from pesim_lib.figures.style import (
    EQUILIBRIUM,
    GAP,
    MUTED,
    OPTIMUM,
    USERS,
    book_style,
    framed_axes,
    mark,
    read,
)
from pesim_lib.paper.equilibrium import (
    best_response,
    nash_equilibria,
    nash_equilibrium,
    social_optimum,
)
from pesim_lib.paper.examples import three_user_ring, total_effort_game, two_user_game
from pesim_lib.paper.price_of_anarchy import price_of_anarchy


@book_style()
def underinvestment(N: int = 10, c1: float = 0.5) -> Figure:
    """Figure 1: marginal benefit against effort, cut by the levels c_1 and c_1 / N."""
    game = total_effort_game(N, c1)
    nash, optimum = nash_equilibrium(game).x.sum(), social_optimum(game).x.sum()
    efforts = np.linspace(0, max(1.3 * optimum, 1.0), 201)

    figure, axes = framed_axes("effort of user 1", r"marginal benefit $-\partial f/\partial x_1$")
    axes.plot(efforts, -game.risk.decay.slope(efforts), color=MUTED)
    axes.hlines([c1, c1 / N], 0, [nash, optimum], colors=[EQUILIBRIUM, OPTIMUM], ls=":")
    axes.vlines([nash, optimum], 0, [c1, c1 / N], colors=[EQUILIBRIUM, OPTIMUM], ls=":")
    axes.annotate("", (optimum, 0.02), (nash, 0.02), arrowprops={"arrowstyle": "<->", "color": GAP})
    axes.set_ylim(0, 1.1)
    levels = [(0.0, c1, EQUILIBRIUM, "$c_1$"), (optimum / 2, c1 / N, OPTIMUM, "$c_1/N$")]
    for x, level, colour, name in levels:
        if level < 1:
            axes.annotate(name, (x, level), (2, 3), textcoords="offset points", color=colour)
    mark(axes, nash, min(c1, 1.0), EQUILIBRIUM, r"$\bar{x}_1$")
    mark(axes, optimum, min(c1 / N, 1.0), OPTIMUM, "$x_1^*$")
    return read(
        figure,
        f"N = {N}, c₁ = {c1:g}: equilibrium effort {nash:.3f} at level {c1:g}, optimal effort "
        f"{optimum:.3f} at level {c1 / N:.4g}; under-investment {optimum - nash:.3f}.",
    )


@book_style()
def anarchy_over_costs(N: int = 10, c1: float = 0.5) -> Figure:
    """The price of anarchy of the total-effort example against c_1."""
    grid = np.geomspace(0.01, 100, 121)
    ratios = [_total_effort_ratio(N, cost) for cost in grid]
    here = _total_effort_ratio(N, c1)
    peak = _total_effort_ratio(N, 1.0)

    figure, axes = framed_axes("least unit cost $c_1$", r"price of anarchy $\rho$")
    axes.fill_between(grid, 1, ratios, color=GAP, alpha=0.18)
    axes.plot(grid, ratios, color=GAP)
    axes.axhline(1, color=OPTIMUM, lw=1)
    axes.set_xscale("log")
    axes.minorticks_off()
    axes.set_ylim(0.9, 1.15 * peak)
    mark(axes, 1.0, peak, MUTED, f"peak {peak:.2f}")
    mark(axes, c1, here, EQUILIBRIUM, "")
    return read(
        figure,
        f"N = {N}, c₁ = {c1:g}: ρ = {here:.3f}. The peak at c₁ = 1 is {peak:.3f}; from "
        f"c₁ = {N} on nobody should invest and ρ = 1.",
    )


# The slider over c_1 moves along a curve that stays.
@lru_cache(maxsize=200)
def _total_effort_ratio(n: int, cost: float) -> float:
    return price_of_anarchy(total_effort_game(n, cost)).ratio


@book_style()
def several_equilibria(weight: float = 2.0, c2: float = 0.4, c1: float = 0.4) -> Figure:
    """Two users who protect each other more or less than themselves: all equilibria."""
    game = two_user_game(c1, c2, weight)
    found = nash_equilibria(game)
    anarchy = price_of_anarchy(game)
    wanted = [best_response(game, user, [0, 0]) for user in (0, 1)]
    top = 1.2 * max(*wanted, anarchy.optimum.x.max(), 0.3)
    others = np.linspace(0, top, 201)

    figure, axes = framed_axes("effort of user 1", "effort of user 2")
    first = [best_response(game, 0, [0, other]) for other in others]
    second = [best_response(game, 1, [other, 0]) for other in others]
    axes.plot(first, others, color=USERS[0], label="best response of user 1")
    axes.plot(others, second, color=USERS[1], label="best response of user 2")
    axes.set_xlim(-0.03 * top, top)
    # Room for the legend above the optimum's mark.
    axes.set_ylim(-0.03 * top, 1.3 * top)
    for equilibrium in found:
        ratio = game.social_cost(equilibrium.x) / game.social_cost(anarchy.optimum.x)
        mark(axes, *equilibrium.x, EQUILIBRIUM, f"{ratio:.3f}")
    mark(axes, *anarchy.optimum.x, OPTIMUM, "optimum", lift=18)
    axes.legend(loc="upper right")
    kinds = "equilibrium" if len(found) == 1 else "equilibria"
    kinds = "end points of a continuum" if found.continuum else kinds
    return read(
        figure,
        f"weight {weight:g}, c₁ = {c1:g}, c₂ = {c2:g}: {len(found)} {kinds}; ρ = "
        f"{anarchy.ratio:.3f} at the worst, {anarchy.best_ratio:.3f} at the best.",
    )


@book_style()
def replies_by_round(weight: float = 0.8, one_way: bool = False, in_turn: bool = False) -> Figure:
    """Efforts of three users on a ring who answer each other, round by round."""
    game = three_user_ring(weight, one_way)
    run = best_replies(game, in_turn)
    shown = np.arange(13)
    # Rounds beyond the last repeat its cycle, if there is one.
    beyond = np.maximum(shown - run.rounds, 0)
    path = run.path[np.minimum(shown, run.rounds) - (-beyond) % (run.period or 1)]

    figure, axes = framed_axes("round", "effort")
    nash = nash_equilibrium(game).x
    for user in range(3):
        style = {"color": USERS[user], "marker": ".", "label": f"user {user + 1}"}
        axes.plot(shown, path[:, user], **style)
        axes.axhline(nash[user], color=USERS[user], ls=":", lw=1)
    axes.set_ylim(-0.05, 1.9)
    axes.legend(loc="upper right", ncols=3)
    ends = {None: "do not settle", 1: f"settle after {run.rounds} rounds"}
    end = ends.get(run.period, f"repeat every {run.period} rounds")
    how = "in turn" if in_turn else "all at once"
    links = "one way" if one_way else "both ways"
    return read(
        figure,
        f"links {links}, weight {weight:g}, replies {how}: efforts {end}. The dotted lines are the "
        f"equilibrium, {', '.join(f'{x:.3f}' for x in nash)}.",
    )
