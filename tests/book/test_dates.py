"""The day on a page is that of its last commit, or there is none."""

import os
import subprocess

import pytest
from pages import last_change


@pytest.fixture
def repository(tmp_path):
    """A repository with one page, committed twice."""
    folder = tmp_path / "book"
    folder.mkdir()
    git(folder, "init", "-q")
    for day in ("2026-01-02", "2026-03-04"):
        (folder / "page.md").write_text(day, encoding="utf-8")
        git(folder, "add", ".")
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        git(folder, *who, "commit", "-q", "-m", "Change", date=f"{day}T12:00:00+00:00")
    return folder


def git(folder, *words, date=None):
    dates = {"GIT_COMMITTER_DATE": date, "GIT_AUTHOR_DATE": date} if date else {}
    environment = {**os.environ, **dates}
    subprocess.run(["git", *words], cwd=folder, check=True, env=environment)


def test_a_page_names_the_day_of_its_last_commit_and_a_new_one_none(repository):
    assert last_change(repository, repository / "page.md") == "2026-03-04"
    assert last_change(repository, repository / "new.md") is None


def test_a_clone_without_history_or_no_repository_names_none(repository, tmp_path):
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", "shallow")
    assert last_change(tmp_path / "shallow", tmp_path / "shallow/page.md") is None
    assert last_change(tmp_path, tmp_path / "page.md") is None
