"""What a run left that failed or was interrupted is never trusted: the next one starts afresh.

A Sphinx extension, loaded by _config.yml and by the slides' conf.py. Sphinx pickles what it read
before it knows whether the run succeeds, and takes any page younger than its source for whole.
Executions that succeeded are remembered elsewhere and stay.
"""

import shutil
from pathlib import Path

from sphinx.util import logging

logger = logging.getLogger(__name__)


def setup(app):
    # Before all others, and after all others.
    app.connect("config-inited", _begin, priority=0)
    app.connect("env-get-outdated", _forget_removed_pages)
    app.connect("build-finished", _end, priority=1000)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _mark(app):
    """A file that is there from the first step of a run until it has succeeded."""
    return Path(f"{app.doctreedir}.unfinished")


def _begin(app, config):
    mark = _mark(app)
    if mark.exists():
        logger.info("the last run did not succeed: starting afresh")
        for folder in (app.doctreedir, app.outdir):
            if Path(folder).exists():
                shutil.rmtree(folder)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()


def _forget_removed_pages(app, env, added, changed, removed):
    """Sphinx leaves the pages of removed sources in the site."""
    for page in removed:
        Path(app.builder.get_outfilename(page)).unlink(missing_ok=True)
        for source in Path(app.outdir, "_sources").glob(f"{page}.*"):
            source.unlink()
    return []


def _end(app, error):
    # Sphinx counts warnings where it makes errors of them, and where a failed cell is one.
    if error is None and not app._warncount:
        _mark(app).unlink()
