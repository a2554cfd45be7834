"""Drawn pictures, kept between builds: what they depend on, and files that are whole or unused."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile

LIBRARY = Path(__file__).parent.parent
DIGEST_SIZE = hashlib.sha256().digest_size
# Where windows open and files land by default: not in the picture. Reading some starts a window.
NOT_DRAWN = ("backend", "interactive", "savefig.directory", "toolbar", "tk.", "webagg.")


def digest(*parts: object) -> str:
    """SHA-256 of parts, in hexadecimal digits; bytes as they are, anything else by its repr."""
    whole = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else repr(part).encode()
        whole.update(len(data).to_bytes(8, "big") + data)
    return whole.hexdigest()


def picture_key(figure: Callable, grid: Mapping[str, Sequence[float]]) -> str | None:
    """A digest of all that the pictures of `figure` over `grid` depend on; None if unknown.

    It is known of the library's own functions: they are pure. Any other may read what it likes.
    """
    if not _is_own(figure):
        return None
    return digest(_sources(), figure.__module__, figure.__qualname__, dict(grid), _machinery())


def load(path: Path) -> bytes | None:
    """What `save` wrote to `path`; None if there is no such file or it is not what was written."""
    try:
        stored = path.read_bytes()
    except FileNotFoundError:
        return None
    seal, data = stored[:DIGEST_SIZE], stored[DIGEST_SIZE:]
    return data if hashlib.sha256(data).digest() == seal else None


def save(path: Path, data: bytes) -> None:
    """Write `data` and its digest to `path`, whole or not at all. Raises OSError if it cannot."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False)  # noqa: SIM115
    try:
        with part:
            part.write(hashlib.sha256(data).digest() + data)
            part.flush()
            os.fsync(part.fileno())
        os.replace(part.name, path)
    except BaseException:
        Path(part.name).unlink(missing_ok=True)
        raise


def _is_own(function: Callable) -> bool:
    """Whether this very function is the one that its name finds in the library."""
    module = getattr(function, "__module__", None) or ""
    found: object = sys.modules.get(module)
    for name in getattr(function, "__qualname__", "").split("."):
        found = getattr(found, name, None)
    return module.startswith("pesim_lib.") and found is function


def _sources() -> str:
    files = (path for path in LIBRARY.rglob("*") if path.is_file() and path.suffix != ".pyc")
    named = sorted((path.relative_to(LIBRARY).as_posix(), path) for path in files)
    return digest(*(part for name, path in named for part in (name, path.read_bytes())))


def _machinery() -> str:
    """A digest of the versions, settings and fonts that draw."""
    from matplotlib import ft2font, rcParams

    from pesim_lib.figures.style import book_style

    versions = [version(name) for name in ("matplotlib", "numpy", "scipy")]
    versions += [platform.python_version(), ft2font.__freetype_version__]
    with book_style():
        names = sorted(name for name in rcParams if not name.startswith(NOT_DRAWN))
        settings = [(name, rcParams[name]) for name in names]
        fonts = _fonts(rcParams["font.sans-serif"])
    return digest(versions, settings, fonts)


def _fonts(families: Sequence[str]) -> str:
    """A digest of every font file that words of these families or formulas may be measured with."""
    from matplotlib.font_manager import fontManager

    files = {
        Path(font.fname)
        for font in fontManager.ttflist
        if font.name in families or font.name.startswith(("DejaVu", "STIX", "cm"))
    }
    return digest(*sorted(path.read_bytes() for path in files if path.exists()))
