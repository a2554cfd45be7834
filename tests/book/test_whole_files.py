"""Files and folders of the site change as a whole, or not at all."""

import os

import pytest
from whole_files import replace_folder, write_whole


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
