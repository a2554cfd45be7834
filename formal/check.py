"""Check the proofs with Coq: `make proofs`, or `python formal/check.py`.

Compiles every file that `_CoqProject` lists, asks Coq what the theorems of `assumptions.txt` rest
on, and compares. With --write it renews that list.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
LIST = HERE / "assumptions.txt"
UNPROVED = re.compile(r"\b(Admitted|admit|Axioms?|Parameters?|Conjecture|Abort|give_up)\b")
PACKAGES = (HERE / "apt.txt").read_text(encoding="utf-8").split()
MISSING = f"""The proofs were not checked: Coq is not installed (there is no `coqc`).
  Debian 12:  sudo apt-get install --no-install-recommends {" ".join(PACKAGES)}
  elsewhere:  with opam (Homebrew: brew install opam) and its repository coq-released,
              opam install coq.8.16.1 coq-mathcomp-algebra.1.15.0 \\
                coq-mathcomp-analysis.0.6.0 coq-mathcomp-algebra-tactics.1.0.0
"""


def sources(folder=HERE):
    """The files to compile, in order."""
    lines = (folder / "_CoqProject").read_text(encoding="utf-8").split()
    return [folder / line for line in lines if line.endswith(".v")]


def unproved(text):
    """Words by which a file of Coq leaves something unproved, comments aside."""
    return UNPROVED.findall(re.sub(r"\(\*.*?\*\)", "", text, flags=re.DOTALL))


def coqc(file, folder=HERE):
    """Compile one file; what Coq printed. Raises subprocess.CalledProcessError if it refuses."""
    return subprocess.run(
        ["coqc", "-w", "none", "-Q", folder, "Pesim", file],
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout


def ask(commands):
    """What the compiled files answer to these commands."""
    with tempfile.TemporaryDirectory() as folder:
        question = Path(folder, "question.v")
        question.write_text(commands, encoding="utf-8")
        return coqc(question)


def compile_all():
    """Compile what is new or changed, and all after it."""
    stale = False
    for source in sources():
        compiled = source.with_suffix(".vo")
        stale = stale or not compiled.exists()
        stale = stale or compiled.stat().st_mtime < source.stat().st_mtime
        if stale:
            print("checking", source.name, flush=True)
            coqc(source)


def listed(text=None):
    """The stored list, or `text` in its form: theorem -> the axioms that it rests on, a tuple."""
    text = LIST.read_text(encoding="utf-8") if text is None else text
    rows = [line.split(": ") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: () if axioms == "none" else tuple(axioms.split(", ")) for name, axioms in rows}


def assumptions(*groups):
    """What each group of theorems rests on, as Coq says it: axioms, a tuple for each group."""
    files = sorted({name.split(".")[0] for group in groups for name in group})
    questions = [f"From Pesim Require {' '.join(files)}.\n"]
    for number, group in enumerate(groups):
        together = ", ".join(f"@{name}" for name in group)
        questions.append(f"Definition q{number} := ({together}).\nPrint Assumptions q{number}.\n")
    answer = ask("".join(questions))
    parts = re.split(r"^(?=Closed under the global context|Axioms:)", answer, flags=re.MULTILINE)
    return [tuple(re.findall(r"^([\w.]+)\s+:", part, re.MULTILINE)) for part in parts[1:]]


def surplus(stored):
    """Axioms that theorems rest on, though the list `stored` does not say so of them.

    Theorems of which it says the same are asked about together, for each question takes seconds.
    """
    groups = {}
    for name, axioms in stored.items():
        groups.setdefault(axioms, []).append(name)
    found = assumptions(*groups.values())
    return [
        f"{axiom} under {', '.join(group)}"
        for (allowed, group), axioms in zip(groups.items(), found, strict=True)
        for axiom in axioms
        if axiom not in allowed
    ]


def written(found, text):
    """The text of the stored list with what was found in place of what was stored."""
    return re.sub(
        r"^([\w.]+):.*$",
        lambda match: f"{match[1]}: {', '.join(found[match[1]]) or 'none'}",
        text,
        flags=re.MULTILINE,
    )


def main(write):
    if shutil.which("coqc") is None:
        sys.exit(MISSING)
    for source in sources():
        if words := unproved(source.read_text(encoding="utf-8")):
            sys.exit(f"{source.name}: got {words[0]}; allowed: complete proofs")
    text = LIST.read_text(encoding="utf-8")
    try:
        compile_all()
        if write:
            each = assumptions(*([name] for name in listed(text)))
            text = written(dict(zip(listed(text), each, strict=True)), text)
            LIST.write_text(text, encoding="utf-8")
        more = surplus(listed(text))
    except subprocess.CalledProcessError as error:
        sys.exit(f"Coq refuses:\n{error.stderr}")
    if more:
        sys.exit(f"{LIST.name}: got {'; '.join(more)}; allowed: the axioms listed")
    for name, axioms in listed(text).items():
        print(f"{name}: {', '.join(axioms) or 'no axiom'}")
    print(f"{len(listed(text))} theorems, checked by Coq; none rests on more than is said here.")


if __name__ == "__main__":
    main(write="--write" in sys.argv[1:])
