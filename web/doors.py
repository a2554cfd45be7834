"""Doors out of the page, as the repository's address in _config.yml opens them.

Colab has no pesim_lib: `make colab` writes copies of the chapters whose first cell installs it.
"""

import shutil
from pathlib import Path
from urllib.parse import urlparse

import nbformat
import yaml

ROOT = Path(__file__).parent.parent
COLAB = ROOT / "_build/colab"
# publish.yml pushes the copies to this branch.
COLAB_BRANCH = "colab"


def site_address(repository):
    """Where GitHub Pages serves the site of a repository; empty for another host's or none."""
    address = urlparse(repository)
    if address.netloc != "github.com":
        return ""
    owner, name = address.path.strip("/").split("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def colab_copy(notebook, folder, repository, branch):
    """A `folder`'s notebook behind a cell that fetches the repository and installs `pesim_lib`."""
    install = nbformat.v4.new_code_cell(
        f"!git clone --quiet --depth 1 --branch {branch} {repository} companion\n"
        "%pip install --quiet ./companion\n"
        f"%cd -q companion/{folder}",
        id="install-pesim-lib",
    )
    copy = nbformat.from_dict(notebook)
    copy.cells = [install, *copy.cells]
    return copy


def main():
    repository = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]
    shutil.rmtree(COLAB, ignore_errors=True)
    if not repository["url"]:
        print("No copies for Colab: _config.yml names no repository")
        return
    for path in sorted((*ROOT.glob("chapters/*.ipynb"), *ROOT.glob("course/*.ipynb"))):
        page = path.relative_to(ROOT)
        copy = colab_copy(
            nbformat.read(path, 4), page.parent, repository["url"], repository["branch"]
        )
        target = COLAB / page
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(copy, target)
    print(f"Copies for Colab: {COLAB}")


if __name__ == "__main__":
    main()
