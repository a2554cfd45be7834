"""A matplotlib Figure as text, PNG and SVG, in the book's style whatever the reader's settings."""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The fonts of the site, and what is near them: of words, and of quantities' names.
WORDS = "PESIM Sans, Helvetica, Arial, sans-serif"
FORMULAS = "STIX Two Text, STIX Two Math, STIXGeneral, serif"


def reading(figure: Figure) -> str:
    """The figure's label: one sentence with the numbers it shows.

    Raises ValueError if it has none.
    """
    label = str(figure.get_label())
    if not label:
        raise ValueError("figure: got one without a label; allowed: set_label(one sentence)")
    return label


def png(figure: Figure, dpi: int = 110) -> bytes:
    """The figure as PNG of `dpi` pixels per inch."""
    from pesim_lib.figures.style import book_style

    buffer = io.BytesIO()
    with book_style():
        figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def svg(figure: Figure, prefix: str) -> str:
    """The figure as inline SVG that takes its text colour and fonts from the page.

    `prefix` opens every identifier, so that those of two pictures on a page differ.
    """
    from pesim_lib.figures.style import book_style

    buffer = io.StringIO()
    with book_style(), _formulas_kept():
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<(metadata|style).*?</\1>", "", svg, flags=re.DOTALL)
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg))
    svg = re.sub(r' id="([^"]+)"', lambda m: m[0] if m[1] in used else "", svg)
    svg = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{prefix}-", svg)
    svg = re.sub(r' (d|transform|style|x|y)="[^"]*"', _rounded, svg)
    svg = re.sub(r"(fill|stroke): #000000", r"\1: currentColor", svg)
    svg = re.sub(r"font: ([\d.]+px)[^;\"]*", r"font-size: \1", svg)
    svg = re.sub(r"; font-family: ([^;\"]*)", _family, svg)
    box = re.search(r'viewBox="[^"]*"', svg)[0]
    svg = re.sub(
        r"<svg [^>]*>", f'<svg {box} fill="currentColor" font-family="{WORDS}">', svg, count=1
    )
    return re.sub(r"\s*\n\s*", "\n", svg).replace("xlink:href", "href").strip()


def base64_png(figure: Figure) -> str:
    """The figure as base64 of a PNG, as notebooks store it."""
    return base64.b64encode(png(figure)).decode()


def picture_html(svg: str, reading: str) -> str:
    """A picture for a page, described and followed by its reading."""
    return (
        f'<div class="picture" role="img" aria-label="{html.escape(reading)}">{svg}</div>'
        f'<p class="reading" aria-live="polite">{html.escape(reading)}</p>'
    )


def image_html(figure: Figure) -> str:
    """A picture for a widget, with its reading as alternative text."""
    alt, source = html.escape(reading(figure)), base64_png(figure)
    return f'<img alt="{alt}" src="data:image/png;base64,{source}" style="max-width: 100%">'


@contextmanager
def _formulas_kept() -> Iterator[None]:
    """Let matplotlib measure with what knows formulas of pictures before.

    It keeps what it parsed for each object that measures, and makes one for each picture: half the
    time of saving one went into the same formulas again.
    """
    from matplotlib import text, textpath

    made = text.TextToPath
    text.TextToPath = lambda: textpath.text_to_path  # type: ignore[assignment]
    try:
        yield
    finally:
        text.TextToPath = made


def _family(match: re.Match[str]) -> str:
    return f"; font-family: {FORMULAS}" if "STIX" in match[1] else ""


def _rounded(match: re.Match[str]) -> str:
    # A tenth of a point is less than half a pixel; a scale, an angle or a width needs more.
    digits = 2 if match[1] in ("transform", "style") else 1
    return re.sub(r"-?\d+\.\d{2,}", lambda number: f"{round(float(number[0]), digits):g}", match[0])
