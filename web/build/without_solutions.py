"""The edition without solutions: `make book SOLUTIONS=no`.

It is a copy of the book's sources that holds no solution. The usual commands, run in the copy, make
its site, its PDF and its notebooks: what their sources lack can leak into none of them.
"""

import re
import shutil
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
SOLUTION = re.compile(
    r"^(?P<fence>`{3,}|:{3,})\{solution\}.*?^(?P=fence)[ \t]*$\n*", re.DOTALL | re.MULTILINE
)
# What was built, installed or fetched is no source.
NOT_SOURCES = shutil.ignore_patterns("_build", ".*", "*.egg-info", "__pycache__")


def without_solutions(text):
    """MyST text without its `solution` directives."""
    rest = SOLUTION.sub("", text)
    if "{solution" in rest:
        line = next(line for line in rest.splitlines() if "{solution" in line)
        raise ValueError(f"text: a solution that is no plain directive cannot be dropped: {line}")
    return rest


def write_edition(source, target):
    """Copy the book in `source` to `target` without solutions; what was built there stays."""
    target.mkdir(parents=True, exist_ok=True)
    for old in target.iterdir():
        if old.is_symlink() or old.is_file():
            old.unlink()
        elif old.name != "_build":
            shutil.rmtree(old)
    shutil.copytree(source, target, ignore=NOT_SOURCES, dirs_exist_ok=True)
    for folder in (target, target / "chapters", target / "course"):
        for page in (*folder.glob("*.md"), *folder.glob("*.ipynb")):
            _strip(page, source / page.relative_to(target))
    settings = target / "_config.yml"
    _write(settings, source / "_config.yml", _without_address(settings.read_text(encoding="utf-8")))
    _share_pictures(source / "_build/.pictures", target / "_build/.pictures")


def _share_pictures(ours, theirs):
    """Explorers' pictures show no solution, and drawing them takes minutes."""
    ours.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ours, theirs, dirs_exist_ok=True)


def _strip(page, original):
    if page.suffix == ".md":
        text = without_solutions(page.read_text(encoding="utf-8"))
    else:
        notebook = nbformat.read(page, 4)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = without_solutions(cell.source)
        notebook.cells = [cell for cell in notebook.cells if cell.source.strip()]
        text = nbformat.writes(notebook) + "\n"
    _write(page, original, text)


def _without_address(settings):
    """No buttons to the repository: solutions are there."""
    return re.sub(r'(?<=^  url: )".*"$', '""', settings, count=1, flags=re.MULTILINE)


def _write(path, original, text):
    """Write as old as the original, so that an unchanged page is not built again."""
    path.write_text(text, encoding="utf-8")
    shutil.copystat(original, path)


if __name__ == "__main__":
    write_edition(ROOT, Path(sys.argv[1]))
