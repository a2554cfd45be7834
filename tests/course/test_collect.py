"""Finding what a class handed in, however it was named, packed and written."""

import csv
import io
import json
import zipfile

import nbformat
import pytest
from collect import Unreadable, collect, read_notebook
from marks import Mark, write_tables
from nbformat.v4 import new_code_cell, new_notebook
from roster import hand_over

CELL = new_code_cell("x = 1\ny = 'ü'", id="one", metadata={"nbgrader": {"grade_id": "one"}})
NOTEBOOK = nbformat.writes(new_notebook(cells=[CELL])).encode()


def packed(names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in names.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("path", "name", "platform", "number"),
    [
        ("Zoë Smith_4711_assignsubmission_file/problems.ipynb", "Zoë Smith", "moodle", "4711"),
        ("Zoë Smith_4711_assignsubmission_file_problems.ipynb", "Zoë Smith", "moodle", "4711"),
        ("smithzoe_4711_99_problems-1.ipynb", "smithzoe", "canvas", "4711"),
        ("smithzoe_LATE_4711_99_problems.ipynb", "smithzoe", "canvas", "4711"),
        ("Set_zs12_attempt_2026-11-26-14-00-00_problems.ipynb", "zs12", "blackboard", ""),
        ("problems_Smith.ipynb", "Smith", "", ""),
        ("Smith - problems (2).ipynb", "Smith", "", ""),
        ("Smith/problems.ipynb", "Smith", "", ""),
        ("Smith/final/Untitled.ipynb", "Smith", "", ""),
        ("Smith/problems.ipynb.txt", "Smith", "", ""),
        ("Smith.zip", "Smith", "", ""),
    ],
)
def test_names_of_platforms_and_of_people(tmp_path, path, name, platform, number):
    data = packed({"problems.ipynb": NOTEBOOK}) if path.endswith(".zip") else NOTEBOOK
    archive = tmp_path / "class.zip"
    archive.write_bytes(packed({path: data}))
    (found,) = collect([archive])
    assert (found.name, found.platform, found.number) == (name, platform, number)
    assert found.notebook.cells[0].source == CELL.source


def test_a_folder_around_the_class_is_no_student(tmp_path):
    names = [f"Download/set 3/{name}/problems.ipynb" for name in ("Ann", "Bob")]
    (tmp_path / "class.zip").write_bytes(packed(dict.fromkeys(names, NOTEBOOK)))
    assert [one.student for one in collect([tmp_path / "class.zip"])] == ["Ann", "Bob"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the file is empty"),
        (b"%PDF-1.7", "no notebook"),
        (NOTEBOOK[:80], "no notebook"),
        (b"[1, 2]", "no list of cells"),
        (b'{"cells": []}', "has no cells"),
        (b'{"cells": [1, {"source": 2}]}', "has no cells"),
        (b"[" * 100_000, "no notebook"),
    ],
)
def test_what_is_no_notebook_is_refused_with_the_reason(tmp_path, data, why):
    with pytest.raises(Unreadable, match=why):
        read_notebook(data)
    (tmp_path / "problems_Smith.ipynb").write_bytes(data)
    (found,) = collect([tmp_path])
    assert found.notebook is None
    assert why in found.reason


@pytest.mark.parametrize(
    "written",
    [
        NOTEBOOK,
        b"\xef\xbb\xbf" + NOTEBOOK,
        NOTEBOOK.decode().encode("utf-16"),
        NOTEBOOK.decode().encode("utf-16-le"),
        NOTEBOOK.replace(b"\\n", b"\\r\\n"),
        NOTEBOOK.replace(b"\n", b"\r\n"),
    ],
    ids=["utf-8", "bom", "utf-16", "utf-16-le", "crlf in cells", "crlf in file"],
)
def test_however_it_is_written_it_is_the_same_notebook(written):
    (cell,) = read_notebook(written).cells
    assert (cell.source, cell.id, cell.metadata) == (CELL.source, CELL.id, CELL.metadata)


def test_of_several_notebooks_the_one_with_the_tasks_is_taken_and_the_latest_of_these(tmp_path):
    other = nbformat.writes(new_notebook(cells=[new_code_cell("other")])).encode()
    early = NOTEBOOK.replace(b"x = 1", b"x = 0")
    names = {"problems.ipynb": early, "problems (1).ipynb": NOTEBOOK, "zzz (9).ipynb": other}
    archive = {f"Smith/{name}": data for name, data in names.items()}
    (tmp_path / "class.zip").write_bytes(packed(archive))
    (found,) = collect([tmp_path / "class.zip"], ["one"])
    assert found.notebook.cells[0].source == CELL.source


def test_a_damaged_or_huge_file_costs_only_its_owner(tmp_path, monkeypatch):
    monkeypatch.setattr("collect.MOST_BYTES", 5000)
    files = {"Ann/problems.ipynb": NOTEBOOK, "Bob/work.zip": b"PK", "Cat/a.ipynb": b" " * 9000}
    (tmp_path / "class.zip").write_bytes(packed(files))
    ann, bob, cat = collect([tmp_path / "class.zip"])
    assert ann.notebook is not None
    assert "cannot be read" in bob.reason
    assert "larger than" in cat.reason


def test_a_name_that_says_nothing_is_listed_with_the_reason(tmp_path):
    (tmp_path / "problems (1).ipynb").write_bytes(NOTEBOOK)
    (found,) = collect([tmp_path / "problems (1).ipynb"])
    assert "says whose it is" in found.reason


def test_a_source_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"sources: got .*missing\.zip"):
        collect([tmp_path / "missing.zip"])


def test_a_second_collection_keeps_what_did_not_change(tmp_path):
    handed_in, course = tmp_path / "in", tmp_path / "course"
    handed_in.mkdir(), course.mkdir()
    for name in ("Ann", "Bob"):
        (handed_in / f"problems_{name}.ipynb").write_bytes(NOTEBOOK)
    hand_over(collect([handed_in]), course)
    for name in ("Ann", "Bob"):
        graded = course / f"autograded/{name}/problems/problems.ipynb"
        graded.parent.mkdir(parents=True)
        graded.write_text("graded", encoding="utf-8")
    changed = json.loads(NOTEBOOK)
    changed["cells"][0]["source"] = ["x = 2"]
    (handed_in / "problems_Bob.ipynb").write_bytes(json.dumps(changed).encode())
    hand_over(collect([handed_in]), course)
    assert [path.parent.parent.name for path in course.glob("autograded/*/*/*.ipynb")] == ["Ann"]


def test_platforms_get_complete_marks_in_their_columns(tmp_path):
    marks = [
        Mark("Ann_7", "Ann", "moodle", "7", "a", tests=60, arguments=20.5),
        Mark("Bob_8", "Bob", "moodle", "8", "b", tests=60, pending=32),
        Mark("cat_9", "cat", "canvas", "9", "c", tests=50, arguments=0),
        Mark("Dan", "Dan", "", "", "d", reason="the file is empty"),
    ]
    write_tables(marks, 100, tmp_path)

    def rows(name):
        with open(tmp_path / name, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    (moodle,) = rows("moodle.csv")
    assert moodle["Last modified (grade)"]
    assert (moodle["Identifier"], moodle["Grade"]) == ("Participant 7", "80.5")
    points, canvas = rows("canvas.csv")
    assert points["Student"].strip() == "Points Possible"
    assert (canvas["ID"], canvas["Problem set"], points["Problem set"]) == ("9", "50", "100")
    report = {row["student"]: row for row in rows("report.csv")}
    assert report["Bob_8"]["not yet graded"] == "32"
    assert report["Dan"]["why not graded"] == "the file is empty"
    assert report["Dan"]["total"] == ""
