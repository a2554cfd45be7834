"""The sources of the proofs, as far as they can be read without Coq."""

import subprocess
import sys

import pytest
from check import HERE, PACKAGES, listed, sources, unproved, written


def test_every_file_is_listed_once_and_exists():
    assert sorted(sources()) == sorted(HERE.glob("*.v"))


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.stem)
def test_nothing_is_left_unproved(path):
    assert unproved(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("word", ["Admitted.", "admit.", "Axiom a : False.", "Parameter x : nat."])
def test_what_would_be_left_unproved_is_found(word):
    assert unproved(f"Lemma l : True. Proof. {word}")
    assert not unproved(f"(* {word} *)")


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.stem)
def test_no_file_has_more_than_400_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("name", listed())
def test_every_listed_theorem_is_in_its_file(name):
    file, theorem = name.split(".")
    text = (HERE / f"{file}.v").read_text(encoding="utf-8")
    assert any(f"{kind} {theorem} " in text for kind in ("Theorem", "Lemma", "Corollary"))


def test_the_list_is_written_as_it_is_read():
    text = "# note\nA.one: none\nB.two: x, y\n"
    found = {"A.one": ("z",), "B.two": ()}
    assert listed(written(found, text)) == found
    assert written(found, text).startswith("# note\n")


def test_where_coq_is_missing_the_check_fails_and_says_how_to_install_it(tmp_path):
    done = subprocess.run(
        [sys.executable, HERE / "check.py"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "were not checked" in done.stderr
    for name in ("Debian", "Homebrew", "opam install coq", *PACKAGES):
        assert name in done.stderr
