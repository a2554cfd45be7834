"""Files and folders of the site change as a whole, or not at all."""

import os
import re

import pytest
from site_files import ROOT
from whole_files import replace_folder, write_whole

# The programs that make a site or add to it, or write into the folder of a course.
WRITERS = (
    "course/problem-set/*.py",
    "course/experiment/*.py",
    "course/slides/*.py",
    "course/question_bank.py",
    "web/build/print_*.py",
    "web/sphinx/*.py",
)
OTHER_WAYS = re.compile(
    r"\.write_(text|bytes)\(|nbformat\.write\(|\.pdf\(path|\bopen\([^)]*\"[wax]|"
    r"copy\([^)]*\b(SITE|course|target)\b[^)]*\)|ZipFile\(\w+ /"
)


def test_text_is_written_as_utf_8_and_bytes_as_they_are(tmp_path):
    write_whole(tmp_path / "new/text", "é\n")
    assert (tmp_path / "new/text").read_bytes() == "é\n".encode()
    write_whole(tmp_path / "new/text", b"\x00")
    assert (tmp_path / "new/text").read_bytes() == b"\x00"


def test_a_write_that_does_not_end_leaves_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "page"
    write_whole(file, "old")

    def full(*_):
        raise OSError("No space left")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(file, "new")
    assert file.read_text(encoding="utf-8") == "old"


def test_a_finished_folder_takes_the_place_of_the_old_one(tmp_path):
    fresh, place = tmp_path / "fresh", tmp_path / "place"
    for name in ("first", "second"):
        fresh.mkdir()
        (fresh / name).touch()
        replace_folder(fresh, place)
        assert [path.name for path in place.iterdir()] == [name]
    assert [path.name for path in tmp_path.iterdir()] == ["place"]


def test_no_program_writes_what_is_read_elsewhere_in_another_way():
    programs = [path for pattern in WRITERS for path in ROOT.glob(pattern)]
    assert len(programs) > 15
    found = {
        f"{path.name}: {line.strip()}"
        for path in programs
        for line in path.read_text(encoding="utf-8").splitlines()
        if OTHER_WAYS.search(line)
    }
    # Into a folder that only the grading of one submission sees.
    assert found == {"run_apart.py: shutil.copy(path, target)"}
