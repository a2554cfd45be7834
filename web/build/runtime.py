"""Python's runtime in the site itself, so that a reader who runs code needs no other host.

Pyodide's core and the packages that the readers' code imports, from PYODIDE_DIST, a folder with a
full distribution, or from Pyodide's public host. Nothing is taken whose SHA-256 is not the one in
pyodide-core.sha256 or, of a package, in the lock file there.
"""

import ast
import hashlib
import json
import os
import urllib.request
from functools import partial
from http.client import HTTPException
from pathlib import Path

from jupyterlite_pyodide_kernel.constants import PYODIDE_CDN_URL, PYODIDE_VERSION
from whole_files import write_whole

HOST = f"{PYODIDE_CDN_URL}/"
LOCK = "pyodide-lock.json"
HASHES = Path(__file__).with_name("pyodide-core.sha256")
# What JupyterLite's kernel loads; what pesim_lib imports when it draws.
KERNEL_NEEDS = ("micropip", "ipython", "jedi")
LIBRARY_NEEDS = ("numpy", "scipy", "matplotlib")
SECONDS = 20


class UnreachableError(Exception):
    """The public host does not answer, or not to the end."""


class WrongFileError(Exception):
    """A file is not there, or another than the one that is known by its hash."""


def bring(place, modules, kept):
    """Put the runtime, with the packages of `modules`, into the folder `place`.

    Returns whether it is there, and in a line why not or how large it is; where the public host
    does not answer, `place` is left as it was. Files from that host stay in the folder `kept`.
    Raises WrongFileError for a file with another hash, or one that PYODIDE_DIST lacks.
    """
    given = os.environ.get("PYODIDE_DIST")
    read = partial(from_folder, Path(given)) if given else partial(from_host, kept)
    core = dict(reversed(line.split()) for line in HASHES.read_text(encoding="utf-8").splitlines())
    try:
        lock = json.loads(read(LOCK, core.pop(LOCK)))
        packages = lock["packages"]
        needed = closure(packages, [*KERNEL_NEEDS, *LIBRARY_NEEDS, *providers(packages, modules)])
        wheels = {packages[name]["file_name"]: packages[name]["sha256"] for name in needed}
        files = {name: read(name, digest) for name, digest in (core | wheels).items()}
    except UnreachableError as error:
        return False, f"Python stays at {HOST}, where readers' browsers get it: {error}"
    for name in packages.keys() - needed:
        packages[name]["file_name"] = HOST + packages[name]["file_name"]
    files[LOCK] = json.dumps(lock).encode()
    for name, content in files.items():
        write_whole(place / name, content)
    size = sum(map(len, files.values())) / 1e6
    python = lock["info"]["python"]
    return True, f"Python {python} is in the site: {len(files)} files, {size:.0f} MB"


def closure(packages, names):
    """The packages of these names, and all that they depend on."""
    found, wanted = set(), list(names)
    while wanted:
        name = wanted.pop().lower().replace("_", "-")
        if name not in found:
            found.add(name)
            wanted += packages[name]["depends"]
    return found


def providers(packages, modules):
    """The packages that bring `modules`; of those that none brings, Python itself has some."""
    return [name for name, package in packages.items() if modules & set(package["imports"])]


def imported(code):
    """The modules that `code` imports, by their first names."""
    names = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module)
    return {name.split(".")[0] for name in names}


def from_folder(folder, name, digest):
    """The file `name` of a full distribution in `folder`."""
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError as error:
        raise WrongFileError(f"PYODIDE_DIST: got {folder}, without {name}; {ALLOWED}") from error
    return checked(content, digest, f"PYODIDE_DIST: got another {name} in {folder}; {ALLOWED}")


def from_host(kept, name, digest):
    """The file `name` of the public host, asked for only if the folder `kept` does not have it."""
    path = kept / name
    if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest:
        return path.read_bytes()
    try:
        with urllib.request.urlopen(HOST + name, timeout=SECONDS) as response:
            content = response.read()
    except (HTTPException, OSError) as error:
        raise UnreachableError(f"{name}: {error}") from error
    content = checked(content, digest, f"{HOST}{name}: got another file; {ALLOWED}")
    write_whole(path, content)
    return content


ALLOWED = f"allowed: Pyodide {PYODIDE_VERSION}, whole, as web/build/{HASHES.name} knows it"


def checked(content, digest, complaint):
    if hashlib.sha256(content).hexdigest() != digest:
        raise WrongFileError(complaint)
    return content
