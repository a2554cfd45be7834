"""Colours, settings, frames and words that every picture shares.

Colours belong to concepts and mean the same on every page.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from matplotlib import rc_context, rcdefaults, rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.patches import FancyArrowPatch

EQUILIBRIUM = "#D55E00"
OPTIMUM = "#0072B2"
GAP = "#A6761D"
TAX = "#CC5F9E"
REWARD = "#009E73"
MUTED = "#808080"
USERS = ("#7A68C9", "#5B8C2A", "#C0504D", "#3E8E9E")

# Text of 12 points stays above 9 pixels on a phone 375 pixels wide.
SIZE = (5.6, 3.6)
# Square points of a disc per unit of effort.
DISC = 200

# The site's font, so that pictures match the page, and every reader's pictures each other; `make
# font` cuts it out of Source Sans (OFL-source-sans-3.txt). Names of quantities are the formulas'.
for _font in sorted(Path(__file__).parent.glob("sans-*.ttf")):
    fontManager.addfont(_font)

SETTINGS = {
    "font.size": 12,
    "font.sans-serif": ["PESIM Sans", "DejaVu Sans"],
    "mathtext.fontset": "custom",
    **{f"mathtext.{kind}": "PESIM Sans" for kind in ("rm", "sf", "tt", "cal")},
    "mathtext.bf": "PESIM Sans:bold",
    "mathtext.it": "STIXGeneral:italic",
    "mathtext.fallback": "stix",
    "axes.labelpad": 3,
    "legend.frameon": False,
    "legend.fontsize": 11,
    "svg.fonttype": "none",
    "svg.hashsalt": "pesim",
}

# A stored table: name -> column (M,), a row for each game.
Table = Mapping[str, np.ndarray]


@contextmanager
def book_style() -> Iterator[None]:
    """matplotlib's defaults and `SETTINGS`, whatever the reader's own settings are.

    Around drawing and around saving, as a context or as a decorator: lines take their widths when
    they are drawn, ticks and formulas theirs when the picture is saved.
    """
    with rc_context():
        rcdefaults()
        rcParams.update(SETTINGS)
        yield


def framed_axes(xlabel: str, ylabel: str) -> tuple[Figure, Axes]:
    """A figure of the usual size and its axes, labelled."""
    figure = Figure(figsize=SIZE)
    # A fixed frame: pictures must not jump while a slider moves.
    axes = figure.add_axes((0.16, 0.175, 0.81, 0.785))
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def family_axes(xlabel: str, families: Sequence[str]) -> tuple[Figure, Axes]:
    """Axes with a row for each family, the first on top, and room for a legend above."""
    figure = Figure(figsize=(SIZE[0], 4.4))
    axes = figure.add_axes((0.24, 0.14, 0.72, 0.76))
    axes.set_xlabel(xlabel)
    axes.set_yticks(np.arange(len(families))[::-1], families)
    axes.set_ylim(-0.6, len(families) - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="y", color=MUTED, alpha=0.2)
    return figure, axes


def bare_axes() -> tuple[Figure, Axes]:
    """Axes without a frame, for networks inside the unit circle and labels around it."""
    figure, axes = framed_axes("", "")
    axes.set_axis_off()
    axes.set_aspect("equal")
    axes.set_position((0, 0, 1, 1))
    axes.set_xlim(-2.2, 2.2)
    axes.set_ylim(-1.31, 1.31)
    return figure, axes


def on_circle(n: int) -> np.ndarray:
    """n places (n, 2) on the unit circle, clockwise from the top."""
    angles = np.pi / 2 - 2 * np.pi * np.arange(n) / n
    return np.column_stack([np.cos(angles), np.sin(angles)])


def payment_arrows(
    axes: Axes, paid: np.ndarray, places: np.ndarray, colour: str, shrink: np.ndarray
) -> None:
    """An arrow from payer to receiver for each payment of `paid` (N, N), as wide as it is large.

    It keeps `shrink` (N,) points away from the users' places.
    """
    largest = max(paid.max(), 1e-12)
    for payer, receiver in np.argwhere(paid > 1e-3 * largest):
        if payer != receiver:
            axes.add_patch(
                FancyArrowPatch(
                    places[payer],
                    places[receiver],
                    connectionstyle="arc3,rad=0.18",
                    arrowstyle="-|>,head_width=3,head_length=5",
                    shrinkA=shrink[payer],
                    shrinkB=shrink[receiver],
                    lw=0.5 + 2.5 * paid[payer, receiver] / largest,
                    color=colour,
                    clip_on=False,
                )
            )


def mark(axes: Axes, x: float, y: float, colour: str, text: str, lift: float = 7) -> None:
    """A labelled point, its label `lift` points above.

    The label stands on the side with more room, so set the limits first.
    """
    axes.plot(x, y, "o", color=colour, zorder=5)
    place = axes.transAxes.inverted().transform(axes.transData.transform((x, y)))
    side, align = (-7, "right") if place[0] > 0.85 else (7, "left")
    axes.annotate(text, (x, y), (side, lift), textcoords="offset points", color=colour, ha=align)


def balance(taxes: np.ndarray) -> str:
    """Words that say whether `taxes` (N,) sum to zero, but for rounding."""
    balanced = abs(taxes.sum()) <= 1e-12 * max(1.0, np.abs(taxes).sum())
    return "the taxes balance" if balanced else f"the taxes miss balance by {taxes.sum():g}"


def read(figure: Figure, reading: str) -> Figure:
    """`figure`, labelled with its reading."""
    figure.set_label(reading)
    return figure
