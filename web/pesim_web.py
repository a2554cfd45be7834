"""What the built site needs beyond Jupyter Book: pictures without a kernel, files of its own.

A Sphinx extension, loaded by _config.yml.
"""

import base64
import hashlib
import html
import os
import re
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlparse

from docutils import nodes
from doors import COLAB_BRANCH, site_address
from sphinx_exercise.nodes import exercise_subtitle

HERE = Path(__file__).parent
ROOT = HERE.parent
# What MathJax loads for TeX with its CommonHTML fonts.
MATHJAX_FILES = ("tex-chtml.js", "output/chtml/fonts/woff-v2/*.woff", "input/tex/extensions/*.js")
OTHER_HOSTS = ("https://", "http://", "//")
# Scripts that run; pictures packed as text/plain do not.
SCRIPT = re.compile(
    r"<script(?P<attributes>(?![^>]*text/plain)[^>]*)>(?P<code>.*?)</script>", re.DOTALL
)
CITED = re.compile(r"^(@software\{[^`]*?)\n\}", re.MULTILINE)
HANDLER = re.compile(r' on[a-z]+="([^"]*)"')
MARK = re.compile(r"(?P<title>.*) \((?P<effort>[a-z]+, \d+ min)\)")
PREVIEW = "underinvestment.png"
CHARSET = '<meta charset="utf-8" />'


def setup(app):
    app.add_config_value("pesim_source", "", "env")
    app.add_config_value("pesim_web", "", "html")
    app.connect("config-inited", _configure)
    app.connect("builder-inited", _copy_mathjax)
    app.connect("source-read", _cite_address)
    app.connect("doctree-read", _set_off_marks)
    app.connect("doctree-resolved", _drop_thebe, priority=900)
    app.connect("html-page-context", _only_own_files, priority=900)
    app.connect("html-page-context", _describe)
    app.connect("html-page-context", _doors, priority=900)
    app.connect("html-collect-pages", _not_found_page)
    app.connect("build-finished", _finish_pages)
    app.add_css_file("pesim.css")
    app.add_js_file("explore.js", loading_method="defer")
    app.add_js_file("editor.js", loading_method="defer")
    app.add_js_file("hub.js", loading_method="defer")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _configure(app, config):
    """Build pictures for a page without a kernel, afresh whenever the library changes."""
    build = Path(app.outdir).parent
    cache = execution_cache(build)
    config.pesim_source = f"{cache.name} {config.html_theme_options['repository_url']}"
    config.pesim_web = _digest(path for path in HERE.rglob("*.*") if path.suffix != ".pyc")
    config.nb_execution_cache_path = str(cache)
    for old in cache.parent.glob("*"):
        if old != cache:
            shutil.rmtree(old)

    os.environ["PESIM_EXPLORE"] = "page"
    os.environ["PESIM_EXPLORE_CACHE"] = str(build / ".pictures")
    if sys.stderr.isatty() and hasattr(os, "ttyname"):
        os.environ["PESIM_EXPLORE_TERMINAL"] = os.ttyname(sys.stderr.fileno())

    _open_doors(config)
    config.html_static_path.append(str(HERE / "static"))
    config.templates_path.append(str(HERE / "templates"))
    config.mathjax_path = "mathjax/tex-chtml.js"
    config.html_css_files = [file for file in config.html_css_files if not _is_foreign(file)]
    config.html_js_files = [file for file in config.html_js_files if not _is_foreign(file)]


def execution_cache(build):
    """The folder of jupyter-cache, which is keyed on the code of the cells alone.

    What they import and read counts too, so it stands in the folder's name.
    """
    patterns = (
        "pesim_lib/**/*.py",
        "chapters/*.py",
        "chapters/*.toml",
        "chapters/*.csv",
        "course/*.py",
        "course/experiment/*.csv",
    )
    source = _digest(path for pattern in patterns for path in ROOT.glob(pattern))
    return build / ".jupyter_cache" / source


def _open_doors(config):
    """Show buttons that lead to the repository once _config.yml names it, and no dead ones."""
    theme = config.html_theme_options
    repository = theme["repository_url"]
    theme["use_repository_button"] = theme["use_issues_button"] = bool(repository)
    if not repository:
        theme["launch_buttons"] = {}
    config.html_baseurl = config.html_baseurl or site_address(repository)


def _cite_address(app, page, source):
    """Give the entry to cite the repository's address once _config.yml names it."""
    repository = app.config.html_theme_options["repository_url"]
    if repository:
        source[0] = CITED.sub(rf"\1\n  url = {{{repository}}},\n}}", source[0])


def _digest(paths):
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _copy_mathjax(app):
    source = Path(find_spec("mathjax").origin).parent / "static/mathjax/es5"
    target = Path(app.outdir) / "_static/mathjax"
    for pattern in MATHJAX_FILES:
        for file in source.glob(pattern):
            copy = target / file.relative_to(source)
            if not copy.exists():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, copy)
    shutil.copy(source.parent / "LICENSE", target / "LICENSE")


def _drop_thebe(app, doctree, docname):
    """Drop what sphinx-thebe writes into every page, another project's address included."""
    for node in list(doctree.findall(nodes.raw)):
        if "x-thebe-config" in node.astext() or "kernelName" in node.astext():
            node.parent.remove(node)


def _set_off_marks(app, doctree):
    """Titles of exercises come out in brackets: set difficulty and time off by a dot in them."""
    # Solutions take their titles from the registry.
    registered = getattr(app.env, "sphinx_exercise_registry", {}).values()
    parts = [doctree, *(entry["node"] for entry in registered)]
    for title in [title for part in parts for title in part.findall(exercise_subtitle)]:
        text = title.children[-1]
        if mark := MARK.fullmatch(text):
            title.replace(text, nodes.Text(f"{mark['title']} · {mark['effort']}"))


def _only_own_files(app, pagename, templatename, context, doctree):
    """Drop every script and style that another host, or a feature we do not use, would serve."""
    for kind in ("script_files", "css_files"):
        context[kind] = [
            file
            for file in context.get(kind, [])
            if not _is_foreign(file) and "thebe" not in str(_filename(file))
        ]


def _doors(app, pagename, templatename, context, doctree):
    """Launch chapters only, and in Colab the copies that install the library."""
    buttons = context["header_buttons"]
    for group in [button for button in buttons if button["label"] == "launch-buttons"]:
        if not app.env.doc2path(pagename).endswith(".ipynb"):
            buttons.remove(group)
            continue
        for button in group["buttons"]:
            if button["text"] == "Colab":
                branch = app.config.html_theme_options["repository_branch"]
                button["url"] = button["url"].replace(f"/blob/{branch}/", f"/blob/{COLAB_BRANCH}/")


def _describe(app, pagename, templatename, context, doctree):
    """What search engines and social previews show: the title and the first paragraph."""
    if doctree is None:
        return
    title = next(doctree.findall(nodes.title)).astext()
    paragraphs = (node.astext() for node in doctree.findall(nodes.paragraph))
    first = next((text for text in paragraphs if len(text) > 60), app.config.project)
    description = html.escape(" ".join(first.split())[:200])
    # An image needs a whole address, which only a published book has.
    base = app.config.html_baseurl
    image = f'<meta property="og:image" content="{base}_static/{PREVIEW}" />' if base else ""
    context["metatags"] = context.get("metatags", "") + (
        f'<meta name="description" content="{description}" />'
        f'<meta property="og:type" content="article" />'
        f'<meta property="og:title" content="{html.escape(title)}" />'
        f'<meta property="og:description" content="{description}" />{image}'
    )


def _not_found_page(app):
    """A page with nothing to load: the address that was not found may lie at any depth."""
    home = urlparse(app.config.html_baseurl).path or "/"
    yield "404", {"home": home}, "404.html"


def _own_pages(app):
    """Every HTML file but JupyterLite's, which is no page of ours."""
    site = Path(app.outdir)
    return [path for path in site.rglob("*.html") if not path.is_relative_to(site / "lite")]


def _finish_pages(app, error):
    """Write into every page the policy that it runs and loads nothing but the site's own files."""
    if error or app.builder.format != "html":
        return
    pages = {path: path.read_text(encoding="utf-8") for path in _own_pages(app)}
    # The search page reads the others, handlers included, under its own policy.
    handlers = {html.unescape(code) for text in pages.values() for code in HANDLER.findall(text)}
    for path, text in pages.items():
        if CHARSET in text and "Content-Security-Policy" not in text:
            # docutils gives entries a deprecated role that is no item of the list around them.
            text = text.replace('role="doc-biblioentry"', 'role="listitem"')
            path.write_text(
                text.replace(CHARSET, CHARSET + _policy(text, handlers), 1), encoding="utf-8"
            )


def _policy(page, handlers):
    """The page's Content-Security-Policy: inline scripts and handlers by hash, no other host."""
    scripts = {m["code"] for m in SCRIPT.finditer(page) if "src=" not in m["attributes"]}
    allowed = " ".join(sorted(f"'sha256-{_sha256(code)}'" for code in scripts | handlers))
    # MathJax, the icons and the pictures set styles of their own.
    return (
        '<meta http-equiv="Content-Security-Policy" content="default-src \'self\'; '
        f"script-src 'self' 'unsafe-hashes' {allowed}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'\" />"
    )


def _sha256(code):
    return base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()


def _filename(file):
    return getattr(file, "filename", None) or (file[0] if isinstance(file, tuple) else file)


def _is_foreign(file):
    return str(_filename(file)).startswith(OTHER_HOSTS)
