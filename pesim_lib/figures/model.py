"""The model's pictures: an externality, best responses, equilibrium against optimum."""

import numpy as np
from matplotlib.figure import Figure

from pesim_lib.figures.style import (
    EQUILIBRIUM,
    MUTED,
    OPTIMUM,
    USERS,
    book_style,
    framed_axes,
    mark,
    read,
)
from pesim_lib.paper.equilibrium import best_response, nash_equilibrium, social_optimum
from pesim_lib.paper.examples import ring_game, total_effort_game, two_user_game


@book_style()
def externality(N: int = 10, c1: float = 0.5) -> Figure:
    """What user 1's effort does to its own cost, to a neighbour's risk and to the mean cost."""
    game = total_effort_game(N, c1)
    first = np.eye(N)[0]
    efforts = np.linspace(0, 5, 201)
    costs = np.array([game.costs(effort * first) for effort in efforts])
    nash, optimum = nash_equilibrium(game).x[0], social_optimum(game).x[0]

    figure, axes = framed_axes("effort of user 1", "money")
    axes.plot(efforts, costs[:, 0], color=USERS[0], label="cost of user 1, $g_1$")
    axes.plot(efforts, costs[:, 1], color=USERS[1], label="risk of a neighbour, $f_2$")
    axes.plot(efforts, costs.mean(axis=1), color=MUTED, ls="--", label="mean cost, $G/N$")
    axes.set_ylim(0, 1.15 * max(1.0, costs[0, 0]))
    mark(axes, nash, game.costs(nash * first)[0], EQUILIBRIUM, r"$\bar{x}_1$")
    mark(axes, optimum, game.social_cost(optimum * first) / N, OPTIMUM, "$x_1^*$")
    axes.legend(loc="upper right")
    at_nash, at_optimum = game.risks(nash * first)[1], game.risks(optimum * first)[1]
    return read(
        figure,
        f"N = {N}, c₁ = {c1:g}: user 1 alone would choose effort {nash:.3f}; society's cost is "
        f"least at {optimum:.3f}. A neighbour's risk is {at_nash:.3f} at the first and "
        f"{at_optimum:.3f} at the second.",
    )


@book_style()
def best_responses(c1: float = 0.3, c2: float = 0.4, weight: float = 0.5) -> Figure:
    """Best responses of two users, their crossing, and the optimum."""
    game = two_user_game(c1, c2, weight)
    nash, optimum = nash_equilibrium(game).x, social_optimum(game).x
    top = 1.15 * max(optimum.max(), -np.log(min(c1, c2)), 0.5)
    others = np.linspace(0, top, 101)
    first = [best_response(game, 0, [0, other]) for other in others]
    second = [best_response(game, 1, [other, 0]) for other in others]

    figure, axes = framed_axes("effort of user 1", "effort of user 2")
    axes.plot(first, others, color=USERS[0], label="best response of user 1")
    axes.plot(others, second, color=USERS[1], label="best response of user 2")
    axes.set_xlim(-0.03 * top, top)
    axes.set_ylim(-0.03 * top, top)
    mark(axes, *nash, EQUILIBRIUM, "equilibrium")
    mark(axes, *optimum, OPTIMUM, "optimum", lift=18)
    axes.legend(loc="upper right")
    return read(
        figure,
        f"c₁ = {c1:g}, c₂ = {c2:g}, weight {weight:g}: equilibrium efforts {nash[0]:.3f} and "
        f"{nash[1]:.3f}, optimal efforts {optimum[0]:.3f} and {optimum[1]:.3f}; the bounds "
        f"f(0)/c are {1 / c1:.3g} and {1 / c2:.3g}.",
    )


@book_style()
def nash_against_optimum(N: int = 6, c1: float = 0.2, c2: float = 0.3) -> Figure:
    """Everybody's effort on a ring, in equilibrium and at the optimum."""
    game = ring_game(N, c1, c2)
    nash, optimum = nash_equilibrium(game), social_optimum(game)
    costs = game.social_cost(nash.x), game.social_cost(optimum.x)

    figure, axes = framed_axes("user", "effort")
    users = np.arange(1, N + 1)
    axes.bar(users - 0.2, nash.x, 0.4, color=EQUILIBRIUM, label="equilibrium")
    axes.bar(users + 0.2, optimum.x, 0.4, color=OPTIMUM, label="optimum")
    axes.set_xticks(users)
    axes.set_ylim(0, 1.3 * max(optimum.x.max(), nash.x.max(), 0.1))
    axes.legend(loc="upper right", ncols=2)
    return read(
        figure,
        f"N = {N}, c₁ = {c1:g}, c₂ = {c2:g}: total effort {nash.x.sum():.3f} in equilibrium, "
        f"{optimum.x.sum():.3f} at the optimum; social cost {costs[0]:.3f} against {costs[1]:.3f}.",
    )
