"""A class of programs that plays a whole lesson and checks every number it is shown."""

import asyncio

import numpy as np
import pytest
from classroom import ROUNDS, Room, group_costs, group_outcome
from players import Client, Lecturer

GROUP_TURNS = 3


class WholeClass:
    """A class of `students` phones; two of them, and in large classes more, are not reliable."""

    def __init__(self, server, students, reliable):
        self.server = server
        self.phones = [Client(server) for _ in range(students)]
        self.random = np.random.default_rng(students)
        some = 0 if reliable else max(students // 10, 1)
        # The first comes when part B has begun, others two rounds late; the last come and go.
        self.late, self.flaky = self.phones[:some], self.phones[students - some :]

    def here(self):
        return [phone for phone in self.phones if phone.socket and phone.socket.open]

    async def play(self):
        address = self.server.start()
        self.teacher = await Lecturer(self.server).open(address)
        early = [phone for phone in self.phones if phone not in self.late]
        await asyncio.gather(*(phone.join() for phone in early))
        await self.teacher.press()
        for turn in range(1, ROUNDS + 1):
            await self.come_and_go(turn)
            await self.round_of_room(turn)
        await self.teacher.press()
        for turn in range(GROUP_TURNS + 1):
            await self.come_and_go(turn)
            if turn == 2:
                await asyncio.gather(*(phone.join() for phone in self.late[:1]))
            await self.round_of_groups(turn)
        await self.teacher.press("skip", part="vote")
        await self.everybody(lambda view: view["part"] == "vote")
        await asyncio.gather(*(phone.hand(1) for phone in self.here()))
        await self.teacher.press()
        await self.everybody(lambda view: "vote" in view)
        await self.teacher.press()
        await self.everybody(lambda view: view["part"] == "end")
        sheets = await self.teacher.save()
        await asyncio.gather(*(page.leave() for page in (*self.here(), self.teacher)))
        return sheets

    async def come_and_go(self, turn):
        if turn == 2:
            await asyncio.gather(*(phone.leave() for phone in self.flaky))
        if turn == 3:
            late = (phone.join() for phone in self.late[1:] if not phone.socket)
            await asyncio.gather(*(phone.come_back() for phone in self.flaky), *late)

    async def everybody(self, reached):
        await asyncio.gather(*(phone.until(reached) for phone in self.here()))

    async def round_of_room(self, turn):
        await self.everybody(lambda view: view["key"] == f"room {turn} open")
        cards = {id(phone): int(self.random.integers(0, 7)) for phone in self.here()}
        await asyncio.gather(*(phone.hand(cards[id(phone)]) for phone in self.here()))
        await self.teacher.press()
        await self.everybody(lambda view: view["key"] == f"room {turn} closed")
        self.check_room(turn, cards)
        if turn < ROUNDS:
            await self.teacher.press()

    def check_room(self, turn, cards):
        """Every phone shows what `Room` computes from the cards of those who are here."""
        here = sorted(self.here(), key=lambda phone: phone.view["number"])
        room = Room([phone.view["number"] for phone in here], self.teacher.view["size"])
        efforts = np.array([cards[id(phone)] for phone in here])
        for phone, points in zip(here, room.points(efforts), strict=True):
            line = phone.view["played"][turn - 1]
            assert line["effort"] == cards[id(phone)]
            assert line["points"] == points
            assert line["risk"] + line["bill"] == room.loss - points
        shown = self.teacher.view["room"]["rounds"][turn - 1]
        assert shown["red"] + shown["black"] == efforts.sum()

    async def round_of_groups(self, turn):
        await self.everybody(lambda view: view["key"] == f"groups {turn} open")
        await self.everybody(lambda view: "group" in view)
        if turn == GROUP_TURNS:
            await self.teacher.press("board", shown=True)
            await self.everybody(lambda view: view["board"])
        asked = [phone for phone in self.here() if phone.view["expected"]]
        await asyncio.gather(*(phone.hand(*self.message(phone.view)) for phone in asked))
        assert all(phone.view["answered"] for phone in asked)
        await self.teacher.press()
        await self.everybody(lambda view: view["key"] == f"groups {turn} closed")
        for phone in self.here():
            if turn and len(phone.view["played"]) and phone.view["played"][-1]["turn"] == turn:
                self.check_group(phone.view)
        if turn < GROUP_TURNS:
            await self.teacher.press()

    def message(self, view):
        if view["turn"] == 0:
            return [int(self.random.integers(0, 11))]
        if view["board"]:
            return [int(np.argmin(view["board"]["sums"])), view["board"]["price"]]
        # Two members never propose the same by chance, so that no group is done early.
        return [view["member"], int(self.random.integers(0, 501))]

    def check_group(self, view):
        """A phone shows the library's outcome, and the taxes of its group sum to zero."""
        line, me = view["played"][-1], view["member"] - 1
        proposals, prices = np.array(line["proposals"]), np.array(line["prices"])
        effort, taxes = group_outcome(proposals, prices)
        assert line["effort"] == pytest.approx(effort)
        np.testing.assert_allclose(line["taxes"], taxes, atol=1e-9)
        assert sum(line["taxes"]) == pytest.approx(0, abs=1e-6)
        assert sum(line["terms"]) == pytest.approx(taxes[me], abs=1e-9)
        assert line["lost"] == pytest.approx(group_costs(proposals, prices)[me])
        assert line["risk"] + line["bill"] + taxes[me] == pytest.approx(line["lost"])
