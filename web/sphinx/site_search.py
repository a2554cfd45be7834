"""Search by Pagefind: what readers read is found, in whole sentences with readable mathematics.

A Sphinx extension, loaded by _config.yml, in place of Sphinx's own search. The data lie in
pagefind/ and are loaded by web/static/search.js when somebody searches.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from bs4 import BeautifulSoup
from readable_mathematics import readable
from sphinx.util import logging
from typesetting import tex_of
from whole_files import replace_folder, write_whole

logger = logging.getLogger(__name__)

FOLDER = "pagefind"
# Nobody reads these, or not as part of a sentence.
LEFT_OUT = ".picture, .explore-controls, .code-switch, .headerlink, .toctree-wrapper, nav, button"
ARTICLE = re.compile(r"<article\b.*</article>", re.DOTALL)
# Most elements of a page draw: they are dropped from its text, as parsing it takes long.
NOT_READ = re.compile(r"<(script|style|svg)\b.*?</\1>", re.DOTALL)
DRAWN = re.compile(r"(<math\b[^>]*>).*?(<annotation\b.*?</annotation>).*?(</math>)", re.DOTALL)
COLOURED = re.compile(r"<pre\b.*?</pre>", re.DOTALL)
COLOUR = re.compile(r"</?span\b[^>]*>")
# Code counts for less than words about it.
CODE, CODE_WEIGHT = ".highlight, .output", "0.2"
# Pagefind's own ways to show results, for which search.js stands.
NOT_USED = ("pagefind-*ui.*", "pagefind-highlight.js", "wasm.unknown.pagefind")


def setup(app):
    app.connect("builder-inited", _leave_out_sphinx_search)
    app.connect("html-collect-pages", _search_page)
    app.connect("build-finished", _index_site)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _leave_out_sphinx_search(app):
    app.builder.search = False


def _search_page(app):
    yield "search", {"title": "Search"}, "search.html"


def _index_site(app, error):
    if error or app.builder.name != "html":
        return
    pages = {f"{page}.html": Path(app.builder.get_outfilename(page)) for page in app.env.found_docs}
    fresh = Path(app.outdir, f".{FOLDER}")
    shutil.rmtree(fresh, ignore_errors=True)
    write_index(_texts(app, pages), fresh)
    for file in [file for pattern in NOT_USED for file in fresh.glob(pattern)]:
        file.unlink()
    replace_folder(fresh, Path(app.outdir, FOLDER))


def _texts(app, pages):
    """What is searched of each page (address -> file), remembered of pages that did not change."""
    memory = Path(app.doctreedir, "searched.json")
    made_by = f"{app.config.pesim_web} {app.config.pesim_source} "
    known = _remembered(memory)
    fresh = {}
    for name in sorted(pages):
        page = pages[name].read_text(encoding="utf-8")
        mark = sha256((made_by + page).encode()).hexdigest()
        old, text = known.get(name, (None, None))
        fresh[name] = mark, text if old == mark else searchable(page)
    write_whole(memory, json.dumps(fresh))
    return {name: text for name, (_, text) in fresh.items()}


def _remembered(memory):
    try:
        return json.loads(memory.read_bytes()) if memory.exists() else {}
    except ValueError as error:
        # Parsing all pages again puts it right.
        logger.info(f"reading pages afresh, for what was remembered of them is damaged: {error}")
        return {}


def searchable(page):
    """What is searched of a page: its article, formulas as text, each heading with its anchor."""
    text = DRAWN.sub(r"\1\2\3", NOT_READ.sub("", ARTICLE.search(page)[0]))
    text = COLOURED.sub(lambda code: COLOUR.sub("", code[0]), text)
    article = BeautifulSoup(text, "html.parser").find("article")
    for part in article.select(LEFT_OUT):
        part.decompose()
    for formula in article.select(".math"):
        number = formula.select_one(".eqno")
        mark = f" {number.extract().get_text()}" if number else ""
        formula.replace_with(f"{readable(tex_of(formula))}{mark}")
    for section in article.select("section[id]"):
        if heading := section.find(re.compile("^h[1-6]$"), recursive=False):
            heading["id"] = section["id"]
    # Entries of the glossary and of the library are found by their names.
    for term in article.select("dt[id]"):
        term.name = "h6"
    for code in article.select(CODE):
        code["data-pagefind-weight"] = CODE_WEIGHT
    return f'<html lang="en"><body>{article}</body></html>'


def write_index(pages, folder):
    """Write Pagefind's files for `pages` (address -> HTML) into `folder`.

    Raises RuntimeError with what Pagefind says if it fails.
    """
    with tempfile.TemporaryDirectory() as source:
        for address, text in pages.items():
            write_whole(Path(source, address), text)
        command = [sys.executable, "-m", "pagefind", "--site", source, "--output-path", folder]
        # One language: pages in English and British English are one book.
        options = ["--force-language", "en", "--keep-index-url"]
        done = subprocess.run([*command, *options], capture_output=True, encoding="utf-8")
    empty = [file.name for file in folder.rglob("*") if file.is_file() and not file.stat().st_size]
    if done.returncode or empty:
        raise RuntimeError(f"Pagefind: empty files {empty}; it says {done.stdout}{done.stderr}")
