"""What the ledger of claims links to, and back: cells by their ids, and the tests with their code.

A Sphinx extension, loaded by _config.yml.
"""

import ast
import html
import json
import re
import sys
from functools import cache
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive

ROOT = Path(__file__).parents[2]
LEDGER = "chapters/claims"
TAG = re.compile(r"<[^>]+>")
sys.path.append(str(ROOT / "chapters"))

import ledger  # noqa: E402

claims = cache(ledger.claims)


def setup(app):
    app.add_directive("ledger-tests", LedgerTests)
    app.connect("doctree-resolved", _name_cells, priority=100)
    app.connect("doctree-resolved", _name_rows)
    app.connect("doctree-resolved", _link_back, priority=200)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


class LedgerTests(Directive):
    """Every test that the ledger names, with its code, under its name."""

    def run(self):
        environment = self.state.document.settings.env
        environment.note_dependency(str(ledger.FILE))
        tests = {check for claim in claims() for check in claim.by if "::" in check}
        sections = []
        for file in sorted({test.split("::")[0] for test in tests}):
            environment.note_dependency(str(ROOT / file))
            section = nodes.section("", nodes.title("", file), ids=[nodes.make_id(file)])
            for name, code in test_sources(ROOT / file).items():
                if f"{file}::{name}" in tests:
                    title = nodes.title("", name.removeprefix("test_").replace("_", " "))
                    body = nodes.literal_block(code, code, language="python")
                    section += nodes.section("", title, body, ids=[name], names=[name])
            sections.append(section)
        return sections


def test_sources(file):
    """The tests of a file, name -> source with decorators, in the file's order."""
    text = Path(file).read_text(encoding="utf-8")
    lines = text.splitlines()
    return {
        node.name: "\n".join(lines[_first_line(node) - 1 : node.end_lineno])
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def _first_line(function):
    return min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])


def _name_cells(app, doctree, docname):
    path = Path(app.env.doc2path(docname))
    if path.suffix != ".ipynb":
        return
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for node in doctree.findall(nodes.container):
        if node.get("nb_element") == "cell_code":
            node["ids"].append(f"cell-{cells[node['cell_index']]['id']}")


def row_id(claim):
    """The anchor of a claim's row on the ledger's page."""
    return f"claim-{claims().index(claim) + 1}"


def _name_rows(app, doctree, docname):
    """Give each row of the ledger its anchor: the tables hold all claims, section by section."""
    if docname != LEDGER:
        return
    rows = [row for body in doctree.findall(nodes.tbody) for row in body]
    # On a page the ledger writes its links as HTML.
    rows = {html.unescape(TAG.sub("", row[0].astext())): row for row in rows}
    for claim in claims():
        if claim.paper in rows:
            rows[claim.paper]["ids"].append(row_id(claim))


def _link_back(app, doctree, docname):
    """Below each cell that checks claims, the way to their rows."""
    path, cells = Path(docname), {}
    for claim in claims():
        for check in claim.by:
            cells.setdefault(f"cell-{check.split('#')[-1]}", []).append(claim)
    if path.parent.name != "chapters":
        return
    for node in list(doctree.findall(nodes.container)):
        for claim_cell in set(node["ids"]) & set(cells):
            note = nodes.paragraph("", "In the ledger: ", classes=["in-ledger"])
            for claim in cells[claim_cell]:
                address = f"claims.html#{row_id(claim)}"
                link = nodes.reference("", claim.paper, refuri=address, internal=True)
                note += [link, nodes.Text(" · ")]
            note.pop()
            node.parent.insert(node.parent.index(node) + 1, note)
