"""Files and folders of the site change as a whole, or not at all."""

import os
import shutil


def write_whole(path, content):
    """Write text, as UTF-8, or bytes: whoever reads `path` sees the old content or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.replace(part, path)


def replace_folder(fresh, place):
    """Put the finished folder `fresh` at `place`, and drop what was there."""
    old = place.with_name(f".{place.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        os.replace(place, old)
    os.replace(fresh, place)
    shutil.rmtree(old, ignore_errors=True)
