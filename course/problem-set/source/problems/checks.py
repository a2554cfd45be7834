"""How the problem set's tests compare numbers and say what went wrong."""

import numpy as np


def check(got, right, *mistakes):
    """Assert that `got` equals `right`, both numbers or arrays, to six digits.

    `mistakes` are pairs (value, lesson): where `got` is the value that a known mistake leads to,
    the assertion's message is the lesson.
    """
    assert got is not None, "Your function returns nothing: does it end with return?"
    got, right = np.asarray(got, dtype=float), np.asarray(right, dtype=float)
    assert got.shape == right.shape, (
        f"Your result has shape {got.shape}; the task asks for {right.shape}."
    )
    if _equal(got, right):
        return
    for value, lesson in mistakes:
        value = np.asarray(value, dtype=float)
        assert value.shape != got.shape or not _equal(got, value), lesson
    raise AssertionError(f"Your result is\n{got}\nbut the definition gives\n{right}")


def _equal(a, b):
    return np.allclose(a, b, rtol=1e-6, atol=1e-9)
