"""A page loads what it uses: one style sheet without unused rules, one script, icons as pictures.

A Sphinx extension, loaded by _config.yml. It works on the built pages, before own_files.py writes
their policies.
"""

import hashlib
import re
from functools import cache, partial
from itertools import pairwise
from pathlib import Path

import tinycss2
from own_files import own_pages
from whole_files import write_whole

STYLE, SCRIPT = "book.css", "book.js"
# Pages with it are the book's; slides have their own.
THEME = "pydata-sphinx-theme.css"
LINK = re.compile(r'<link [^>]*href="([^"?]*_static/)([^"?]+\.css)[^"]*"[^>]*>\s*')
TAG = re.compile(r'<script\b[^>]*\ssrc="([^"?]*_static/)([^"?]+\.js)[^"]*"[^>]*></script>\s*')
PRELOAD = re.compile(r'<link rel="preload" as="script"[^>]*>\s*')
# Options of Sphinx's own search and index.
OPTIONS = re.compile(r"<script[^>]*>\s*DOCUMENTATION_OPTIONS\.[^<]*</script>\s*")
ICON = re.compile(
    r'<(i|span)\b([^>]*)\bclass="([^"]*\b(?:fa[bsr]|fa-(?:solid|brands|regular)) (fa-[\w-]+)[^"]*)"'
    r"([^>]*)>\s*</\1>"
)
# The script that draws all icons, tabs that no page has, what Sphinx's search would mark on a page,
# and what the search page alone needs.
DRAWS_ICONS = "scripts/fontawesome.js"
NOT_ON_EVERY_PAGE = {"search.js"}
NOT_USED = {DRAWS_ICONS, "design-tabs.js", "sphinx-thebe.js", "sphinx_highlight.js"}
ICON_FONT = "vendor/fontawesome"
# Ours are small; those of others take turns with what a reader does, but for what ours may name.
OURS = Path(__file__).parents[1] / "static"
NAMED_BY_OTHERS = {"documentation_options.js", "doctools.js"}
# The theme asks how wide each box is, and tells it at once: a layout of the whole page for each.
# All are asked first, when the whole page has been laid out: in-parts.js.
ASKS_AND_TELLS = re.compile(
    r"(document\.querySelectorAll\((?:[^()]|\([^()]*\))*\))"
    r"\.forEach\((\w+)=>\{\2\.tabIndex=([^;{}]+?)\?0:-1\}\)"
)
ASKS_FIRST = (
    r"laidOut.then(()=>[...\1].map(\2=>[\2,\3?0:-1])"
    r".forEach(([box,index])=>{box.tabIndex=index}))"
)
IMPORT = re.compile(r"""@import\s+(?:url\()?["']?([^"')?;]+)[^;]*;""")
# What a script says to its readers alone: lines of remarks, and indentation.
REMARK = re.compile(r"^[ \t]*(?://.*\n)?", re.MULTILINE)
BLANKS = re.compile(r"\s+")
WORD = re.compile(r"[A-Za-z_][\w-]*")


def setup(app):
    # After the theme, which writes the colours of code when all pages are there.
    app.connect("build-finished", _lighten, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _lighten(app, error):
    if error or app.builder.name != "html":
        return
    static = Path(app.outdir, "_static")
    icons = (static / DRAWS_ICONS).read_text(encoding="utf-8")
    texts = {path: path.read_text(encoding="utf-8") for path in own_pages(app)}
    built = {path: text for path, text in texts.items() if THEME in text or STYLE in text}
    pages = {path: ICON.sub(partial(_icon, icons), page) for path, page in built.items()}
    # Every build that writes a page writes this one, and it loads all that others load.
    fresh = pages[Path(app.outdir, "search.html")]
    if STYLE in fresh:
        return
    styles = [name for _, name in LINK.findall(fresh)]
    scripts = [name for _, name in TAG.findall(fresh)]
    bundled = [name for name in scripts if name not in NOT_USED | NOT_ON_EVERY_PAGE]
    script = "".join(_part(static, name) for name in bundled)
    write_whole(static / SCRIPT, script)
    used = {word for page in pages.values() for word in names_on(page)}
    used |= {
        word
        for path in static.glob("*.js")
        for word in WORD.findall(path.read_text(encoding="utf-8"))
    }
    used |= set(WORD.findall(script))
    rules = "\n".join(used_rules(_whole(static / name), used) for name in styles)
    style = BLANKS.sub(" ", rules)
    write_whole(static / STYLE, style)
    replaced = {*styles, *bundled, *NOT_USED}
    marks = f"?v={_mark(style)}", f"?v={_mark(script)}"
    for path, page in pages.items():
        light = _one_of_each(page, replaced, marks)
        if light != built[path]:
            write_whole(path, light)


def _part(static, name):
    """A script in the one of all; another project's is a task of its own, after those before it."""
    text = REMARK.sub("", (static / name).read_text(encoding="utf-8"))
    if name in NAMED_BY_OTHERS or (OURS / name).exists():
        return f"{text}\n;\n"
    return f"setTimeout(() => {{\n{ASKS_AND_TELLS.sub(ASKS_FIRST, text)}\n}});\n"


def _one_of_each(page, replaced, marks):
    """The page with one style sheet and one script in place of the `replaced` ones."""
    found = LINK.search(page)
    if not found or found[2] == STYLE:
        return page
    ours = (
        f'<link rel="stylesheet" href="{found[1]}{STYLE}{marks[0]}" />\n'
        f'<script defer src="{found[1]}{SCRIPT}{marks[1]}"></script>\n'
    )

    def drop(match):
        return "" if match[2] in replaced else match[0]

    page = page[: found.start()] + ours + page[found.start() :]
    return OPTIONS.sub("", PRELOAD.sub("", TAG.sub(drop, LINK.sub(drop, page))))


def _whole(sheet):
    """The text of a style sheet, with those that it imports."""
    text = sheet.read_text(encoding="utf-8")
    return IMPORT.sub(lambda match: _whole(sheet.parent / match[1]), text)


def names_on(page):
    """The classes and names of elements on a page."""
    for value in re.findall(r'\b(?:class|id)="([^"]*)"', page):
        yield from value.split()


def used_rules(sheet, used):
    """The rules of a style sheet that may fit an element with names in `used`."""
    rules = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    return "\n".join(filter(None, (_used(rule, used) for rule in rules)))


def _used(rule, used):
    if rule.type == "qualified-rule":
        kept = [part for part in _parts(rule.prelude) if _may_fit(part, used)]
        text = ",".join(tinycss2.serialize(part).strip() for part in kept)
        return f"{text}{{{tinycss2.serialize(rule.content)}}}" if kept else ""
    if rule.type != "at-rule" or rule.at_keyword == "charset":
        return ""
    if rule.at_keyword in ("media", "supports"):
        inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        text = "".join(filter(None, (_used(each, used) for each in inner)))
        return f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{text}}}" if text else ""
    return "" if ICON_FONT in rule.serialize() else rule.serialize()


def _parts(prelude):
    """The selectors between commas."""
    parts = [[]]
    for token in prelude:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _may_fit(selector, used):
    """Whether the site has all classes and names of a selector; what stands in brackets may be."""
    ahead = pairwise(selector)
    classes = [token.value for dot, token in ahead if dot == "." and token.type == "ident"]
    names = [token.value for token in selector if token.type == "hash"]
    return all(name in used for name in classes + names)


def _icon(drawings, match):
    """An icon as the script of its makers would draw it."""
    _, before, classes, name, after = match.groups()
    width, height, path = _drawing(drawings, name.removeprefix("fa-"))
    hidden = "" if "aria-hidden" in before + after else ' aria-hidden="true"'
    return (
        f'<svg{before}class="svg-inline--fa {classes}"{after}{hidden} '
        f'viewBox="0 0 {width} {height}"><path fill="currentColor" d="{path}"/></svg>'
    )


@cache
def _drawing(drawings, name):
    form = rf'[{{,]"?{re.escape(name)}"?:\[(\d+),(\d+),\[[^\]]*\],"\w+","([^"]+)"\]'
    # Of brands, outlines and whole shapes, these come last.
    *_, drawing = re.findall(form, drawings)
    return drawing


def _mark(text):
    return hashlib.sha256(text.encode()).hexdigest()[:8]
