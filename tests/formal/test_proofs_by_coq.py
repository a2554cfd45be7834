"""What Coq says of the theorems in formal/, and of (6) and (7) beside the library."""

import re
import shutil
import subprocess
from fractions import Fraction

import numpy as np
import pytest
from check import HERE, ask, assumptions, compile_all, coqc, listed, surplus

from pesim_lib import Messages, outcome, tax_terms
from pesim_lib.paper.pesim import mean_proposal

pytestmark = pytest.mark.skipif(
    shutil.which("coqc") is None, reason="needs Coq: `make proofs` says how to install it"
)
TAX = "inner (lindahl m i) y + penalty m i - penalty m (next i)."


@pytest.fixture(scope="module", autouse=True)
def compiled():
    compile_all()


def test_no_theorem_rests_on_more_than_the_list_says():
    assert surplus(listed()) == []


def test_an_axiom_that_the_list_does_not_name_is_found():
    (found,) = assumptions(["Rationality.equation_16"])
    (unsaid, *_) = surplus({"Rationality.equation_16": found[1:], "Game.equation_2": ()})
    assert unsaid == f"{found[0]} under Rationality.equation_16"


def coq_outcome(prices, proposals):
    """(6) and (7) as Coq computes them: two lists of fractions."""
    users = "; ".join(f"({_row(p)}, {_row(x)})" for p, x in zip(prices, proposals, strict=True))
    answer = ask(
        "From mathcomp Require Import all_ssreflect ssralg ssrnum ssrint rat.\n"
        "From Pesim Require Import Evaluate.\n"
        "Local Open Scope ring_scope.\n"
        f"Eval vm_compute in (outcome {len(prices) - 1} [:: {users}]).\n"
    )
    numbers = [
        Fraction(int(p), int(q)) * (-1 if sign == "true" else 1)
        for sign, p, q in re.findall(r"\(\s*(true|false),\s*(\d+)%N,\s*(\d+)%N\)", answer)
    ]
    return numbers[: len(prices)], numbers[len(prices) :]


def _row(numbers):
    return f"[:: {'; '.join(map(_fraction, numbers))}]"


def _fraction(x):
    return f"fraction ({'-' if x < 0 else ''} {abs(x.numerator)}%:Z) {x.denominator}"


@pytest.mark.parametrize("n", [3, 4, 6])
def test_6_and_7_are_the_librarys_on_random_rational_messages(n):
    random = np.random.default_rng(n)
    prices = [[Fraction(int(a), 4) for a in row] for row in random.integers(0, 12, (n, n))]
    proposals = [[Fraction(int(a), 3) for a in row] for row in random.integers(-9, 10, (n, n))]
    means, taxes = coq_outcome(prices, proposals)
    exact = np.array(prices, dtype=object), np.array(proposals, dtype=object)
    assert means == list(mean_proposal(exact[1]))
    assert taxes == list(tax_terms(*exact).sum(axis=0))
    ours = outcome(Messages(*(array.astype(float) for array in exact)))
    np.testing.assert_allclose(ours.x, np.array(means, dtype=float), atol=1e-12)
    np.testing.assert_allclose(ours.taxes, np.array(taxes, dtype=float), atol=1e-12)


def test_coq_refuses_a_wrong_sign_in_7(tmp_path):
    for name in ("Game.v", "Mechanism.v"):
        shutil.copy(HERE / name, tmp_path)
    text = (tmp_path / "Mechanism.v").read_text(encoding="utf-8")
    assert text.count(TAX) == 1
    coqc(tmp_path / "Game.v", tmp_path)
    coqc(tmp_path / "Mechanism.v", tmp_path)
    wrong = text.replace(TAX, TAX.replace("- penalty", "+ penalty"))
    (tmp_path / "Mechanism.v").write_text(wrong, encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError) as refusal:
        coqc(tmp_path / "Mechanism.v", tmp_path)
    assert "Mechanism.v" in refusal.value.stderr
