"""The mathematics of the pages is typeset when the site is built.

A Sphinx extension, loaded by _config.yml and by the slides' conf.py. A formula that cannot be
typeset fails the build, which names the page and the formula.
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from typesetting import style_sheet, typeset
from whole_files import write_whole

logger = logging.getLogger(__name__)
STYLE = "mathematics.css"
# Sphinx counts the equations.
NUMBERED = re.compile(r"\\(begin|end)\{(equation|align|gather|multline|alignat|flalign)\}")

# Signs that fit a line of a phone.
PHONE = 23
NOT_DRAWN = re.compile(r"<annotation.*?</annotation>|<[^>]*>", re.DOTALL)


def setup(app):
    app.add_config_value("math_macros", {}, "env")
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
    app.connect("config-inited", _configure)
    app.connect("builder-inited", _write_style)
    app.add_css_file(STYLE)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _configure(app, config):
    config.html_math_renderer = "mathml"


def _write_style(app):
    write_whole(Path(app.outdir, "_static", STYLE), style_sheet())


def _inline(self, node):
    formula = _typeset(self, node, node.astext(), display=False)
    kind = "math wide" if len(NOT_DRAWN.sub("", formula)) > PHONE else "math"
    self.body.append(f"{self.starttag(node, 'span', '', CLASS=kind)}{formula}</span>")
    raise nodes.SkipNode


def _display(self, node):
    self.body.append(self.starttag(node, "div", CLASS="math"))
    tex = NUMBERED.sub(r"\\\1{\2*}", node.astext())
    self.body.append(f'<div class="formula">{_typeset(self, node, tex, display=True)}</div>')
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def _typeset(self, node, tex, display):
    try:
        return typeset(tex, display, self.config.math_macros)
    except ValueError as error:
        page = self.builder.current_docname
        logger.warning("%s: %s", page, error, location=node, type="mathematics")
        return self.encode(tex)
