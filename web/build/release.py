"""What a release carries, in _build/release: the site, its PDF and EPUB, a wheel, and notes.

`make release` writes them for the version in `pesim_lib`, once `make site` has built the site.
"""

import re
import shutil
import subprocess
import sys

from site_server import ROOT, SITE
from whole_files import write_whole

from pesim_lib import __version__

RELEASE = ROOT / "_build/release"


def main(tag=f"v{__version__}"):
    if tag != f"v{__version__}":
        sys.exit(f"TAG: got {tag}; allowed: v{__version__}, the version of pesim_lib")
    shutil.rmtree(RELEASE, ignore_errors=True)
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    write_whole(RELEASE / "notes.md", notes(changes, __version__))
    name = RELEASE / f"pesim-companion-{__version__}"
    shutil.make_archive(f"{name}-site", "zip", SITE)
    for kind in ("pdf", "epub"):
        shutil.copy(SITE / f"book.{kind}", f"{name}.{kind}")
    wheel = ("pip", "--quiet", "wheel", "--no-deps", "--no-build-isolation")
    subprocess.run([sys.executable, "-m", *wheel, "--wheel-dir", RELEASE, ROOT], check=True)
    print("\n".join(sorted(str(path) for path in RELEASE.iterdir())))


def notes(changes, version):
    """The part of the changelog on one version. Raises ValueError where there is none."""
    heading = rf"^## {re.escape(version)}\n(.*?)(?=^## |\Z)"
    part = re.search(heading, changes, re.DOTALL | re.MULTILINE)
    if not part:
        raise ValueError(f"version: got {version}; allowed: one with a heading in CHANGELOG.md")
    return f"{part[1].strip()}\n"


if __name__ == "__main__":
    main(*sys.argv[1:])
