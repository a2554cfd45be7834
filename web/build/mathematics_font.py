"""Make the font of the formulas: `make font`.

STIX Two Math, without the signs that no formula of a book like this needs: a small part of it.
What is missing there is drawn with a font of the reader's.
"""

from importlib.util import find_spec
from pathlib import Path

from fontTools import subset

TARGET = Path(__file__).parents[1] / "mathematics/stix-two-math.woff2"
SOURCE = Path(find_spec("ziamath").origin).parent / "fonts/STIXTwoMath-Regular.ttf"
RANGES = [
    range(0x20, 0x7F),  # ASCII
    range(0x391, 0x3CA),  # Greek
    range(0x1D434, 0x1D468),  # Latin in italics, but for
    [ord("ℎ")],
    range(0x1D6E2, 0x1D71C),  # Greek in italics
    range(0x1D538, 0x1D551),  # double-struck capitals, but for
    map(ord, "ℂℍℕℙℚℝℤ"),
    range(0x1D49C, 0x1D4B6),  # script capitals, but for
    map(ord, "ℬℰℱℋℐℒℳℛ"),
    map(ord, "\u00a0¬°±·×÷ϑϕϰϱϵıȷℓ‘’“”–"),
    map(ord, "\u00af´`¨^~ˆˇ˘˙˜¯‾_→←↔↦⇀⃗\u0302\u0303\u0304\u0305\u0307\u0308\u0332\u20d7⏞⏟"),
    map(ord, "‖…′″‴⁄→←↔⇒⇐⇔↦↑↓∀∃∄∅∆∂∇∈∉∋∏∐∑−∓∖∗∘∙√∝∞∠∣∤∥∧∨∩∪∫∬∮∴∼≃≅≈≔≡≠≤≥≪≫≺≻⊂⊃⊆⊇⊕⊖⊗⊙⊢⊤⊥⋀⋁⋂⋃⋅⋆⋮⋯⋱"),
    map(ord, "⟨⟩⌈⌉⌊⌋⟦⟧𝟎𝟏□"),
]
# Primes stand in superscripts alone, for which the font has other shapes.
PRIMES = map(ord, "′″‴")


def main():
    options = subset.Options(flavor="woff2", hinting=False, layout_features=["ccmp", "dtls"])
    options.name_IDs = [0, 1, 2, 13, 14]
    font = subset.load_font(SOURCE, options)
    draw_small(font, PRIMES)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[sign for signs in RANGES for sign in signs])
    subsetter.subset(font)
    subset.save_font(font, TARGET, options)


def draw_small(font, signs):
    """Draw these signs in the shapes for scripts: not every browser asks for them."""
    table = font["GSUB"].table
    features = [f.Feature for f in table.FeatureList.FeatureRecord if f.FeatureTag == "ssty"]
    lookups = [table.LookupList.Lookup[i] for feature in features for i in feature.LookupListIndex]
    shapes = {k: v for lookup in lookups for t in lookup.SubTable for k, v in t.alternates.items()}
    full = font.getBestCmap()
    drawn = {sign: shapes[full[sign]][0] for sign in signs}
    for part in font["cmap"].tables:
        if part.isUnicode() and part.format != 14:
            part.cmap.update(drawn)


if __name__ == "__main__":
    main()
