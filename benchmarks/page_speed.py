"""How large and how fast the built site is: `make measure`.

Sizes are of all that a page loads, gzipped; "files" says how many files these are. "ready" is the
time from asking localhost for a page until its first words can be read, formulas among them, and
"phone" the same on a slow one: a quarter of the speed, 1.6 Mbit/s, 150 ms there and back. "blocked"
adds up what exceeds 50 ms in each long task, "shift" what moves while a page loads. An answer is
the time from a slider's event until the next frame shows another picture: median and worst. An
explorer unpacks its pictures when it comes into view; the first move follows half a second later.
"""

import gzip
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "web/build"))

from chromium import chromium  # noqa: E402
from site_server import PAGES, serve  # noqa: E402

WATCH = """
  window.measured = { blocked: 0, shift: 0 };
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) measured.blocked += Math.max(0, task.duration - 50);
  }).observe({ type: "longtask", buffered: true });
  new PerformanceObserver((list) => {
    for (const move of list.getEntries()) measured.shift += move.value;
  }).observe({ type: "layout-shift", buffered: true });"""
PHONE = {"offline": False, "latency": 150, "downloadThroughput": 2e5, "uploadThroughput": 2e5}
READY = """() => performance.getEntriesByType("paint")
  .find((entry) => entry.name === "first-contentful-paint").startTime"""
SEEN = "() => [measured.blocked, measured.shift]"
ANSWERS = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const times = { first: [], later: [] };
  for (const explorer of document.querySelectorAll(".explore")) {
    const picture = explorer.querySelector(".picture");
    let moved = 0;
    explorer.scrollIntoView();
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const input of explorer.querySelectorAll("input")) {
      const states = Array.from({ length: Number(input.max) + 1 }, (_, state) => state);
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
    every = []
    with serve() as address, chromium() as browser:
        for name in PAGES:
            page, sizes = opened(browser, f"{address}/{name}.html")
            ready, (blocked, shift) = page.evaluate(READY), page.evaluate(SEEN)
            line = f"{name:32}{sum(sizes) / 1000:11.0f}{len(sizes):11}{ready:11.0f}"
            line += f"{blocked:11.0f}{shift:11.3f}"
            times = page.evaluate(ANSWERS)
            page.close()
            page, _ = opened(browser, f"{address}/{name}.html", slow=True)
            line += f"{page.evaluate(READY):11.0f}"
            page.close()
            if times["later"]:
                every += times["first"] + times["later"]
                line += f"{_summary(times['first']):>11}{_summary(times['later']):>11}"
            print(line, flush=True)
    print(f"all {len(every)} answers, median and worst: {_summary(every)} ms")


def opened(browser, address, slow=False):
    """A page that has come to rest, and the sizes of the files that it loaded, gzipped."""
    page = browser.new_context().new_page()
    page.add_init_script(WATCH)
    if slow:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", PHONE)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(address)
    page.wait_for_timeout(1000)
    return page, [len(gzip.compress(answer.body())) for answer in answers]


def _summary(times):
    return f"{statistics.median(times):.0f}, {max(times):.0f}"


if __name__ == "__main__":
    main()
