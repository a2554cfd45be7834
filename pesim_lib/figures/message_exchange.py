"""Pictures of message exchange, round by round, and of strategic replies."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pesim_lib.beyond.manipulation import best_freeze, freezing_gain, reporting_gain
from pesim_lib.beyond.message_exchange import exchange
from pesim_lib.beyond.play import least_stable_penalty, play_growth, stability_boundary
from pesim_lib.figures.style import (
    EQUILIBRIUM,
    MUTED,
    OPTIMUM,
    USERS,
    Table,
    book_style,
    framed_axes,
    read,
)
from pesim_lib.paper.decay import Exponential
from pesim_lib.paper.equilibrium import social_optimum
from pesim_lib.paper.examples import equal_users_game, ring_game
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.risk import TotalEffort


@book_style()
def naive_replies(N: int = 6) -> Figure:
    """The error of total effort by round, replies at correct prices without a penalty."""
    game = equal_users_game(N)
    optimum = np.full((N, N), social_optimum(game).x.sum() / N)
    figure, axes = framed_axes("round", "error of total effort / its optimum")
    words = []
    for damping, style in ((1.0, "o-"), (3 / N, "s--"), (1 / (2 * N), "^:")):
        run = exchange(game, "play", damping=damping, rounds=8, start=1.001 * optimum)
        totals = np.append(0.001, np.abs(run.trace.efforts.sum(axis=1) / optimum[0].sum() - 1))
        axes.semilogy(totals, style, ms=4, color=EQUILIBRIUM, label=f"step {damping:.3g}")
        words.append(f"{1 - damping * N:+.3g} at step {damping:.3g}")
    axes.set_ylim(1e-6, 1e6)
    axes.legend(loc="upper left")
    return read(
        figure, f"N = {N}: each round multiplies the error of the mean by {', by '.join(words)}."
    )


@book_style()
def protocol_rounds(N: int = 10, c1: float = 0.2, penalty: float = 0.02) -> Figure:
    """Error of the efforts by round: the protocol as it is, without extrapolation, and fixed."""
    game = ring_game(N, c1, 0.3)
    optimum = social_optimum(game).x
    runs = {
        "adapted, extrapolated": (exchange(game, rounds=400), "-", OPTIMUM),
        "adapted": (exchange(game, rounds=400, accelerate=False), "--", OPTIMUM),
        f"fixed at {penalty:g}": (
            exchange(game, penalty=penalty, rounds=400, accelerate=False),
            ":",
            MUTED,
        ),
    }
    figure, axes = framed_axes("round", "error / largest effort")
    words = []
    for name, (run, style, colour) in runs.items():
        error = np.abs(run.trace.efforts - optimum).max(axis=1) / optimum.max()
        axes.semilogy(
            1 + np.arange(run.rounds), np.maximum(error, 1e-9), style, color=colour, label=name
        )
        count = run.rounds_to(optimum)
        # Machines round differently, so bounds.
        most = next(k for k in (75, 150, 300, 400) if k >= count) if count else None
        words.append(f"{name}: {f'at most {most}' if most else 'more than 400'}")
    axes.set_ylim(5e-10, 1e5)
    axes.legend(loc="upper right")
    counts = "; ".join(words).capitalize()
    return read(figure, f"N = {N}, c₁ = {c1:g}, rounds to a millionth. {counts}.")


@book_style()
def rounds_by_size(table: Table, family: str) -> Figure:
    """Rounds to a millionth against N, of `make rates`: median, and the largest of each twenty."""
    figure, axes = framed_axes("number of users $N$", "rounds to a millionth")
    words = []
    styles = {"fixed": (":", MUTED), "adapted": ("--", OPTIMUM), "accelerated": ("-", OPTIMUM)}
    for method, (style, colour) in styles.items():
        shown = (table["family"] == family) & (table["method"] == method)
        sizes = np.unique(table["n"][shown])
        counts = [table["rounds"][shown & (table["n"] == n)] for n in sizes]
        middle, most = (np.array([f(c) for c in counts]) for f in (np.median, np.max))
        axes.loglog(sizes, middle, style, color=colour, label=f"{method}, median")
        axes.plot(
            sizes,
            most,
            "^",
            color=colour,
            label=f"{method}, largest",
            ms=5,
            mfc=colour if method == "accelerated" else "none",
        )
        missed = sum(np.isinf(c).sum() for c in counts)
        last = [f"{k:g}" if np.isfinite(k) else "unfinished" for k in (middle[-1], most[-1])]
        words.append(f"{method} {' and '.join(last)} ({missed} of all unfinished)")
    axes.set_xticks(sizes, sizes)
    axes.set_xticks([], minor=True)
    axes.set_ylim(5, 2e4)
    axes.legend(loc="upper left", ncols=2)
    return read(
        figure,
        f"{family.capitalize()} games, N = {sizes[-1]}, median and largest: {', '.join(words)}.",
    )


@book_style()
def play_rounds(N: int = 6, damping: float = 1.0, penalty: float = 1.5) -> Figure:
    """Total effort and spread by round in damped, penalised play from random proposals.

    `penalty` is a multiple of the boundary without damping.
    """
    game = equal_users_game(N)
    optimum = social_optimum(game).x.sum()
    weight = penalty * stability_boundary(N, game.unit_costs[0])
    start = _near(optimum, N)
    run = exchange(game, "play", weight=weight, damping=damping, rounds=40, start=start)
    # Below that there is rounding alone.
    error = np.maximum(_errors(run, start, optimum), 1e-9)
    spread = np.maximum(np.append(_spread(start), run.trace.spread), 1e-9)

    figure, axes = framed_axes("round", "distance")
    axes.semilogy(error, "o-", ms=3, color=EQUILIBRIUM, label="total effort")
    axes.semilogy(spread, "--", color=MUTED, label="spread of proposals")
    axes.set_ylim(1e-10, 1e3)
    axes.legend(loc="upper right")
    edge = stability_boundary(N, game.unit_costs[0], damping)
    return read(
        figure,
        f"N = {N}, step {damping:g}, penalty {penalty:g} times the undamped boundary: in theory "
        f"total effort {'settles' if weight > edge else 'runs away'} and proposals "
        f"{'agree' if damping < 1 else 'never agree'}; the error goes from {error[0]:.1e} to "
        f"{error[-1]:.1e}, the spread from {spread[0]:.1e} to {spread[-1]:.1e}.",
    )


@book_style()
def play_stability(N: int = 6, c: float = 0.5, unequal: float = 1) -> Figure:
    """Phase diagram of play from random proposals: boundaries, and where simulated play went.

    Users lose amounts that rise geometrically, `unequal` times as much for the last as the first.
    """
    losses = np.geomspace(1, unequal, N)
    game = SecurityGame(TotalEffort(N, Exponential(losses)), np.full(N, c))
    optimum = social_optimum(game).x.sum()
    curvatures = N * losses * np.exp(-optimum)
    mean = curvatures.mean()
    steps = np.linspace(0, 1, 41)
    common = np.maximum(stability_boundary(N, mean, steps), 0)
    exact = np.array([least_stable_penalty(curvatures, step) for step in steps])
    figure, axes = framed_axes("step", "penalty / mean curvature")
    axes.plot(steps, common / mean, color=MUTED, ls="--")
    axes.plot(steps, exact / mean, color=MUTED)
    start, agree, marks = _near(optimum, N), 0, ["o", "^", "x"]
    top = stability_boundary(N, mean)
    for damping in (0.2, 0.4, 0.6, 0.8, 1.0):
        # None on the boundary, where rounding would decide.
        for penalty in np.array([0.15, 0.45, 0.85, 1.2]) * top:
            run = exchange(game, "play", weight=penalty, damping=damping, rounds=25, start=start)
            error = _errors(run, start, optimum)
            settles = error[-1] < error[0]
            agrees = settles and run.trace.spread[-1] < 0.5 * _spread(start)
            agree += settles == (np.abs(play_growth(curvatures, penalty, damping)) < 1)
            axes.plot(
                damping,
                penalty / mean,
                marks[0 if agrees else 1 if settles else 2],
                color=OPTIMUM if settles else EQUILIBRIUM,
                mfc=None if agrees else "none",
            )
    axes.set_ylim(-0.02 / N, 2.1 * top / mean)
    handles = [
        Line2D([], [], color=MUTED, label="boundary"),
        Line2D([], [], color=MUTED, ls="--", label="for equal curvatures"),
        Line2D([], [], color=OPTIMUM, marker="o", ls="", label="total settles, all agree"),
        Line2D([], [], color=OPTIMUM, marker="^", mfc="none", ls="", label="only total settles"),
        Line2D([], [], color=EQUILIBRIUM, marker="x", ls="", label="total moves away"),
    ]
    axes.legend(handles=handles, loc="upper left", ncols=2)
    return read(
        figure,
        f"N = {N}, c = {c:g}, losses up to {unequal:g} times the first: {agree} of 20 simulated "
        "totals did what the spectral radius says; the boundary at full step is "
        f"{exact[-1] / mean:.5f}, {common[-1] / mean:.5f} for equal curvatures.",
    )


@book_style()
def strategic_gain(N: int = 6, c1: float = 0.2, user: int = 2) -> Figure:
    """What a user gains by reporting a multiple of its risk, or freezing a multiple of x*."""
    game, i = ring_game(N, c1, 0.3), user - 1
    optimum = social_optimum(game).x
    factors = np.linspace(0.01, 1.6, 54)
    lies = reporting_gain(game, i, factors)
    freezes = freezing_gain(game, i, factors[:, None] * optimum)
    best = best_freeze(game, i)

    figure, axes = framed_axes("factor", f"gain of user {user}")
    axes.axhline(0, color=MUTED, lw=1)
    axes.axvline(1, color=MUTED, lw=1)
    axes.axhline(best.gain, color=USERS[1], lw=1, ls=":", label="best of all freezes")
    axes.plot(factors, lies, color=USERS[0], label="reports factor times its risk")
    axes.plot(factors, freezes, color=USERS[1], ls="--", label="freezes factor times $x^*$")
    axes.set_ylim(-1.5 * best.gain, 1.2 * best.gain)
    axes.legend(loc="lower left")
    return read(
        figure,
        f"N = {N}, c₁ = {c1:g}: the best lie shown reports {factors[lies.argmax()]:.2f} of the "
        f"risk and gains {lies.max():.3f}; the best freeze shown is at "
        f"{factors[freezes.argmax()]:.2f} of the optimum and gains {freezes.max():.3f}; no freeze "
        f"gains more than {best.bound:.3f}.",
    )


def _near(total, n):
    """Random proposals (N, N) within a thousandth of an equal share of `total`."""
    share = total / n
    return share * (1.001 + 1e-3 * np.random.default_rng(0).normal(size=(n, n)))


def _errors(run, start, total):
    """|total effort - optimum| by round, the start first."""
    return np.abs(np.append(start.sum() / len(start), run.trace.efforts.sum(axis=1)) - total)


def _spread(proposals):
    return np.abs(proposals - proposals.mean(axis=0)).max()
