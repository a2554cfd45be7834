"""The fonts of the pages, inside one style sheet: nothing moves when they come, also from a file.

A Sphinx extension, loaded by _config.yml.
"""

import base64
import re
from pathlib import Path

from whole_files import write_whole

FOLDER = Path(__file__).parents[1] / "type"
STYLE = "type.css"
FONT = re.compile(r"url\(([\w-]+\.woff2)\)")


def setup(app):
    app.connect("builder-inited", _write_style)
    app.add_css_file(STYLE)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _write_style(app):
    style = (FOLDER / STYLE).read_text(encoding="utf-8")
    write_whole(Path(app.outdir, "_static", STYLE), FONT.sub(_inside, style))


def _inside(match):
    font = base64.b64encode((FOLDER / match[1]).read_bytes()).decode()
    return f"url(data:font/woff2;base64,{font})"
