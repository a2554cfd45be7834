"""Pages' Markdown for readers without Sphinx: references as text, links to what is there.

JupyterLab's own MyST knows the directives of the book, but no other page, no bibliography, and no
figure that a cell draws.
"""

import posixpath
import re
import sys
from pathlib import Path

import nbformat

sys.path.append(str(Path(__file__).parents[1] / "sphinx"))

from coq_theorems import statement

ROLE = re.compile(r"\{([\w:]+)\}`([^`]+)`")
LABELLED = re.compile(r"^\$\$ \(([\w-]+)\)$", re.MULTILINE)
LINK = re.compile(r"\[([^\]]*)\]\((?![a-z]+:|#)([^)\s]+)\)")
COQ = re.compile(r"^(`{3,})\{coq-statement\} ([\w.]+)$", re.MULTILINE)
TITLED = re.compile(r"(.+?) *<[^<>]+>")
KEPT = ("math",)
CITATION = {"cite": "cite:p"}


def rendered(notebook, page, roles, place):
    """A copy of the `page`'s notebook whose Markdown needs nothing but its own text.

    `roles` gives the text of each "role target" on the page, `place(page)` the address of another
    page, or None where it has none: then the words of the link stay. Raises KeyError
    for a role that the built page does not know.
    """
    copy = nbformat.from_dict(notebook)
    cells = []
    for cell in copy.cells:
        if cell.cell_type == "markdown":
            text = _statements(_numbers(cell.source, roles))
            cell.source = _links(_roles(text, roles), page, place)
        cells.append(cell)
        if caption := cell.metadata.get("mystnb", {}).get("figure", {}).get("caption"):
            cells.append(_caption(cell, caption, page, roles, place))
    copy.cells = cells
    return copy


def _caption(cell, caption, page, roles, place):
    """The caption of what a cell draws, which Sphinx reads from the cell's metadata."""
    name = roles.get(f"numref {cell.metadata['mystnb']['figure'].get('name')}", "")
    text = _links(_roles(caption, roles), page, place)
    lead = f"**{name}.** " if name else ""
    return nbformat.v4.new_markdown_cell(f"{lead}{text}", id=f"{cell.id}-caption"[-64:])


def _roles(text, roles):
    def read(match):
        role, target = match.groups()
        if role in KEPT:
            return match[0]
        if titled := TITLED.fullmatch(target):
            return titled[1]
        return roles[f"{CITATION.get(role, role)} {target}"]

    return ROLE.sub(read, text)


def _numbers(text, roles):
    r"""Labelled equations with the book's numbers: JupyterLab would count within the page."""

    def number(match):
        shown = roles.get(f"eq {match[1]}", "").strip("()")
        return f"\\tag{{{shown}}}\n$$" if shown else "$$"

    return LABELLED.sub(number, text)


def _links(text, page, place):
    def lead(match):
        words, target = match.groups()
        there = place(posixpath.normpath(posixpath.join(posixpath.dirname(page), target)))
        return f"[{words}]({there})" if there else words

    return LINK.sub(lead, text)


def _statements(text):
    """Coq's statements, which the book reads from formal/, as code."""
    return COQ.sub(lambda match: f"{match[1]}coq\n{statement(match[2])}", text)
