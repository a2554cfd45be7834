"""Where displays go, as the environment says; nothing else of the library reads it.

PESIM_EXPLORE is unset for a live kernel, "stored" for a notebook's stored outputs, "page" for a web
page without a kernel. PESIM_EXPLORE_CACHE names the folder that keeps drawn pictures, and
PESIM_EXPLORE_TERMINAL the terminal that shows a progress bar; unset, there is none.
"""

import os
from pathlib import Path
from typing import Literal

Mode = Literal["live", "stored", "page"]


def build_mode() -> Mode:
    """The kind of display that is wanted. Raises ValueError for a word that names none."""
    mode = os.environ.get("PESIM_EXPLORE") or "live"
    if mode == "live" or mode == "stored" or mode == "page":
        return mode
    raise ValueError(f"PESIM_EXPLORE: got {mode!r}; allowed: unset, 'stored', 'page'")


def picture_folder() -> Path | None:
    """The folder of drawn pictures, if they are to be kept."""
    folder = os.environ.get("PESIM_EXPLORE_CACHE")
    return Path(folder) if folder else None


def progress_terminal() -> str:
    """The file to show progress in. A kernel captures its standard streams, so not in those."""
    return os.environ.get("PESIM_EXPLORE_TERMINAL") or os.devnull
