"""The lesson as the CSV files that `course/records.py` reads, and one that says who played what."""

from records import group_sheet, room_sheet


def room_csv(lesson):
    """Part A: a row for each student with a card, a column for each round that is over."""
    rows = []
    for number, cards in zip(lesson.numbers, lesson.efforts, strict=True):
        rows.append([number, *("" if card != card else int(card) for card in cards)])
    return room_sheet(rows, lesson.room_turns)


def groups_csv(lesson):
    """Part B: a row for each group and round with prices that is over."""
    rows = []
    for group, history in lesson.histories.items():
        for turn, (proposals, prices) in history.items():
            messages = [entry for pair in zip(proposals, prices, strict=True) for entry in pair]
            rows.append([group, turn, *messages])
    return group_sheet(rows)


def answers_csv(lesson):
    """Every answer by whom it was given: a person, a kind of robot, or for an absent member."""
    lines = ["part,round,student,group,member,by,effort or proposal,price"]
    for answer in lesson.answers:
        first, price = (*answer.values, "")[:2]
        part = "A" if answer.part == "room" else "B"
        lines.append(
            f"{part},{answer.turn},{answer.number or ''},{answer.group or ''},"
            f"{answer.member or ''},{answer.by},{first},{price}"
        )
    return "\n".join(lines) + "\n"


def sheets(lesson):
    """All files by name."""
    return {
        "room.csv": room_csv(lesson),
        "groups.csv": groups_csv(lesson),
        "answers.csv": answers_csv(lesson),
    }
