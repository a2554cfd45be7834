"""The server is killed in the middle of a round: everybody goes on, and nothing is lost."""

import asyncio

import pytest
from players import Client, Lecturer
from records import read_groups, read_room


def test_a_killed_server_loses_no_answer_and_every_phone_goes_on(server):
    async def lesson():
        address = server.start()
        teacher = await Lecturer(server).open(address)
        phones = [await Client(server).join() for _ in range(8)]
        await teacher.press()
        await everybody(phones, "room 1 open")
        await asyncio.gather(*(phone.hand(k % 7) for k, phone in enumerate(phones)))
        await teacher.press()
        await teacher.press()
        await everybody(phones, "room 2 open")
        # Half of them have answered when the server dies, without warning.
        await asyncio.gather(*(phone.hand(3) for phone in phones[:4]))
        await again(server, teacher, phones, address)
        for phone in phones:
            assert phone.view["key"] == "room 2 open"
            assert phone.view["answered"] == ([3] if phone in phones[:4] else None)
            assert [line["total"] for line in phone.view["played"]] == [21]
        await asyncio.gather(*(phone.hand(5) for phone in phones[4:]))
        await teacher.press()
        await teacher.press("skip", part="groups")
        await everybody(phones, "groups 0 open")
        await teacher.press()
        await teacher.press()
        await everybody(phones, "groups 1 open")
        await asyncio.gather(*(phone.hand(phone.view["member"], 10) for phone in phones[:5]))
        groups = [phone.view["group"] for phone in phones]
        await again(server, teacher, phones, address)
        assert [phone.view["group"] for phone in phones] == groups
        assert [phone.view["answered"] is not None for phone in phones] == [True] * 5 + [False] * 3
        await asyncio.gather(*(phone.hand(phone.view["member"], 10) for phone in phones[5:]))
        await teacher.press()
        return await teacher.save()

    sheets = asyncio.run(lesson())
    record, groups = read_room(sheets["room.csv"], 12), read_groups(sheets["groups.csv"])
    assert record.efforts.tolist() == [[k % 7, 3 if k < 4 else 5] for k in range(8)]
    assert record.aside == groups.aside == ()
    assert len(groups.rounds) == 2


async def everybody(phones, key):
    await asyncio.gather(*(phone.until(lambda view: view["key"] == key) for phone in phones))


async def again(server, teacher, phones, address):
    """Kill and start the server; all pages connect again, phones by the code they scanned."""
    server.kill()
    assert server.start() == address
    seats = [phone.view["number"] for phone in phones]
    for page in (teacher, *phones):
        page.view = {}
        page.reader.cancel()
    await teacher.open(address)
    await asyncio.gather(*(phone.join() for phone in phones))
    assert [phone.view["number"] for phone in phones] == seats


def test_a_new_lesson_begins_when_asked_for_or_when_the_last_has_ended(server):
    first = server.start()
    server.stop()
    assert server.start() == first
    server.stop()
    second = server.start("--new")
    assert second != first

    async def to_the_end():
        teacher = await Lecturer(server).open(second)
        await Client(server).join()
        await teacher.press()
        await teacher.press()
        await teacher.press("skip", part="groups")
        await teacher.press()
        await teacher.press("skip", part="end")
        assert teacher.view["part"] == "end"

    asyncio.run(to_the_end())
    server.stop()
    assert server.start() not in (first, second)


@pytest.mark.parametrize("here", [1, 2])
def test_one_or_two_students_get_a_group_with_robots(server, here):
    async def lesson():
        teacher = await Lecturer(server).open(server.start())
        phones = [await Client(server).join() for _ in range(here)]
        await teacher.press("skip", part="groups")
        await everybody(phones, "groups 0 open")
        assert [phone.view["members"] for phone in phones] == [3] * here
        for _ in range(2):
            await teacher.press()
            await teacher.press()
        await everybody(phones, "groups 2 open")
        assert len(phones[0].view["played"]) == 1

    asyncio.run(lesson())
