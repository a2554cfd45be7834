"""Runs the cells of one page, each from where the cell above it left off; worker.js calls it."""

import ast
import html
import linecache
import logging
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout
from io import TextIOBase
from time import monotonic

# Characters that one run of a cell may print: a page is no place for more.
MOST_PRINTED = 100_000
# Seconds after which what was printed is shown.
SHOWN_EVERY = 0.1
# Drawn for the first time, matplotlib tells whom it lets wait that it looks at all fonts.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
TOO_MUCH = f"\n… more than {MOST_PRINTED:,} characters: the rest is not shown.\n"


class Runner:
    """The cells' names live in `module`, usually `__main__`.

    A cell finds the names that the one above it left, whichever ran last: a page is read from its
    top. What the names stand for is not copied.
    """

    def __init__(self, module):
        self.names = vars(module)
        self.left = {-1: dict(self.names)}
        self.explorers = {}

    def run(self, cell, name, code, show):
        """Run `code` as the `cell`-th of the page, from 0, where all above it have run.

        `show(form, content)` takes what it shows, as it comes: "text", "warning", "html" and
        "error" with a string, "explorer" with its controls and picture. Returns whether the cell
        ran to its end, and the error in a line if it did not.
        """
        self.names.clear()
        self.names.update(self.left[cell - 1])
        self.explorers.pop(cell, None)
        printed = Printed(show)
        try:
            with redirect_stdout(printed.to("text")), redirect_stderr(printed.to("warning")):
                value = _last_value(code, f"<{name}>", self.names)
                printed.flush()
                if value is not None:
                    self._display(cell, value, show)
                _show_plots(cell, show)
        # A cell may leave by sys.exit(), too.
        except BaseException as error:
            printed.flush()
            show("error", _traceback(error, f"<{name}>"))
            return False, traceback.format_exception_only(error)[-1].strip()
        printed.flush()
        self.left[cell] = dict(self.names)
        return True, ""

    def draw(self, cell, values):
        """The explorer of `cell` at `values`, name -> number, as HTML."""
        return _picture(self.explorers[cell].draw(**values), cell)

    def _display(self, cell, value, show):
        sliders = sys.modules.get("pesim_lib.display.sliders")
        if sliders and isinstance(value, sliders.Explorer):
            self.explorers[cell] = value
            controls = [
                {"name": name, "values": values, "start": value.start[name]}
                for name, values in value.grid.items()
            ]
            picture = _picture(value.draw(**value.start), cell)
            show("explorer", {"controls": controls, "picture": picture})
        elif sliders and isinstance(value, sliders.Picture):
            show("html", _picture(value.figure, cell))
        elif sliders and isinstance(value, sliders.Display):
            show("html", value.page())
        elif _is_figure(value):
            show("html", _drawn(value, cell))
            if pyplot := sys.modules.get("matplotlib.pyplot"):
                pyplot.close(value)
        else:
            show(*_form(value))


class Printed:
    """What a cell prints, shown as it comes; a loop that does not end may print on and on."""

    def __init__(self, show):
        self.show, self.form, self.parts, self.left = show, "text", [], MOST_PRINTED
        self.shown = monotonic()

    def to(self, form):
        return Stream(self, form)

    def write(self, form, text):
        if form != self.form:
            self.flush()
        self.form = form
        if self.left < 0:
            return
        whole = len(text) <= self.left
        self.parts.append(text if whole else text[: self.left] + TOO_MUCH)
        self.left = self.left - len(text) if whole else -1
        if not whole or monotonic() - self.shown > SHOWN_EVERY:
            self.flush()

    def flush(self):
        if self.parts:
            self.show(self.form, "".join(self.parts))
        self.parts, self.shown = [], monotonic()


class Stream(TextIOBase):
    """One of the two streams that a cell prints to."""

    def __init__(self, printed, form):
        self.printed, self.form = printed, form

    def writable(self):
        return True

    def write(self, text):
        self.printed.write(self.form, text)
        return len(text)

    def flush(self):
        self.printed.flush()


def _last_value(code, name, names):
    """Execute `code`; the value of its last line if that is an expression without a semicolon."""
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    tree = ast.parse(code, name)
    last = tree.body[-1] if tree.body else None
    shown = isinstance(last, ast.Expr) and not code.rstrip().endswith(";")
    if shown:
        tree.body.pop()
    exec(compile(tree, name, "exec"), names)
    if not shown:
        return None
    return eval(compile(ast.Expression(last.value), name, "eval"), names)


def _traceback(error, name):
    """The traceback from the cell `name` on, without the lines of this file."""
    trace = error.__traceback__
    while trace and trace.tb_frame.f_code.co_filename != name:
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace))


def _form(value):
    """A value in the richest form that a page shows."""
    bundle = getattr(value, "_repr_mimebundle_", None)
    forms = bundle() if callable(bundle) else {}
    if page := forms.get("text/html") or _called(value, "_repr_html_"):
        return "html", page
    if drawing := forms.get("image/svg+xml") or _called(value, "_repr_svg_"):
        return "html", drawing
    return "text", f"{forms.get('text/plain') or repr(value)}\n"


def _called(value, name):
    method = getattr(value, name, None)
    # A class has the method, and nothing to call it on.
    return method() if callable(method) and not isinstance(value, type) else None


def _is_figure(value):
    figures = sys.modules.get("matplotlib.figure")
    return figures is not None and isinstance(value, figures.Figure)


def _show_plots(cell, show):
    """Show and close what pyplot has open."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    for number in pyplot.get_fignums() if pyplot else ():
        show("html", _drawn(pyplot.figure(number), f"{cell}-{number}"))
    if pyplot:
        pyplot.close("all")


def _drawn(figure, prefix):
    """A figure, with the sentence on what it shows where it has one."""
    if figure.get_label():
        return _picture(figure, prefix)
    from pesim_lib.display.drawing import svg

    title = next((axes.get_title() for axes in figure.axes if axes.get_title()), "A figure")
    words = html.escape(title)
    return f'<div class="picture" role="img" aria-label="{words}">{svg(figure, f"c{prefix}")}</div>'


def _picture(figure, prefix):
    from pesim_lib.display.drawing import picture_html, reading, svg

    return picture_html(svg(figure, f"c{prefix}"), reading(figure))
