"""What students get of the book's sources: all but what only a lecturer may see.

The lecturer's edition is the book itself. web/build/without_solutions.py copies it for students and
asks this file what stays.
"""

import re
from pathlib import PurePosixPath

import yaml

# A lecturer's files, as patterns relative to the book: lesson notes, the decks and cards that a
# lecturer shows and hands out, programs and tests that know the answers.
LECTURERS = (
    "tests/course",
    "tests/book",
    "tests/live",
    "course/session-*.md",
    "course/workshop.md",
    "course/experiment*",
    "course/live*",
    "course/classroom_figures.py",
    "course/records.py",
    "course/slides/experiment.ipynb",
    "course/slides/live.ipynb",
    "course/slides/workshop.ipynb",
    "course/problem-set/*",
)
# Without these the problem set's student edition cannot be packed.
KEPT = ("course/problem-set/editions.py",)
# Where the student edition of the problem set lies in the copy.
RELEASE = "course/problem-set/release"

SOLUTION = re.compile(
    r"^(?P<fence>`{3,}|:{3,})\{solution\}.*?^(?P=fence)[ \t]*$\n*", re.DOTALL | re.MULTILINE
)
NOTES = re.compile(r"^:::\{revealjs-notes\}\n.*?^:::[ \t]*$\n*", re.DOTALL | re.MULTILINE)
# A part of a page between two comments, of which readers see nothing.
PART = re.compile(r"^% for lecturers[ \t]*$.*?^% for everybody[ \t]*$\n*", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[(?P<text>[^][]+)\]\((?P<page>[\w./-]+?)(?:\.md)?\)")


def is_lecturers(path):
    """Whether a file or folder, as a PurePath relative to the book, is a lecturer's."""
    if path.as_posix() in KEPT:
        return False
    return any(path.match(pattern) or path.as_posix() == pattern for pattern in LECTURERS)


def for_students(text, missing):
    """MyST text without solutions, speaker notes and lecturers' parts.

    A link to a page whose name is in `missing` leaves its words. Raises ValueError where a solution
    or a lecturer's part would stay.
    """
    for pattern in (SOLUTION, NOTES, PART):
        text = pattern.sub("", text)
    for left in ("{solution", "{revealjs-notes", "% for lecturers", "% for everybody"):
        if left in text:
            line = next(line for line in text.splitlines() if left in line)
            raise ValueError(f"text: a part that is not closed cannot be dropped: {line}")
    return LINK.sub(
        lambda link: link["text"] if link["page"].split("/")[-1] in missing else link[0], text
    )


def contents_for_students(contents, missing):
    """The text of _toc.yml without the pages whose names are in `missing`."""
    toc = yaml.safe_load(contents)
    for part in toc.get("parts", []):
        part["chapters"] = [
            page for page in part["chapters"] if page["file"].split("/")[-1] not in missing
        ]
    return yaml.safe_dump(toc, sort_keys=False)


def missing_pages(contents):
    """The names of the pages of _toc.yml that students do not get."""
    toc = yaml.safe_load(contents)
    files = [page["file"] for part in toc.get("parts", []) for page in part["chapters"]]
    return {
        file.split("/")[-1]
        for file in files
        if any(is_lecturers(PurePosixPath(f"{file}{kind}")) for kind in (".md", ".ipynb"))
    }
