"""`python tasks NAME` does a task of dodo.py in an environment of this checkout's own.

`python tasks` lists them; `make NAME` is short for the same. Before the first task, and whenever
requirements.txt or pyproject.toml changed, the environment .venv is made. This file needs Python
alone, and can be read by versions that are too old, so that they are refused by name.
"""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 14)
ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
INSTALLED = VENV / "installed"
BUILT = ("_build", ".venv", "*.egg-info", ".hypothesis", ".pytest_cache", ".ruff_cache")
# The user's index, proxy and certificate are kept; these would send packages elsewhere, or ask
# of requirements.txt what it does not say.
PIP = {"PIP_USER": "0", "PIP_REQUIRE_HASHES": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
NOT_PIP = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_CONSTRAINT", "PIP_NO_DEPS", "PIP_DRY_RUN")


def main(arguments):
    refuse_other_versions(sys.version_info[:2])
    names = [word for word in arguments if "=" not in word and not word.startswith("-")]
    if names in ([], ["help"]):
        print(listing())
    elif names == ["clean"]:
        clean()
    else:
        install()
        doit = ["-m", "doit", "-f", ROOT / "tasks/dodo.py", "-d", ROOT]
        return subprocess.call([PYTHON, *doit, *arguments], env=environment())
    return 0


def refuse_other_versions(version):
    if not OLDEST <= version <= NEWEST:
        got, *allowed = (".".join(map(str, v)) for v in (version, OLDEST, NEWEST))
        sys.exit(
            f"Python: got {got}; allowed: {allowed[0]} to {allowed[1]}. "
            "Name another with make PYTHON=/path/to/python."
        )


def listing():
    """Each task with the first line of its docstring."""
    tree = ast.parse((ROOT / "tasks/dodo.py").read_text(encoding="utf-8"))
    lines = {"clean": "remove everything that was built or installed"}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("task_"):
            name = node.name[len("task_") :].replace("_", "-")
            lines[name] = ast.get_docstring(node).splitlines()[0]
    tasks = "\n".join(f"  {name:16}{text}" for name, text in lines.items())
    return f"make NAME, or python tasks NAME:\n\n{tasks}\n\n{ast.get_docstring(tree)}"


def clean():
    for pattern in BUILT:
        for path in ROOT.glob(pattern):
            shutil.rmtree(path)


def environment():
    """What tasks run in: UTF-8 whatever the locale, one thread, and pip as it must be set."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_PIP}
    # Many small problems: threads inside each would only compete.
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return {**kept, **PIP, **threads, "PYTHONUTF8": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


def install():
    """Make the environment, unless it is younger than what it is made from."""
    sources = [ROOT / name for name in ("requirements.txt", "pyproject.toml")]
    changed = max(path.stat().st_mtime for path in sources)
    if PYTHON.exists() and INSTALLED.exists() and INSTALLED.stat().st_mtime >= changed:
        return
    try:
        VENV.mkdir(exist_ok=True)
        INSTALLED.unlink(missing_ok=True)
    except OSError as error:
        sys.exit(f"{ROOT}: cannot be written ({error.strerror}); work in a copy that can")
    if not PYTHON.exists():
        make_venv()
    pip = [PYTHON, "-m", "pip", "install"]
    here = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    for what in (["--requirement", str(ROOT / "requirements.txt")], here):
        if subprocess.call([*pip, *what], env=environment()):
            sys.exit("The environment .venv could not be made: pip says above why")
    INSTALLED.touch()


def make_venv():
    """Debian and Ubuntu ship Python without what makes environments: then install that, too."""
    command = [sys.executable, "-m", "venv", "--clear", VENV]
    if subprocess.call(command) == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if shutil.which("apt-get"):
        print("Python lacks what makes environments; installing python3-venv", flush=True)
        elevate = [] if os.geteuid() == 0 else ["sudo", "-n"]
        subprocess.call([*elevate, "apt-get", "update", "-q"])
        subprocess.call([*elevate, "apt-get", "install", "-y", "-q", "python3-venv"])
        if subprocess.call(command) == 0:
            return
    shutil.rmtree(VENV, ignore_errors=True)
    sys.exit("python -m venv fails: install it (on Debian and Ubuntu the package python3-venv)")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
