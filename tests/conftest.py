"""The built site, served on localhost, and a browser to read it with."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from browser import ARGUMENTS, find_browser
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def site_url():
    site = ROOT / "_build/html"
    assert (site / "index.html").exists(), "build the site first: make book"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, site_url):
    """Open a page of the site; the test fails if it logs an error or asks another host."""
    contexts, complaints = [], []

    def open_page(path, width=1280, height=900, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()

        def watch(route):
            if route.request.url.startswith(site_url):
                route.continue_()
            else:
                complaints.append(f"external request: {route.request.url}")
                route.abort()

        page.route("**/*", watch)
        page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
        page.on(
            "console",
            lambda message: message.type == "error" and complaints.append(message.text),
        )
        # Without scripts the browser drops the scripts that the page preloads.
        if options.get("java_script_enabled", True):
            page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
        page.goto(f"{site_url}/{path}")
        page.wait_for_load_state("load")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
