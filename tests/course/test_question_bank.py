"""The question bank, read back as a learning platform reads it."""

import re
import xml.etree.ElementTree as ET
import zipfile

import pytest
from question_bank import (
    CANVAS,
    FOLDER,
    GIFT,
    QTI,
    Answer,
    Question,
    gift,
    manifest,
    qti,
    questions,
    write,
)
from site_files import PAGES, built

PAGE = """<html><body><article><h1>Model<a class="headerlink" href="#m">#</a></h1>
<div class="question admonition"><p class="admonition-title">Quick question</p>
<p>Who <em>stops</em> where <span class="math notranslate">\\(\\neq \\{0\\}: a = 1\\)</span>,
see <a class="reference" href="#eq">(3)</a>?</p>
<details class="sd-dropdown wrong"><summary class="sd-summary-title">
<span class="sd-summary-text">user 1 ~ 2</span>
<span class="sd-summary-state-marker"><svg></svg></span>
</summary><div class="sd-summary-content"><p>No, #2.</p></div></details>
<details class="sd-sphinx-override sd-dropdown right"><summary class="sd-summary-title">
<span class="sd-summary-text">user <span class="math">\\(\\nu\\)</span></span></summary>
<div class="sd-summary-content"><p>Yes: 1 &lt; 2.</p></div></details></div>
</article></body></html>"""
EXPECTED = Question(
    "Model",
    1,
    "<p>Who <em>stops</em> where \\(\\neq \\{0\\}: a = 1\\), see (3)?</p>",
    (
        Answer("user 1 ~ 2", False, "<p>No, #2.</p>"),
        Answer("user \\(\\nu\\)", True, "<p>Yes: 1 &lt; 2.</p>"),
    ),
)


def test_a_page_s_question_is_read_with_its_numbers_and_formulas():
    assert questions(PAGE) == [EXPECTED]


def read_gift(text):
    """Questions in GIFT, as Moodle's importer reads its escapes."""
    hidden = {f"\\{sign}": chr(0xE000 + i) for i, sign in enumerate("\\~=#{}:")}
    for escape, stand_in in hidden.items():
        text = text.replace(escape, stand_in)
    assert "\\" not in text

    def plain(piece):
        for escape, stand_in in hidden.items():
            piece = piece.replace(stand_in, escape[1])
        return piece.strip()

    found = []
    for name, stem, body in re.findall(r"^::(.*?)::\[html\](.*?)\{\n(.*?)^\}$", text, re.S | re.M):
        page, number = plain(name).rsplit(" ", 1)
        answers = []
        for mark, answer in re.findall(r"([=~])([^=~]*)", body):
            said, feedback = answer.split("#")
            answers.append(Answer(plain(said), mark == "=", plain(feedback)))
        found.append(Question(page, int(number), plain(stem), tuple(answers)))
    return found


def read_qti(text):
    """Questions in QTI 1.2: the right answer is the one whose condition sets the score to 100."""
    space = {"q": CANVAS}
    found = []
    for item in ET.fromstring(text).iterfind(".//q:item", space):
        page, number = item.get("title").rsplit(" ", 1)
        stem = item.find("q:presentation/q:material/q:mattext", space).text
        right, linked = set(), {}
        for case in item.iterfind(".//q:respcondition", space):
            name = case.find(".//q:varequal", space).text
            linked[name] = case.find("q:displayfeedback", space).get("linkrefid")
            score = case.find("q:setvar", space)
            if score is not None and score.text == "100":
                right.add(name)
        said = {
            block.get("ident"): block.find(".//q:mattext", space).text
            for block in item.iterfind("q:itemfeedback", space)
        }
        answers = tuple(
            Answer(
                label.find(".//q:mattext", space).text,
                label.get("ident") in right,
                said[linked[label.get("ident")]],
            )
            for label in item.iterfind(".//q:response_label", space)
        )
        found.append(Question(page, int(number), stem, answers))
    return found


@pytest.mark.parametrize(("written", "read"), [(gift, read_gift), (qti, read_qti)])
def test_what_is_written_is_read_back(written, read):
    assert read(written([EXPECTED, EXPECTED])) == [EXPECTED, EXPECTED]


def test_the_archive_lists_its_file(tmp_path):
    write([EXPECTED], tmp_path)
    with zipfile.ZipFile(tmp_path / QTI) as archive:
        assert archive.namelist() == ["imsmanifest.xml", "bank.xml"]
    (file,) = [node for node in ET.fromstring(manifest()).iter() if node.tag.endswith("}file")]
    assert file.get("href") == "bank.xml"


def test_the_published_bank_has_every_quick_question_of_the_pages():
    folder = built(f"{FOLDER}/{GIFT}").parent
    asked = sum(
        built(f"{page}.html").read_text(encoding="utf-8").count('">Quick question</p>')
        for page in PAGES
    )
    in_gift = read_gift((folder / GIFT).read_text(encoding="utf-8"))
    with zipfile.ZipFile(folder / QTI) as archive:
        in_qti = read_qti(archive.read("bank.xml").decode())
    assert len(in_gift) == asked > 40
    assert in_gift == in_qti
    for question in in_gift:
        assert [answer.right for answer in question.answers].count(True) == 1
        assert len(question.answers) >= 3
        assert all(answer.feedback and answer.text for answer in question.answers)
        assert not re.search(r"\{(eq|numref|prf:ref)\}|\$", question.text)
