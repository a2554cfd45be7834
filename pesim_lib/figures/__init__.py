"""One matplotlib function per picture, pure: numbers in, Figure out.

A figure's label (`Figure.get_label()`) is its reading: one sentence with the numbers it shows.
Colours belong to concepts and mean the same on every page.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch

from pesim_lib.beyond.coalitions import stable_coalitions
from pesim_lib.beyond.manipulation import best_freeze, freezing_gain, reporting_gain
from pesim_lib.beyond.message_exchange import exchange
from pesim_lib.beyond.networks import FAMILIES, Setting, regular_ratio
from pesim_lib.beyond.play import play_matrix, stability_boundary
from pesim_lib.beyond.private_costs import expected_costs
from pesim_lib.beyond.scheme import leavers
from pesim_lib.beyond.schemes import SCHEMES, compare, insurance, monitored_insurance
from pesim_lib.beyond.study import around_base, mean_interval
from pesim_lib.paper.decay import Exponential, PowerLaw
from pesim_lib.paper.equilibrium import (
    best_response,
    nash_equilibria,
    nash_equilibrium,
    social_optimum,
)
from pesim_lib.paper.examples import (
    equal_users_game,
    random_game,
    ring_game,
    total_effort_game,
    two_user_game,
)
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.individual_rationality import loner_gain, participation
from pesim_lib.paper.pesim import Messages, equilibrium_messages, lindahl_prices, outcome, tax_terms
from pesim_lib.paper.price_of_anarchy import (
    equilibrium_bound,
    price_of_anarchy,
    weighted_effort_bound,
)
from pesim_lib.paper.risk import TotalEffort, WeightedEffort

EQUILIBRIUM = "#D55E00"
OPTIMUM = "#0072B2"
GAP = "#A6761D"
TAX = "#CC5F9E"
REWARD = "#009E73"
MUTED = "#808080"
USERS = ("#7A68C9", "#5B8C2A", "#C0504D", "#3E8E9E")

# Text of 11 points stays above 9 pixels on a phone 375 pixels wide.
SIZE = (5.6, 3.6)
# Square points of a disc per unit of effort.
DISC = 200


def externality(N=10, c1=0.5):
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
    _mark(axes, nash, game.costs(nash * first)[0], EQUILIBRIUM, r"$\bar{x}_1$")
    _mark(axes, optimum, game.social_cost(optimum * first) / N, OPTIMUM, "$x_1^*$")
    axes.legend(loc="upper right")
    at_nash, at_optimum = game.risks(nash * first)[1], game.risks(optimum * first)[1]
    return _read(
        figure,
        f"N = {N}, c₁ = {c1:g}: user 1 alone would choose effort {nash:.3f}; society's cost is "
        f"least at {optimum:.3f}. A neighbour's risk is {at_nash:.3f} at the first and "
        f"{at_optimum:.3f} at the second.",
    )


def best_responses(c1=0.3, c2=0.4, weight=0.5):
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
    _mark(axes, *nash, EQUILIBRIUM, "equilibrium")
    _mark(axes, *optimum, OPTIMUM, "optimum", lift=18)
    axes.legend(loc="upper right")
    return _read(
        figure,
        f"c₁ = {c1:g}, c₂ = {c2:g}, weight {weight:g}: equilibrium efforts {nash[0]:.3f} and "
        f"{nash[1]:.3f}, optimal efforts {optimum[0]:.3f} and {optimum[1]:.3f}; the bounds "
        f"f(0)/c are {1 / c1:.3g} and {1 / c2:.3g}.",
    )


def nash_against_optimum(N=6, c1=0.2, c2=0.3):
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
    return _read(
        figure,
        f"N = {N}, c₁ = {c1:g}, c₂ = {c2:g}: total effort {nash.x.sum():.3f} in equilibrium, "
        f"{optimum.x.sum():.3f} at the optimum; social cost {costs[0]:.3f} against {costs[1]:.3f}.",
    )


def underinvestment(N=10, c1=0.5):
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
    _mark(axes, nash, min(c1, 1.0), EQUILIBRIUM, r"$\bar{x}_1$")
    _mark(axes, optimum, min(c1 / N, 1.0), OPTIMUM, "$x_1^*$")
    return _read(
        figure,
        f"N = {N}, c₁ = {c1:g}: equilibrium effort {nash:.3f} at level {c1:g}, optimal effort "
        f"{optimum:.3f} at level {c1 / N:.4g}; under-investment {optimum - nash:.3f}.",
    )


def anarchy_over_costs(N=10, c1=0.5):
    """The price of anarchy of the total-effort example against c_1."""
    grid = np.geomspace(0.01, 100, 121)
    ratios = [price_of_anarchy(total_effort_game(N, cost)).ratio for cost in grid]
    here = price_of_anarchy(total_effort_game(N, c1)).ratio
    peak = price_of_anarchy(total_effort_game(N, 1.0)).ratio

    figure, axes = framed_axes("least unit cost $c_1$", r"price of anarchy $\rho$")
    axes.fill_between(grid, 1, ratios, color=GAP, alpha=0.18)
    axes.plot(grid, ratios, color=GAP)
    axes.axhline(1, color=OPTIMUM, lw=1)
    axes.set_xscale("log")
    axes.set_ylim(0.9, 1.15 * peak)
    _mark(axes, 1.0, peak, MUTED, f"peak {peak:.2f}")
    _mark(axes, c1, here, EQUILIBRIUM, "")
    return _read(
        figure,
        f"N = {N}, c₁ = {c1:g}: ρ = {here:.3f}. The peak at c₁ = 1 is {peak:.3f}; from "
        f"c₁ = {N} on nobody should invest and ρ = 1.",
    )


def several_equilibria(weight=2.0, c2=0.4, c1=0.4):
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
        _mark(axes, *equilibrium.x, EQUILIBRIUM, f"{ratio:.3f}")
    _mark(axes, *anarchy.optimum.x, OPTIMUM, "optimum", lift=18)
    axes.legend(loc="upper right")
    kinds = "equilibrium" if len(found) == 1 else "equilibria"
    kinds = "end points of a continuum" if found.continuum else kinds
    return _read(
        figure,
        f"weight {weight:g}, c₁ = {c1:g}, c₂ = {c2:g}: {len(found)} {kinds}; ρ = "
        f"{anarchy.ratio:.3f} at the worst, {anarchy.best_ratio:.3f} at the best.",
    )


def payments(N=6, c1=0.2, c2=0.3):
    """Who pays whom in PESIM on a ring: an arrow from k's protégé to k for each payment."""
    game = ring_game(N, c1, c2)
    optimum = social_optimum(game).x
    paid = lindahl_prices(game) * optimum
    taxes = paid.sum(axis=1)
    places = _on_circle(N)

    figure, axes = _plane()
    _payment_arrows(axes, paid, places, MUTED, shrink=np.full(N, 15))
    for user, (x, y) in enumerate(places):
        colour = TAX if taxes[user] > 0 else REWARD
        axes.plot(x, y, "o", ms=22, color=colour)
        axes.annotate(str(user + 1), (x, y), color="white", ha="center", va="center")
        axes.annotate(
            f"{taxes[user]:+.3f}", (1.42 * x, 1.2 * y), color=colour, ha="center", va="center"
        )
    return _read(
        figure,
        f"N = {N}, c₁ = {c1:g}, c₂ = {c2:g}: user 1 invests {optimum[0]:.3f} and is taxed "
        f"{taxes[0]:+.3f}; the largest single payment is {paid.max():.3f}; {_balance(taxes)}.",
    )


def tax_terms_bars(N=5, c1=0.5, proposal=3.0):
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
    taxes = ", ".join(f"{tax:+.3f}" for tax in result.taxes[:3])
    return _read(
        figure,
        f"N = {N}, c₁ = {c1:g}, user 1 proposes {proposal:g} for itself: mean effort "
        f"{result.x[0]:.3f}, taxes of users 1 to 3 {taxes}; {_balance(result.taxes)}.",
    )


def deviation_gain(N=5, c1=0.5):
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
    _mark(axes, base.x[0], 0, OPTIMUM, "$x_1^*$")
    axes.legend(loc="lower center")
    best = max(max(values) for values in gains)
    return _read(
        figure,
        f"N = {N}, c₁ = {c1:g}: the optimum asks user 1 for {base.x[0]:.3f}. Moving the mean to 0 "
        f"costs user 1 {abs(gains[0][0]):.3f} and user 2 {abs(gains[1][0]):.3f}; the largest gain "
        f"of any shift is {abs(best):.3f}.",
    )


def inside_outside(N=10, c1=0.5, c2=0.55):
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
    return _read(
        figure,
        f"N = {N}, c₁ = {c1:g}, c₂ = {c2:g}: by joining user 1 gains {result.gain[0]:+.4f} and "
        f"user 2 {result.gain[1]:+.4f}; {leavers} of {N} users would rather leave.",
    )


def leaving_region(N=10, c1=0.5, c2=0.55):
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
    _mark(axes, c1, c2, EQUILIBRIUM if here < 0 else REWARD, f"{here:+.3f}")
    share = float((gain < -1e-9)[dear >= cheap].mean())
    return _read(
        figure,
        f"N = {N}, c₁ = {c1:g}, c₂ = {c2:g}: joining changes user 1's utility by {here:+.4f}. "
        f"Leaving pays on {share:.1%} of the charted triangle c₁ ≤ c₂.",
    )


def hub_network(N=5, c1=0.3, c2=0.3):
    """Efforts and payments around a hub that protects its spokes better than they protect it."""
    hub = np.eye(N)
    spokes = np.arange(1, N)
    hub[0, 1:], hub[1:, 0] = 0.1, 0.6
    hub[spokes, np.roll(spokes, -1)] = 0.3
    game = SecurityGame(WeightedEffort(hub, Exponential()), [c1, *[c2] * (N - 1)])
    figure, _, words = _network(game, np.vstack([[0, 0], _on_circle(N - 1)]))
    return _read(figure, f"N = {N}, c₁ = {c1:g}, c₂ = {c2:g}: {words}.")


def random_network(N=6, share=0.4, seed=1):
    """Efforts and payments on a random network in which a `share` of the possible links exist."""
    random = np.random.default_rng(seed)
    # Drawn in this order, a larger share adds links and leaves the others as they were.
    weights, chance = 0.6 * random.random((N, N)), random.random((N, N))
    costs, losses = 0.2 + 0.6 * random.random(N), 0.5 + random.random(N)
    weights *= chance < share
    np.fill_diagonal(weights, 1.0)
    game = SecurityGame(WeightedEffort(weights, Exponential(losses)), costs)
    figure, paid, words = _network(game, _on_circle(N))
    links = np.count_nonzero(weights) - N
    used = np.count_nonzero(paid - np.diag(np.diag(paid)))
    return _read(
        figure,
        f"N = {N}, share {share:g}, draw {seed}: {used} of {links} links carry a payment; {words}.",
    )


def networks_compared(N=36, strength=0.9, c=0.5):
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

    figure, axes = _family_axes(r"price of anarchy $\rho$", FAMILIES)
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
    return _read(
        figure,
        f"N = {N}, strength {strength:g}, c = {c:g}: ρ is {regular:.3f} on regular networks. With "
        f"equal dependence or equal influence it is: {words}.",
    )


def anarchy_by_influence(table):
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
    return _read(
        figure,
        f"{shown.sum()} games of {Setting.n} users: where influence is equal ρ is {even.min():.3f} "
        f"to {even.max():.3f}, otherwise up to {base['rho'][shown].max():.3f}. On a star with "
        f"equal dependence, far outside the picture, it is {star:.2f} at an inequality of "
        f"{base['influence_cv'].max():.2f}.",
    )


def efforts_of_hubs(table):
    """Mean effort of the most influential tenth over everybody's, by family."""
    base = around_base(table, weighting="dependence")
    figure, axes = _family_axes("effort of the most influential tenth / mean effort", FAMILIES)
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
    return _read(figure, "At the optimum, times the mean effort: " + ", ".join(words) + ".")


def leavers_by_family(table):
    """The share of users who would rather leave PESIM, by family and weighting."""
    base = around_base(table)
    figure, axes = _family_axes("share of users who would leave", FAMILIES)
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
    return _read(figure, "With equal dependence: " + ", ".join(words) + ".")


def solver_times(table):
    """Seconds against the number of users, by solver: `make benchmark`'s optima and equilibria."""
    figure, axes = framed_axes("number of users", "seconds")
    styles = {"pesim_lib": "-o", "tight L-BFGS-B": "--s", "Clarabel": ":^", "Lemke": "--D"}
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
    axes.legend(loc="upper left")
    axes.set_ylim(None, 3e4)
    return _read(figure, "Times of the largest games solved: " + "; ".join(words) + ".")


def who_invests(loss=1.0, rate=1.0):
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
        axes.annotate(f"{tax:+.3f}", (user, 1.12 * top), color=colour, ha="center")
    axes.set_ylim(0, 1.5 * top)
    axes.legend(loc="upper right", ncols=2)
    ratio = game.social_cost(nash) / game.social_cost(optimum)
    return _read(
        figure,
        f"loss {loss:g}, rate {rate:g} of user 5: in equilibrium user {nash.argmax() + 1} invests "
        f"{nash.max():.3f}, at the optimum user {optimum.argmax() + 1} invests "
        f"{optimum.max():.3f}. User 5 is taxed {taxes[4]:+.3f}, user 2 {taxes[1]:+.3f}; "
        f"ρ = {ratio:.3f}.",
    )


def anarchy_by_tail(N=10, exponent=1):
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
    axes.set_ylim(0.9, 1.25 * exponential.max())
    axes.legend(loc="upper left")
    return _read(
        figure,
        f"N = {N}, exponent {exponent:g}: the peak of ρ is {power.max():.3f}, under e⁻ˢ "
        f"{exponential.max():.3f}; at c₁ = 0.0001 ρ is {power[0]:.3f}, under e⁻ˢ "
        f"{exponential[0]:.3f}.",
    )


def schemes_compared(N=10, c1=0.5, c2=0.55):
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
    axes = figure.add_axes((0.36, 0.1, 0.45, 0.72))
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
        f"{schemes[k].name} {budgets[k]:+.3f}" for k in np.flatnonzero(np.abs(budgets) > 1e-9)
    )
    ratios = worst / least
    unlike = ", ".join(f"{schemes[k].name} {ratios[k]:.3f}" for k in np.flatnonzero(others))
    return _read(
        figure,
        f"N = {N}, c₁ = {c1:g}, c₂ = {c2:g}: ρ is {ratios[0]:.3f} without regulation and "
        f"{ratios.max():.3f} at its worst. Worse equilibria beside the one aimed at: "
        f"{unlike or 'none'}. Budgets that do not balance: {words or 'none'}. "
        f"{leaving[-1]} of {N} users would leave PESIM.",
    )


def insurers(N=10, c1=0.5, coverage=0.5):
    """The price of anarchy under insurance, by what the premium rewards, over the coverage."""
    game = total_effort_game(N, c1)
    shares = np.unique([*np.linspace(0.05, 0.95, 19).round(2), coverage])
    kinds = [
        ("nothing", insurance, {}, MUTED, "--"),
        ("own claim", monitored_insurance, {"saved": "own claim"}, EQUILIBRIUM, "-"),
        ("all claims", monitored_insurance, {"saved": "all claims"}, GAP, "-"),
        ("what everybody saves", monitored_insurance, {"saved": "everybody"}, OPTIMUM, "-"),
    ]
    figure, axes = framed_axes("share of the loss that is insured", r"$\rho$")
    words = []
    for name, scheme, kind, colour, style in kinds:
        ratios = np.array([scheme(game, share, **kind).ratios[0] for share in shares])
        axes.plot(shares, ratios, style, color=colour, label=name)
        here = ratios[shares == coverage][0]
        axes.plot(coverage, here, "o", color=colour)
        words.append(f"{name} {here:.3f}")
    axes.set_xlim(0, 1)
    axes.set_ylim(0.5, 2 * axes.get_ylim()[1])
    axes.legend(loc="upper left", title="The premium falls with")
    return _read(
        figure,
        f"N = {N}, c₁ = {c1:g}, {coverage:.0%} insured: ρ by what the premium falls with: "
        f"{', '.join(words)}.",
    )


def transfers_region(N=10, c1=0.5, c2=0.55):
    """Where in the (c_1, c_2) plane some balanced transfers make everybody stay."""
    axis = np.geomspace(0.05, 20, 61)
    cheap, dear = np.meshgrid(axis, axis)
    slack = np.where(dear > cheap, _slack(N, cheap, dear), np.nan)
    here = float(_slack(N, c1, c2))

    figure, axes = framed_axes("unit cost $c_1$ of user 1", "least cost $c_2$ of the others")
    axes.contourf(cheap, dear, slack, [-1e9, -1e-9], colors=[EQUILIBRIUM], alpha=0.3)
    axes.contourf(cheap, dear, slack, [-1e-9, 1e9], colors=[REWARD], alpha=0.3)
    axes.plot(axis[[0, -1]], axis[[0, -1]], color=MUTED, ls="--", lw=1)
    axes.set_xscale("log")
    axes.set_yscale("log")
    if c2 > c1:
        _mark(axes, c1, c2, EQUILIBRIUM if here < -1e-9 else REWARD, f"{here:+.3f}")
        words = f"the slack is {here:+.4f}"
    else:
        words = "user 1 is not the cheapest, and the chart does not apply"
    share = float((slack < -1e-9)[dear > cheap].mean())
    return _read(
        figure,
        f"N = {N}, c₁ = {c1:g}, c₂ = {c2:g}: {words}. No transfers exist on {share:.1%} of the "
        "charted triangle c₁ < c₂.",
    )


def _slack(n, c1, c2):
    """sum_i g_i(exit_i) - G(x*) of `total_effort_game` for n >= 3 and c1 < c2, elementwise.

    PESIM's taxes balance, so it is the sum of the gains: of user 1 and of n - 1 who do nothing.
    """
    total = np.maximum(np.log(n / c1), 0.0)
    without = np.maximum(np.log((n - 1) / c1), 0.0)
    idle = np.exp(-without) - np.exp(-total) * (1 + total)
    return loner_gain(n, c1, c2) + (n - 1) * idle


def coalitions_of_all_sizes(N=6, c1=0.5, c2=0.55):
    """Every coalition under total effort: the share of the gap it closes, and whether it lasts."""
    return _coalitions(total_effort_game(N, c1, c2), f"N = {N}, c₁ = {c1:g}, c₂ = {c2:g}")


def coalitions_on_a_ring(N=6, c2=0.25, weight=0.3):
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
    return _read(
        figure,
        f"{setting}: the best stable coalition closes {abs(best[0]):.1%} of the gap, the best "
        f"that transfers hold together {abs(best[1]):.1%}; {int(found.stable.sum())} and "
        f"{int(found.potential.sum())} of {len(sizes)} coalitions hold.",
    )


def ignorance_and_selfishness(chance=0.5, c2=0.6):
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
    return _read(
        figure,
        f"Chance of the low cost {chance:g}, high cost {c2:g}: expected social cost {private:.4f} "
        f"for selfish users with private costs, {known:.4f} if they know all costs, {team:.4f} if "
        f"instead they care for all, {least:.4f} if both. Knowing saves {first:.1%} of the loss "
        f"if it comes first, {second:.1%} if it comes second.",
    )


def anarchy_against_bounds(N=5, c1=0.5):
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
    kinked = _kinked_ratio(N, np.geomspace(1, 0.001, 7))
    axes.plot(np.full(7, N), kinked, "D", color=GAP, ms=5)
    axes.plot([], [], "D", color=MUTED, label="kinked risk")
    axes.plot([1, 2 * N], [1, 2 * N], color=OPTIMUM, lw=1)
    for axis, limit in (axes.xaxis, 90), (axes.yaxis, 1.5 * N):
        axis.axes.set(**{f"{axis.axis_name}scale": "log", f"{axis.axis_name}lim": (0.9, limit)})
        axis.set_ticks([tick for tick in (1, 2, 5, 10, 20, 50) if tick <= limit])
        axis.set_ticks([], minor=True)
        axis.set_major_formatter("{x:g}")
    axes.legend(loc="upper right")
    return _read(
        figure,
        f"N = {N}, c₁ = {c1:g}: the bound at the equilibrium and the bound from W and c exceed ρ "
        f"at most by the factors {', '.join(words)}; for kinked risk both by "
        f"{N / kinked.max():.3f}.",
    )


def _kinked_ratio(n, width):
    """rho of total effort with f(s) = (sqrt(u^2 + d^2) - u) / 2, u = s - 1, at cost c = -f'(0).

    d = `width`. In equilibrium nobody invests. At the optimum -2 f' = 1 - v = 2 c / n with
    v = u / sqrt(u^2 + d^2).
    """
    root = np.hypot(1, width)
    cost = (1 + 1 / root) / 2
    v = 1 - 2 * cost / n
    bend = width / np.sqrt(1 - v**2)
    return n * (root + 1) / 2 / (n * bend * (1 - v) / 2 + cost * (1 + bend * v))


def framed_axes(xlabel, ylabel):
    """A figure of the usual size and its axes, labelled."""
    figure = Figure(figsize=SIZE)
    # A fixed frame: pictures must not jump while a slider moves.
    axes = figure.add_axes((0.16, 0.16, 0.81, 0.8))
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _family_axes(xlabel, families):
    """Axes with a row for each family, the first on top, and room for a legend above."""
    figure = Figure(figsize=(SIZE[0], 4.4))
    axes = figure.add_axes((0.24, 0.13, 0.72, 0.77))
    axes.set_xlabel(xlabel)
    axes.set_yticks(np.arange(len(families))[::-1], families)
    axes.set_ylim(-0.6, len(families) - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="y", color=MUTED, alpha=0.2)
    return figure, axes


def _plane():
    """Axes without a frame, for networks inside the unit circle and labels around it."""
    figure, axes = framed_axes("", "")
    axes.set_axis_off()
    axes.set_aspect("equal")
    axes.set_position((0, 0, 1, 1))
    axes.set_xlim(-2.2, 2.2)
    axes.set_ylim(-1.31, 1.31)
    return figure, axes


def _on_circle(n):
    """n places (n, 2) on the unit circle, clockwise from the top."""
    angles = np.pi / 2 - 2 * np.pi * np.arange(n) / n
    return np.column_stack([np.cos(angles), np.sin(angles)])


def _payment_arrows(axes, paid, places, colour, shrink):
    """An arrow from payer to receiver for each payment of `paid` (N, N), as wide as it is large.

    It keeps `shrink` (N,) points away from the users' places.
    """
    largest = max(paid.max(), 1e-12)
    for payer, receiver in np.argwhere(paid > 1e-3 * largest):
        if payer != receiver:
            axes.add_patch(
                FancyArrowPatch(
                    places[payer],
                    places[receiver],
                    connectionstyle="arc3,rad=0.18",
                    arrowstyle="-|>,head_width=3,head_length=5",
                    shrinkA=shrink[payer],
                    shrinkB=shrink[receiver],
                    lw=0.5 + 2.5 * paid[payer, receiver] / largest,
                    color=colour,
                )
            )


def _network(game, places):
    """Efforts as discs, weights as links and PESIM's payments as arrows, users at `places` (N, 2).

    Returns the figure, what each user pays each (N, N), and words that describe both.
    """
    nash, optimum = nash_equilibrium(game).x, social_optimum(game).x
    paid = lindahl_prices(game) * optimum
    taxes = paid.sum(axis=1)
    weights = game.risk.dense_weights()

    figure, axes = _plane()
    # To the right, so that the legend has the left.
    axes.set_xlim(-2.55, 1.85)
    for i, j in np.argwhere(np.triu(np.maximum(weights, weights.T), 1) > 0):
        width = 4 * max(weights[i, j], weights[j, i])
        axes.plot(*places[[i, j]].T, color=MUTED, alpha=0.35, lw=width, zorder=0)
    shrink = 3 + np.sqrt(DISC * np.maximum(optimum, nash) / np.pi)
    _payment_arrows(axes, paid, places, TAX, shrink)
    axes.scatter(*places.T, 12, color=MUTED, zorder=2)
    axes.scatter(*places.T, DISC * optimum, color=OPTIMUM, zorder=3)
    axes.scatter(*places.T, DISC * nash, facecolor="none", edgecolor=EQUILIBRIUM, lw=2, zorder=4)
    for user, place in enumerate(places):
        # A user in the middle has its label in the corner, clear of the arrows.
        label = place * (1.47, 1.23) if place.any() else (-2.1, -1.15)
        axes.annotate(
            f"{user + 1}: {taxes[user]:+.3f}",
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
        f"user 1 invests {nash[0]:.3f} and {optimum[0]:.3f} and is taxed {taxes[0]:+.3f}; "
        f"the largest payment is {paid.max():.3f}; {_balance(taxes)}"
    )
    return figure, paid, words


def _mark(axes, x, y, colour, text, lift=7):
    """A labelled point; the label stands on the side with more room, so set the limits first."""
    axes.plot(x, y, "o", color=colour, zorder=5)
    place = axes.transAxes.inverted().transform(axes.transData.transform((x, y)))
    side, align = (-7, "right") if place[0] > 0.85 else (7, "left")
    axes.annotate(text, (x, y), (side, lift), textcoords="offset points", color=colour, ha=align)


def _balance(taxes):
    balanced = abs(taxes.sum()) <= 1e-12 * max(1.0, np.abs(taxes).sum())
    return "the taxes balance" if balanced else f"the taxes miss balance by {taxes.sum():g}"


def _read(figure, reading):
    figure.set_label(reading)
    return figure


def naive_replies(N=6):
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
    return _read(
        figure, f"N = {N}: each round multiplies the error of the mean by {', by '.join(words)}."
    )


def protocol_rounds(N=10, c1=0.2, penalty=0.02):
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
    return _read(figure, f"N = {N}, c₁ = {c1:g}, rounds to a millionth. {counts}.")


def rounds_by_size(table, family):
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
    return _read(
        figure,
        f"{family.capitalize()} games, N = {sizes[-1]}, median and largest: {', '.join(words)}.",
    )


def play_rounds(N=6, damping=1.0, penalty=1.5):
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
    return _read(
        figure,
        f"N = {N}, step {damping:g}, penalty {penalty:g} times the undamped boundary: in theory "
        f"total effort {'settles' if weight > edge else 'runs away'} and proposals "
        f"{'agree' if damping < 1 else 'never agree'}; the error goes from {error[0]:.1e} to "
        f"{error[-1]:.1e}, the spread from {spread[0]:.1e} to {spread[-1]:.1e}.",
    )


def play_stability(N=6, c=0.5, unequal=1):
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
    exact = np.array([_edge(curvatures, step) for step in steps])
    figure, axes = framed_axes("step", "penalty / mean curvature")
    axes.plot(steps, common / mean, color=MUTED, ls="--")
    axes.plot(steps, exact / mean, color=MUTED)
    start, agree, marks = _near(optimum, N), 0, ["o", "^", "x"]
    top = stability_boundary(N, mean)
    for damping in (0.2, 0.4, 0.6, 0.8, 1.0):
        for penalty in np.array([0.15, 0.5, 0.85, 1.2]) * top:
            run = exchange(game, "play", penalty, damping, rounds=25, start=start)
            error = _errors(run, start, optimum)
            settles = error[-1] < error[0]
            agrees = settles and run.trace.spread[-1] < 0.5 * _spread(start)
            agree += settles == (np.abs(_growth(curvatures, penalty, damping)) < 1)
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
    return _read(
        figure,
        f"N = {N}, c = {c:g}, losses up to {unequal:g} times the first: {agree} of 20 simulated "
        "totals did what the spectral radius says; the boundary at full step is "
        f"{exact[-1] / mean:.4f}, {common[-1] / mean:.4f} for equal curvatures.",
    )


def _growth(curvatures, penalty, damping):
    return np.abs(np.linalg.eigvals(play_matrix(curvatures, penalty, damping))).max()


def _edge(curvatures, damping):
    """The least penalty at which play along the direction does not grow, by bisection."""
    low, high = 0.0, 2 * stability_boundary(len(curvatures), curvatures.max())
    for _ in range(30):
        middle = (low + high) / 2
        grows = _growth(curvatures, middle, damping) > 1 + 1e-12
        low, high = (middle, high) if grows else (low, middle)
    return high


def _near(total, n):
    """Random proposals (N, N) within a thousandth of an equal share of `total`."""
    share = total / n
    return share * (1.001 + 1e-3 * np.random.default_rng(0).normal(size=(n, n)))


def _errors(run, start, total):
    """|total effort - optimum| by round, the start first."""
    return np.abs(np.append(start.sum() / len(start), run.trace.efforts.sum(axis=1)) - total)


def _spread(proposals):
    return np.abs(proposals - proposals.mean(axis=0)).max()


def strategic_gain(N=6, c1=0.2, user=2):
    """What a user gains by reporting a multiple of its risk, or freezing a multiple of x*."""
    game, i = ring_game(N, c1, 0.3), user - 1
    optimum = social_optimum(game).x
    factors = np.linspace(0.01, 1.6, 54)
    lies = np.array([reporting_gain(game, i, factor) for factor in factors])
    freezes = np.array([freezing_gain(game, i, factor * optimum) for factor in factors])
    best = best_freeze(game, i)

    figure, axes = framed_axes("factor", f"gain of user {user}")
    axes.axhline(0, color=MUTED, lw=1)
    axes.axvline(1, color=MUTED, lw=1)
    axes.axhline(best.gain, color=USERS[1], lw=1, ls=":", label="best of all freezes")
    axes.plot(factors, lies, color=USERS[0], label="reports factor times its risk")
    axes.plot(factors, freezes, color=USERS[1], ls="--", label="freezes factor times $x^*$")
    axes.set_ylim(-1.5 * best.gain, 1.2 * best.gain)
    axes.legend(loc="lower left")
    return _read(
        figure,
        f"N = {N}, c₁ = {c1:g}: the best lie shown reports {factors[lies.argmax()]:.2f} of the "
        f"risk and gains {lies.max():.3f}; the best freeze shown is at "
        f"{factors[freezes.argmax()]:.2f} of the optimum and gains {freezes.max():.3f}; no freeze "
        f"gains more than {best.bound:.3f}.",
    )
