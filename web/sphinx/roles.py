"""What every role on a page becomes, for the copies of the notebooks that no Sphinx renders.

A Sphinx extension, loaded by _config.yml. It writes _build/roles.json, which
web/build/run_in_browser.py reads: page -> "domain:role target" -> the text that readers see.
"""

import json
from functools import cache
from pathlib import Path
from unittest.mock import patch

from sphinx.addnodes import pending_xref
from whole_files import write_whole

# As authors write them.
SHORT = {"std:numref": "numref", "std:ref": "ref", "math:eq": "eq"}


def setup(app):
    app.connect("build-finished", _write_roles)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _write_roles(app, error):
    if error or app.builder.name != "html":
        return
    # A reference to a figure or a theorem reads the page that holds it.
    with patch.object(app.env, "get_doctree", cache(app.env.get_doctree)):
        roles = {page: dict(_roles(app, page)) for page in sorted(app.env.found_docs)}
    target = Path(app.outdir).parent / "roles.json"
    write_whole(target, json.dumps(roles, indent=1, ensure_ascii=False))


def _roles(app, page):
    """Each role that points somewhere, and its text."""
    for node in app.env.get_doctree(page).findall(pending_xref):
        if not (domain := app.env.domains.get(node.get("refdomain"))):
            continue
        role, target = node["reftype"], node["reftarget"]
        found = domain.resolve_xref(app.env, page, app.builder, role, target, node, node[0])
        if found is not None:
            name = f"{domain.name}:{role}"
            yield f"{SHORT.get(name, name)} {target}", found.astext()
