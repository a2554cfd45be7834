"""The sliders of the chapters, as the notebooks ask for them."""

import ast
import json

from site_server import ROOT


def slider_grids():
    """What the sliders of the chapters can show: figure name -> list of {control: values}."""
    grids = {}
    for path in (ROOT / "chapters").glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] != "code" or "explore(\n" not in source:
                continue
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "explore":
                    name = node.args[0].attr
                    grid = {word.arg: ast.literal_eval(word.value) for word in node.keywords}
                    grids.setdefault(name, []).append(grid)
    return grids
