"""What the projector shows: the room beside theory for those who came. No names, no messages."""

from functools import lru_cache

import numpy as np
from classroom import (
    CARDS,
    GROUP_SIZES,
    PROPOSALS,
    ROUNDS,
    SIZES,
    Room,
    equilibrium_prices,
    group_costs,
    group_optimum,
    group_outcome,
    group_participation,
)
from lesson import spoken
from moves import button
from robots import KINDS

from pesim_lib import nash_equilibrium, price_of_anarchy, social_optimum


def projector_view(lesson):
    """Everything that the projector, and the lecturer's buttons beside it, show now."""
    stage = lesson.stage
    view = progress(lesson) | {
        "key": stage.key,
        "part": stage.part,
        "turn": stage.turn,
        "open": stage.open,
        "board": stage.board,
        "where": spoken(stage),
        "button": button(lesson),
        "size": stage.size,
        "sizes": SIZES,
        "rounds": ROUNDS,
        "robots": _robots(lesson),
        "kinds": KINDS,
        "room": _room(lesson) if lesson.numbers else None,
    }
    if lesson.groups:
        view["groups"] = [_group(lesson, group) for group in lesson.groups]
        view["best"] = group_optimum(GROUP_SIZES[0])
        view["prices"] = _prices(lesson) if stage.board else None
        view["efforts"] = PROPOSALS.tolist()
    if stage.part in ("vote", "end") and lesson.groups and not stage.open:
        view["votes"] = _votes(lesson)
    return view


def progress(lesson):
    """Who is here and who has answered; numbers of those who have not, for the lecturer."""
    people = [seat for seat in lesson.seats if seat.number and not seat.robot]
    asked = [seat for seat in people if lesson.expected(seat)]
    missing = [seat for seat in asked if lesson.answered(seat) is None]
    return {
        "joined": len(people),
        "here": sum(seat.here for seat in people),
        "asked": len(asked),
        "missing": sorted(seat.number for seat in missing),
    }


def _robots(lesson):
    kinds = [seat.robot for seat in lesson.seats if seat.robot and seat.number]
    return {kind: kinds.count(kind) for kind in KINDS if kind in kinds}


@lru_cache(maxsize=64)
def theory(numbers, size):
    """(equilibrium total, optimum total, social cost at the optimum, price of anarchy)."""
    game = Room(np.array(numbers), size).game
    optimum = social_optimum(game).x
    equilibrium = nash_equilibrium(game).x
    ratio = price_of_anarchy(game).ratio
    return equilibrium.sum(), optimum.sum(), game.social_cost(optimum), ratio


def _room(lesson):
    room = lesson.room
    nash, optimum, least, ratio = theory(tuple(lesson.numbers), lesson.stage.size)
    rounds = []
    for turn, cards in enumerate(lesson.efforts.T, 1):
        efforts = np.nan_to_num(cards)
        points = room.points(efforts)
        rounds.append(
            {
                "turn": turn,
                "cards": int(np.sum(~np.isnan(cards))),
                "red": int(efforts[room.red].sum()),
                "black": int(efforts[~room.red].sum()),
                "risk": int(room.risks[int(efforts.sum())]),
                "points": float(points.mean()),
                "ratio": float((room.loss - points).sum() / least),
                "idle": int(np.sum(cards == 0)),
            }
        )
    return {
        "students": len(room.numbers),
        "reds": int(room.red.sum()),
        "most": int(CARDS[-1]) * len(room.numbers),
        "nash": float(nash),
        "optimum": float(optimum),
        "anarchy": float(ratio),
        "rounds": rounds,
    }


def _group(lesson, group):
    members = len(lesson.groups[group])
    history = lesson.histories[group]
    free = np.zeros(members, dtype=int)
    best = np.full(members, group_optimum(members))
    alone = lesson.alone(group)
    view = {
        "group": group,
        "numbers": [seat.number for seat in lesson.groups[group]],
        "agreed": lesson.agreements[group],
        "alone": alone,
        "lostAlone": None if alone is None else _lost(np.full(members, alone), free),
        "lostBest": _lost(best, free),
        "rounds": [
            {"turn": turn, "effort": group_outcome(*messages)[0], "lost": _lost(*messages)}
            for turn, messages in history.items()
        ],
    }
    if history:
        proposals, prices = history[max(history)]
        view["taxes"] = group_outcome(proposals, prices)[1].tolist()
    return view


def _lost(proposals, prices):
    return float(group_costs(proposals, prices).sum())


def _prices(lesson):
    sizes = sorted({len(seats) for seats in lesson.groups.values()})
    return {str(members): equilibrium_prices(members).tolist() for members in sizes}


def _votes(lesson):
    """By size of group and member: how many stay, how many leave, and who leaves in theory."""
    votes = []
    for members in sorted({len(seats) for seats in lesson.groups.values()}):
        gain = group_participation(members).gain
        for member in range(members):
            cast = [
                seats[member].stays
                for seats in lesson.groups.values()
                if len(seats) == members and seats[member].stays is not None
            ]
            votes.append(
                {
                    "members": members,
                    "member": member + 1,
                    "stay": sum(cast),
                    "leave": len(cast) - sum(cast),
                    "theory": "leaves" if gain[member] < 0 else "stays",
                }
            )
    return votes
