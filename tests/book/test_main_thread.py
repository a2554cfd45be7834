"""What keeps the main thread of a page free: short tasks, and no layout for each question."""

import importlib.util
from pathlib import Path

import light_pages
import pytest
from site_server import SITE

ROOT = Path(__file__).parents[2]


def test_a_script_of_another_project_is_a_task_of_its_own():
    script = (SITE / "_static/book.js").read_text(encoding="utf-8")
    theirs, ours = script.index("bootstrap.js.LICENSE"), script.index("const explorers = [];")
    begin, end = "setTimeout(() => {\n", "\n});\n"
    assert script.rindex(begin, 0, theirs) > script.rindex("\n;\n", 0, theirs)
    assert script.rindex(end, 0, ours) > script.rindex(begin, 0, ours)


def test_the_theme_asks_how_wide_all_boxes_are_before_it_tells_any():
    theme = (SITE / "_static/scripts/pydata-sphinx-theme.js").read_text(encoding="utf-8")
    assert light_pages.ASKS_AND_TELLS.search(theme)
    assert not light_pages.ASKS_AND_TELLS.search(
        (SITE / "_static/book.js").read_text(encoding="utf-8")
    )


@pytest.fixture
def page_speed():
    path = ROOT / "benchmarks/page_speed.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_blocks_is_counted_on_the_thread_of_the_page_in_its_own_time(page_speed):
    def event(name, tid, milliseconds):
        return {"name": name, "pid": 1, "tid": tid, "tdur": 1000 * milliseconds}

    task = "ThreadControllerImpl::RunTask"
    events = [event("ParseHTML", 7, 3), event(task, 7, 80), event(task, 7, 49), event(task, 8, 900)]
    assert page_speed.blocking(events) == 30


LAID_OUT = "laidOut.then(() => true)"
LEFT_OUT = """() => [...document.querySelectorAll("article *")]
  .filter((part) => getComputedStyle(part).contentVisibility === "auto").length"""
TOP = "(name) => document.getElementById(name).getBoundingClientRect().top"


def test_a_page_that_opens_at_its_top_is_laid_out_in_parts_and_then_whole(chromium, site_url):
    context = chromium.new_context()
    # The first frame after the page is there takes nothing in.
    context.add_init_script("""
      globalThis.goOn = [];
      const frame = requestAnimationFrame.bind(window);
      globalThis.requestAnimationFrame = (step) => goOn.push(step);
      globalThis.frames = () => { requestAnimationFrame = frame; goOn.forEach(frame); }""")
    tab = context.new_page()
    tab.goto(f"{site_url}/chapters/alternatives.html")
    assert tab.evaluate(LEFT_OUT) > 50
    tab.evaluate("frames()")
    tab.wait_for_function(LAID_OUT)
    assert tab.evaluate(LEFT_OUT) == 0
    context.close()


@pytest.mark.parametrize("act", ["click", "keydown"])
def test_a_readers_act_finds_the_whole_page_laid_out(chromium, site_url, act):
    context = chromium.new_context()
    context.add_init_script("globalThis.requestAnimationFrame = () => 0;")
    tab = context.new_page()
    tab.goto(f"{site_url}/chapters/alternatives.html")
    assert tab.evaluate(LEFT_OUT) > 50
    if act == "click":
        tab.locator("article h1").click()
    else:
        tab.keyboard.press("Shift")
    assert tab.evaluate(LEFT_OUT) == 0
    context.close()


@pytest.mark.parametrize("how", ["address", "reload"])
def test_a_page_that_opens_farther_down_stands_where_it_opens(chromium, site_url, how):
    context = chromium.new_context()
    tab = context.new_page()
    name = "who-watches-whose-losses"
    tab.goto(f"{site_url}/chapters/alternatives.html#{name}")
    there = tab.evaluate(TOP, name)
    assert 0 <= there < 200
    if how == "reload":
        tab.evaluate("history.replaceState(null, '', location.pathname)")
        tab.reload()
    tab.wait_for_function(LAID_OUT)
    tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))")
    assert abs(tab.evaluate(TOP, name) - there) < 2
    context.close()


def test_boxes_that_scroll_are_reached_by_keys_once_the_page_is_laid_out(open_page):
    tab = open_page("chapters/coq-sources.html", width=390, height=800)
    tab.wait_for_function(LAID_OUT)
    unreached = """() => {
      const boxes = [...document.querySelectorAll("article pre")];
      const wide = boxes.filter((box) => box.scrollWidth > box.clientWidth);
      return [wide.length, wide.filter((box) => box.tabIndex !== 0).length];
    }"""
    wide, missing = tab.evaluate(unreached)
    assert wide > 10
    assert missing == 0
