"""What a student's phone shows, as plain numbers and words for its script to lay out."""

import numpy as np
from classroom import (
    BLACK,
    CARDS,
    INVESTOR_COST,
    LEAST_PRICE,
    MOST_PRICE,
    PROPOSALS,
    RED,
    ROUNDS,
    Room,
    equilibrium_prices,
    group_costs,
    group_outcome,
    group_participation,
    group_risks,
)
from lesson import spoken

from pesim_lib import tax_terms


def phone_view(lesson, seat):
    """Everything that the phone of this seat shows now."""
    stage = lesson.stage
    view = {
        "key": stage.key,
        "part": stage.part,
        "turn": stage.turn,
        "open": stage.open,
        "where": spoken(stage),
        "number": seat.number,
        "colour": "red" if seat.number % 2 else "black",
        "expected": lesson.expected(seat),
        "answered": lesson.answered(seat) if stage.open else None,
    }
    if stage.part in ("welcome", "room"):
        view |= _room_view(lesson, seat)
    elif seat.group:
        view |= _group_view(lesson, seat)
    if stage.part in ("vote", "end") and seat.group and not stage.open:
        view["vote"] = _vote_view(lesson, seat)
    return view


def _room_view(lesson, seat):
    cost = RED if seat.number % 2 else BLACK
    view = {"cost": cost, "cards": CARDS.tolist(), "rounds": ROUNDS, "played": []}
    if lesson.stage.part == "welcome":
        return view
    seats = Room(np.array([1]), lesson.stage.size)
    view |= {
        "risks": seats.risks.tolist(),
        "loss": seats.loss,
        "halving": seats.halving,
        "seated": seat.number <= lesson.stage.size,
    }
    for turn, cards in enumerate(lesson.efforts.T, 1):
        own = lesson.table.get(("room", turn), {}).get(seat.number)
        total = int(np.nansum(cards))
        line = {"turn": turn, "total": total, "risk": int(seats.risks[total]), "effort": None}
        if own:
            effort = own.values[0]
            points = lesson.room.points(cards)[lesson.numbers.index(seat.number)]
            line |= {"effort": effort, "bill": cost * effort, "points": int(points)}
        view["played"].append(line)
    return view


def _group_view(lesson, seat):
    members = len(lesson.groups[seat.group])
    me = seat.member - 1
    risks = group_risks(members)[me]
    history = lesson.histories[seat.group]
    view = {
        "group": seat.group,
        "member": seat.member,
        "members": members,
        "efforts": PROPOSALS.tolist(),
        "risks": risks[members * PROPOSALS].tolist(),
        "cost": INVESTOR_COST if me == 0 else 0,
        "mostPrice": MOST_PRICE,
        "agreed": lesson.agreements[seat.group],
        "played": [_settled(me, *messages) | {"turn": turn} for turn, messages in history.items()],
        "board": _board(members, me) if lesson.stage.board else None,
    }
    alone = lesson.alone(seat.group)
    if alone is not None:
        risk = int(risks[members * alone])
        view["alone"] = {"effort": alone, "risk": risk, "bill": view["cost"] * alone}
    return view


def _settled(me, proposals, prices):
    """One round of a group as its member `me`, from 0, sees it; the tax in the terms of (7)."""
    effort, taxes = group_outcome(proposals, prices)
    about_one = np.eye(len(proposals))[0]
    terms = tax_terms(np.outer(prices, about_one), np.outer(proposals, about_one))[:, me]
    bill = INVESTOR_COST * effort if me == 0 else 0.0
    lost = group_costs(proposals, prices)[me]
    return {
        "proposals": proposals.tolist(),
        "prices": prices.tolist(),
        "effort": effort,
        "share": int(np.roll(prices, -1)[me] - np.roll(prices, -2)[me]),
        "terms": terms.tolist(),
        "taxes": taxes.tolist(),
        "risk": round(lost - taxes[me] - bill),
        "bill": bill,
        "lost": lost,
    }


def _board(members, me):
    """The prices on the board, what they make of a member's share, and its costs by effort."""
    prices = equilibrium_prices(members)
    share = int(np.roll(prices, -1)[me] - np.roll(prices, -2)[me])
    own = INVESTOR_COST if me == 0 else 0
    sums = group_risks(members)[me, members * PROPOSALS] + (share + own) * PROPOSALS
    return {
        "price": int(prices[me]),
        "share": share,
        "pays": (share * PROPOSALS).tolist(),
        "sums": sums.tolist(),
        "least": LEAST_PRICE,
    }


def _vote_view(lesson, seat):
    """The vote beside Section V: what a member loses inside, and after leaving alone."""
    theory = group_participation(len(lesson.groups[seat.group]))
    me = seat.member - 1
    return {
        "stays": seat.stays,
        "inside": float(-theory.inside[me]),
        "outside": float(-theory.outside[me]),
    }
