r"""TeX as a line of text, for what cannot typeset it: search results and previews.

`\frac{N}{1 + \ln N}` becomes N/(1 + ln N).
"""

import re
from functools import cache

from pylatexenc.latex2text import (
    LatexNodes2Text,
    MacroTextSpec,
    SpecialsTextSpec,
    get_default_latex_context_db,
)
from pylatexenc.latexwalker import LatexWalker
from pylatexenc.latexwalker import get_default_latex_context_db as known_arguments
from pylatexenc.macrospec import std_macro

FRACTIONS = ("frac", "dfrac", "tfrac")
NAMES = ("arg", "exp", "ln", "max", "min", "sin")
BEFORE_ARGUMENT = re.compile(r"(arg|exp|ln|max|min|sin) (?=[_({])")
SYMBOLS = {
    "ne": "≠",
    "mid": "|",
    "top": "T",
    "|": "‖",
    "prime": "'",
    "quad": " ",
    "qquad": " ",
    "dots": "…",
}
# Letters with what stands above them, digits, and their scripts.
SIMPLE = re.compile(r"[\w\u0302\u0303\u0304\u0305.*^]+")
RELATION = re.compile(r" *(≤|≥|≠|=|<|>|∈|→|↦|≈) *")
# Braces that are printed, while those of groups are told apart.
OPEN, CLOSE = "\ue000", "\ue001"


@cache
def readable(tex):
    """The text of one formula, with or without the marks around it."""
    inside = re.sub(r"\A\s*\\[(\[]|\\[)\]]\s*\Z", "", tex)
    text = _converter().nodelist_to_text(_nodes(inside))
    text = text.replace("{", "(").replace("}", ")").replace(OPEN, "{").replace(CLOSE, "}")
    text = " ".join(RELATION.sub(r" \1 ", text.replace("^'", "'")).split())
    return BEFORE_ARGUMENT.sub(r"\1", text)


def _nodes(tex):
    nodes, _, _ = LatexWalker(tex, latex_context=_arguments()).get_latex_nodes()
    return nodes


@cache
def _arguments():
    """How many arguments a macro takes, for those that pylatexenc does not know."""
    known = known_arguments()
    ours = [std_macro(name, False, 2) for name in FRACTIONS]
    known.add_context_category("ours", macros=ours, prepend=True)
    return known


@cache
def _converter():
    known = get_default_latex_context_db()
    ours = [MacroTextSpec(name, simplify_repl=_fraction) for name in FRACTIONS]
    ours += [MacroTextSpec(name, simplify_repl=f" {name} ") for name in NAMES]
    ours += [MacroTextSpec(name, simplify_repl=text) for name, text in SYMBOLS.items()]
    ours += [MacroTextSpec("{", simplify_repl=OPEN), MacroTextSpec("}", simplify_repl=CLOSE)]
    primes = [SpecialsTextSpec("''", simplify_repl="''")]
    known.add_context_category("ours", macros=ours, specials=primes, prepend=True)
    options = {"keep_braced_groups": True, "keep_braced_groups_minlen": 2}
    return LatexNodes2Text(known, strict_latex_spaces="based-on-source", **options)


def _fraction(node, l2tobj):
    parts = (l2tobj.nodelist_to_text([part]) for part in node.nodeargd.argnlist)
    return "/".join(_as_factor(part) for part in parts)


def _as_factor(text):
    text = text.strip()
    text = text[1:-1] if text[:1] == "{" and text[-1:] == "}" else text
    return text if SIMPLE.fullmatch(text) else f"({text})"
