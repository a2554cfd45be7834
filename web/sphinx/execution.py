"""How the notebooks of the book and of the slides are executed, and how long that is remembered.

A Sphinx extension, loaded by _config.yml and by the slides' conf.py.
"""

import hashlib
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from importlib.metadata import distributions
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.read import create_nb_reader
from nbclient import NotebookClient
from sphinx.util import logging
from whole_files import write_whole

logger = logging.getLogger(__name__)
ROOT = Path(__file__).parents[2]
# Cells import and read what lies in these folders and is no page.
SOURCES = ("pesim_lib", "chapters", "course")
PAGES = (".ipynb", ".md")
# A kernel that talks to this machine alone warns that it does so in plain text.
KERNEL_SETTINGS = 'c.IPKernelApp.log_level = "ERROR"\n'
# Each kernel and what it draws takes some 300 MB.
MOST_KERNELS = 4


def setup(app):
    app.add_config_value("pesim_source", "", "env")
    app.connect("config-inited", _configure)
    app.connect("env-before-read-docs", _execute_ahead)
    # A kernel sends what a cell prints in pieces that end anywhere.
    NotebookClient.coalesce_streams = True
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _configure(app, config):
    """Build pictures for a page without a kernel, afresh whenever the library changes."""
    build = next(folder for folder in Path(app.outdir).parents if folder.name == "_build")
    cache = execution_cache(build)
    config.pesim_source = cache.name
    config.nb_execution_cache_path = str(cache)
    for old in cache.parent.glob("*"):
        if old != cache:
            shutil.rmtree(old)
    _drop_damaged(cache)
    os.environ["PESIM_EXPLORE"] = "page"
    os.environ["PESIM_EXPLORE_CACHE"] = str(build / ".pictures")
    if sys.stderr.isatty() and hasattr(os, "ttyname"):
        os.environ["PESIM_EXPLORE_TERMINAL"] = os.ttyname(sys.stderr.fileno())
    _leave_out_user_settings(build / ".settings")


def _execute_ahead(app, env, names):
    """Execute the notebooks that will be read side by side; each is then found in the cache.

    One in which a cell fails is executed again where it is read, and reported there.
    """
    cache = get_cache(app.config.nb_execution_cache_path)
    waiting = []
    for path in (Path(env.doc2path(name)) for name in names):
        text = path.read_text(encoding="utf-8")
        reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)
        if reader and not _is_cached(cache, notebook := reader.read(text)):
            waiting.append((path, notebook))
    # The longest first, that none is left to run alone.
    waiting.sort(key=lambda item: sum(len(cell.source) for cell in item[1].cells), reverse=True)
    # A kernel that starts leaves even a single core with time to spare.
    cores = os.cpu_count() or 1
    kernels = max(1, min(len(waiting), max(2, cores), MOST_KERNELS))
    os.environ["PESIM_EXPLORE_WORKERS"] = str(max(1, cores // kernels))
    with ThreadPoolExecutor(kernels) as pool:
        results = pool.map(partial(_execute, app.config.nb_execution_timeout), waiting)
        for (path, _), result in zip(waiting, results, strict=True):
            if result.err is None:
                logger.info(f"{env.path2doc(path)}: executed in {result.time:.0f} s")
                data = {"execution_seconds": result.time}
                bundle = CacheBundleIn(result.nb, str(path), data=data)
                cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def _is_cached(cache, notebook):
    try:
        cache.match_cache_notebook(notebook)
    except KeyError:
        return False
    return True


def _execute(timeout, item):
    path, notebook = item
    logger.info(f"executing {path.name}")
    return single_nb_execution(notebook, str(path.parent), timeout, allow_errors=False)


def execution_cache(build):
    """The folder of jupyter-cache, which is keyed on the code of the cells alone.

    What they import and read counts too, so it stands in the folder's name.
    """
    return build / ".jupyter_cache" / _name(*_environment(), *_contents(ROOT, _sources()))


@lru_cache
def _environment():
    """Python and every installed package, with versions."""
    packages = {f"{package.name}=={package.version}" for package in distributions()}
    return sys.version, *sorted(packages)


def _sources():
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*"):
            made = any(part.startswith((".", "__")) for part in path.relative_to(ROOT).parts[:-1])
            if path.is_file() and path.suffix not in PAGES and not made:
                yield path


def _contents(root, paths):
    """Names and contents of files under `root`."""
    for path in sorted(paths):
        yield path.relative_to(root).as_posix()
        yield path.read_bytes()


def digest(root, *patterns):
    """One short name for the names and contents of the files that fit `patterns` under `root`."""
    return _name(*_contents(root, (path for fit in patterns for path in root.glob(fit))))


def _name(*parts):
    whole = hashlib.sha256()
    for part in parts:
        content = part if isinstance(part, bytes) else part.encode()
        whole.update(b"%d:%s" % (len(content), content))
    return whole.hexdigest()[:16]


def _drop_damaged(folder):
    """Drop a cache that cannot be read whole: a run that was killed may leave half a notebook."""
    if not folder.exists():
        return
    try:
        cache = get_cache(folder)
        for record in cache.list_cache_records():
            cache.get_cache_bundle(record.pk)
    except Exception as error:
        # Whatever is wrong with it, executing afresh puts it right.
        logger.info(f"executing afresh, for the cache is damaged: {error}")
        shutil.rmtree(folder)


def _leave_out_user_settings(folder):
    """Let no setting of the user's change what a cell prints or draws."""
    kernel = folder / "ipython/profile_default/ipython_kernel_config.py"
    write_whole(kernel, KERNEL_SETTINGS)
    pictures = folder / "matplotlibrc"
    write_whole(pictures, "")
    os.environ["IPYTHONDIR"] = str(folder / "ipython")
    os.environ["MATPLOTLIBRC"] = str(pictures)
    os.environ["PYTHONUTF8"] = "1"
