"""What a run left that failed or was interrupted is never trusted: the next one starts afresh.

A Sphinx extension, loaded by _config.yml and by the slides' conf.py. Sphinx pickles what it read
before it knows whether the run succeeds, and takes any page younger than its source for whole.
Executions that succeeded are remembered elsewhere and stay.
"""

import shutil
import sys
from pathlib import Path

from sphinx.util import logging

# The extensions that are loaded after this one write by whole_files.py.
sys.path.append(str(Path(__file__).parents[1] / "build"))

logger = logging.getLogger(__name__)


def setup(app):
    # Before all others, and after all others.
    app.connect("config-inited", _begin, priority=0)
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


def _end(app, error):
    # Sphinx counts warnings where it makes errors of them, and where a failed cell is one.
    if error is None and not app._warncount:
        _drop_removed_pages(app)
        _mark(app).unlink()


def _drop_removed_pages(app):
    """Sphinx leaves the pages of removed sources in the site."""
    sources = Path(app.outdir, "_sources")
    for copy in [path for path in sources.rglob("*") if path.suffix in app.config.source_suffix]:
        page = copy.relative_to(sources).with_suffix("").as_posix()
        if page not in app.env.found_docs:
            copy.unlink()
            Path(app.builder.get_outfilename(page)).unlink(missing_ok=True)
