"""The mechanism's pictures: who pays whom, the terms of the tax (7), what deviating gains."""

import numpy as np
from matplotlib.figure import Figure

from pesim_lib.figures.style import (
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
    mark,
    on_circle,
    payment_arrows,
    read,
)
from pesim_lib.paper.equilibrium import social_optimum
from pesim_lib.paper.examples import ring_game, total_effort_game
from pesim_lib.paper.pesim import Messages, equilibrium_messages, lindahl_prices, outcome, tax_terms


@book_style()
def payments(N: int = 6, c1: float = 0.2, c2: float = 0.3) -> Figure:
    """Who pays whom in PESIM on a ring: an arrow from k's protégé to k for each payment."""
    game = ring_game(N, c1, c2)
    optimum = social_optimum(game).x
    paid = lindahl_prices(game) * optimum
    taxes = paid.sum(axis=1)
    places = on_circle(N)

    figure, axes = bare_axes()
    payment_arrows(axes, paid, places, MUTED, shrink=np.full(N, 15))
    for user, (x, y) in enumerate(places):
        colour = TAX if taxes[user] > 0 else REWARD
        axes.plot(x, y, "o", ms=22, color=colour)
        axes.annotate(str(user + 1), (x, y), color="white", ha="center", va="center")
        axes.annotate(
            f"{taxes[user]:+z.3f}", (1.42 * x, 1.2 * y), color=colour, ha="center", va="center"
        )
    return read(
        figure,
        f"N = {N}, c₁ = {c1:g}, c₂ = {c2:g}: user 1 invests {optimum[0]:.3f} and is taxed "
        f"{taxes[0]:+z.3f}; the largest single payment is {paid.max():.3f}; {balance(taxes)}.",
    )


@book_style()
def tax_terms_bars(N: int = 5, c1: float = 0.5, proposal: float = 3.0) -> Figure:
    """The three terms of (7) when user 1 proposes `proposal` for itself and the rest propose x*."""
    game = total_effort_game(N, c1)
    messages = equilibrium_messages(game)
    proposals = messages.proposals.copy()
    proposals[0, 0] = proposal
    terms = tax_terms(messages.prices, proposals)
    result = outcome(Messages(messages.prices, proposals))

    figure, axes = framed_axes("user", "tax")
    users = np.arange(1, N + 1)
    names = "prices × mean", "own penalty", "neighbour's penalty"
    colours = TAX, GAP, REWARD
    for shift, term, name, colour in zip((-0.25, 0, 0.25), terms, names, colours, strict=True):
        axes.bar(users + shift, term, 0.25, color=colour, label=name)
    axes.plot(users, result.taxes, "D", color="black", label="tax")
    axes.axhline(0, color=MUTED, lw=0.8)
    axes.set_xticks(users)
    low, high = min(terms.min(), -0.1), max(terms.max(), 0.1)
    axes.set_ylim(1.15 * low, high + 0.45 * (high - low))
    axes.legend(loc="upper right", ncols=2)
    taxes = ", ".join(f"{tax:+z.3f}" for tax in result.taxes[:3])
    return read(
        figure,
        f"N = {N}, c₁ = {c1:g}, user 1 proposes {proposal:g} for itself: mean effort "
        f"{result.x[0]:.3f}, taxes of users 1 to 3 {taxes}; {balance(result.taxes)}.",
    )


@book_style()
def deviation_gain(N: int = 5, c1: float = 0.5) -> Figure:
    """Utility of each of the first users when its proposal alone shifts the mean for user 1."""
    game = total_effort_game(N, c1)
    messages = equilibrium_messages(game)
    base = outcome(messages)
    before = game.utilities(base.x, base.taxes)
    shifts = np.union1d(np.linspace(-base.x[0], 2.0, 121), 0.0)

    def gain(user, shift):
        prices, proposals = messages.prices.copy(), messages.proposals.copy()
        prices[user] = 0.0
        proposals[user, 0] += N * shift
        result = outcome(Messages(prices, proposals))
        return (game.utilities(result.x, result.taxes) - before)[user]

    figure, axes = framed_axes("mean effort of user 1 after the deviation", "gain of the deviator")
    gains = [[gain(user, shift) for shift in shifts] for user in (0, 1)]
    for user, values in enumerate(gains):
        style = {"color": USERS[user], "ls": ("-", "--")[user], "lw": 2}
        axes.plot(base.x[0] + shifts, values, label=f"user {user + 1} deviates", **style)
    axes.axhline(0, color=MUTED, lw=0.8)
    mark(axes, base.x[0], 0, OPTIMUM, "$x_1^*$")
    axes.legend(loc="lower center")
    best = max(max(values) for values in gains)
    return read(
        figure,
        f"N = {N}, c₁ = {c1:g}: the optimum asks user 1 for {base.x[0]:.3f}. Moving the mean to 0 "
        f"costs user 1 {abs(gains[0][0]):.3f} and user 2 {abs(gains[1][0]):.3f}; the largest gain "
        f"of any shift is {abs(best):.3f}.",
    )
