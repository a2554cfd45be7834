"""The same notebooks with a kernel, in JupyterLab: sliders and messages call the library."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import numpy as np
import pytest
from site_files import ROOT

from pesim_lib import figures

# One server, or one build, for all of them.
pytestmark = pytest.mark.xdist_group("test_live")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Address of a JupyterLab over a copy of the chapters."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "chapters", folder / "chapters")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    settings = [
        f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={folder}",
        "--IdentityProvider.token=",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    environment = {name: text for name, text in os.environ.items() if name != "PESIM_EXPLORE"}
    environment["JUPYTER_CONFIG_DIR"] = str(folder / "config")
    with open(folder / "log", "wb") as log:
        server = subprocess.Popen(command + settings, stdout=log, stderr=log, env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api", server)
        yield address
    finally:
        server.terminate()
        server.wait()


def _wait_for(address, server):
    for _ in range(300):
        assert server.poll() is None, "JupyterLab stopped"
        try:
            urllib.request.urlopen(address)
            return
        except urllib.error.URLError:
            time.sleep(0.2)
    raise TimeoutError(address)


def run_all(chromium, lab, chapter):
    page = chromium.new_page()
    page.goto(f"{lab}/doc/tree/chapters/{chapter}.ipynb")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    page.wait_for_selector(".jp-Toolbar-kernelName:has-text('Python 3')")
    page.get_by_text("Run", exact=True).first.click()
    page.get_by_text("Run All Cells", exact=True).first.click()
    return page


def test_a_slider_redraws_between_the_grid_points(chromium, lab):
    page = run_all(chromium, lab, "price-of-anarchy")
    picture = page.locator(".jp-OutputArea-output .widget-html img").first
    picture.wait_for(timeout=120_000)
    assert picture.get_attribute("alt") == figures.underinvestment().get_label()
    page.locator(".noUi-handle").first.press("ArrowRight")
    expected = figures.underinvestment(N=11).get_label()
    page.locator(f'.widget-html img[alt="{expected}"]').wait_for(timeout=120_000)
    page.close()


def test_an_edited_message_changes_the_taxes_and_not_their_sum(chromium, lab):
    page = run_all(chromium, lab, "pesim")
    results = page.locator(".widget-html table tbody tr:last-child td").first
    results.wait_for(timeout=120_000)
    before = results.inner_text()
    price = page.locator(".widget-text input").nth(9 + 6)
    price.fill("2")
    price.press("Enter")
    page.wait_for_function(
        "([e, text]) => !e.isConnected || e.innerText !== text",
        arg=[results.element_handle(), before],
    )
    taxes = page.locator(".widget-html table tbody tr:last-child td").all_inner_texts()
    assert float(taxes[-1]) == 0
    assert np.isclose(sum(map(float, taxes[:3])), 0, atol=2e-4)
    assert taxes[0] != before
    page.close()
