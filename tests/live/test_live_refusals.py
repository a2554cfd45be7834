"""What a student can send by hand, press twice, or do in two tabs is refused in words."""

import asyncio
import re

import pytest
import requests
from players import PATIENCE, Client, Lecturer

ABSURD = [
    [7],
    [-1],
    [2.5],
    ["3"],
    [True],
    [None],
    [10**30],
    [],
    [1, 2],
    "3",
    3,
    None,
    {"effort": 3},
    ["x" * 10_000],
]
PAGES = [
    "demo",
    "rooms",
    "sessions",
    "ExportIndex",
    "create_session",
    "room_with_session/game",
    "api/rooms",
    "api/sessions",
    "api/export_wide",
    "api/export_app?app=game",
    "api/export_app_custom?app=game&function_name=custom_export_room",
]


async def playing(server, students=3):
    """A lecturer and students in round 1 of part A."""
    teacher = await Lecturer(server).open(server.start())
    phones = [await Client(server).join() for _ in range(students)]
    await teacher.press()
    await asyncio.gather(*(phone.until(lambda view: view["open"]) for phone in phones))
    return teacher, phones


def test_answers_that_the_round_does_not_take_are_refused_in_words(server):
    async def lesson():
        teacher, (phone, *_) = await playing(server)
        for values in ABSURD:
            await phone.ask({"do": "answer", "key": phone.view["key"], "values": values})
            assert "allowed: " in phone.refused, values
            assert len(phone.refused) < 120
        for key in ("room 2 open", None, 7, ["room 1 open"]):
            await phone.ask({"do": "answer", "key": key, "values": [3]})
            assert phone.refused == "This answer is for another round: now is part A, round 1."
        for message in ("hello", 5, None, [], {"do": "forward", "key": phone.view["key"]}):
            await phone.ask(message)
            assert phone.view["answered"] is None
        await teacher.press()
        await phone.ask({"do": "answer", "key": "room 1 open", "values": [3]})
        assert "now is part A, round 1, closed" in phone.refused
        await phone.ask({"do": "answer", "key": "room 1 closed", "values": [3]})
        assert phone.refused == "No answer is asked from you now."
        await teacher.ask({"do": "hello"})
        assert teacher.view["key"] == "room 1 closed"
        assert teacher.view["room"] is None

    asyncio.run(lesson())


def test_a_second_press_changes_nothing_and_a_second_answer_is_refused(server):
    async def lesson():
        teacher, (phone, other, _) = await playing(server)
        message = {"do": "answer", "key": phone.view["key"], "values": [2]}
        await asyncio.gather(*(phone.send(message) for _ in range(5)))
        await phone.until(lambda view: view["answered"] == [2])
        assert phone.refusals == []
        await phone.send(message | {"values": [5]})
        await phone.until(lambda _: phone.refusals)
        assert phone.refused == "You have answered already: effort 2. The first answer counts."
        await other.hand(1)
        # The lecturer's finger slips, too.
        press = {"do": "forward", "key": teacher.view["key"]}
        await asyncio.gather(*(teacher.send(press) for _ in range(4)))
        await phone.until(lambda view: view["key"] == "room 1 closed")
        await teacher.until(lambda _: len(teacher.refusals) == 3)
        wrong = "This button was for another stage: now is part A, round 1, closed."
        assert teacher.refusals == [wrong] * 3
        assert phone.view["played"][0]["total"] == 3
        assert phone.view["played"][0]["effort"] == 2

    asyncio.run(lesson())


def test_two_tabs_of_a_phone_are_one_student(server):
    async def lesson():
        teacher, (phone, *_) = await playing(server)
        second = Client(server)
        second.browser = phone.browser
        await second.join()
        assert second.view["number"] == phone.view["number"]
        await second.hand(4)
        await phone.until(lambda view: view["answered"] == [4])
        await phone.hand(1)
        assert "answered already: effort 4" in phone.refused
        await teacher.ask({"do": "hello"})
        assert teacher.view["joined"] == 3

    asyncio.run(lesson())


def test_forms_sent_by_hand_and_the_way_back_leave_a_phone_on_its_page(server):
    async def lesson():
        teacher, (phone, *_) = await playing(server)
        for form in ({}, {"effort": "3"}, {"timeout_happened": "1"}):
            answer = requests.post(phone.page_url, data=form, timeout=PATIENCE)
            assert answer.status_code == 200
            assert "otree-live" in answer.text
        for page in (1, 2, 99):
            address = phone.page_url.rsplit("/", 1)[0] + f"/{page}"
            answer = requests.get(address, timeout=PATIENCE)
            assert answer.url == phone.page_url
        await phone.hand(3)
        await teacher.press()
        await phone.until(lambda view: view["played"])

    asyncio.run(lesson())


def test_students_cannot_press_the_lecturers_buttons_nor_read_the_data(server):
    async def lesson():
        _, (phone, *_) = await playing(server)
        for do in ("forward", "skip", "board", "robots", "no robots", "size", "sheets"):
            await phone.ask({"do": do, "key": phone.view["key"], "part": "vote", "shown": True})
            assert phone.sheets is None
        assert phone.view["key"] == "room 1 open"
        session = re.search(r"session_code=(\w+)", phone.page)[1]
        for page in (*PAGES, f"api/get_session/{session}", f"session_data/{session}"):
            answer = requests.get(f"{server.url}/{page}", timeout=PATIENCE)
            login = answer.url.split("?")[0] == f"{server.url}/login"
            assert login or answer.status_code in (401, 403), (page, answer.status_code)

    asyncio.run(lesson())


# One server for all of them.
@pytest.mark.xdist_group("lonely")
@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"do": "robots", "kind": "rider", "count": 61}, "count: got 61"),
        ({"do": "robots", "kind": "rider", "count": "2"}, "count: got '2'"),
        ({"do": "robots", "kind": "hero", "count": 2}, "kind: got 'hero'"),
        ({"do": "size", "size": 13}, "size: got 13"),
        ({"do": "skip", "part": "cake"}, "part: got 'cake'"),
        ({"do": "forward"}, "Nobody has joined yet."),
    ],
)
def test_the_lecturer_is_told_what_a_button_does_not_do(lonely, message, reason):
    assert reason in lonely(message)


@pytest.fixture(scope="module")
def lonely(tmp_path_factory):
    """Send one message as the lecturer of a lesson without students; returns the refusal."""
    from live_server import Server

    server = Server(tmp_path_factory.mktemp("lonely"))
    address = server.start()

    def send(message):
        async def lesson():
            teacher = await Lecturer(server).open(address)
            await teacher.ask({"key": teacher.view["key"], **message})
            return teacher.refused

        return asyncio.run(lesson())

    yield send
    server.stop()
    assert server.complaints() == []
