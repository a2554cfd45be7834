"""Check the proofs with Coq: `make proofs`, or `python formal/check.py`.

Compiles every file that `_CoqProject` lists, asks Coq what each theorem of `assumptions.txt`
rests on, and compares. With --write it renews that list.
"""

import re
import shutil
import subprocess
import sys
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


def coqc(folder, file):
    """Compile one file; what Coq printed. Raises subprocess.CalledProcessError if it refuses."""
    return subprocess.run(
        ["coqc", "-w", "none", "-Q", ".", "Pesim", file],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def compile_all(folder=HERE):
    """Compile what is new or changed, and all after it."""
    stale = False
    for source in sources(folder):
        compiled = source.with_suffix(".vo")
        stale = stale or not compiled.exists()
        stale = stale or compiled.stat().st_mtime < source.stat().st_mtime
        if stale:
            print("checking", source.name, flush=True)
            coqc(folder, source.name)


def listed(text=None):
    """The stored list: theorem -> the axioms that it rests on, a tuple."""
    text = LIST.read_text(encoding="utf-8") if text is None else text
    rows = [line.split(": ") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: () if axioms == "none" else tuple(axioms.split(", ")) for name, axioms in rows}


def assumptions(theorems, folder=HERE):
    """The same, as Coq says it."""
    files = sorted({name.split(".")[0] for name in theorems})
    ask = folder / "Ask.v"
    ask.write_text(
        f"From Pesim Require {' '.join(files)}.\n"
        + "".join(f"Print Assumptions {name}.\n" for name in theorems),
        encoding="utf-8",
    )
    try:
        answer = coqc(folder, ask.name)
    finally:
        for left in folder.glob("*Ask.*"):
            left.unlink()
    answers = re.split(r"^(?=Closed under the global context|Axioms:)", answer, flags=re.MULTILINE)
    axioms = [tuple(re.findall(r"^([\w.]+) :", part, re.MULTILINE)) for part in answers[1:]]
    return dict(zip(theorems, axioms, strict=True))


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
    try:
        compile_all()
        found = assumptions(listed())
    except subprocess.CalledProcessError as error:
        sys.exit(f"Coq refuses:\n{error.stderr}")
    if write:
        LIST.write_text(written(found, LIST.read_text(encoding="utf-8")), encoding="utf-8")
    for name, axioms in found.items():
        print(f"{name}: {', '.join(axioms) or 'no axiom'}")
    if changed := [name for name in found if found[name] != listed()[name]]:
        sys.exit(f"{LIST.name}: got other axioms for {', '.join(changed)}; allowed: those listed")
    print(f"{len(found)} theorems, checked by Coq; none rests on more than {LIST.name} says.")


if __name__ == "__main__":
    main(write="--write" in sys.argv[1:])
