"""A call in a process of its own: its result, or the reason why there is none."""

import operator
import os
import sys
import time

import pytest
from apart import ApartError, call_apart, each_apart


def test_the_result_of_a_call_comes_back():
    assert call_apart(divmod, 7, 2, seconds=60) == (3, 1)
    assert call_apart(os.getpid, seconds=60) != os.getpid()


@pytest.mark.parametrize(
    ("function", "given", "seconds", "why"),
    [
        (int, "x", 60, r"^ValueError: invalid literal for int"),
        (os._exit, 3, 60, r"^ended without a word, exit code 3$"),
        (sys.exit, 1, 60, r"^ended without a word, exit code 1$"),
        (time.sleep, 600, 2, r"^took longer than 2 seconds$"),
    ],
)
def test_a_call_without_a_result_says_why(function, given, seconds, why):
    with pytest.raises(ApartError, match=why):
        call_apart(function, given, seconds=seconds)


def test_a_call_that_fails_costs_no_other():
    calls = dict(each_apart(operator.truediv, [1, 2, "three"], 2, jobs=2, seconds=60))
    assert [calls[number].result() for number in (1, 2)] == [0.5, 1]
    with pytest.raises(ApartError, match="TypeError"):
        calls["three"].result()
