"""Small books with this book's settings and extensions: built in seconds, broken at will."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import yaml
from site_server import ROOT

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}


def notebook(*cells, title="Page"):
    """A notebook of code cells under a title, without outputs."""
    code = [
        nbformat.v4.new_code_cell(cell, id=f"cell-{number}") for number, cell in enumerate(cells)
    ]
    heading = nbformat.v4.new_markdown_cell(f"# {title}", id="title")
    return nbformat.v4.new_notebook(metadata=KERNEL, cells=[heading, *code])


def write_book(folder, pages, change=lambda settings: None):
    """Write a book's sources: pages by name without suffix, as MyST text or as notebooks."""
    shutil.copytree(ROOT / "web", folder / "web", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "pesim_lib").mkdir()
    for part in ("chapters", "course"):
        (folder / part).mkdir()
    for name in ("CITATION.cff", "chapters/ledger.py", "chapters/claims.toml"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "references.bib").touch()
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    change(settings)
    (folder / "_config.yml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    for name, page in pages.items():
        write_page(folder, name, page)
    root, *others = pages
    chapters = [{"file": name} for name in others]
    contents = {"format": "jb-book", "root": root, "chapters": chapters}
    (folder / "_toc.yml").write_text(yaml.safe_dump(contents), encoding="utf-8")
    return folder


def write_page(folder, name, page):
    if isinstance(page, str):
        (folder / f"{name}.md").write_text(page, encoding="utf-8")
    else:
        nbformat.write(page, folder / f"{name}.ipynb")


def build(folder, *options, **keywords):
    """Build the book in `folder` as `make book` does; returns what was printed and the code."""
    program = Path(sys.executable).with_name("jupyter-book")
    command = [program, "build", folder, "-W", "-n", "--keep-going", *options]
    return subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        **keywords,
    )


def site(folder):
    """Every file of the built site: path -> bytes."""
    html = folder / "_build/html"
    return {
        path.relative_to(html).as_posix(): path.read_bytes()
        for path in sorted(html.rglob("*"))
        if path.is_file()
    }
