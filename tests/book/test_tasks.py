"""The tasks: what they install with, what they refuse, and that make only passes them on."""

import importlib.util
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tomllib

import pytest
from site_files import ROOT

pytest.importorskip("doit")
DOIT = [sys.executable, "-m", "doit", "-f", ROOT / "tasks/dodo.py"]


@pytest.fixture
def tasks():
    """tasks/__main__.py as a module."""
    spec = importlib.util.spec_from_file_location("tasks_main", ROOT / "tasks/__main__.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("version", [(3, 10), (3, 15)])
def test_another_python_is_refused_by_name(tasks, version):
    with pytest.raises(SystemExit, match=r"Python: got 3\.1[05]; allowed: 3\.11 to 3\.14"):
        tasks.refuse_other_versions(version)


def test_the_pip_of_the_user_installs_where_it_must_and_keeps_its_index(tasks, monkeypatch):
    strange = {"PIP_USER": "1", "PIP_REQUIRE_HASHES": "1", "PIP_TARGET": "elsewhere"}
    for name, value in {**strange, "PIP_INDEX_URL": "https://index.example"}.items():
        monkeypatch.setenv(name, value)
    found = tasks.environment()
    assert found["PIP_USER"] == found["PIP_REQUIRE_HASHES"] == "0"
    assert "PIP_TARGET" not in found
    assert found["PIP_INDEX_URL"] == "https://index.example"
    assert found["PYTHONUTF8"] == "1"
    effective = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(effective, env=found, capture_output=True, encoding="utf-8").stdout
    assert ":env:.user='0'" in listed
    assert "elsewhere" not in listed


def test_a_checkout_that_cannot_be_written_is_called_that(tasks, monkeypatch, tmp_path):
    def refused(*_, **__):
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr(tasks, "INSTALLED", tmp_path / "installed")
    monkeypatch.setattr(type(tmp_path), "mkdir", refused)
    with pytest.raises(SystemExit, match=r"cannot be written \(Read-only file system\)"):
        tasks.install()


def test_a_port_that_is_taken_gives_a_sentence():
    (ROOT / "_build").mkdir(exist_ok=True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        serve = [*DOIT, "run", "-s", "serve", f"PORT={port}"]
        done = subprocess.run(serve, capture_output=True, encoding="utf-8")
    assert done.returncode
    assert f"PORT: got {port} (" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no make; there tasks are called by Python")
def test_make_passes_every_task_on_and_asked_what_it_would_do_does_nothing(tasks, tmp_path):
    for name in ("Makefile", "tasks"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    before = sorted(tmp_path.iterdir())
    given = ["SOLUTIONS=no", "FROM=O'Brien ($1).zip late.zip"]
    asked = make(tmp_path, "-n", "book", *given)
    assert shlex.split(asked)[1:] == ["tasks", "book", *given]
    assert make(tmp_path, "help") == tasks.listing()
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no make; there tasks are called by Python")
def test_make_does_one_task_after_the_other_however_many_it_may_do_at_once(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\necho begin\nsleep 0.3\necho end\n", encoding="utf-8")
    slow.chmod(0o755)
    done = make(tmp_path, "-j4", f"PYTHON={slow}", "book", "pdf", "slides")
    assert done.split() == ["begin", "end"] * 3


def make(folder, *arguments):
    command = ["make", "--no-print-directory", "-C", folder, *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout.strip()


def test_the_site_is_built_before_it_is_tested(tmp_path):
    """doit does first what waits for nothing: whatever reads the site must wait for it by name."""
    idle = tmp_path / "idle.py"
    idle.write_text(IDLE, encoding="utf-8")
    run = [sys.executable, "-m", "doit", "-f", idle, "test"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, encoding="utf-8", check=True).stdout
    done = [line.split()[-1] for line in done.splitlines()]
    assert {"lint", "test-notebooks", "test-proofs"} < set(done)
    assert done.index("book") < done.index("site") < done.index("test-code") < done.index("test")


def test_a_python_that_the_live_game_lacks_is_named(tmp_path):
    newer = tmp_path / "newer.py"
    newer.write_text(NEWER, encoding="utf-8")
    run = [sys.executable, "-m", "doit", "-f", newer, "live"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode
    said = done.stdout + done.stderr
    assert "The live game runs on Python 3.11 to 3.13" in said
    assert "install Python 3.13" in said
    assert "Traceback" not in said


# The live game where the tasks run in a newer Python, and the one it needs cannot be fetched.
NEWER = f"""
import sys

sys.path.insert(0, {str(ROOT / "tasks")!r})
import dodo

sys.version_info = (3, 14)
failing = dodo.python("-c", "import sys; sys.exit(2)")
dodo.environment = lambda name, version: ([failing], dodo.python)
task_live = dodo.task_live
DOIT_CONFIG = {{"dep_file": ":memory:", "backend": "sqlite3"}}
"""

# The tasks without what they do.
IDLE = f"""
import sys

sys.path.insert(0, {str(ROOT / "tasks")!r})
import dodo

dodo.run = lambda *words, **variables: None
for name in [name for name in vars(dodo) if name.startswith("task_")]:
    task = getattr(dodo, name)
    globals()[name] = lambda task=task: {{**task(), "actions": [lambda: {{}}]}}
DOIT_CONFIG = {{"dep_file": ":memory:", "backend": "sqlite3"}}
"""


# The words of the program that measures coverage.
COVERAGE = f"""
import sys

from doit.doit_cmd import reset_vars

reset_vars()
sys.path.insert(0, {str(ROOT / "tasks")!r})
import dodo

dodo.run = lambda *words, **variables: words
((words,),) = [dodo.task_coverage()["actions"]]
print(*words, sep="\\n")
"""


def test_coverage_is_of_the_library_by_the_librarys_tests(tmp_path):
    how = {"cwd": ROOT, "capture_output": True, "encoding": "utf-8"}
    words = subprocess.run([sys.executable, "-c", COVERAGE], **how, check=True).stdout.split("\n")
    apart = os.environ | {"COVERAGE_FILE": str(tmp_path / "coverage")}
    # A path after --cov would be what is measured, and all tests would run.
    said = subprocess.run([*words[:-1], "--collect-only", "-n0"], **how, env=apart).stdout
    collected = re.findall(r"^(\S+\.py)::", said, re.MULTILINE)
    assert collected
    assert all(file.startswith("tests/library/") for file in collected)
    assert "pesim_lib/paper/game.py" in said


def test_every_task_is_listed_and_has_a_line_that_says_what_it_does(tasks):
    listed = subprocess.run(
        [*DOIT, "list"], capture_output=True, encoding="utf-8", check=True
    ).stdout
    names = {line.split()[0] for line in listed.splitlines()}
    assert names | {"clean"} == {
        line.split()[0] for line in tasks.listing().split("\n\n")[1].splitlines()
    }


def test_hooks_before_a_commit_run_what_lint_runs():
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    for package in ("ruff", "nbstripout"):
        (hook,) = re.findall(rf"\[({package}==[^\]]+)\]", hooks)
        assert hook in pins


def test_the_lock_file_has_the_same_versions_each_with_hashes():
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.findall(
        r"^(\S+==[^\\]+?) \\((?:\n    --hash=sha256:[0-9a-f]{64}(?: \\)?)+)", lock, re.M
    )
    assert [pin for pin, _ in entries] == [pin for pin in pins if not pin.startswith("#")]


def test_continuous_integration_runs_every_python_that_the_tasks_allow(tasks):
    workflow = (ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8")
    matrix = re.findall(r'"3\.(\d+)"', re.search(r"python: \[(.*)\]", workflow)[1])
    assert [int(minor) for minor in matrix] == [*range(tasks.OLDEST[1], tasks.NEWEST[1] + 1)]
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert asked["requires-python"] == f">={'.'.join(map(str, tasks.OLDEST))}"


def test_a_clone_that_turns_line_ends_leaves_those_of_scripts(tmp_path):
    for name in (".gitattributes", ".ci/run"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)

    def git(*words):
        subprocess.run(["git", "-c", "core.autocrlf=true", *words], cwd=tmp_path, check=True)

    git("init", "-q")
    git("add", ".")
    (tmp_path / ".ci/run").unlink()
    git("checkout", "--", ".ci/run")
    assert (tmp_path / ".ci/run").read_bytes() == (ROOT / ".ci/run").read_bytes()
