"""A build that is killed at ten random moments, and what follows: `make kills`. A few minutes."""

import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest
from small_book import build, site, write_book
from test_unfinished_builds import PAGES, pages


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A small book's folder, its site, and the seconds that a build of it takes."""
    folder = write_book(tmp_path_factory.mktemp("book"), PAGES)
    begun = monotonic()
    done = build(folder)
    assert done.returncode == 0, done.stdout
    return folder, site(folder), monotonic() - begun


def killed_build(folder, after):
    """Begin to build the book in `folder`; kill it and all that it started `after` seconds."""
    program = Path(sys.executable).with_name("jupyter-book")
    command = [program, "build", folder, "-W", "-n", "--keep-going"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = subprocess.Popen(command, start_new_session=True, **quiet)
    sleep(after)
    os.killpg(started.pid, signal.SIGKILL)
    return started.wait()


@pytest.mark.parametrize("seed", range(10))
def test_after_a_kill_at_a_random_moment_the_next_build_makes_the_same_site(whole, tmp_path, seed):
    folder, wanted, seconds = whole
    copy = shutil.copytree(folder, tmp_path / "copy", ignore=shutil.ignore_patterns("_build"))
    after = random.Random(seed).uniform(0, seconds)
    ended = killed_build(copy, after)
    print(f"killed after {after:.1f} of {seconds:.1f} s: {ended}")
    done = build(copy)
    assert done.returncode == 0, done.stdout
    assert pages(site(copy)) == pages(wanted)
