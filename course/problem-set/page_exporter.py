"""Pages of the problem set: their formulas are typeset, and they ask no other host."""

import copy
import html
import re
import sys
from pathlib import Path

from jinja2 import pass_context
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

HERE = Path(__file__).parent
sys.path.append(str(HERE.parents[1] / "web/sphinx"))

from typesetting import style_sheet, typeset  # noqa: E402

# Nobody types these. They stand around TeX until what students wrote has been made safe.
INLINE, DISPLAY, END = "\ue010", "\ue011", "\ue012"
FORMULA = re.compile(f"([{INLINE}{DISPLAY}])([^{END}]*){END}")


class PageExporter(HTMLExporter):
    """nbconvert's pages with MathML; TeX that cannot be typeset stays, for students write it."""

    def from_notebook_node(self, nb, resources=None, **keywords):
        page, resources = super().from_notebook_node(_marked(nb), resources, **keywords)
        return FORMULA.sub(_typeset, page), resources

    @pass_context
    def markdown2html(self, context, source):
        renderer = _Renderer(
            escape=False,
            attachments=context.get("cell", {}).get("attachments", {}),
            anchor_link_text=self.anchor_link_text,
            exclude_anchor_links=self.exclude_anchor_links,
        )
        return MarkdownWithMath(renderer=renderer).render(source)


class _Renderer(IPythonRenderer):
    """Marks formulas, where nbconvert's leaves TeX to a script."""

    def inline_math(self, body):
        return f"{INLINE}{self.escape_html(body)}{END}"

    def block_math(self, body):
        return f"{DISPLAY}{self.escape_html(body)}{END}"

    def latex_environment(self, name, body):
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")


def load_from_page(config, *basedirs, filters=None):
    """Set the `config` of `PageExporter` so that its pages load nothing.

    `basedirs` are further folders of templates, `filters` further filters by name.
    """
    exporter = config.HTMLExporter
    exporter.extra_template_basedirs = [str(HERE / "templates"), *map(str, basedirs)]
    exporter.filters = {"mathematics_style": lambda _: style_sheet(), **(filters or {})}
    return config


def _marked(notebook):
    """The notebook with marks around what cells print as TeX."""
    notebook = copy.deepcopy(notebook)
    for output in (output for cell in notebook.cells for output in cell.get("outputs", [])):
        tex = output.get("data", {}).get("text/latex")
        if tex:
            output["data"]["text/latex"] = f"{DISPLAY}{tex.strip().strip('$')}{END}"
    return notebook


def _typeset(match):
    display, tex = match[1] == DISPLAY, html.unescape(match[2])
    try:
        formula = typeset(tex, display)
    except ValueError:
        formula = f"<code>{html.escape(tex)}</code>"
    return f'<div class="math">{formula}</div>' if display else formula
