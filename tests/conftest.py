"""The built site, served on localhost, and a browser to read it with."""

import chromium as browsers
import pytest
from site_server import SITE, serve


@pytest.fixture(scope="session")
def site_url():
    assert (SITE / "index.html").exists(), "build the site first: make book"
    with serve() as address:
        yield address


@pytest.fixture(scope="session")
def chromium():
    with browsers.chromium() as browser:
        yield browser


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
