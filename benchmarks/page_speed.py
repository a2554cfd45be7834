"""How large and how fast the built site is: `make measure`.

Sizes are gzipped. "ready" is the time from asking localhost for a page until its first picture can
be read, "answer" the time from a slider's event until the next frame shows another picture. An
explorer unpacks its pictures when it comes into view; the first move follows half a second later.
"""

import gzip
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "web/build"))

from chromium import chromium  # noqa: E402
from site_server import PAGES, SITE, serve  # noqa: E402

READY = """() => performance.getEntriesByType("paint")
  .find((entry) => entry.name === "first-contentful-paint").startTime"""
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
    print(f"{'page':32}{'KB':>6}{'ready ms':>10}{'first answer ms':>17}{'later answers ms':>18}")
    every = []
    with serve() as address, chromium() as browser:
        for name in PAGES:
            page = browser.new_page()
            page.goto(f"{address}/{name}.html")
            page.wait_for_timeout(1000)
            size = len(gzip.compress((SITE / f"{name}.html").read_bytes())) / 1000
            line = f"{name:32}{size:6.0f}{page.evaluate(READY):10.0f}"
            times = page.evaluate(ANSWERS)
            if times["later"]:
                every += times["first"] + times["later"]
                line += f"{_summary(times['first']):>17}{_summary(times['later']):>18}"
            print(line)
            page.close()
    print(f"all {len(every)} answers, median and worst: {_summary(every)} ms")


def _summary(times):
    return f"{statistics.median(times):.0f}, {max(times):.0f}"


if __name__ == "__main__":
    main()
