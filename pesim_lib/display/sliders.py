"""Sliders over a figure function, with or without a kernel.

A figure function is pure, `figure(**values) -> matplotlib Figure`, and the figure's label
(`Figure.set_label`) is its reading: one sentence with the numbers it shows. The reading is printed
under the picture, spoken by screen readers, and pinned by stored outputs.
"""

from __future__ import annotations

import base64
import gzip
import html
import inspect
import itertools
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pesim_lib.display.base import Display
from pesim_lib.display.build_mode import picture_folder, picture_workers, progress_terminal
from pesim_lib.display.drawing import base64_png, image_html, picture_html, reading, svg
from pesim_lib.display.picture_cache import digest, load, picture_key, save

if TYPE_CHECKING:
    from ipywidgets import Widget
    from matplotlib.figure import Figure

# A page carries every combination's picture.
MOST_STATES = 800


def explore(
    figure: Callable[..., Figure],
    first: Mapping[str, float] | None = None,
    /,
    **controls: Sequence[float],
) -> Explorer:
    """Sliders over a function that draws, one for each of one to three of its numbers.

    In a live kernel the sliders also take values in between.

    Parameters
    ----------
    figure : callable
        The values of the sliders, by name, to a matplotlib Figure with a label.
    first : dict, optional
        Name to number: where a slider starts. Any other starts at the function's own default if
        that is among its values, else at the least.
    **controls : sequences of numbers
        By name, the values of each slider, increasing.

    Returns
    -------
    Explorer
        Displays itself.

    Raises
    ------
    ValueError
        For no or more than three controls, a name that `figure` does not take, values that are not
        distinct increasing finite numbers, more than 800 combinations, a name or number in `first`
        that no slider has, or a figure without a label; in a build, whatever `figure` raises.

    Examples
    --------
    >>> from pesim_lib import explore, figures
    >>> explorer = explore(figures.underinvestment, N=[2, 10], c1=[0.1, 0.5, 1.0])
    >>> len(explorer.states), explorer.start
    (6, {'N': 10, 'c1': 0.5})
    """
    if not 1 <= len(controls) <= 3:
        raise ValueError(f"controls: got {len(controls)}; allowed: one to three")
    parameters = inspect.signature(figure).parameters
    grid, start = {}, {}
    for name, values in controls.items():
        if name not in parameters:
            raise ValueError(f"{name}: not a parameter of {figure.__name__}{tuple(parameters)}")
        grid[name] = _numbers(name, values)
        default = parameters[name].default
        start[name] = default if default in grid[name] else grid[name][0]
    for name, value in (first or {}).items():
        if value not in grid.get(name, ()):
            raise ValueError(f"first: got {name} = {value!r}; allowed: {grid.get(name, [*grid])}")
        start[name] = value
    states = [dict(zip(grid, state, strict=True)) for state in itertools.product(*grid.values())]
    if len(states) > MOST_STATES:
        raise ValueError(f"controls: got {len(states)} combinations; allowed: {MOST_STATES}")
    return Explorer(figure, grid, start, states)


def picture(figure: Figure) -> Picture:
    """A matplotlib Figure with a label, shown in the same three ways as an explorer's pictures.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Returns
    -------
    Picture
        Displays itself.

    Raises
    ------
    ValueError
        For a figure without a label.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from pesim_lib import picture
    >>> drawn = Figure()
    >>> drawn.set_label("Nothing is drawn here.")
    >>> picture(drawn)
    Nothing is drawn here.
    """
    reading(figure)
    return Picture(figure)


@dataclass(frozen=True, eq=False)
class Picture(Display):
    """What `picture` returns: displays itself."""

    figure: Figure

    def __repr__(self) -> str:
        return reading(self.figure)

    def png(self) -> str:
        return base64_png(self.figure)

    def page(self) -> str:
        words = reading(self.figure)
        return picture_html(svg(self.figure, prefix=digest(words)[:6]), words)


@dataclass(frozen=True, eq=False)
class Explorer(Display):
    """What `explore` returns: displays itself.

    Attributes
    ----------
    figure : function from the values of the sliders to a labelled Figure
    grid : dict, name -> values of its slider
    start : dict, name -> value at first
    states : list of dicts, name -> value: every combination, the last slider fastest
    """

    figure: Callable[..., Figure]
    grid: dict[str, list[float]]
    start: dict[str, float]
    states: list[dict[str, float]]

    def draw(self, **values: float) -> Figure:
        """The figure at `values`, in the style of the pages.

        Raises whatever the function raises, with a note of the values.
        """
        from pesim_lib.figures.style import book_style

        try:
            with book_style():
                figure = self.figure(**values)
            reading(figure)
        except Exception as error:
            error.add_note(f"while drawing {self.figure.__name__} at {values}")
            raise
        return figure

    def __repr__(self) -> str:
        sizes = " and ".join(
            f"{name} = {values[0]:g} … {values[-1]:g} ({len(values)} values)"
            for name, values in self.grid.items()
        )
        ends = itertools.product(*[(values[0], values[-1]) for values in self.grid.values()])
        shown = [self.start, *(dict(zip(self.grid, end, strict=True)) for end in ends)]
        lines = dict.fromkeys(map(self._reading, shown))
        return "\n  ".join([f"{self.figure.__name__} over {sizes}", *lines])

    def _reading(self, values: dict[str, float]) -> str:
        if "_frames" in self.__dict__:
            return self._frames["readings"][self.states.index(values)]
        return reading(self.draw(**values))

    def png(self) -> str:
        return base64_png(self.draw(**self.start))

    def live(self) -> Widget:
        """The ipywidgets form: sliders that redraw by calling the function.

        Whatever the function raises is shown in place of the picture: a kernel would only log it.
        """
        import ipywidgets as widgets

        sliders = {name: _slider(name, self.grid[name], self.start[name]) for name in self.grid}
        # widgets.Image has no alternative text, and widgets.Label cuts off a long line.
        image, words = widgets.HTML(), widgets.HTML()
        reset = widgets.Button(description="Reset")

        def redraw(_=None):
            values = {name: slider.value for name, slider in sliders.items()}
            try:
                figure = self.draw(**values)
                image.value = image_html(figure)
                words.value = html.escape(reading(figure), quote=False)
            except Exception as error:
                image.value = ""
                message = f"{type(error).__name__}: {error}"
                words.value = html.escape(message, quote=False)

        def restore(_):
            for name, slider in sliders.items():
                slider.value = self.start[name]

        for slider in sliders.values():
            slider.observe(redraw, "value")
        reset.on_click(restore)
        redraw()
        return widgets.VBox([*sliders.values(), reset, image, words])

    def page(self) -> str:
        """The form for a page without a kernel: native sliders and every picture, packed."""
        frames = self._frames
        first = self.states.index(self.start)
        drawn = "\n".join(frames["lines"][line] for line in frames["pictures"][first])
        controls = "".join(
            f"<label><span>{_label_html(name)}</span>"
            f'<input type="range" name="{name}" min="0" max="{len(values) - 1}" step="1" '
            f'value="{values.index(self.start[name])}" '
            f'data-values="{html.escape(json.dumps(values))}" '
            f'aria-valuetext="{name} = {self.start[name]:g}">'
            f'<output aria-hidden="true">{self.start[name]:g}</output></label>'
            for name, values in self.grid.items()
        )
        return (
            f'<div class="explore" data-figure="{self.figure.__module__}:{self.figure.__name__}">'
            f'<div class="explore-controls" hidden>{controls}'
            '<button type="button">Reset</button></div>'
            f"{picture_html(drawn, frames['readings'][first])}"
            '<script type="text/plain" class="explore-frames">'
            f"{base64.b64encode(self._packed).decode()}</script></div>"
        )

    @cached_property
    def _frames(self) -> dict[str, Any]:
        """What is packed."""
        return json.loads(gzip.decompress(self._packed))

    @cached_property
    def _packed(self) -> bytes:
        """gzip of {"lines": [...], "pictures": [...], "readings": [...]}; cached.

        Pictures and readings come in the order of `states`. Pictures of one explorer share most of
        their lines: each is a list of places in `lines`.
        """
        folder = picture_folder()
        key = picture_key(self.figure, self.grid) if folder else None
        path = folder / f"{key}.pictures" if folder and key else None
        if path and (kept := load(path)) is not None:
            return kept
        prefix = digest(self.figure.__module__, self.figure.__qualname__, self.grid)[:6]
        pictures, readings = zip(*self._drawn(prefix), strict=True)
        places: dict[str, int] = {}
        shared = [
            [places.setdefault(line, len(places)) for line in picture.split("\n")]
            for picture in pictures
        ]
        frames = {"lines": list(places), "pictures": shared, "readings": readings}
        data = json.dumps(frames, ensure_ascii=False, separators=(",", ":"))
        packed = gzip.compress(data.encode(), mtime=0)
        if path:
            save(path, packed)
        return packed

    def _drawn(self, prefix: str) -> Iterator[tuple[str, str]]:
        """(picture, reading) of every state, drawn side by side."""
        from joblib import Parallel, delayed
        from tqdm import tqdm

        drawn = Parallel(n_jobs=picture_workers(), return_as="generator")(
            delayed(_frame)(self, values, prefix) for values in self.states
        )
        with open(progress_terminal(), "w", encoding="utf-8") as bar:
            yield from tqdm(drawn, self.figure.__name__, len(self.states), file=bar, leave=False)


def _frame(explorer: Explorer, values: dict[str, float], prefix: str) -> tuple[str, str]:
    figure = explorer.draw(**values)
    return svg(figure, prefix), reading(figure)


def _numbers(name: str, values: Sequence[float]) -> list[float]:
    try:
        numbers = [int(value) if float(value).is_integer() else float(value) for value in values]
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: got {values!r}; allowed: a sequence of numbers") from error
    increasing = all(a < b for a, b in itertools.pairwise(numbers))
    if not numbers or not increasing or not all(map(math.isfinite, numbers)):
        raise ValueError(f"{name}: got {values!r}; allowed: increasing numbers, at least one")
    return numbers


def _label_html(name: str) -> str:
    return re.sub(r"^([A-Za-z])(\d+)$", r"<i>\1</i><sub>\2</sub>", name)


def _slider(name: str, values: list[float], start: float) -> Widget:
    import ipywidgets as widgets

    low, high = values[0], values[-1]
    words = {"description": name, "tooltip": f"{name}, from {low:g} to {high:g}"}
    if all(isinstance(value, int) for value in values):
        return widgets.IntSlider(start, low, high, **words)
    if low > 0 and high / low > 20:
        ends = {"min": math.log10(low), "max": math.log10(high)}
        return widgets.FloatLogSlider(start, step=0.01, **words, **ends)
    return widgets.FloatSlider(
        start, min=low, max=high, step=(high - low) / 200, readout_format=".3g", **words
    )
