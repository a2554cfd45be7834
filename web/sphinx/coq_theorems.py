"""Theorems from formal/ on a page: a statement, all sources, and what each theorem rests on.

A Sphinx extension, loaded by _config.yml. Everything is read from the files that Coq checks.
"""

import re
import sys
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parents[2]
FORMAL = ROOT / "formal"
SOURCES_PAGE = "chapters/coq-sources"
DECLARATION = re.compile(r"^(?:Theorem|Lemma|Corollary) (\w+)", re.MULTILINE)
# The comment that ends right before it.
ITS_COMMENT = re.compile(r"(?<=\n)\(\*(?:(?!\*\)).)*\*\)\n\Z", re.DOTALL)


def setup(app):
    app.add_directive("coq-statement", Statement)
    app.add_directive("coq-sources", Sources)
    app.add_directive("coq-assumptions", Assumptions)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def source(name):
    """Text of the file of a theorem "File.theorem", and where its statement begins in it.

    Raises ValueError for a theorem that is in no file.
    """
    file, theorem = name.split(".")
    path = FORMAL / f"{file}.v"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    for match in DECLARATION.finditer(text):
        if match[1] == theorem:
            return text, match.start()
    raise ValueError(f"theorem: got {name}; allowed: File.theorem from formal/")


def statement(name):
    """The statement of a theorem, as it stands in its file."""
    text, start = source(name)
    return text[start : text.index("\nProof.", start)]


def line(name):
    """The line in its file on which a theorem begins."""
    text, start = source(name)
    return text.count("\n", 0, start) + 1


def parts(file):
    """A file cut before each theorem and its comment: (first line, theorem or "", text)."""
    text = (FORMAL / f"{file}.v").read_text(encoding="utf-8")
    cuts = [(0, "")]
    for match in DECLARATION.finditer(text):
        comment = ITS_COMMENT.search(text[: match.start()])
        cuts.append((comment.start() if comment else match.start(), match[1]))
    ends = [start for start, _ in cuts[1:]] + [len(text)]
    for (start, theorem), end in zip(cuts, ends, strict=True):
        yield text.count("\n", 0, start) + 1, theorem, text[start:end].rstrip()


class FromFormal(SphinxDirective):
    """Reads formal/, and says so to Sphinx."""

    def check(self):
        """The module formal/check.py, which knows the files and the list."""
        if str(FORMAL) not in sys.path:
            sys.path.append(str(FORMAL))
        import check

        for path in [*FORMAL.glob("*.v"), check.LIST]:
            self.env.note_dependency(str(path))
        return check

    def block(self, text, first=None):
        node = nodes.literal_block(text, text, language="coq")
        if first is not None:
            node["linenos"] = True
            node["highlight_args"] = {"linenostart": first}
        return node

    def link(self, name, text):
        page = self.env.app.builder.get_relative_uri(self.env.docname, SOURCES_PAGE)
        return nodes.reference("", text, refuri=f"{page}#{name}", internal=True)


class Statement(FromFormal):
    """The statement of one theorem, with a link to its proof."""

    required_arguments = 1

    def run(self):
        self.check()
        (name,) = self.arguments
        try:
            text = statement(name)
        except ValueError as error:
            raise self.error(str(error)) from error
        where = f"formal/{name.split('.')[0]}.v, line {line(name)}"
        return [self.block(text), nodes.paragraph("", "", self.link(name, where))]


class Sources(FromFormal):
    """Every file in the order in which Coq checks it, with lines and a place for each theorem."""

    def run(self):
        sections = []
        for path in self.check().sources():
            section = nodes.section("", nodes.title("", path.name), ids=[nodes.make_id(path.name)])
            for first, theorem, text in parts(path.stem):
                ids = [f"{path.stem}.{theorem}"] if theorem else []
                section += nodes.container("", self.block(text, first), ids=ids)
            sections.append(section)
        return sections


class Assumptions(FromFormal):
    """The stored list as a table: each theorem, and the axioms that it rests on."""

    def run(self):
        text = self.check().LIST.read_text(encoding="utf-8")
        rows = []
        for entry in text.split("\n\n", 1)[1].splitlines():
            if entry.startswith("# "):
                rows.append(_row([nodes.strong("", entry[2:])], []))
            elif entry:
                name, axioms = entry.split(": ")
                rows.append(_row([self.link(name, name)], [nodes.Text(axioms)]))
        head = _row([nodes.Text("Theorem")], [nodes.Text("Axioms that it rests on")])
        group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in range(2)), cols=2)
        group += [nodes.thead("", head), nodes.tbody("", *rows)]
        return [nodes.table("", group)]


def _row(*cells):
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))
