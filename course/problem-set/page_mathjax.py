"""MathJax for the pages of the problem set: inside each page, so that none asks another host."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

# With SVG no fonts have to lie beside the page.
SCRIPT = Path(find_spec("mathjax").origin).parent / "static/mathjax/es5/tex-svg.js"
TEMPLATES = Path(__file__).parent / "templates"


@cache
def mathjax_script(_=None):
    """MathJax's code, as it may stand in a page."""
    return SCRIPT.read_text(encoding="utf-8").replace("</script", r"<\/script")


def load_from_page(config, *basedirs, filters=None):
    """Set nbconvert's `config` so that its pages hold MathJax and load nothing.

    `basedirs` are further folders of templates, `filters` further filters by name.
    """
    exporter = config.HTMLExporter
    exporter.extra_template_basedirs = [str(TEMPLATES), *map(str, basedirs)]
    exporter.filters = {"mathjax_script": mathjax_script, **(filters or {})}
    return config
