"""What a release says: its own part of the changelog, for the library's version alone."""

import pytest
import release

CHANGES = "# Changes\n\nWords.\n\n## 1.1.0\n\n- New.\n\n## 1.0.0\n\n- First.\n"


def test_the_notes_are_the_versions_own_part():
    assert release.notes(CHANGES, "1.1.0") == "- New.\n"
    assert release.notes(CHANGES, "1.0.0") == "- First.\n"


def test_a_version_without_notes_and_a_tag_of_another_are_refused():
    with pytest.raises(ValueError, match=r"version: got 1\.2\.0"):
        release.notes(CHANGES, "1.2.0")
    with pytest.raises(SystemExit, match=r"TAG: got v0; allowed: v\d"):
        release.main("v0")
