"""What the ledger of claims links to: cells by their ids, and the tests, shown with their code.

A Sphinx extension, loaded by _config.yml.
"""

import ast
import json
import sys
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "chapters"))

import ledger  # noqa: E402


def setup(app):
    app.add_directive("ledger-tests", LedgerTests)
    app.connect("doctree-resolved", _name_cells, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


class LedgerTests(Directive):
    """Every test that the ledger names, with its code, under its name."""

    def run(self):
        environment = self.state.document.settings.env
        environment.note_dependency(str(ledger.FILE))
        tests = {check for claim in ledger.claims() for check in claim.by if "::" in check}
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
