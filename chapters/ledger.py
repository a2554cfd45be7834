"""The ledger: claims.toml, checked for form and shown as tables."""

import csv
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pesim_lib.display.build_mode import build_mode

FILE = Path(__file__).with_name("claims.toml")
SENTENCES = Path(__file__).with_name("sentences.csv")
# What this book adds stands in a section of its own.
OWN = "Beyond"
HOW = {
    "definition": "definition",
    "symbols": "proved in symbols",
    "random": "verified on random games",
    "recomputed": "recomputed",
    "proof": "proved on the page",
}
VERDICTS = {
    "holds": "holds",
    "condition": "holds with a condition the paper leaves out",
    "repair": "does not hold as stated",
}
# Why a sentence of the paper has no row.
REASONS = {
    "definition": "defines something",
    "literature": "reports other work",
    "plan": "announces what follows",
    "opinion": "gives an opinion that no computation can check",
    "open": "leaves a question open",
}


@dataclass(frozen=True)
class Claim:
    """One row: a statement of the paper, where it is treated, what checks it, the verdict.

    `at` is "page#anchor"; `by` names what checks the claim: cells as "page#cell-id" and tests as
    "tests/library/file.py::name". `repair` is the missing condition or what is true instead.
    `games` is how many random games the first test draws, 0 where none does. `coq` names the
    theorems "File.theorem" by which Coq checks the row: what it says, or what is true instead.
    """

    paper: str
    section: str
    says: str
    at: str
    how: str
    by: tuple[str, ...]
    verdict: str
    repair: str = ""
    games: int = 0
    coq: tuple[str, ...] = ()

    def __post_init__(self):
        if self.how not in HOW:
            raise ValueError(f"how of {self.paper}: got {self.how!r}; allowed: {list(HOW)}")
        if self.verdict not in VERDICTS:
            allowed = list(VERDICTS)
            raise ValueError(f"verdict of {self.paper}: got {self.verdict!r}; allowed: {allowed}")
        if not self.by:
            raise ValueError(f"by of {self.paper}: got nothing; allowed: a cell or a test")
        if (self.verdict == "holds") == bool(self.repair):
            raise ValueError(f"repair of {self.paper}: allowed with another verdict than holds")


def claims():
    """All rows, in the paper's order."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["claim"]
    return [
        Claim(**{**row, "by": tuple(row["by"]), "coq": tuple(row.get("coq", ()))}) for row in rows
    ]


def sentences():
    """The paper's sentences in order, a dictionary each, with the columns of SENTENCES.

    `rows` lists the rows on what the sentence asserts; where it is empty, `reason` says why.
    """
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        return [
            {**sentence, "rows": sentence["rows"].split("; ") if sentence["rows"] else []}
            for sentence in csv.DictReader(file)
        ]


def papers_own(rows):
    """The claims that the paper makes; those of section OWN are this book's."""
    return [row for row in rows if row.section != OWN]


def summary():
    """How many of the paper's claims got which verdict, how many of them rest on a theorem that
    Coq checks, and how many more claims are this book's."""
    rows = claims()
    paper = papers_own(rows)
    counts = Counter(row.verdict for row in paper)
    lines = [f"{len(paper)} claims of the paper"]
    lines += [f"{counts[key]:4d} {text}" for key, text in VERDICTS.items()]
    lines += [f"{sum(bool(row.coq) for row in paper):4d} machine-checked"]
    return "\n".join([*lines, f"{len(rows) - len(paper)} more, of this book"])


class Table:
    """The claims of one section of the paper as a Markdown table: displays itself."""

    def __init__(self, section):
        self.claims = [claim for claim in claims() if claim.section == section]
        if not self.claims:
            raise ValueError(f"section: got {section!r}, which has no claims")
        # Here, where an error stops the cell: IPython 8 only logs what goes wrong in a display.
        self.markdown = self._table()

    def __repr__(self):
        lines = "\n".join(f"{claim.paper}: {VERDICTS[claim.verdict]}" for claim in self.claims)
        own = self.claims[0].section == OWN
        return lines.replace(" the paper leaves out", "") if own else lines

    def _repr_markdown_(self):
        return self.markdown

    def _table(self):
        rows = ["| Paper | Claim | Checked | Verdict |", "|---|---|---|---|"]
        for claim in self.claims:
            how = HOW[claim.how].replace(
                "random", f"{claim.games} random" if claim.games else "random"
            )
            checks = ", ".join(_link(check, number) for number, check in enumerate(claim.by, 1))
            if claim.coq:
                checks += f"; **machine-checked**: {', '.join(map(_theorem, claim.coq))}"
            verdict = f"**{VERDICTS[claim.verdict]}**"
            if claim.section == OWN:
                verdict = verdict.replace(" the paper leaves out", "")
            if claim.repair:
                verdict += f": {claim.repair}"
            paper = _anchor(claim.at, claim.paper)
            rows.append(f"| {paper} | {claim.says} | {how}: {checks} | {verdict} |")
        return "\n".join(rows)


def _link(check, number):
    if "::" in check:
        file, test = check.split("::")
        text = f"test {number}"
        return _html(f"checks.html#{test}", text) if _on_page() else f"[{text}](../{file})"
    page, cell = check.split("#")
    return _anchor(f"{page}#cell-{cell}", f"cell {number}")


def _theorem(name):
    file, theorem = name.split(".")
    text = f"`{theorem}`"
    if _on_page():
        return _html(f"coq-sources.html#{name}", f"<code>{theorem}</code>")
    return f"[{text}](../formal/{file}.v)"


def _anchor(at, text):
    page, anchor = at.split("#")
    return _html(f"{page}.html#{anchor}", text) if _on_page() else f"[{text}]({page}.ipynb)"


def _html(address, text):
    return f'<a class="reference internal" href="{address}">{text}</a>'


def _on_page():
    return build_mode() == "page"
