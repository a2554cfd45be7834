"""The reference of the library, from its docstrings: each entry names the chapters that use it.

A Sphinx extension, loaded by _config.yml.
"""

import ast
import json
from functools import cache
from inspect import ismodule
from pathlib import Path

PACKAGE = "pesim_lib."


def setup(app):
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("sphinx.ext.autosummary")
    app.setup_extension("numpydoc")
    app.config.autosummary_generate = False
    app.config.autodoc_typehints = "none"
    app.config.autodoc_member_order = "bysource"
    app.config.numpydoc_show_class_members = False
    app.connect("autodoc-skip-member", _leave_out_modules)
    # After numpydoc has read the sections.
    app.connect("autodoc-process-docstring", _name_chapters, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _leave_out_modules(app, what, name, thing, skip, options):
    """A module shown as an attribute's value names a folder of the machine that builds."""
    return True if ismodule(thing) else None


def _name_chapters(app, what, name, thing, options, lines):
    """End the entry of a public name with links to the pages whose code uses it."""
    short = name.removeprefix(PACKAGE)
    if not name.startswith(PACKAGE) or "." in short:
        return
    # In the order of _toc.yml.
    contents = app.config.external_site_map
    pages = [page for page in contents if _path(app, page).suffix == ".ipynb"]
    for page in pages:
        app.env.note_dependency(str(_path(app, page)))
    using = [page for page in pages if short in used_names(_path(app, page))]
    if using:
        lines += ["", "**Used in:** " + ", ".join(f":doc:`/{page}`" for page in using), ""]


def _path(app, page):
    return Path(app.env.doc2path(page))


@cache
def used_names(path):
    """Every name that the code cells of the notebook at `path` use."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return {
        getattr(node, "id", None) or getattr(node, "attr", None)
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Name | ast.Attribute)
    }
