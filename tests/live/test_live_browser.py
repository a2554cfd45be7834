"""Five phones and the projector side by side, in a real browser, and what axe finds there."""

import os
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from chromium import chromium as browser
from playwright.sync_api import expect

PHONE = {"width": 360, "height": 740}
SCREEN = {"width": 1280, "height": 720}
# Pictures to look at, if a folder is named.
PICTURES = os.environ.get("LIVE_PICTURES")
expect.set_options(timeout=60_000)
# One node of each rule that holds is enough to report.
AXE = {"preload": False, "resultTypes": ["violations"]}
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
HIGHER = "document.documentElement.scrollHeight > innerHeight"


@pytest.fixture(scope="module")
def chromium():
    with browser() as opened:
        yield opened


@pytest.fixture
def visit(chromium, server):
    """Open an address in a browser of its own; the test fails for errors and foreign requests."""
    contexts, complaints = [], []

    def visit(address, viewport, scheme="light", **options):
        context = chromium.new_context(viewport=viewport, color_scheme=scheme, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        # A browser complains by itself of a network that is gone.
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text)
                if said.type == "error" and "ERR_INTERNET_DISCONNECTED" not in said.text
                else None
            ),
        )
        page.on(
            "request",
            lambda request: (
                complaints.append(request.url)
                if not re.match(rf"({server.url}|blob:|data:)", request.url)
                else None
            ),
        )
        page.on(
            "websocket",
            lambda socket: (
                complaints.append(socket.url)
                if not socket.url.startswith(server.url.replace("http", "ws"))
                else None
            ),
        )
        page.goto(address)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []


def picture(page, name):
    assert not page.evaluate(WIDER), name
    broken = Axe().run(page, options=AXE).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["target"]) for rule in broken] == [], name
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=page.viewport_size == PHONE)


def screen(page, name):
    """The projector shows everything without scrolling, with its buttons hidden."""
    page.keyboard.press("h")
    page.wait_for_timeout(100)
    picture(page, f"{name}-light")
    page.emulate_media(color_scheme="dark")
    picture(page, f"{name}-dark")
    page.emulate_media(color_scheme="light")
    assert not page.evaluate(HIGHER), name
    page.keyboard.press("h")


def test_five_phones_and_the_projector_play_a_lesson(server, visit):
    projector = visit(server.start(), SCREEN)
    main = projector.locator("#controls .main")
    expect(projector.locator(".invitation svg")).to_be_visible()
    phones = [
        visit(
            f"{server.url}/room/game?welcome_page_ok=1",
            PHONE,
            "dark" if k % 2 else "light",
            has_touch=True,
        )
        for k in range(5)
    ]
    for number, phone in enumerate(phones, 1):
        expect(phone.locator("#screen > h1")).to_have_text(f"You are student {number}")
    expect(projector.locator(".huge").first).to_have_text("5")
    projector.get_by_text("More").click()
    projector.get_by_label("How many robots").fill("7")
    projector.get_by_label("Kind of robot").select_option("selfish")
    projector.get_by_role("button", name="Add robots").click()
    expect(projector.locator(".join")).to_contain_text("7 × selfish best reply")
    projector.get_by_text("More").click()
    screen(projector, "projector-welcome")
    picture(phones[0], "phone-welcome")

    main.click()
    for turn in range(1, 5):
        for k, phone in enumerate(phones[: 5 if turn != 3 else 4]):
            expect(phone.locator("header")).to_contain_text(f"part A, round {turn}")
            if turn == 1 and k < 2:
                picture(phone, f"phone-room-open-{k}")
            choose(phone, str((k + turn) % 7), by_keyboard=k == 0)
            expect(phone.locator(".waiting")).to_contain_text("You handed in")
        if turn == 3:
            expect(projector.locator(".missing")).to_have_text("not in: 5")
            screen(projector, "projector-room-open")
        main.click()
        expect(main).not_to_contain_text("Close")
        if turn == 4:
            picture(phones[0], "phone-room-result")
            screen(projector, "projector-room")
        expect(phones[0].locator(".result h1")).to_contain_text("You lose")
        if turn == 3:
            expect(phones[4].locator(".result h1")).to_contain_text("no effort from you")
        if turn == 2:
            expect(projector.locator(".call")).to_contain_text("Now talk")
        main.click()
    expect(projector.locator("#board h1")).to_have_text("Part B: round 0, without prices")
    screen(projector, "projector-groups-forming")
    for k, phone in enumerate(phones):
        expect(phone.locator("header h1")).to_contain_text("Group")
    investor, member = phones[0], phones[1]
    expect(investor.locator("header h1")).to_have_text("Group 1, member 1 of 4")
    investor.get_by_role("radio", name="2", exact=True).check()
    picture(investor, "phone-alone")
    investor.get_by_role("button", name="Hand in").click()
    main.click()
    expect(member.locator(".result h1")).to_contain_text("Without prices you lose")
    for turn in range(1, 4):
        main.click()
        if turn == 3:
            projector.get_by_role("button", name="Show the prices").click()
            expect(member.locator(".board")).to_be_visible()
        for k, phone in enumerate(phones):
            expect(phone.locator("header")).to_contain_text(f"part B, round {turn}")
            propose(phone, k, turn)
        if turn == 1:
            picture(member, "phone-handed-in")
        main.click()
        expect(member.locator(".result h1")).to_contain_text(
            re.compile("You (lose|gain) .* points")
        )
        picture(member, f"phone-settled-{turn}")
        screen(projector, f"projector-groups-{turn}")
    projector.get_by_text("More").click()
    projector.get_by_role("button", name="To the vote").or_(
        projector.get_by_role("button", name="Open the vote")
    ).first.click()
    for k, phone in enumerate(phones):
        phone.get_by_role("button", name="I leave" if k else "I stay").click()
        if k == 0:
            picture(phone, "phone-vote")
    main.click()
    expect(member.locator(".result h1")).to_have_text("You leave")
    picture(member, "phone-voted")
    projector.get_by_text("More").click()
    screen(projector, "projector-votes")
    projector.get_by_text("More").click()
    with projector.expect_download() as room:
        projector.get_by_role("button", name="Save the sheets").click()
    text = Path(room.value.path()).read_text(encoding="utf-8")
    assert text.startswith("student,round 1,round 2,round 3,round 4\n")
    assert len(text.splitlines()) == 13
    expect(projector.locator("#sheets a")).to_have_count(3)


def choose(phone, effort, by_keyboard):
    if by_keyboard:
        phone.locator(".tiles input").first.focus()
        for _ in range(int(effort)):
            phone.keyboard.press("ArrowRight")
        phone.locator(f".tiles input[value='{effort}']").check()
        phone.locator(".hand").focus()
        phone.keyboard.press("Enter")
    else:
        phone.locator(".tiles label", has_text=effort).tap()
        phone.locator(".hand").tap()


def propose(phone, k, turn):
    if turn == 3:
        sums = phone.locator("table.choose tbody tr td:last-child").all_inner_texts()
        sums = [int(text.replace("−", "-")) for text in sums]
        proposal, price = (
            sums.index(min(sums)),
            re.search(r"your price is (\d+)", phone.locator(".board").inner_text())[1],
        )
        picture(phone, "phone-board")
    else:
        proposal, price = 3 * turn + k % 2, str(40 + 10 * k)
    phone.get_by_role("radio", name=str(proposal), exact=True).check()
    phone.get_by_label("Your price").fill("501")
    expect(phone.locator(".hand")).to_be_disabled()
    phone.get_by_label("Your price").fill(price)
    phone.get_by_role("button", name="Hand in").click()
    expect(phone.locator(".waiting")).to_contain_text("You propose")


def test_a_phone_without_a_network_says_so_and_goes_on_by_itself(server, visit):
    projector = visit(server.start(), SCREEN)
    phone = visit(f"{server.url}/room/game?welcome_page_ok=1", PHONE)
    expect(phone.locator("#screen > h1")).to_have_text("You are student 1")
    projector.locator("#controls .main").click()
    phone.locator(".tiles label", has_text="4").click()
    phone.context.set_offline(True)
    phone.evaluate("liveSocket._ws.close()")
    phone.locator(".hand").click()
    expect(phone.locator("#lost")).to_be_visible(timeout=60_000)
    phone.context.set_offline(False)
    expect(phone.locator(".waiting")).to_contain_text("You handed in 4", timeout=60_000)
    expect(phone.locator("#lost")).to_be_hidden()


def test_the_projector_holds_the_largest_class_without_scrolling(server, visit):
    projector = visit(server.start(), SCREEN)
    visit(f"{server.url}/room/game?welcome_page_ok=1", PHONE)
    main = projector.locator("#controls .main")
    more = projector.get_by_text("More")
    for kind, count in (("selfish", 29), ("rider", 10), ("altruist", 10), ("follower", 10)):
        more.click()
        projector.get_by_label("How many robots").fill(str(count))
        projector.get_by_label("Kind of robot").select_option(kind)
        projector.get_by_role("button", name="Add robots").click()
        expect(projector.locator(".join")).to_contain_text(f"{count} ×")
        more.click()
    main.click()
    expect(main).to_have_text("Close round 1")
    main.click()
    expect(main).to_have_text("Open round 2")
    screen(projector, "projector-room-of-60")
    more.click()
    projector.get_by_role("button", name="To part B").click()
    expect(projector.locator(".tiles p")).to_have_count(15)
    more.click()
    screen(projector, "projector-15-groups-forming")
    for turn in range(4):
        expect(main).to_have_text(f"Close round {turn}")
        main.click()
        expect(main).to_contain_text("Open")
        screen(projector, f"projector-15-groups-{turn}")
        main.click()
