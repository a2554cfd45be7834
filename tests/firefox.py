"""Firefox as the machine has it, driven over WebDriver BiDi, for `make firefox-test`.

Playwright's own Firefox is another program than readers have.
"""

import os
import shutil
from contextlib import contextmanager

NAMES = ("firefox-esr", "firefox")
MAC = "/Applications/Firefox.app/Contents/MacOS/firefox"

# It would fetch the next chapter ahead, which is no part of a page.
SETTINGS = {"network.prefetch-next": False}


@contextmanager
def firefox():
    """The machine's Firefox, while it is needed."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.firefox.launch(
            channel="moz-firefox", executable_path=machine_firefox(), firefox_user_prefs=SETTINGS
        )
        yield browser
        browser.close()


def machine_firefox():
    """Path of the Firefox that FIREFOX names or the machine has; else None."""
    if path := os.environ.get("FIREFOX"):
        return path
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or (MAC if os.path.exists(MAC) else None)
