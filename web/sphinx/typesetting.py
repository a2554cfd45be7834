"""TeX typeset as MathML, which browsers draw and screen readers read without any script."""

import base64
import re
from pathlib import Path

from math_core import LatexError, LatexToMathML

SOURCES = Path(__file__).parents[1] / "mathematics"
FONT = "stix-two-math.woff2"
# The style sheet spaces rows.
ROW_SPACE = re.compile(r"\\\\\[[^\]\n]*\]")
# What begins a line after an alignment mark stands between two terms, of which one is a line above.
CONTINUED = re.compile(r'(padding-left: 0;">(?:<mspace [^>]*/>)?)<mo>([+−])')

# Browsers give a bracket with an index the size of the index, unless something stands beside it.
BRACKET = re.compile(r"(<msu(?:b|p|bsup)>)(<mo [^>]*minsize[^>]*>[^<]*</mo>)")

# Asks for another shape of script letters, which the font draws as they are.
CHANCERY = "\ufe00"
UNRESOLVED = "(??)</a>"


def typeset(tex, display=False, macros=None):
    r"""The MathML of a formula, its TeX inside as an annotation.

    `display` sets it as a line of its own, in which blank lines and `\\` part lines; `macros` maps
    names of further commands, without backslash, to TeX. Raises ValueError, with the place and the
    reason, for TeX that is not known.
    """
    converter = LatexToMathML(macros=macros, annotation=True, fancy_error=False)
    lines = _lines(ROW_SPACE.sub(r"\\\\", tex.strip())) if display else tex
    try:
        mathml = converter.convert_with_local_state(lines, displaystyle=display)
    except LatexError as error:
        raise ValueError(f"formula: got {tex.strip()!r}: {error}") from None
    if UNRESOLVED in mathml:
        raise ValueError(f"formula: got {tex.strip()!r}; allowed: references outside formulas")
    mathml = BRACKET.sub(r"\1<mrow><mi></mi>\2</mrow>", mathml)
    return CONTINUED.sub(r'\1<mo form="infix">\2', mathml).replace(CHANCERY, "")


def style_sheet():
    """The formulas' style with its font inside: nothing moves when it comes, also from a file."""
    font = base64.b64encode((SOURCES / FONT).read_bytes()).decode()
    style = (SOURCES / "mathematics.css").read_text(encoding="utf-8")
    return style.replace(FONT, f"data:font/woff2;base64,{font}")


def tex_of(formula):
    """The TeX of a formula on a parsed page."""
    # Inside a template get_text() finds none.
    return formula.find("annotation").string or ""


def _lines(tex):
    parts = [part for part in re.split(r"\n\s*\n", tex) if part.strip()]
    lines = [_aligned(part) if r"\\" in part and r"\begin" not in part else part for part in parts]
    if len(lines) == 1:
        return lines[0]
    return r"\begin{gathered}" + r"\\".join(lines) + r"\end{gathered}"


def _aligned(tex):
    return rf"\begin{{aligned}}{tex}\end{{aligned}}"
