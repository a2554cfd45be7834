"""The experiment for one reader among robots, on a page without a server.

The page replays the library's own arithmetic, recorded by `recipe`, and looks the robots' answers
up in tables that `robots` has filled: it holds no rule of the game of its own.
"""

import html
import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from classroom import (
    CARDS,
    GROUP_ROUNDS,
    INVESTOR_COST,
    MOST_PRICE,
    PROPOSALS,
    RED,
    ROUNDS,
    Room,
    equilibrium_prices,
    group_alone,
    group_game,
    group_optimum,
    group_participation,
    group_risks,
)
from robots import KINDS, group_message, room_card

from pesim_lib import price_of_anarchy, tax_terms
from pesim_lib.display.message_editor import recipe
from pesim_lib.paper.pesim import mean_proposal

SEATS, MEMBERS = 12, 4
MIXTURE = "mixture"


def solo_game():
    """The game, ready to be shown: the reader is student 1, then member 1, the investor."""
    return SoloGame(Room(np.arange(1, SEATS + 1), SEATS))


def room_costs(room, efforts):
    """Everybody's risk and bill, (2, n), at `efforts` (n,); symbols may stand in for numbers."""
    return np.vstack([room.game.risk.value(efforts), room.game.unit_costs * efforts])


def group_costs(members, proposals, prices):
    """What PESIM makes of `proposals` and `prices` (k,), as an array (6, k).

    Rows: efforts (6), the three terms of the tax (7), risks, bills. Symbols may stand in.
    """
    about_one = np.eye(members)[0]
    proposals, prices = np.outer(proposals, about_one), np.outer(prices, about_one)
    game, x = group_game(members), mean_proposal(proposals)
    return np.vstack([x, tax_terms(prices, proposals), game.risk.value(x), game.unit_costs * x])


@dataclass(frozen=True, eq=False)
class SoloGame:
    """What `solo_game` returns: displays itself."""

    room: Room

    def __repr__(self):
        room, group = self.data["room"]["theory"], self.data["group"]["theory"]
        return (
            f"{SEATS} students: total effort {room['nash']:.1f} in equilibrium, "
            f"{room['optimum']:.1f} at the optimum; price of anarchy {room['anarchy']:.2f}\n"
            f"a group of {MEMBERS}: effort {group['alone']} alone, {group['optimum']} at the "
            f"optimum; losses {group['lostAlone']:.0f} and {group['lostBest']:.0f}"
        )

    def _repr_html_(self):
        data = html.escape(json.dumps(self.data, separators=(",", ":")))
        return (
            f'<div class="solo" data-game="{data}"><p class="solo-start">'
            "The game needs the page’s scripts.</p></div>"
        )

    @cached_property
    def data(self):
        """Everything that the page's script needs, as plain numbers and texts."""
        return {
            "kinds": {**KINDS, MIXTURE: "a mixture of these"},
            "room": self._room_data(),
            "group": _group_data(),
        }

    def _room_data(self):
        room = self.room
        totals = np.arange(0, CARDS[-1] * SEATS + 1)
        risks = room.game.risk.decay.value(totals)
        shown = totals[:: room.halving // 2]
        anarchy = price_of_anarchy(room.game)
        return {
            "recipe": recipe(lambda efforts: room_costs(room, efforts), (SEATS,)),
            "rounds": ROUNDS,
            "cards": CARDS.tolist(),
            "cost": RED,
            "loss": room.loss,
            "halving": room.halving,
            "risks": [[int(total), float(risks[total])] for total in shown],
            "robots": {kind: self._robots(kind) for kind in (*KINDS, MIXTURE)},
            "theory": {
                "nash": float(room.nash.sum()),
                "optimum": float(room.optimum.sum()),
                "lostNash": float(room.game.social_cost(room.nash)),
                "lostBest": float(room.game.social_cost(room.optimum)),
                "anarchy": anarchy.ratio,
            },
        }

    def _robots(self, kind):
        """The robots' cards by round, as digits: for each way in which the reader may have played.

        Round 1 has one entry, of a digit for each robot; each further round has an entry for each
        of the reader's cards after each entry before, in their order.
        """
        others = list(enumerate(_kinds(kind, SEATS)))[1:]
        rounds, played = [], [None]
        for _ in range(ROUNDS):
            entries = [
                [room_card(each, (0, seat), self.room, seat, before) for seat, each in others]
                for before in played
            ]
            rounds.append("".join(str(card) for entry in entries for card in entry))
            played = [np.array([card, *entry]) for entry in entries for card in CARDS]
        return rounds


def _kinds(kind, seats):
    """The kind of each robot; seat 0 is the reader's and has one only to fill its place."""
    kinds = list(KINDS)
    return [kinds[seat % len(kinds)] if kind == MIXTURE else kind for seat in range(seats)]


def _group_data():
    best, alone, free = group_optimum(MEMBERS), group_alone(MEMBERS), np.zeros(MEMBERS)
    lost = [
        group_costs(MEMBERS, np.full(MEMBERS, effort), free)[4:].sum() for effort in (alone, best)
    ]
    theory = group_participation(MEMBERS)
    board = equilibrium_prices(MEMBERS)
    return {
        "recipe": recipe(lambda x, prices: group_costs(MEMBERS, x, prices), (MEMBERS,), (MEMBERS,)),
        "rounds": GROUP_ROUNDS,
        "members": MEMBERS,
        "efforts": PROPOSALS.tolist(),
        "mostPrice": MOST_PRICE,
        "cost": INVESTOR_COST,
        "risks": group_risks(MEMBERS)[0, MEMBERS * PROPOSALS].tolist(),
        "board": board.tolist(),
        "first": {
            kind: [
                group_message(each, (0, member), MEMBERS, member)
                for member, each in enumerate(_kinds(kind, MEMBERS))
            ]
            for kind in (*KINDS, MIXTURE)
        },
        # Free riders name no price either, and reply like selfish robots to those of others.
        "answers": {
            kind: [int(each in ("selfish", "rider")) for each in _kinds(kind, MEMBERS)]
            for kind in (*KINDS, MIXTURE)
        },
        "replies": [_group_replies(member) for member in range(MEMBERS)],
        "theory": {
            "alone": alone,
            "optimum": best,
            "lostAlone": float(lost[0]),
            "lostBest": float(lost[1]),
            "inside": float(-theory.inside[0]),
            "outside": float(-theory.outside[0]),
        },
    }


def _group_replies(member):
    """A selfish robot's proposal by the price per unit that it pays, from -MOST_PRICE on.

    One letter for each price, a for 0, b for 1, and so on.
    """
    after, last = (member + 1) % MEMBERS, (member + 2) % MEMBERS
    replies = ""
    for share in range(-MOST_PRICE, MOST_PRICE + 1):
        prices = np.zeros(MEMBERS, dtype=int)
        prices[after], prices[last] = max(share, 0), max(-share, 0)
        proposal, _ = group_message("selfish", 0, MEMBERS, member, prices)
        replies += chr(ord("a") + proposal)
    return replies
