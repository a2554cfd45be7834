"""The slides: notebooks through sphinx-revealjs, with the book's pictures and mathematics."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
WEB = HERE.parent.parent / "web"
sys.path.append(str(WEB / "sphinx"))

project = "Closing the Price of Anarchy Gap: slides"
language = "en-GB"
html_copy_source = False
html_favicon = str(WEB / "static/favicon.svg")
extensions = ["myst_nb", "sphinx_revealjs", "unfinished", "execution", "mathematics"]
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath", "smartquotes"]

nb_execution_mode = "cache"
# Seconds for one cell, as in the book.
nb_execution_timeout = 600
nb_execution_raise_on_error = True
nb_mime_priority_overrides = [["revealjs", "text/html", 0]]
nb_ipywidgets_js = {}
nb_merge_streams = True

revealjs_static_path = [str(HERE / "slides.css"), str(WEB / "static/explore.js")]
revealjs_css_files = ["mathematics.css", "slides.css"]
revealjs_js_files = [("explore.js", {"defer": "defer"})]
revealjs_style_theme = "white"
revealjs_script_conf = {
    "width": 1280,
    "height": 720,
    "margin": 0.04,
    "hash": True,
    "slideNumber": "c/t",
    "transition": "none",
    "pdfSeparateFragments": False,
}
revealjs_script_plugins = [{"name": "RevealNotes", "src": "revealjs/plugin/notes/notes.js"}]
