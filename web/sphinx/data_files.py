"""What a notebook reads and imports from its own folder: readers who take it along need it too."""

import ast
import json
from pathlib import Path

from whole_files import write_whole

# What a string in a cell may end in that is a file it reads.
READ = (".csv", ".toml", ".bz2")


def needs(path):
    """Paths, in the folder of the notebook at `path`, of what it and its modules use there."""
    found, open_ends = [], [path]
    while open_ends:
        for file in _used(code_of(open_ends.pop()), path.parent):
            if file not in found:
                found.append(file)
                open_ends += [file] if file.suffix == ".py" else []
    return sorted(found)


def add_downloads(app, pagename, templatename, context, doctree):
    """Offer these files in the page's menu of downloads, beside its notebook."""
    path = Path(app.env.doc2path(pagename))
    if path.suffix != ".ipynb":
        return
    (menu,) = (b for b in context["header_buttons"] if b["label"] == "download-buttons")
    for file in needs(path):
        name = file.relative_to(app.srcdir).as_posix()
        target = Path(app.outdir, "_sources", name)
        write_whole(target, file.read_bytes())
        menu["buttons"].append(
            {
                "type": "link",
                "url": context["pathto"](f"_sources/{name}", 1),
                "text": file.name,
                "icon": "fas fa-table" if file.suffix == ".csv" else "fas fa-file",
                "tooltip": "Download a file that the notebook uses",
                "label": "download-data-button",
            }
        )


def code_of(path):
    """The code of a module, or of all cells of a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def _used(code, folder):
    for node in ast.walk(ast.parse(code)):
        names = []
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            names = [node.value] if Path(node.value).suffix in READ else []
        elif isinstance(node, ast.Import):
            names = [f"{alias.name}.py" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.py"]
        yield from (folder / name for name in names if (folder / name).is_file())
