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
