"""Sliders over a figure function, with or without a kernel.

A figure function is pure, `figure(**values) -> matplotlib Figure`, and the figure's label
(`Figure.set_label`) is its reading: one sentence with the numbers it shows. The reading is printed
under the picture, spoken by screen readers, and pinned by stored outputs.

The environment variable PESIM_EXPLORE says where the picture goes: unset, a live kernel;
"stored", a notebook's stored outputs; "page", a web page without a kernel.
"""

import base64
import gzip
import hashlib
import html
import inspect
import io
import itertools
import json
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path

MOST_STATES = 800


STYLE = {
    "font.size": 11,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "svg.fonttype": "none",
    "svg.hashsalt": "pesim",
}


def explore(figure, first=None, /, **controls):
    """Sliders for `figure(**values) -> Figure`, one per keyword: name -> sequence of numbers.

    A slider that `first`, name -> number, names starts there. Any other starts at the function's
    own default if that is among its values, else at the least. In a live kernel the sliders also
    take values in between.

    Raises ValueError for no or more than three controls, a name that `figure` does not take,
    values that are not distinct increasing finite numbers, more than 800 combinations, a name or
    number in `first` that no slider has, or a figure without a label.
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


def picture(figure):
    """A matplotlib Figure with a label, shown in the same three ways as an explorer's pictures."""
    return Picture(figure)


@dataclass(frozen=True, eq=False)
class Picture:
    """What `picture` returns: displays itself."""

    figure: object

    def _repr_mimebundle_(self, include=None, exclude=None):
        reading = _reading(self.figure)
        if os.environ.get("PESIM_EXPLORE") == "page":
            svg = _svg(self.figure, prefix=_digest(reading)[:6])
            return {"text/plain": reading, "text/html": _picture_html(svg, reading)}
        return {"text/plain": reading, "image/png": _png(self.figure)}


@dataclass(frozen=True, eq=False)
class Explorer:
    """What `explore` returns: displays itself."""

    figure: object
    grid: dict
    start: dict
    states: list

    def draw(self, **values):
        """The figure at `values`, in the style of the pages."""
        from matplotlib import rc_context

        with rc_context(STYLE):
            try:
                figure = self.figure(**values)
            except Exception as error:
                error.add_note(f"while drawing {self.figure.__name__} at {values}")
                raise
            _reading(figure)
            return figure

    def __repr__(self):
        sizes = " and ".join(
            f"{name} = {values[0]:g} … {values[-1]:g} ({len(values)} values)"
            for name, values in self.grid.items()
        )
        ends = itertools.product(*[(values[0], values[-1]) for values in self.grid.values()])
        shown = [self.start, *(dict(zip(self.grid, end, strict=True)) for end in ends)]
        lines = dict.fromkeys(_reading(self.draw(**values)) for values in shown)
        return "\n  ".join([f"{self.figure.__name__} over {sizes}", *lines])

    def _repr_mimebundle_(self, include=None, exclude=None):
        mode = os.environ.get("PESIM_EXPLORE")
        bundle = {"text/plain": repr(self)}
        if mode == "page":
            bundle["text/html"] = self.page()
        else:
            bundle["image/png"] = _png(self.draw(**self.start))
        if mode is None:
            bundle.update(widget_view(self.live()))
        return bundle

    def live(self):
        """The ipywidgets form: sliders that redraw by calling the function.

        Whatever the function raises is shown in place of the picture: a kernel would only log it.
        """
        import ipywidgets as widgets

        sliders = {name: _slider(name, self.grid[name], self.start[name]) for name in self.grid}
        # widgets.Image has no alternative text, and widgets.Label cuts off a long line.
        image, reading = widgets.HTML(), widgets.HTML()
        reset = widgets.Button(description="Reset")

        def redraw(_=None):
            values = {name: slider.value for name, slider in sliders.items()}
            try:
                figure = self.draw(**values)
                image.value = _image_html(figure)
                reading.value = html.escape(figure.get_label(), quote=False)
            except Exception as error:
                image.value = ""
                message = f"{type(error).__name__}: {error}"
                reading.value = html.escape(message, quote=False)

        def restore(_):
            for name, slider in sliders.items():
                slider.value = self.start[name]

        for slider in sliders.values():
            slider.observe(redraw, "value")
        reset.on_click(restore)
        redraw()
        return widgets.VBox([*sliders.values(), reset, image, reading])

    def page(self):
        """The form for a page without a kernel: native sliders and every picture, packed."""
        packed = self._packed()
        frames = json.loads(gzip.decompress(packed))
        first = self.states.index(self.start)
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
            f"{_picture_html(frames['pictures'][first], frames['readings'][first])}"
            '<script type="text/plain" class="explore-frames">'
            f"{base64.b64encode(packed).decode()}</script></div>"
        )

    def _packed(self):
        """gzip of {"pictures": [...], "readings": [...]}, in the order of `states`; cached."""
        import matplotlib

        folder = os.environ.get("PESIM_EXPLORE_CACHE")
        source = _source_digest(self.figure)
        key = _digest(source, self.figure.__qualname__, self.grid, matplotlib.__version__)
        path = Path(folder, f"{key}.json.gz") if folder and source else None
        if path and path.exists():
            return path.read_bytes()
        pictures, readings = zip(*self._drawn(prefix=key[:6]), strict=True)
        data = json.dumps({"pictures": pictures, "readings": readings}, ensure_ascii=False)
        packed = gzip.compress(data.encode(), mtime=0)
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(packed)
        return packed

    def _drawn(self, prefix):
        """(picture, reading) of every state, drawn in parallel."""
        from joblib import Parallel, delayed
        from tqdm import tqdm

        drawn = Parallel(n_jobs=os.cpu_count(), return_as="generator")(
            delayed(_frame)(self, values, prefix) for values in self.states
        )
        # A kernel captures its standard streams, so the bar goes to the terminal itself.
        terminal = os.environ.get("PESIM_EXPLORE_TERMINAL", os.devnull)
        with open(terminal, "w", encoding="utf-8") as bar:
            yield from tqdm(drawn, self.figure.__name__, len(self.states), file=bar, leave=False)


def _frame(explorer, values, prefix):
    figure = explorer.draw(**values)
    return _svg(figure, prefix), figure.get_label()


def _numbers(name, values):
    try:
        numbers = [int(value) if float(value).is_integer() else float(value) for value in values]
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: got {values!r}; allowed: a sequence of numbers") from error
    increasing = all(a < b for a, b in itertools.pairwise(numbers))
    if not numbers or not increasing or not all(map(math.isfinite, numbers)):
        raise ValueError(f"{name}: got {values!r}; allowed: increasing numbers, at least one")
    return numbers


def _reading(figure):
    label = figure.get_label()
    if not label:
        raise ValueError("figure: got one without a label; allowed: set_label(one sentence)")
    return label


def _digest(*parts):
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def _source_digest(function):
    """A digest of the library and of the folder that defines `function`; None in a notebook.

    There it may call anything else that the notebook defines, so no digest of it would do.
    """
    module = inspect.getmodule(function)
    file = getattr(module, "__file__", None)
    if file is None:
        return None
    library = Path(__file__).parent.parent
    sources = sorted({*Path(file).parent.glob("*.py"), *library.rglob("*.py")})
    return _digest(*(path.read_text(encoding="utf-8") for path in sources))


def _png(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return base64.b64encode(buffer.getvalue()).decode()


def _svg(figure, prefix):
    """The figure as inline SVG that takes its text colour and fonts from the page."""
    from matplotlib import rc_context

    buffer = io.StringIO()
    with rc_context(STYLE):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<(metadata|style).*?</\1>", "", svg, flags=re.DOTALL)
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg))
    svg = re.sub(r' id="([^"]+)"', lambda m: m[0] if m[1] in used else "", svg)
    svg = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{prefix}-", svg)
    svg = re.sub(r' (?:d|transform|x|y)="[^"]*"', _rounded, svg)
    svg = re.sub(r"(fill|stroke): #000000", r"\1: currentColor", svg)
    svg = re.sub(r"font: ([\d.]+px)[^;\"]*", r"font-size: \1", svg)
    box = re.search(r'viewBox="[^"]*"', svg)[0]
    svg = re.sub(r"<svg [^>]*>", f'<svg {box} fill="currentColor">', svg, count=1)
    return re.sub(r"\s*\n\s*", "\n", svg).replace("xlink:href", "href").strip()


def _rounded(match):
    return re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", match[0])


def _picture_html(svg, reading):
    return (
        f'<div class="picture" role="img" aria-label="{html.escape(reading)}">{svg}</div>'
        f'<p class="reading" aria-live="polite">{html.escape(reading)}</p>'
    )


def _image_html(figure):
    alt = html.escape(figure.get_label())
    return f'<img alt="{alt}" src="data:image/png;base64,{_png(figure)}" style="max-width: 100%">'


def _label_html(name):
    return re.sub(r"^([A-Za-z])(\d+)$", r"<i>\1</i><sub>\2</sub>", name)


def _slider(name, values, start):
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


def widget_view(widget):
    """The MIME bundle that shows a widget; ipywidgets 7 has no method for it."""
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return {"application/vnd.jupyter.widget-view+json": view}
