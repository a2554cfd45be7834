"""What a test needs beyond the library: the built site, a browser, a package.

Where one of them is missing, a test is skipped and says what it lacks; with `--complete`, as in
`make test`, it fails.
"""

import os
import shutil
import subprocess
import tarfile
from importlib.util import find_spec

import pytest

# Tests run side by side; threads of linear algebra that wait for one another take ten times more.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

# Firefox draws while it reads, and says so of a formula's first half; that every formula is whole
# test_mathematics.py sees.
HALF_READ = "Incorrect number of children"


def pytest_addoption(parser):
    parser.addoption(
        "--complete",
        action="store_true",
        help="fail where the built site, a browser or a package is missing, instead of skipping",
    )
    parser.addoption(
        "--firefox",
        action="store_true",
        help="open pages in Firefox: for the tests marked in_firefox_too",
    )


class TestFile(pytest.Module):
    """A file of tests, skipped whole where a package that it imports is not installed."""

    def collect(self):
        try:
            return super().collect()
        except self.CollectError as error:
            cause = error.__cause__
            if isinstance(cause, ModuleNotFoundError) and not find_spec(cause.name.split(".")[0]):
                pytest.skip(f"needs {cause.name}, which is not installed", allow_module_level=True)
            raise


def pytest_pycollect_makemodule(module_path, parent):
    return TestFile.from_parent(parent, path=module_path)


def _no_skip(report, config):
    if report.skipped and config.getoption("complete") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, though --complete allows no skip: {report.longrepr[-1]}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _no_skip((yield), collector.config)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    return _no_skip((yield), item.config)


@pytest.fixture(scope="session")
def site_url():
    # Reads _toc.yml, for which the library's tests have no package.
    from site_files import built
    from site_server import serve

    built("index.html")
    with serve() as address:
        yield address


@pytest.fixture(scope="session")
def chromium(request):
    pytest.importorskip("playwright.sync_api")
    import chromium as browsers

    if not request.config.getoption("complete") and browsers.machine_browser() is None:
        pytest.skip("needs Chromium or Chrome: install one, or name it in CHROMIUM")
    with browsers.chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def browser(request):
    """Chromium, or with `--firefox` Firefox."""
    if not request.config.getoption("firefox"):
        yield request.getfixturevalue("chromium")
        return
    import firefox as browsers

    if browsers.machine_firefox() is None:
        pytest.skip("needs Firefox: install it, or name it in FIREFOX")
    with browsers.firefox() as browser:
        yield browser


@pytest.fixture(scope="session")
def core(tmp_path_factory):
    """Folder with the core and lock file of the browser's Python, as its npm package has them."""
    from jupyterlite_pyodide_kernel.constants import PYODIDE_VERSION

    if not shutil.which("npm"):
        pytest.skip("npm brings the runtime's core and lock file; it is not installed here")
    folder = tmp_path_factory.mktemp("core")
    command = ["npm", "pack", f"pyodide@{PYODIDE_VERSION}", "--silent"]
    subprocess.run(command, cwd=folder, check=True)
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        # Python 3.11.0 to 3.11.3 know no filters, and do not ask for this one.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(folder)
    return folder / "package"


@pytest.fixture
def open_page(browser, site_url):
    """Open a page of the site; the test fails if it logs an error or asks another host."""
    contexts, complaints = [], []

    def open_page(path, width=1280, height=900, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()

        def watch(route):
            if route.request.url.startswith(site_url):
                route.continue_()
            else:
                complaints.append(f"external request: {route.request.url}")
                route.abort()

        page.route("**/*", watch)
        page.on(
            "pageerror",
            lambda error: HALF_READ in str(error) or complaints.append(f"script error: {error}"),
        )
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
