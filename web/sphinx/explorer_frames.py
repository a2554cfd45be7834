"""An explorer's pictures lie beside the page, but for the first: loaded when it comes into view.

A Sphinx extension, loaded by _config.yml. explore.js loads them as scripts, which a browser reads
from a folder, too, where it would refuse to fetch data.
"""

import hashlib
import json
import re
from pathlib import Path

from whole_files import write_whole

FOLDER = "_static/explore"
PACKED = re.compile(r'<script type="text/plain" class="explore-frames">([^<]+)</script>')
NAMED = re.compile(r'class="explore-frames" data-src="[^"]*/(\w+\.js)"')


def setup(app):
    # Before the pages' policies are written.
    app.connect("build-finished", _move_frames, priority=550)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _move_frames(app, error):
    if error or app.builder.format != "html":
        return
    folder = Path(app.outdir, FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    used = set()
    for name in app.env.found_docs:
        path = Path(app.builder.get_outfilename(name))
        up = "../" * name.count("/")
        page = path.read_text(encoding="utf-8")
        light = PACKED.sub(lambda match, up=up: _moved(folder, up, match[1]), page)
        if light != page:
            write_whole(path, light)
        used |= set(NAMED.findall(light))
    for file in folder.iterdir():
        if file.name not in used:
            file.unlink()


def _moved(folder, up, packed):
    """What stands in the page for packed pictures, written into a script of their own."""
    mark = hashlib.sha256(packed.encode()).hexdigest()[:12]
    script = f"(globalThis.exploreFrames ??= {{}})[{json.dumps(mark)}] = {json.dumps(packed)};\n"
    write_whole(folder / f"{mark}.js", script)
    return (
        f'<script type="text/plain" class="explore-frames" data-src="{up}{FOLDER}/{mark}.js">'
        "</script>"
    )
