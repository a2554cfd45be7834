"""The book as an EPUB, for `make epub`: pages that every reading program takes, without scripts.

A Sphinx extension, loaded by _config.yml.
"""

import os
import re
from pathlib import Path
from urllib.parse import urlparse

from bs4 import BeautifulSoup
from sphinx.builders.epub3 import Epub3Builder
from whole_files import write_whole

import pesim_lib

NAME = "pesim-companion"
STYLES = ("epub.css", "pygments.css", "mathematics.css", "reader.css")
# The first of them names it.
ICON = "file.png"
# The colours of concepts, and what old reading programs can be told.
COLOURS = re.compile(r":root \{[^}]*\}")
RULES = """
svg { max-width: 100%; height: auto; }
div.math { text-align: center; }
.live { font-style: italic; }
aside.margin { margin: 0.5em 0 0.5em 1em; padding-left: 0.6em; border-left: 2px solid; }
.sidebar-title { font-weight: bold; margin: 0; }
.results { border-collapse: collapse; font-size: 0.85em; margin: 0.5em 0; }
.results th, .results td { text-align: right; font-weight: normal; padding: 0.1em 0 0.1em 1em; }
.results thead th { border-bottom: 1px solid; vertical-align: bottom; }
.results caption { text-align: left; font-weight: bold; }
"""
PICTURES = (".png", ".svg", ".jpg")
# Of the site only: they answer to a reader, or stand beside its headings.
LEFT_OUT = "script, template, form, input, button, .explore-controls, .headerlink"
LIVE = "On the site sliders change this picture"
SPACES = {"math": "http://www.w3.org/1998/Math/MathML", "svg": "http://www.w3.org/2000/svg"}
# Names of SVG whose case the parser of HTML drops.
CASED = re.compile(r"[<\s]([a-z]+[A-Z][A-Za-z]*)(?=[\s=>])")
ITEM = re.compile(r'href="([^"]+\.xhtml)" media-type="[^"]+" (?=/>)')


def setup(app):
    app.add_builder(BookEpub, override=True)
    app.connect("config-inited", _describe)
    app.connect("html-page-context", _page, priority=950)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _describe(app, config):
    # Which Sphinx asks for, and the site does not show.
    config.version = config.release = pesim_lib.__version__
    config.epub_basename = NAME
    config.epub_title = config.epub_description = config.html_title
    # One name in all three places that must agree.
    config.epub_identifier = config.epub_uid = NAME
    config.epub_scheme = "ID"
    config.epub_contributor = config.author
    config.epub_show_urls = "no"
    config.epub_tocscope = "includehidden"
    config.epub_use_index = False


class BookEpub(Epub3Builder):
    """Sphinx's builder, less what only a site needs, and with its contents declared."""

    def prepare_writing(self, docnames):
        super().prepare_writing(docnames)
        self.domain_indices = []

    def init_css_files(self):
        super().init_css_files()
        self.add_css_file("reader.css")

    def copy_static_files(self):
        super().copy_static_files()
        static = Path(self.outdir, "_static")
        colours = COLOURS.search((static / "pesim.css").read_text(encoding="utf-8"))[0]
        write_whole(static / "reader.css", colours + RULES)

    def build_content(self):
        made = (Path(folder, name) for folder, _, names in os.walk(self.outdir) for name in names)
        names = (path.relative_to(self.outdir).as_posix() for path in made)
        self.config.epub_exclude_files = [name for name in names if not self._is_part(name)]
        super().build_content()
        listing = Path(self.outdir, "content.opf")
        write_whole(listing, ITEM.sub(self._declared, listing.read_text(encoding="utf-8")))

    def _is_part(self, name):
        if name.endswith(".xhtml"):
            return name.removesuffix(".xhtml") in self.env.found_docs
        if name.startswith("_static/"):
            return name.removeprefix("_static/") in (*STYLES, ICON)
        return name.endswith(PICTURES) and name.startswith("_images/")

    def _declared(self, item):
        """A page's line in the listing: reading programs ask what it holds beside text."""
        text = Path(self.outdir, item[1]).read_text(encoding="utf-8")
        held = [kind for kind in ("mathml", "svg") if f"<{kind.removesuffix('ml')} " in text]
        return f'{item[0]}properties="{" ".join(held)}" ' if held else item[0]


def _page(app, pagename, templatename, context, doctree):
    if app.builder.name != "epub":
        return
    context["script_files"], context["metatags"] = [], ""
    context["css_files"] = [
        file for file in context["css_files"] if Path(str(file.filename)).name in STYLES
    ]
    place = f"{app.config.html_baseurl}{pagename}.html" if app.config.html_baseurl else ""
    context["body"] = xhtml(context.get("body", ""), place)


def xhtml(body, place=""):
    """The body of a page as XHTML without scripts; under each picture with sliders, where they are.

    `place` is the address of the page on the site; empty where there is none yet.
    """
    soup = BeautifulSoup(body, "html.parser")
    cased = {name.lower(): name for name in CASED.findall(body)}
    for explorer in soup.select(".explore"):
        note = soup.new_tag("p", attrs={"class": "live"})
        note.string = f"{LIVE}: {place}" if place else f"{LIVE}."
        explorer.append(note)
    for part in soup.select(LEFT_OUT):
        part.decompose()
    taken = set()
    for element in soup.find_all(True):
        element.attrs = {cased.get(name, name): value for name, value in element.attrs.items()}
        if element.get("id") in taken:
            del element["id"]
        taken.add(element.get("id"))
        if element.name in SPACES:
            element["xmlns"] = SPACES[element.name]
        element.name = cased.get(element.name, element.name)
    for element in soup.select(":is([displaystyle], [scriptlevel]):not(math, mstyle)"):
        # EPUB asks for MathML 3, which has these there alone.
        names = [name for name in ("displaystyle", "scriptlevel") if name in element.attrs]
        element.wrap(
            soup.new_tag("mstyle", attrs={name: element.attrs.pop(name) for name in names})
        )
    for link in soup.select("a[href]"):
        address = urlparse(link["href"])
        if not address.scheme and not address.path.endswith(".xhtml") and address.path:
            link.unwrap()
    return str(soup)
