"""Copies of the notebooks for Colab, which has no pesim_lib: their first cell installs it.

`make colab` writes them once _config.yml names a repository.
"""

import shutil
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).parents[2]
COLAB = ROOT / "_build/colab"


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
