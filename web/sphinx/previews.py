"""What a link leads to, for web/static/previews.js to show beside it: terms, formulas, theorems.

A Sphinx extension, loaded by _config.yml. A page carries the previews of its own links, so that
they are there without a server, too. It works before light_pages.py, which keeps their styles.
"""

import html
import posixpath
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urldefrag

from bs4 import BeautifulSoup
from own_files import own_pages
from whole_files import write_whole

LINK = re.compile(r'<a class="reference internal" href="([^"]*#[^"]+)"')
STORE = re.compile(r'<template id="previews">.*?</template>\n', re.DOTALL)
# A theorem or its like, an equation, an entry of the references.
WHOLE = re.compile(r'class="[^"]*\b(?:proof|math|citation)\b')
END = "</body>"
# What has no use there, or a name that only one element of a page may bear.
LEFT_OUT = ".headerlink, .label, script"


def setup(app):
    app.add_js_file("previews.js", loading_method="defer")
    app.connect("build-finished", _write_previews, priority=550)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _write_previews(app, error):
    if error or app.builder.name != "html":
        return
    site = Path(app.outdir)
    pages = {
        path.relative_to(site).as_posix(): path.read_text(encoding="utf-8")
        for path in own_pages(app)
    }
    texts = {name: STORE.sub("", text) for name, text in pages.items()}
    shown = cache(lambda name, place: preview(texts.get(name, ""), place))
    for name, text in texts.items():
        store = _store(name, text, shown)
        whole = f"{store}{END}".join(text.rsplit(END, 1)) if store else text
        if whole != pages[name]:
            write_whole(site / name, whole)


def _store(name, text, shown):
    """The previews of all links of a page that lead to something short."""
    found = {}
    for address in dict.fromkeys(LINK.findall(text)):
        file, place = urldefrag(html.unescape(address))
        other = posixpath.normpath(posixpath.join(posixpath.dirname(name), file)) if file else name
        found[address] = shown(unquote(other), unquote(place))
    parts = "".join(
        f'<div data-of="{address}">{part}</div>\n' for address, part in found.items() if part
    )
    return f'<template id="previews">\n{parts}</template>\n' if parts else ""


def preview(page, place):
    """What a reader sees at the element `place` of a page, as HTML without links and names.

    Empty where it is no term, function, formula, theorem, or entry of the references.
    """
    named = page.find(f' id="{html.escape(place)}"')
    opening = re.compile(r"<(\w+)[^>]*>").match(page, page.rfind("<", 0, named))
    if named < 0 or not opening:
        return ""
    if opening[1] == "dt":
        return _clean(_element(page, opening) + _meaning(page, opening))
    return _clean(_element(page, opening)) if WHOLE.search(opening[0]) else ""


def _meaning(page, term):
    """What stands below a term; below the name of a function, its first paragraph."""
    meaning = re.compile(r"<(dd)\b[^>]*>").search(page, term.end())
    if "sig" not in term[0]:
        return _element(page, meaning)
    paragraph = re.compile(r"\s*<(p)>").match(page, meaning.end())
    return _element(page, paragraph) if paragraph else ""


def _element(page, opening):
    """The whole element that begins with the tag matched by `opening`."""
    depth = 0
    for tag in re.compile(rf"<(/?){opening[1]}\b[^>]*>").finditer(page, opening.start()):
        depth += -1 if tag[1] else 1
        if not depth:
            return page[opening.start() : tag.end()]
    raise ValueError(f"page: got {opening[0]} without an end; allowed: whole elements")


def _clean(part):
    soup = BeautifulSoup(part, "html.parser")
    for element in soup.select(LEFT_OUT):
        element.decompose()
    for link in soup.select("a"):
        link.unwrap()
    for element in soup.find_all(True):
        for name in ("id", "role", "tabindex"):
            element.attrs.pop(name, None)
        if element.name in ("dt", "dd", "section"):
            # Outside their list, or a page's outline, they are only boxes.
            element.name = "div"
            del element["class"]
    return str(soup).strip()
