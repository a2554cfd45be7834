"""What the built site needs beyond Jupyter Book: pictures without a kernel, files of its own.

A Sphinx extension, loaded by _config.yml.
"""

import hashlib
import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
# What MathJax loads for TeX with its CommonHTML fonts.
MATHJAX_FILES = ("tex-chtml.js", "output/chtml/fonts/woff-v2/*.woff", "input/tex/extensions/*.js")
OTHER_HOSTS = ("https://", "http://", "//")


def setup(app):
    app.add_config_value("pesim_source", "", "env")
    app.connect("config-inited", _configure)
    app.connect("builder-inited", _copy_mathjax)
    app.connect("html-page-context", _only_own_files, priority=900)
    app.add_css_file("pesim.css")
    app.add_js_file("explore.js", loading_method="defer")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _configure(app, config):
    """Build pictures for a page without a kernel, afresh whenever the library changes."""
    build = Path(app.outdir).parent
    # jupyter-cache is keyed on the code of the cells alone; the library is code too.
    source = hashlib.sha256()
    for path in sorted((ROOT / "pesim_lib").glob("*.py")):
        source.update(path.read_bytes())
    config.pesim_source = source.hexdigest()[:16]
    caches = build / ".jupyter_cache"
    config.nb_execution_cache_path = str(caches / config.pesim_source)
    for old in caches.glob("*"):
        if old.name != config.pesim_source:
            shutil.rmtree(old)

    os.environ["PESIM_EXPLORE"] = "page"
    os.environ["PESIM_EXPLORE_CACHE"] = str(build / ".pictures")
    if sys.stderr.isatty():
        os.environ["PESIM_EXPLORE_TERMINAL"] = os.ttyname(sys.stderr.fileno())

    config.html_static_path.append(str(HERE / "static"))
    config.mathjax_path = "mathjax/tex-chtml.js"
    config.html_css_files = [file for file in config.html_css_files if not _is_foreign(file)]
    config.html_js_files = [file for file in config.html_js_files if not _is_foreign(file)]


def _copy_mathjax(app):
    source = Path(find_spec("mathjax").origin).parent / "static/mathjax/es5"
    target = Path(app.outdir) / "_static/mathjax"
    for pattern in MATHJAX_FILES:
        for file in source.glob(pattern):
            copy = target / file.relative_to(source)
            if not copy.exists():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, copy)


def _only_own_files(app, pagename, templatename, context, doctree):
    """Drop every script and style that another host, or a feature we do not use, would serve."""
    for kind in ("script_files", "css_files"):
        context[kind] = [
            file
            for file in context.get(kind, [])
            if not _is_foreign(file) and "thebe" not in str(_filename(file))
        ]


def _filename(file):
    return getattr(file, "filename", None) or (file[0] if isinstance(file, tuple) else file)


def _is_foreign(file):
    return str(_filename(file)).startswith(OTHER_HOSTS)
