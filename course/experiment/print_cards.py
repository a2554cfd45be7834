"""Cards and sheets of the classroom experiment as PDFs: `make cards`.

One set for each printed size of a room, and one for groups. The sheets to type records into are
copied beside them.
"""

import sys
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SITE = ROOT / "_build/html/course/experiment"
sys.path += [str(HERE.parent), str(ROOT / "web/build")]

from chromium import chromium  # noqa: E402
from classroom import (  # noqa: E402
    BLACK,
    CARDS,
    GROUP_ROUNDS,
    GROUP_SIZES,
    INVESTOR_COST,
    MOST_PRICE,
    PROPOSALS,
    RED,
    ROUNDS,
    SIZES,
    Room,
    group_risks,
)
from whole_files import write_whole  # noqa: E402


def room_page(size):
    """The set for a room of up to `size` students, as HTML: two pages, then one for each two."""
    room = Room(range(1, size + 1), size)
    kinds = {True: ("♦", "red", RED), False: ("♠", "black", BLACK)}
    students = [
        dict(zip(("suit", "colour", "cost"), kinds[bool(red)], strict=True), number=number)
        for number, red in zip(room.numbers, room.red, strict=True)
    ]
    return _fill(
        "room.html",
        size=size,
        halving=room.halving,
        loss=room.loss,
        risks=room.risks.tolist(),
        rounds=range(1, ROUNDS + 1),
        cards=CARDS.tolist(),
        students=students,
    )


def groups_page():
    """For each size of a group its sheet, then its members' cards, two or three to a page."""
    return _fill(
        "groups.html",
        groups=[{"members": k, "risks": group_risks(k).tolist()} for k in GROUP_SIZES],
        rounds=range(1, GROUP_ROUNDS + 1),
        proposals=PROPOSALS.tolist(),
        most_price=MOST_PRICE,
        investor_cost=INVESTOR_COST,
    )


def _fill(template, **values):
    pages = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, autoescape=True
    ).get_template(template)
    style = (HERE / "cards.css").read_text(encoding="utf-8")
    return pages.render(style=style, **values)


def main():
    pages = {f"room-{size}": room_page(size) for size in SIZES} | {"groups": groups_page()}
    with chromium() as browser:
        page = browser.new_page()
        for name, html in pages.items():
            page.set_content(html)
            printed = page.pdf(prefer_css_page_size=True, print_background=True)
            write_whole(SITE / f"{name}.pdf", printed)
    for sheet in HERE.glob("*.csv"):
        write_whole(SITE / sheet.name, sheet.read_bytes())
    print(f"Cards and sheets: {SITE}")


if __name__ == "__main__":
    main()
