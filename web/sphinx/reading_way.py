"""A reader's way: why to go to the page before and the next, and how to cite the one that is open.

A Sphinx extension, loaded by _config.yml.
"""

import re
from pathlib import Path

import yaml
from docutils import nodes

ROOT = Path(__file__).parents[2]
OPENING = "The question. "
# A page of its own asks its question in one line of italics.
ASKED = re.compile(r"[^?]+\?")
ENTRY = """@misc{{pesim_companion_{key},
  author = {{{{The authors of the PESIM companion}}}},
  title = {{{title}}},
  howpublished = {{In: {book}, version {version}}},
  year = {{{year}}},{url}
}}"""


def setup(app):
    app.connect("doctree-read", _note_question)
    app.connect("html-page-context", _say_why)
    app.connect("html-page-context", _cite)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _note_question(app, doctree):
    if asked := question(doctree):
        app.env.metadata[app.env.docname]["question"] = asked


def question(doctree):
    """The question that a page asks at its top; None if it asks none."""
    for paragraph in list(doctree.findall(nodes.paragraph))[:3]:
        text = paragraph.astext().replace("\n", " ")
        if text.startswith(OPENING):
            return text.removeprefix(OPENING)
        alone = len(paragraph.children) == 1 and isinstance(paragraph[0], nodes.emphasis)
        if alone and ASKED.fullmatch(text):
            return text
    return None


def _say_why(app, pagename, templatename, context, doctree):
    _, *around = app.builder.relations.get(pagename, (None, None, None))
    for name, place in zip(around, ("prev", "next"), strict=True):
        if name and context.get(place):
            context[place]["question"] = app.env.metadata[name].get("question")


def _cite(app, pagename, templatename, context, doctree):
    """The page's entry for BibTeX, after the companion's in CITATION.cff."""
    if doctree is None or pagename == app.config.root_doc:
        return
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    base = app.config.html_baseurl
    context["citation"] = ENTRY.format(
        key=re.sub(r"\W", "_", pagename.rpartition("/")[2]),
        title=next(doctree.findall(nodes.title)).astext(),
        book=citation["title"],
        version=citation["version"],
        year=citation["preferred-citation"]["year"],
        url=f"\n  url = {{{base}{pagename}.html}}," if base else "",
    )
