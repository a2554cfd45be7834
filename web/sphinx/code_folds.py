"""Which code of a page is shown: all, what is needed to follow, or none; code-switch.js asks.

A Sphinx extension, loaded by _config.yml. The folds stand in the page itself, so that nothing moves
when the script comes; a page without scripts shows all its code.
"""

import re

from docutils import nodes

# Code that nobody needs to follow the text: a cell that only imports.
IMPORTS = re.compile(r"(?:(?:from |import |    |\)|#).*\n?|\n)*")
FOLD = '<button type="button" class="code-fold{}" aria-expanded="false">Show the code</button>'
CHOICES = {"needed": "what is needed", "all": "all", "none": "none"}
SWITCH = '<fieldset class="code-switch"><legend>Code</legend>{}</fieldset>'.format(
    "".join(
        f'<label><input type="radio" name="code" value="{value}" /> {words}</label>'
        for value, words in CHOICES.items()
    )
)


def setup(app):
    app.connect("doctree-resolved", _fold)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _fold(app, doctree, docname):
    if app.builder.name != "html":
        return
    cells = [node for node in doctree.findall(nodes.container) if "cell_input" in node["classes"]]
    for cell in cells:
        imports = " imports" if only_imports(cell.astext()) else ""
        _insert(cell.parent, cell.parent.index(cell), FOLD.format(imports))
    if cells:
        opening = _opening(doctree)
        _insert(opening.parent, opening.parent.index(opening) + 1, SWITCH)


def only_imports(code):
    """Whether the lines of `code` import, and do nothing else."""
    return IMPORTS.fullmatch(code.strip()) is not None


def _opening(doctree):
    """A page's first box, where that opens the page, or else its title."""
    title = next(doctree.findall(nodes.title))
    boxes = (node for node in title.parent.children if isinstance(node, nodes.Admonition))
    return next(boxes, title)


def _insert(parent, place, markup):
    parent.insert(place, nodes.raw("", markup, format="html"))
