"""llms.txt: a table of contents for machines that read, as https://llmstxt.org asks for it.

A Sphinx extension, loaded by _config.yml.
"""

from pathlib import Path

import yaml
from sphinx.addnodes import toctree
from whole_files import write_whole

ROOT = Path(__file__).parents[2]
NAME = "llms.txt"
LINK = f'<link rel="alternate" type="text/markdown" title="Contents for machines" href="{NAME}" />'
SOURCES = "Formulas are MathML on the pages, and TeX in their sources."


def setup(app):
    # Not before the page's metatags, to which it adds.
    app.connect("html-page-context", _link, priority=900)
    app.connect("build-finished", _write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _link(app, pagename, templatename, context, doctree):
    if app.builder.name == "html" and pagename == app.config.root_doc:
        context["metatags"] = context.get("metatags", "") + LINK


def _write(app, error):
    if error or app.builder.name != "html":
        return
    env, root = app.env, app.config.root_doc
    about = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["abstract"]
    parts = [f"# {app.config.html_title}", f"> {about.strip()} {SOURCES}", _line(app, root)]
    for part in env.get_doctree(root).findall(toctree):
        lines = [_line(app, page) for _, page in part["entries"] if page in env.found_docs]
        parts += [f"## {part.get('caption') or 'Pages'}", "\n".join(lines)]
    write_whole(Path(app.outdir, NAME), "\n\n".join(parts) + "\n")


def _line(app, page):
    """A page with its question, if it asks one, and its source."""
    asked = app.env.metadata[page].get("question")
    base = app.config.html_baseurl
    suffix = Path(app.env.doc2path(page)).suffix
    title = " ".join(app.env.titles[page].astext().split())
    source = f"[source]({base}_sources/{page}{suffix})"
    notes = f"{asked} {source}" if asked else source
    return f"- [{title}]({base}{page}.html): {notes}"
