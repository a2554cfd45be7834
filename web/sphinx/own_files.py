"""The site asks no other host for anything: its files are its own, and a policy says so.

A Sphinx extension, loaded by _config.yml.
"""

import base64
import hashlib
import html
import re
from pathlib import Path

from docutils import nodes
from whole_files import write_whole

OTHER_HOSTS = ("https://", "http://", "//")
# Scripts that run; pictures packed as text/plain do not.
SCRIPT = re.compile(
    r"<script(?P<attributes>(?![^>]*text/plain)[^>]*)>(?P<code>.*?)</script>", re.DOTALL
)
HANDLER = re.compile(r' on[a-z]+="([^"]*)"')
# The search page, which Pagefind searches in WebAssembly.
SEARCHES = "data-pagefind="
MARGIN = '<aside class="margin sidebar">'
CHARSET = '<meta charset="utf-8" />'


def setup(app):
    app.connect("config-inited", _serve_own_files)
    app.connect("doctree-resolved", _drop_thebe, priority=900)
    app.connect("html-page-context", _only_own_files, priority=900)
    app.connect("build-finished", _finish_pages, priority=700)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _serve_own_files(app, config):
    config.html_css_files = [file for file in config.html_css_files if not _is_foreign(file)]
    config.html_js_files = [file for file in config.html_js_files if not _is_foreign(file)]


def _drop_thebe(app, doctree, docname):
    """Drop what sphinx-thebe writes into every page, another project's address included."""
    for node in list(doctree.findall(nodes.raw)):
        if "x-thebe-config" in node.astext() or "kernelName" in node.astext():
            node.parent.remove(node)


def _only_own_files(app, pagename, templatename, context, doctree):
    """Drop every script and style that another host, or a feature we do not use, would serve."""
    for kind in ("script_files", "css_files"):
        context[kind] = [
            file
            for file in context.get(kind, [])
            if not _is_foreign(file) and "thebe" not in str(_filename(file))
        ]


def own_pages(app):
    """Every HTML file but JupyterLite's, which is no page of ours."""
    site = Path(app.outdir)
    return [path for path in site.rglob("*.html") if not path.is_relative_to(site / "lite")]


def _finish_pages(app, error):
    """Write into every page the policy that it runs and loads nothing but the site's own files."""
    if error or app.builder.name != "html":
        return
    for path in own_pages(app):
        text = path.read_text(encoding="utf-8")
        if CHARSET in text and "Content-Security-Policy" not in text:
            # docutils gives entries a deprecated role that is no item of the list around them.
            text = text.replace('role="doc-biblioentry"', 'role="listitem"')
            # A remark inside the text is no part of the page's own.
            text = text.replace(MARGIN, f'{MARGIN[:-1]} role="note">')
            write_whole(path, text.replace(CHARSET, CHARSET + _policy(text), 1))


def _policy(page):
    """The page's Content-Security-Policy: inline scripts and handlers by hash, no other host."""
    scripts = {m["code"] for m in SCRIPT.finditer(page) if "src=" not in m["attributes"]}
    handlers = {html.unescape(code) for code in HANDLER.findall(page)}
    allowed = " ".join(sorted(f"'sha256-{_sha256(code)}'" for code in scripts | handlers))
    if SEARCHES in page:
        allowed = f"'wasm-unsafe-eval' {allowed}"
    # Formulas, icons and pictures have styles of their own.
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
