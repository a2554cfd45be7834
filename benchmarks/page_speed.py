"""How large and how fast the built site is: `make measure`.

Sizes are of all that a page loads, gzipped; "files" says how many files these are. "ready" is the
time from asking localhost for a page until its first words can be read, formulas among them, and
"phone" the same on a slow one: a quarter of the speed, 1.6 Mbit/s, 150 ms there and back. "blocked"
adds up what exceeds 50 ms in each task of the main thread, in its own processor time, to which
nothing else on the machine adds. Times are the least of three. "shift" is what moves while a page
loads. An answer is the time from a slider's event until the next frame shows another picture:
median and worst. An explorer unpacks its pictures when it comes into view; the first move follows
half a second later. At the end stand the pages that were measured before formulas were typeset at
build time, beside what they are.
"""

import csv
import gzip
import json
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "web/build"))

from chromium import chromium  # noqa: E402
from site_server import PAGES, PackingHandler, serve  # noqa: E402

BEFORE = Path(__file__).with_name("page_speed_before.csv")
RUNS = 3
MOST_PLACES = 6
PATIENCE = 120_000
WATCH = """
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const move of list.getEntries()) shift += move.value;
  }).observe({ type: "layout-shift", buffered: true });"""
PHONE = {"offline": False, "latency": 150, "downloadThroughput": 2e5, "uploadThroughput": 2e5}
PAINTED = """() => performance.getEntriesByType("paint")
  .find((entry) => entry.name === "first-contentful-paint")?.startTime"""
ANSWERS = """async (most) => {
  const frame = () => new Promise(requestAnimationFrame);
  const times = { first: [], later: [] };
  for (const explorer of document.querySelectorAll(".explore")) {
    const picture = explorer.querySelector(".picture");
    let moved = 0;
    explorer.scrollIntoView();
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const input of explorer.querySelectorAll("input[type=range]")) {
      const count = Math.min(Number(input.max) + 1, most);
      const states = Array.from({ length: count }, (_, state) => state);
      for (const state of [...states.filter((s) => s !== input.valueAsNumber), 0]) {
        const changed = new Promise((resolve) => {
          new MutationObserver((_, observer) => { observer.disconnect(); resolve(); })
            .observe(picture, { childList: true });
        });
        const start = performance.now();
        input.value = state;
        input.dispatchEvent(new Event("input"));
        await changed;
        await frame();
        (moved++ ? times.later : times.first).push(performance.now() - start);
      }
    }
  }
  return times;
}"""


def main():
    scripts = [gzip.compress(path.read_bytes()) for path in (ROOT / "web/static").glob("*.js")]
    print(f"our scripts: {sum(map(len, scripts)) / 1000:.1f} KB")
    columns = ["KB", "files", "ready ms", "blocked ms", "shift", "phone ms"]
    print(f"{'page':32}{''.join(f'{name:>11}' for name in columns)}  first and later answers ms")
    every, found = [], {}
    with serve(PackingHandler) as address, chromium() as browser:
        for name in PAGES:
            here = found[name] = measured(browser, f"{address}/{name}.html")
            line = f"{name:32}{here['packed'] / 1e3:11.0f}{here['files']:11}{here['ready']:11.0f}"
            line += f"{here['blocked']:11.0f}{here['shift']:11.3f}{here['phone']:11.0f}"
            times = here["answers"]
            if times["later"]:
                every += times["first"] + times["later"]
                line += f"{_summary(times['first']):>11}{_summary(times['later']):>11}"
            print(line, flush=True)
    print(f"all {len(every)} answers, median and worst: {_summary(every)} ms")
    compare(found)


def measured(browser, address):
    """What the table says of a page: the least of its times, in ms, and sizes in bytes."""
    runs = [opened(browser, address) for _ in range(RUNS)]
    found = {key: min(run[key] for run in runs) for key in ("ready", "blocked")}
    slow = [opened(browser, address, slow=True) for _ in range(RUNS)]
    found["phone"] = min(run["ready"] for run in slow)
    found["shift"] = max(run["shift"] for run in runs + slow)
    page = browser.new_context().new_page()
    page.goto(address)
    found["answers"] = page.evaluate(ANSWERS, MOST_PLACES)
    page.context.close()
    return runs[0] | found


def opened(browser, address, slow=False):
    """Open a page: when its first words were there, what blocked, what moved, what it loaded."""
    page = browser.new_context().new_page()
    page.add_init_script(WATCH)
    if slow:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", PHONE)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    if not slow:
        browser.start_tracing(page=page, categories=["toplevel", "devtools.timeline"])
    # A slow phone shows a page long before the last of it is there.
    page.goto(address, wait_until="commit" if slow else "load", timeout=PATIENCE)
    page.wait_for_function(PAINTED, timeout=PATIENCE)
    if not slow:
        page.evaluate("laidOut")
    # What a page does when it rests comes within a moment.
    page.wait_for_timeout(500)
    blocked = None if slow else blocking(json.loads(browser.stop_tracing())["traceEvents"])
    ready, shift = page.evaluate(PAINTED), page.evaluate("shift")
    bodies = [] if slow else [answer.body() for answer in answers]
    page.context.close()
    return {
        "ready": ready,
        "blocked": blocked,
        "shift": shift,
        "files": len(bodies),
        "packed": sum(len(gzip.compress(body)) for body in bodies),
        "plain": sum(map(len, bodies)),
    }


def blocking(events):
    """What exceeds 50 ms in the tasks of the thread that read the page, ms of processor time."""
    threads = [(e["pid"], e["tid"]) for e in events if e.get("name") == "ParseHTML"]
    main = statistics.mode(threads)
    tasks = [
        event["tdur"] / 1000
        for event in events
        # A task holds others of its name but for the end.
        if event.get("name") == "ThreadControllerImpl::RunTask"
        and (event["pid"], event["tid"]) == main
        and "tdur" in event
    ]
    return sum(max(0, task - 50) for task in tasks)


def compare(found):
    """Say what pages were, and what they are."""
    lines = BEFORE.read_text(encoding="utf-8").splitlines()
    print(f"\n{lines[0].removeprefix('# ')}")
    columns = ["ready ms", "formulas ms", "blocked ms", "MB, plain", "files"]
    print(f"{'page':26}{''.join(f'{name:>18}' for name in columns)}")
    for old in csv.DictReader(lines[1:]):
        new = found[old["page"]]
        pairs = [
            (old["ready"], f"{new['ready']:.0f}"),
            (old["mathematics"], f"{new['ready']:.0f}"),
            (old["blocked"], f"{new['blocked']:.0f}"),
            (old["megabytes"], f"{new['plain'] / 1e6:.2f}"),
            (old["files"], f"{new['files']}"),
        ]
        print(f"{old['page']:26}" + "".join(f"{f'{a} → {b}':>18}" for a, b in pairs))


def _summary(times):
    return f"{statistics.median(times):.0f}, {max(times):.0f}"


if __name__ == "__main__":
    main()
