"""The pages' quick questions as files that a learning platform imports: `make questions`.

GIFT for Moodle, QTI 1.2 for Canvas and others. Every answer keeps its explanation as feedback.
References have the numbers that they have on the built pages.
"""

import io
import sys
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import dataclass
from pathlib import Path

import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "web/build"))

from whole_files import write_whole  # noqa: E402

SITE = ROOT / "_build/html"
FOLDER = "course/questions"
GIFT, QTI = "quick-questions.gift", "quick-questions-qti.zip"
CANVAS = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
PACKAGE = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"


@dataclass(frozen=True)
class Answer:
    """One answer and its explanation, as HTML; formulas stand in TeX between \\( and \\)."""

    text: str
    right: bool
    feedback: str


@dataclass(frozen=True)
class Question:
    """A question of the page with the title `page`, with its place there from 1."""

    page: str
    number: int
    text: str
    answers: tuple

    @property
    def name(self):
        return f"{self.page} {self.number}"


def questions(html):
    """The quick questions of a built page, in their order."""
    page = BeautifulSoup(html, "html.parser")
    title = page.select_one("article h1") or page.h1
    title = " ".join(title.get_text().rstrip("#").split())
    found = []
    for number, block in enumerate(page.select("div.admonition.question"), 1):
        answers = tuple(
            Answer(
                _html(details.select_one(".sd-summary-text") or details.summary),
                "right" in details["class"],
                _html(details.select_one(".sd-summary-content")),
            )
            for details in block.select("details")
        )
        for gone in block.select("details, .admonition-title"):
            gone.decompose()
        found.append(Question(title, number, _html(block), answers))
    return found


def _html(block):
    """The inside of a block, with plain tags alone."""
    copy = BeautifulSoup(str(block), "html.parser")
    for gone in copy.select("svg, script, style, .sd-summary-state-marker"):
        gone.decompose()
    for tag in copy.find_all(True):
        if tag.name in ("p", "ul", "ol", "li", "em", "strong", "code", "pre", "table", "tr", "td"):
            tag.attrs = {}
        else:
            tag.unwrap()
    return " ".join(str(copy).split())


def gift(bank):
    """The questions in Moodle's GIFT format, a category for each page."""
    lines, page = [], None
    for question in bank:
        if question.page != page:
            page = question.page
            lines += [f"$CATEGORY: $course$/Quick questions/{page.replace('/', '-')}", ""]
        lines.append(f"::{_escaped(question.name)}::[html]{_escaped(question.text)} {{")
        for answer in question.answers:
            mark = "=" if answer.right else "~"
            lines.append(f"{mark}{_escaped(answer.text)}#{_escaped(answer.feedback)}")
        lines += ["}", ""]
    return "\n".join(lines)


def _escaped(text):
    """GIFT reads ~ = # { } : as its own, and a backslash as the start of an escape."""
    for sign in "\\~=#{}:":
        text = text.replace(sign, f"\\{sign}")
    return text


def qti(bank):
    """The questions as a QTI 1.2 bank: XML text."""
    root = ET.Element("questestinterop", xmlns=CANVAS)
    objects = ET.SubElement(root, "objectbank", ident="quick-questions")
    _fields(objects, {"bank_title": "Quick questions"})
    for index, question in enumerate(bank):
        item = ET.SubElement(objects, "item", ident=f"q{index}", title=question.name)
        types = {"question_type": "multiple_choice_question", "points_possible": "1"}
        _fields(ET.SubElement(item, "itemmetadata"), types)
        shown = ET.SubElement(item, "presentation")
        _material(shown, question.text)
        choice = ET.SubElement(shown, "response_lid", ident="response1", rcardinality="Single")
        choices = ET.SubElement(choice, "render_choice")
        judged = ET.SubElement(item, "resprocessing")
        outcomes = ET.SubElement(judged, "outcomes")
        score = {"varname": "SCORE", "vartype": "Decimal", "minvalue": "0", "maxvalue": "100"}
        ET.SubElement(outcomes, "decvar", score)
        for place, answer in enumerate(question.answers):
            name = f"q{index}a{place}"
            _material(ET.SubElement(choices, "response_label", ident=name), answer.text)
            case = ET.SubElement(judged, "respcondition", {"continue": "Yes"})
            chosen = ET.SubElement(case, "conditionvar")
            ET.SubElement(chosen, "varequal", respident="response1").text = name
            if answer.right:
                ET.SubElement(case, "setvar", action="Set", varname="SCORE").text = "100"
            ET.SubElement(case, "displayfeedback", feedbacktype="Response", linkrefid=f"{name}_fb")
        for place, answer in enumerate(question.answers):
            said = ET.SubElement(item, "itemfeedback", ident=f"q{index}a{place}_fb")
            _material(ET.SubElement(said, "flow_mat"), answer.feedback)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _fields(parent, values):
    data = ET.SubElement(parent, "qtimetadata")
    for name, value in values.items():
        field = ET.SubElement(data, "qtimetadatafield")
        ET.SubElement(field, "fieldlabel").text = name
        ET.SubElement(field, "fieldentry").text = value


def _material(parent, html):
    ET.SubElement(ET.SubElement(parent, "material"), "mattext", texttype="text/html").text = html


def manifest():
    """The list of files that a QTI archive begins with."""
    root = ET.Element("manifest", identifier="quick-questions", xmlns=PACKAGE)
    about = ET.SubElement(root, "metadata")
    ET.SubElement(about, "schema").text = "IMS Content"
    ET.SubElement(about, "schemaversion").text = "1.1.3"
    ET.SubElement(root, "organizations")
    resources = ET.SubElement(root, "resources")
    kind = {"identifier": "bank", "type": "imsqti_xmlv1p2", "href": "bank.xml"}
    ET.SubElement(ET.SubElement(resources, "resource", kind), "file", href="bank.xml")
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def write(bank, folder):
    """Write the bank into `folder`, in both formats."""
    write_whole(folder / GIFT, gift(bank))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("imsmanifest.xml", manifest())
        archive.writestr("bank.xml", qti(bank))
    write_whole(folder / QTI, packed.getvalue())


def main():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    pages = [page["file"] for part in toc["parts"] for page in part["chapters"]]
    texts = [(SITE / f"{page}.html").read_text(encoding="utf-8") for page in pages]
    bank = [question for text in texts for question in questions(text)]
    if not bank:
        sys.exit(f"{SITE}: got no quick question; allowed: pages built with make book")
    write(bank, SITE / FOLDER)
    print(f"{len(bank)} quick questions: {SITE / FOLDER}")


if __name__ == "__main__":
    main()
