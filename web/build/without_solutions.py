"""The edition for students: `make site SOLUTIONS=no`.

It is a copy of the book's sources that holds no answer: course/student_edition.py says what stays.
The usual commands, run in the copy, make its site, its PDF and its notebooks: what their sources
lack can leak into none of them.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
sys.path += [str(ROOT / "course"), str(ROOT / "course/problem-set")]

from student_edition import (  # noqa: E402
    RELEASE,
    contents_for_students,
    for_students,
    is_lecturers,
    missing_pages,
)

# What was built, installed or fetched is no source.
NOT_SOURCES = shutil.ignore_patterns("_build", ".*", "*.egg-info", "__pycache__")


def write_edition(source, target):
    """Copy the book in `source` to `target` for students; what was built there stays."""
    target.mkdir(parents=True, exist_ok=True)
    for old in target.iterdir():
        if old.is_symlink() or old.is_file():
            old.unlink()
        elif old.name != "_build":
            shutil.rmtree(old)
    shutil.copytree(source, target, ignore=_lecturers(source), dirs_exist_ok=True)
    contents = source / "_toc.yml"
    missing = set()
    if contents.exists():
        text = contents.read_text(encoding="utf-8")
        missing = missing_pages(text)
        _write(target / "_toc.yml", contents, contents_for_students(text, missing))
    for folder in (target, target / "chapters", target / "course", target / "course/slides"):
        for page in (*folder.glob("*.md"), *folder.glob("*.ipynb")):
            _strip(page, source / page.relative_to(target), missing)
    settings = target / "_config.yml"
    _write(settings, source / "_config.yml", _without_address(settings.read_text(encoding="utf-8")))
    if (source / "course/problem-set").exists():
        _release(source, target)
    _share_pictures(source / "_build/.pictures", target / "_build/.pictures")


def _lecturers(source):
    """What `copytree` leaves out."""

    def ignored(folder, names):
        inside = Path(folder).relative_to(source)
        ours = {name for name in names if is_lecturers(inside / name)}
        return ours | NOT_SOURCES(folder, names)

    return ignored


def _release(source, target):
    """Put the student edition of the problem set into the copy, which has no source of it."""
    from editions import released_files

    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(released_files(Path(folder)), target / RELEASE)


def _share_pictures(ours, theirs):
    """Explorers' pictures show no solution, and drawing them takes minutes."""
    ours.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ours, theirs, dirs_exist_ok=True)


def _strip(page, original, missing):
    if page.suffix == ".md":
        text = for_students(page.read_text(encoding="utf-8"), missing)
    else:
        notebook = nbformat.read(page, 4)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = for_students(cell.source, missing)
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
