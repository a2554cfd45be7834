"""Where displays go, as the environment says; nothing else of the library reads it.

PESIM_EXPLORE is unset or "live" for a live kernel, "stored" for a notebook's stored outputs, "page"
for a web page without a kernel. PESIM_EXPLORE_CACHE names the folder that keeps drawn pictures,
PESIM_EXPLORE_WORKERS the number of processes that draw them (unset, one for each core), and
PESIM_EXPLORE_TERMINAL the terminal that shows a progress bar; unset, there is none.
"""

import os
from pathlib import Path
from typing import Literal

Mode = Literal["live", "stored", "page"]
MODES: tuple[Mode, ...] = ("live", "stored", "page")


def build_mode() -> Mode:
    """The kind of display that is wanted. Raises ValueError for a word that names none."""
    wanted = os.environ.get("PESIM_EXPLORE") or "live"
    for mode in MODES:
        if mode == wanted:
            return mode
    raise ValueError(f"PESIM_EXPLORE: got {wanted!r}; allowed: unset, {', '.join(MODES)}")


def picture_folder() -> Path | None:
    """The folder of drawn pictures, if they are to be kept."""
    folder = os.environ.get("PESIM_EXPLORE_CACHE")
    return Path(folder) if folder else None


def picture_workers() -> int:
    """How many processes draw side by side. Raises ValueError for what is no count."""
    wanted = os.environ.get("PESIM_EXPLORE_WORKERS") or str(os.cpu_count() or 1)
    if not wanted.isdecimal() or int(wanted) < 1:
        raise ValueError(f"PESIM_EXPLORE_WORKERS: got {wanted!r}; allowed: unset, 1, 2, …")
    return int(wanted)


def progress_terminal() -> str:
    """The file to show progress in. A kernel captures its standard streams, so not in those."""
    return os.environ.get("PESIM_EXPLORE_TERMINAL") or os.devnull
