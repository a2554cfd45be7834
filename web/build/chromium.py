"""The browser that prints the pages and reads them for the tests, and where it comes from."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

from playwright.sync_api import sync_playwright

# The shell shows no window, not even an unseen one: it opens pages in half the time.
SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# As root Chromium has no sandbox; the rest keeps it from calling home.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium():
    """A Chromium, while it is needed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        yield browser
        browser.close()


def find_browser(installed=shutil.which, exists=os.path.exists, run=subprocess.run):
    """Path of a Chromium: the machine's own, else Playwright's download, else the system's package.

    Raises RuntimeError saying what to install where none can be had.
    """
    if path := machine_browser(installed, exists):
        return path
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    if run(command, capture_output=True).returncode == 0:
        with sync_playwright() as playwright:
            return playwright.chromium.executable_path
    if installed("apt-get"):
        elevate = [] if os.geteuid() == 0 else ["sudo", "-n"]
        run([*elevate, "apt-get", "update"], capture_output=True)
        install = [*elevate, "apt-get", "install", "-y"]
        if run([*install, SHELL], capture_output=True).returncode:
            run([*install, "chromium"], capture_output=True)
    if path := machine_browser(installed, exists):
        return path
    raise RuntimeError("Chromium or Chrome is needed: install one, or set CHROMIUM")


def machine_browser(installed=shutil.which, exists=os.path.exists):
    """Path of the Chromium or Chrome that CHROMIUM names or the machine has; else None."""
    if path := os.environ.get("CHROMIUM"):
        return path
    found = (installed(name) for name in NAMES)
    return next(filter(None, found), None) or next(filter(exists, MAC), None)
