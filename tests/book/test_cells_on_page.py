"""A page's cells, edited and run where they stand, in a real browser with Pyodide's real core.

In place of numpy, scipy and matplotlib, which are large, lie empty packages of these names;
chapters_in_browser.py runs whole chapters.
"""

import hashlib
import json
import shutil
import threading
from contextlib import contextmanager
from functools import partial
from http.server import ThreadingHTTPServer

import pytest
import run_in_browser
import runtime
from axe_playwright_python.sync_playwright import Axe
from distribution import serve_from, write_small
from site_files import CHAPTERS, SITE, built, on_disk
from site_server import QuietHandler
from test_accessibility import AXE

pytestmark = pytest.mark.xdist_group("test_cells_on_page")
PAGE = "chapters/model"
SECONDS = 120_000


@pytest.fixture(scope="session")
def small(core, tmp_path_factory):
    return [write_small(tmp_path_factory.mktemp("small"), core), core]


@pytest.fixture
def opened(chromium, site_url, small):
    """Open a page whose runtime comes from this machine; its context is closed afterwards."""
    contexts = []

    def opened(page=PAGE, address=site_url, folders=small, **options):
        context = chromium.new_context(**options)
        context.set_default_timeout(SECONDS)
        contexts.append(context)
        serve_from(context, folders)
        tab = context.new_page()
        tab.goto(f"{address}/{page}.html")
        return tab

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def ready(opened):
    """A page on which Python is ready."""
    tab = opened()
    tab.locator(".run-page").click()
    says(tab, "is ready")
    return tab


def says(tab, words):
    tab.locator(".run-bar [role=status]", has_text=words).wait_for()


def code(tab, cell):
    return tab.get_by_label(f"Code of cell {cell}", exact=True)


def fill(tab, *cells):
    """Put code into the first cells, which the page may have folded."""
    tab.locator(".code-switch input[value=all]").check()
    for number, text in enumerate(cells, 1):
        code(tab, number).fill(text)


def run(tab, cell, words="has run"):
    tab.get_by_role("button", name=f"Run cell {cell}", exact=True).click()
    says(tab, words)


def output(tab, cell):
    """What the `cell`-th cell with code shows of its own run."""
    return tab.locator(".cell:has(.cell_input)").nth(cell - 1).locator(".run-live")


@pytest.mark.parametrize("page", CHAPTERS)
def test_the_code_that_a_page_runs_is_its_notebooks(page):
    import nbformat

    cells = on_disk(page).select("article .cell_input pre")
    notebook = nbformat.read(SITE.parents[1] / f"{page}.ipynb", 4)
    shown = [
        cell.source.rstrip("\n")
        for cell in notebook.cells
        if cell.cell_type == "code" and "remove-input" not in cell.metadata.get("tags", [])
    ]
    assert [cell.get_text().removesuffix("\n") for cell in cells] == shown


@pytest.mark.parametrize("page", CHAPTERS)
def test_pages_with_code_have_a_door_to_it_whose_files_are_there(page):
    soup = on_disk(page)
    doors = soup.select(".door .run-page")
    assert bool(doors) is bool(soup.select("article .cell_input"))
    for door in doors:
        assert ((SITE / page).parent / door["data-script"]).resolve().exists()
        for name in door["data-files"].split():
            built(f"lite/files/{name}")


def test_nothing_of_it_comes_before_it_is_asked_for(opened):
    tab = opened()
    tab.wait_for_load_state("networkidle")
    loaded = "performance.getEntriesByType('resource').map((entry) => entry.name)"
    assert not [name for name in tab.evaluate(loaded) if "/lite/" in name or "pyodide" in name]
    assert tab.locator("textarea, .run-bar").count() == 0


def test_a_cell_is_edited_and_run_and_its_output_replaces_the_stored_one(ready):
    stored = ready.locator(".cell_output:not(.run-made)").nth(0)
    before = stored.inner_text()
    fill(ready, "x = 6", "print(x * 7)\nx")
    run(ready, 2, "Cell 2 has run, and 1 above it.")
    assert output(ready, 2).inner_text().split() == ["42", "6"]
    assert before not in ready.locator("article").inner_text()
    ready.get_by_role("button", name="Reset cell 2").click()
    assert stored.inner_text() == before
    assert "print(x * 7)" not in code(ready, 2).input_value()


def test_only_what_changed_above_runs_again(ready):
    count = "runs = globals().get('runs', 0) + 1\nprint('ran')"
    fill(ready, count, "y = 1", "print(y)")
    run(ready, 3, "and 2 above it")
    run(ready, 3, "Cell 3 has run.")
    code(ready, 2).fill("y = 2")
    run(ready, 3, "Cell 3 has run, and 1 above it.")
    assert output(ready, 3).inner_text().strip() == "2"


def test_an_error_is_shown_with_its_line_and_what_follows_does_not_run(ready):
    fill(ready, "def f():\n    return 1 / 0", "f()", "print('never')")
    run(ready, 3, "Cell 2 ended with an error. ZeroDivisionError: division by zero")
    trace = output(ready, 2).locator(".run-error").inner_text()
    assert "Traceback (most recent call last)" in trace
    assert 'File "<cell 1>", line 2, in f' in trace
    assert "return 1 / 0" in trace
    assert output(ready, 3).count() == 0
    code(ready, 2).fill("print('mended')")
    run(ready, 2, "Cell 2 has run.")
    assert output(ready, 2).inner_text().strip() == "mended"


def test_a_loop_without_end_is_stopped_and_the_next_run_starts_anew(ready):
    fill(ready, "x = 5", "print('begun')\nwhile True:\n    print(x, end='')")
    ready.get_by_role("button", name="Run cell 2", exact=True).click()
    output(ready, 2).get_by_text("the rest is not shown").wait_for()
    ready.get_by_role("button", name="Run cell 1", exact=True).click()
    says(ready, "A cell is running. Stop ends it.")
    ready.get_by_role("button", name="Stop", exact=True).click()
    says(ready, "Stopped. The next run starts Python anew")
    code(ready, 2).fill("print(x)")
    run(ready, 2, "Cell 2 has run, and 1 above it.")
    assert output(ready, 2).inner_text().strip() == "5"


def test_it_is_used_by_keyboard_alone_and_the_focus_stays(opened):
    tab = opened()
    tab.locator(".code-switch input[value=all]").check()
    tab.get_by_label("Edit and run cell 1", exact=True).focus()
    tab.keyboard.press("Enter")
    says(tab, "is ready")
    focused = "document.activeElement.ariaLabel"
    assert tab.evaluate(focused) == "Code of cell 1"
    tab.keyboard.press("Control+A")
    tab.keyboard.type("if 1 < 2:\nprint('less')")
    assert code(tab, 1).input_value() == "if 1 < 2:\n    print('less')"
    tab.keyboard.press("Shift+Enter")
    says(tab, "Cell 1 has run.")
    assert tab.evaluate(focused) == "Code of cell 1"
    assert output(tab, 1).inner_text().strip() == "less"
    tab.keyboard.press("Tab")
    assert tab.evaluate(focused) == "Run cell 1"
    tab.keyboard.press("Tab")
    assert tab.evaluate(focused) == "Reset cell 1"
    tab.keyboard.press("Enter")
    assert tab.evaluate(focused) == "Code of cell 1"


def test_html_and_what_a_page_brings_along_are_there(opened):
    tab = opened("course/experiment-results")
    tab.locator(".run-page").click()
    says(tab, "is ready")
    html = "class H:\n    def _repr_html_(self):\n        return '<b class=bold>bold</b>'\nH()"
    fill(tab, "from pathlib import Path\nprint(Path('classroom.py').exists())", html)
    run(tab, 2)
    assert output(tab, 1).inner_text().strip() == "True"
    assert output(tab, 2).locator("b.bold").inner_text() == "bold"


def test_closing_leaves_the_page_as_it_was(opened):
    tab = opened()
    # The theme lets the keyboard scroll wide code, and finds out anew whether it is wide.
    page = "document.querySelector('article').innerHTML.replace(/ tabindex=.-?\\d./g, '')"
    # What waits for an idle moment comes within it.
    tab.wait_for_function("() => document.querySelector('.reading-progress')")
    before = tab.evaluate(page)
    tab.locator(".run-page").click()
    says(tab, "is ready")
    tab.get_by_role("button", name="Run cell 1", exact=True).click()
    says(tab, "ended with an error")
    tab.get_by_role("button", name="Close", exact=True).click()
    assert tab.evaluate(page) == before


@pytest.mark.parametrize("lost", ["all", "package"])
def test_a_runtime_that_cannot_be_had_is_said_by_name_and_leaves_the_page(
    opened, small, core, lost
):
    tab = opened(folders=[] if lost == "all" else [small[0] / "nothing", core])
    tab.locator(".run-page").click()
    says(tab, "Python could not be loaded from")
    says(tab, "The page is as it was.")
    assert tab.locator("textarea, .run-tools").count() == 0
    assert tab.locator(".cell_input .highlight").nth(1).is_visible()
    tab.context.unroute_all()
    serve_from(tab.context, small)
    tab.locator(".run-page").click()
    says(tab, "is ready")
    assert tab.locator(".run-bar").count() == 1


def test_a_browser_that_is_offline_is_told_so(opened):
    tab = opened()
    tab.evaluate("import(new URL(document.querySelector('.run-page').dataset.script, location))")
    tab.wait_for_load_state("networkidle")
    tab.context.set_offline(True)
    tab.locator(".run-page").click()
    says(tab, "This browser is offline.")


def test_a_page_from_a_folder_says_that_it_needs_a_server(chromium):
    tab = chromium.new_page()
    tab.goto(built(f"{PAGE}.html").as_uri())
    tab.locator(".run-page").click()
    told = tab.locator(".door + [role=status], .door [role=status]")
    assert "code runs on pages from a server" in told.inner_text()
    assert tab.locator("textarea").count() == 0
    tab.close()


class Below(QuietHandler):
    """Serves a site as one of many on its host."""

    def translate_path(self, path):
        return super().translate_path(path.removeprefix("/a-name"))


@contextmanager
def served_below(site):
    handler = partial(Below, directory=site)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/a-name"
        server.shutdown()


def test_it_works_under_a_name_of_its_own(opened):
    with served_below(SITE) as address:
        tab = opened(address=address)
        tab.locator(".run-page").click()
        says(tab, "is ready")
        fill(tab, "print('below')")
        run(tab, 1)
        assert output(tab, 1).inner_text().strip() == "below"


def test_with_the_runtime_in_the_site_no_other_host_is_asked(
    chromium, core, small, tmp_path, monkeypatch
):
    site, whole = tmp_path / "html", tmp_path / "whole"
    left = shutil.ignore_patterns("lite", "pagefind", "book.pdf", "_sources", "explore")
    shutil.copytree(SITE, site, ignore=left)
    shutil.copytree(core, whole)
    shutil.copytree(small[0], whole, dirs_exist_ok=True)
    names = [line.split()[1] for line in runtime.HASHES.read_text(encoding="utf-8").splitlines()]
    lines = [f"{hashlib.sha256((whole / n).read_bytes()).hexdigest()}  {n}\n" for n in names]
    (tmp_path / "hashes").write_text("".join(lines), encoding="utf-8")
    monkeypatch.setattr(runtime, "HASHES", tmp_path / "hashes")
    # The small distribution has what pages load at once; more is not asked for here.
    monkeypatch.setattr(run_in_browser, "imported_by", lambda paths: set())
    monkeypatch.setenv("PYODIDE_DIST", str(whole))
    for name, folder in (("SITE", site), ("LITE", site / "lite"), ("WORK", tmp_path / "work")):
        monkeypatch.setattr(run_in_browser, name, folder)
    run_in_browser.main()
    settings = json.loads((site / "lite/jupyter-lite.json").read_text(encoding="utf-8"))
    plugins = settings["jupyter-config-data"]["litePluginSettings"]
    kernel = plugins["@jupyterlite/pyodide-kernel-extension:kernel"]
    assert kernel["pyodideUrl"] == "./static/pyodide/pyodide.mjs"
    with served_below(site) as address:
        context = chromium.new_context()
        asked = []
        context.on("request", lambda request: asked.append(request.url))
        tab = context.new_page()
        tab.set_default_timeout(SECONDS)
        tab.goto(f"{address}/{PAGE}.html")
        tab.locator(".run-page").click()
        says(tab, "is ready")
        fill(tab, "print('own')")
        run(tab, 1)
        assert output(tab, 1).inner_text().strip() == "own"
        context.close()
    assert [url for url in asked if "static/pyodide/numpy" in url]
    assert [url for url in asked if not url.startswith((address, "blob:", "data:"))] == []


def test_axe_finds_nothing_in_the_new_controls_light_and_dark(ready):
    fill(ready, "1 / 0", "print(1)")
    run(ready, 1, "ended with an error")
    for scheme in ("light", "dark"):
        ready.evaluate(f"document.documentElement.dataset.theme = '{scheme}'")
        for place in (".run-bar", ".run-tools", ".cell_input", ".run-live", ".door"):
            found = Axe().run(ready, context=place, options=AXE).response["violations"]
            assert [(rule["id"], rule["nodes"][0]["target"]) for rule in found] == [], scheme


@pytest.mark.parametrize("width", [320, 390])
def test_it_fits_a_phone(opened, width):
    tab = opened(viewport={"width": width, "height": 800}, has_touch=True, is_mobile=True)
    tab.locator(".run-page").click()
    says(tab, "is ready")
    fill(tab, f"print('{'wide ' * 60}')")
    run(tab, 1)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_of_it_is_printed(ready):
    fill(ready, "print('mine')", "print('mine')")
    run(ready, 2)
    ready.emulate_media(media="print")
    for name in (".run-bar", ".run-tools", ".run-code", ".run-live", ".run-page", ".run-cell"):
        for part in ready.locator(name).all():
            assert not part.is_visible(), name
    assert ready.locator(".cell_input pre").nth(1).is_visible()
    assert ready.locator(".run-stored .output").first.is_visible()


def test_without_scripts_no_button_pretends_to_work(opened):
    tab = opened(java_script_enabled=False)
    assert not tab.locator(".run-page").is_visible()
    assert tab.locator(".run-cell").count() == 0


def test_cells_whose_code_the_page_hides_run_where_others_need_them(opened):
    tab = opened("chapters/alternatives")
    names = tab.locator("article .cell").evaluate_all(
        "(cells) => cells.map((cell) => cell.querySelector('.cell_input') !== null)"
    )
    hidden = names.index(False)
    above = names[:hidden].count(True)
    tab.locator(".run-page").click()
    says(tab, "is ready")
    fill(tab, *["pass"] * above, "print(names([], 3))")
    # What the hidden cell itself imports and computes has no numpy here: it ends with an error.
    run(tab, above + 1, "A cell without shown code ended with an error. NameError")
