"""Pictures of the classroom experiment, in the book's colours; each label reads the picture."""

import numpy as np
from classroom import (
    GROUP_ROUNDS,
    PROPOSALS,
    Room,
    group_optimum,
    group_outcome,
    simulate_room,
    size_for,
)

from pesim_lib.figures.style import EQUILIBRIUM, MUTED, OPTIMUM, USERS, book_style, framed_axes

RED_STUDENTS, BLACK_STUDENTS = USERS[2], MUTED


@book_style()
def room_rounds(room, efforts):
    """The room's total effort by round, from cards (n, rounds), against equilibrium and optimum."""
    totals, rounds = np.nansum(efforts, axis=0), np.arange(1, efforts.shape[1] + 1)
    nash, optimum = room.nash.sum(), room.optimum.sum()

    figure, axes = framed_axes("round", "total effort of the room")
    red = np.nansum(efforts[room.red], axis=0)
    axes.bar(rounds, red, 0.55, color=RED_STUDENTS, label="red students")
    axes.bar(rounds, totals - red, 0.55, bottom=red, color=BLACK_STUDENTS, label="black students")
    axes.axhline(optimum, color=OPTIMUM, ls="--", label="optimum")
    axes.axhline(nash, color=EQUILIBRIUM, label="equilibrium")
    axes.set_xticks(rounds)
    axes.set_ylim(0, 1.45 * max(optimum, totals.max()))
    axes.legend(loc="upper right", ncols=2, frameon=False)
    figure.set_label(
        f"{len(room.numbers)} students: total effort {_numbers(totals)} in rounds 1 to "
        f"{rounds[-1]}; equilibrium {nash:.1f}, optimum {optimum:.1f}."
    )
    return figure


def simulated_class(students=25, riders=20, altruists=20):
    """Eight rounds of a simulated class; shares of free riders and altruists in per cent."""
    room = Room(np.arange(1, students + 1), size_for(students))
    shares = {"free_riders": riders / 100, "altruists": min(altruists, 100 - riders) / 100}
    return room_rounds(room, simulate_room(np.random.default_rng(1), room, rounds=8, **shares))


@book_style()
def proposals_by_round(rounds):
    """Every proposal in the `GroupRound`s of part B, the means, and the optimum."""
    figure, axes = framed_axes("round", "effort of the investor")
    last = max((each.round for each in rounds), default=GROUP_ROUNDS)
    random = np.random.default_rng(0)
    for each in rounds:
        shift = random.uniform(-0.22, 0.22, len(each.proposals))
        label = "a proposal" if each is rounds[0] else None
        axes.plot(each.round + shift, each.proposals, "o", color=MUTED, alpha=0.5, label=label)
    for each in rounds:
        mean, _ = group_outcome(each.proposals, each.prices)
        label = "a group's mean" if each is rounds[0] else None
        axes.plot([each.round - 0.3, each.round + 0.3], [mean, mean], color=USERS[0], label=label)
    optimum = group_optimum(3)
    axes.axhline(optimum, color=OPTIMUM, ls="--", label="optimum")
    axes.set_xticks(range(1, last + 1))
    axes.set_xlim(0.5, last + 0.5)
    axes.set_ylim(-0.5, 1.4 * PROPOSALS[-1])
    axes.legend(loc="upper right", ncols=3, frameon=False)
    final = [each for each in rounds if each.round == last]
    agreeing = sum(np.ptp(each.proposals) == 0 for each in final)
    at_best = sum(each.proposals.sum() == optimum * len(each.proposals) for each in final)
    reading = (
        f"In round {last} all members agree in {agreeing} of {len(final)} groups; the effort is "
        f"the best one, {optimum}, in {at_best}."
    )
    figure.set_label(reading if rounds else "No group has a round yet.")
    return figure


def _numbers(values):
    return ", ".join(f"{value:g}" for value in values)
