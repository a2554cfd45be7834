"""Pictures beyond the paper's example: networks, unequal decays, bounds."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pesim_lib.beyond.tipping import equal_contagion_game, equal_efforts, tipping
from pesim_lib.figures.style import (
    DISC,
    EQUILIBRIUM,
    GAP,
    MUTED,
    OPTIMUM,
    REWARD,
    TAX,
    USERS,
    balance,
    bare_axes,
    book_style,
    framed_axes,
    on_circle,
    payment_arrows,
    read,
)
from pesim_lib.paper.decay import Exponential, PowerLaw
from pesim_lib.paper.equilibrium import nash_equilibrium, social_optimum
from pesim_lib.paper.examples import (
    hub_game,
    kinked_ratio,
    random_game,
    random_links_game,
    ring_game,
)
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.pesim import lindahl_prices
from pesim_lib.paper.price_of_anarchy import (
    equilibrium_bound,
    price_of_anarchy,
    weighted_effort_bound,
)
from pesim_lib.paper.risk import TotalEffort


@book_style()
def hub_network(N: int = 5, c1: float = 0.3, c2: float = 0.3) -> Figure:
    """Efforts and payments around a hub that protects its spokes better than they protect it."""
    game = hub_game(N, c1, c2)
    figure, _, words = _network(game, np.vstack([[0, 0], on_circle(N - 1)]))
    return read(figure, f"N = {N}, c₁ = {c1:g}, c₂ = {c2:g}: {words}.")


@book_style()
def random_network(N: int = 6, share: float = 0.4, seed: int = 1) -> Figure:
    """Efforts and payments on a random network in which a `share` of the possible links exist."""
    game = random_links_game(N, share, seed)
    figure, paid, words = _network(game, on_circle(N))
    links = np.count_nonzero(game.risk.dense_weights()) - N
    used = np.count_nonzero(paid - np.diag(np.diag(paid)))
    return read(
        figure,
        f"N = {N}, share {share:g}, draw {seed}: {used} of {links} links carry a payment; {words}.",
    )


def _network(game, places):
    """Efforts as discs, weights as links and PESIM's payments as arrows, users at `places` (N, 2).

    Returns the figure, what each user pays each (N, N), and words that describe both.
    """
    nash, optimum = nash_equilibrium(game).x, social_optimum(game).x
    paid = lindahl_prices(game) * optimum
    taxes = paid.sum(axis=1)
    weights = game.risk.dense_weights()

    figure, axes = bare_axes()
    # To the right, so that the legend has the left.
    axes.set_xlim(-2.55, 1.85)
    for i, j in np.argwhere(np.triu(np.maximum(weights, weights.T), 1) > 0):
        width = 4 * max(weights[i, j], weights[j, i])
        axes.plot(*places[[i, j]].T, color=MUTED, alpha=0.35, lw=width, zorder=0, clip_on=False)
    shrink = 3 + np.sqrt(DISC * np.maximum(optimum, nash) / np.pi)
    payment_arrows(axes, paid, places, TAX, shrink)
    axes.scatter(*places.T, 12, color=MUTED, zorder=2)
    axes.scatter(*places.T, DISC * optimum, color=OPTIMUM, zorder=3)
    axes.scatter(*places.T, DISC * nash, facecolor="none", edgecolor=EQUILIBRIUM, lw=2, zorder=4)
    for user, place in enumerate(places):
        # A user in the middle has its label in the corner, clear of the arrows.
        label = place * (1.47, 1.23) if place.any() else (-2.1, -1.15)
        axes.annotate(
            f"{user + 1}: {taxes[user]:+z.3f}",
            label,
            color=TAX if taxes[user] > 0 else REWARD,
            ha="center",
            va="center",
        )
    disc = {"marker": "o", "ls": "", "ms": 9}
    marks = [
        Line2D([], [], color=OPTIMUM, label="optimum", **disc),
        Line2D([], [], color=EQUILIBRIUM, mfc="none", mew=2, label="equilibrium", **disc),
        Line2D([], [], color=TAX, lw=2, label="payment"),
        Line2D([], [], color=MUTED, alpha=0.5, lw=3, label="protection"),
    ]
    axes.legend(handles=marks, loc="upper left", labelspacing=0.2, borderaxespad=0.2)
    words = (
        f"total effort {nash.sum():.3f} in equilibrium, {optimum.sum():.3f} at the optimum; "
        f"user 1 invests {nash[0]:.3f} and {optimum[0]:.3f} and is taxed {taxes[0]:+z.3f}; "
        f"the largest payment is {paid.max():.3f}; {balance(taxes)}"
    )
    return figure, paid, words


@book_style()
def who_invests(loss: float = 1.0, rate: float = 1.0) -> Figure:
    """Five users under total effort, the fifth with a loss and a decay rate of its own."""
    decay = Exponential([1, 1, 1, 1, loss], [1, 1, 1, 1, rate])
    game = SecurityGame(TotalEffort(5, decay), [0.3, 0.35, 0.4, 0.45, 0.5])
    nash, optimum = nash_equilibrium(game).x, social_optimum(game).x
    taxes = lindahl_prices(game) @ optimum

    figure, axes = framed_axes("user", "effort")
    users = np.arange(1, 6)
    axes.bar(users - 0.2, nash, 0.4, color=EQUILIBRIUM, label="equilibrium")
    axes.bar(users + 0.2, optimum, 0.4, color=OPTIMUM, label="optimum")
    top = max(nash.max(), optimum.max())
    for user, tax in zip(users, taxes, strict=True):
        colour = TAX if tax > 0 else REWARD
        axes.annotate(f"{tax:+z.3f}", (user, 1.12 * top), color=colour, ha="center")
    axes.set_ylim(0, 1.5 * top)
    axes.legend(loc="upper right", ncols=2)
    ratio = game.social_cost(nash) / game.social_cost(optimum)
    return read(
        figure,
        f"loss {loss:g}, rate {rate:g} of user 5: in equilibrium user {nash.argmax() + 1} invests "
        f"{nash.max():.3f}, at the optimum user {optimum.argmax() + 1} invests "
        f"{optimum.max():.3f}. User 5 is taxed {taxes[4]:+z.3f}, user 2 {taxes[1]:+z.3f}; "
        f"ρ = {ratio:.3f}.",
    )


@book_style()
def anarchy_by_tail(N: int = 10, exponent: float = 1) -> Figure:
    """The price of anarchy against c_1: the risk exp(-s) and a power law with the same start."""
    costs = np.geomspace(1e-4, 100, 121)

    def ratios(decay, unit):
        risk = TotalEffort(N, decay)
        games = [SecurityGame(risk, unit * cost * np.arange(1, N + 1)) for cost in costs]
        return np.array([price_of_anarchy(game).ratio for game in games])

    # (1 + s/a)^-a has value 1 and slope -1 at zero, like exp(-s): effort in units of a.
    power = ratios(PowerLaw(1.0, exponent), exponent)
    exponential = ratios(Exponential(), 1.0)

    figure, axes = framed_axes("least unit cost $c_1$", r"price of anarchy $\rho$")
    axes.plot(costs, exponential, color=MUTED, ls="--", label="$e^{-s}$")
    axes.plot(costs, power, color=GAP, label="$(1 + s/a)^{-a}$")
    axes.axhline(1, color=OPTIMUM, lw=1)
    axes.set_xscale("log")
    axes.minorticks_off()
    axes.set_ylim(0.9, 1.25 * exponential.max())
    axes.legend(loc="upper left")
    return read(
        figure,
        f"N = {N}, exponent {exponent:g}: the peak of ρ is {power.max():.3f}, under e⁻ˢ "
        f"{exponential.max():.3f}; at c₁ = 0.0001 ρ is {power[0]:.3f}, under e⁻ˢ "
        f"{exponential[0]:.3f}.",
    )


@book_style()
def anarchy_against_bounds(N: int = 5, c1: float = 0.5) -> Figure:
    """The price of anarchy against two upper bounds, for four families of games."""
    random = np.random.default_rng(0)
    families = {
        "ring": [ring_game(N, c1, c1, b) for b in np.linspace(0, 1, 9)],
        "total effort": [
            SecurityGame(TotalEffort(N, Exponential()), np.full(N, cost))
            for cost in np.geomspace(0.1, 2 * N, 9)
        ],
        "random": [random_game(random, N) for _ in range(12)],
    }

    figure, axes = framed_axes("upper bound", r"price of anarchy $\rho$")
    words = []
    for (name, games), marker in zip(families.items(), "os^", strict=True):
        found = [price_of_anarchy(game) for game in games]
        ratios = np.array([result.ratio for result in found])
        near = [equilibrium_bound(g, a.worst.x) for g, a in zip(games, found, strict=True)]
        far = [weighted_effort_bound(game) for game in games]
        axes.plot(far, ratios, marker, mfc="none", color=MUTED, ms=8)
        axes.plot(near, ratios, marker, color=GAP, ms=5)
        axes.plot([], [], marker, color=MUTED, label=name)
        words.append(f"{name} {max(near / ratios):.2f} and {max(far / ratios):.2f}")
    kinked = kinked_ratio(N, np.geomspace(1, 0.001, 7))
    axes.plot(np.full(7, N), kinked, "D", color=GAP, ms=5)
    axes.plot([], [], "D", color=MUTED, label="kinked risk")
    axes.plot([1, 2 * N], [1, 2 * N], color=OPTIMUM, lw=1)
    for axis, limit in (axes.xaxis, 90), (axes.yaxis, 1.5 * N):
        axis.axes.set(**{f"{axis.axis_name}scale": "log", f"{axis.axis_name}lim": (0.9, limit)})
        axis.set_ticks([tick for tick in (1, 2, 5, 10, 20, 50) if tick <= limit])
        axis.set_ticks([], minor=True)
        axis.set_major_formatter("{x:g}")
    axes.legend(loc="upper right")
    return read(
        figure,
        f"N = {N}, c₁ = {c1:g}: the bound at the equilibrium and the bound from W and c exceed ρ "
        f"at most by the factors {', '.join(words)}; for kinked risk both by "
        f"{N / kinked.max():.3f}.",
    )


@book_style()
def tipping_by_round(held: int = 1, c: float = 0.031) -> Figure:
    """Contagion among three: some are held at one unit of effort for a while, then all are free."""
    game, high, rounds = equal_contagion_game(3, c), np.ones(3), 12
    runs = tipping(game, range(held), high)
    steps = np.arange(rounds + 1)
    path = np.concatenate([run.path[np.minimum(steps, run.rounds)] for run in runs])

    figure, axes = framed_axes("round", "effort")
    for user in range(3):
        # Users do the same but for who is held: each line a little beside the others.
        places = np.arange(len(path)) + 0.15 * (user - 1)
        style = {"color": USERS[user], "marker": ".", "label": f"user {user + 1}"}
        axes.plot(places, path[:, user], **style)
    axes.axvline(rounds + 0.5, color=MUTED, ls="--", lw=1)
    axes.set_ylim(-0.03, 1.3)
    axes.legend(loc="upper right", ncols=3)
    equal = " or ".join(f"{x:.3f}" for x in equal_efforts(3, c))
    return read(
        figure,
        f"{held} of 3 users held at effort 1, c = {c:g}: while they are, each of the others "
        f"comes to {runs[0].x[2]:.3f}; once all are free, to {runs[1].x[2]:.3f}. In "
        f"equilibrium all do {equal}.",
    )
