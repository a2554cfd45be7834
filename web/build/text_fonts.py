"""Make the fonts of text, headings and code, and of pictures: `make font`.

Parts of STIX Two Text, from the npm package whose folder is given, and of Source Sans 3 and Source
Code Pro, from Python packages. The makers of the last two reserve the name "Source" for versions of
their own, so what is cut out of them has another.
"""

import io
import sys
from importlib.util import find_spec
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

TARGET = Path(__file__).parents[1] / "type"
# Readers draw pictures, too: their font is part of the library.
PICTURES = Path(__file__).parents[2] / "pesim_lib/figures"
SIGNS = [*range(0x20, 0x7F), *map(ord, "\u00a0’‘“”–—…·•×÷−≤≥≈→←©§½²³₀₁₂₃₄₅₆₇₈₉ρ∂✓")]
# Of names; hardly any stands in bold or in code.
LETTERS = [*SIGNS, *map(ord, "áàâäåæçéèêëíîïñóôöøšúûüžßÁÉÖÜØ")]
TEXT = ["kern", "liga", "tnum", "lnum"]
# Names of a font that readers and programs see.
NAMES = 1, 3, 4, 6, 16


def main(source):
    for face in ("400-normal", "400-italic", "600-normal"):
        font = opened(Path(source, f"files/stix-two-text-latin-{face}.woff2"))
        cut(font, f"serif-{face}.woff2", TEXT, LETTERS if face.startswith("400") else SIGNS)
    sans = instancer.instantiateVariableFont(whole("sans-3", "SourceSans3"), {"wght": (400, 700)})
    cut(renamed(sans, "PESIM Sans"), "sans.woff2", TEXT, LETTERS)
    pictures()
    mono = instancer.instantiateVariableFont(whole("code-pro", "SourceCodePro"), {"wght": 400})
    cut(renamed(mono, "PESIM Mono"), "mono.woff2", [], SIGNS)


def pictures():
    """Write the two weights that pictures have, for matplotlib, which knows no woff2."""
    for weight, style in ((400, "Regular"), (700, "Bold")):
        font = instancer.instantiateVariableFont(
            whole("sans-3", "SourceSans3"), {"wght": weight}, updateFontNames=True
        )
        cut(renamed(font, "PESIM Sans", style), PICTURES / f"sans-{weight}.ttf", TEXT, LETTERS)


def whole(package, name):
    folder = Path(find_spec(f"fontpkg_source_{package.replace('-', '_')}").origin).parent
    return opened(folder / f"files/{name}[wght].ttf")


def opened(file):
    """A font that keeps its date, so that the same is cut out of it every day."""
    return TTFont(file, recalcTimestamp=False)


def renamed(font, name, style=None):
    for record in font["name"].names:
        if record.nameID in NAMES:
            record.string = name.replace(" ", "") if record.nameID == 6 else name
        elif style and record.nameID == 2:
            record.string = style
    return font


def cut(font, name, features, signs):
    """Write what pages have of a font, these signs and features, to `name`."""
    # Tables that were taken apart are read afresh.
    buffer = io.BytesIO()
    font.save(buffer)
    font = opened(buffer)
    flavor = None if Path(name).suffix == ".ttf" else "woff2"
    options = subset.Options(flavor=flavor, hinting=False, layout_features=features)
    options.name_IDs = [0, 1, 2, 3, 4, 6, 13, 14]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=signs)
    subsetter.subset(font)
    subset.save_font(font, TARGET / name, options)


if __name__ == "__main__":
    main(*sys.argv[1:])
