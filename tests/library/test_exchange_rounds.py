"""The stored rounds of the message exchange."""

import csv

import exchange_rounds
import pytest


def test_the_stored_counts_are_what_the_command_writes():
    with exchange_rounds.TABLE.open(encoding="utf-8") as file:
        stored = {tuple(row)[:4]: row[4] for row in list(csv.reader(file))[1:]}
    expected = {
        (family, str(n), str(seed), method)
        for family in ("dense", "ring")
        for n in exchange_rounds.SIZES
        for seed in exchange_rounds.SEEDS
        for method in exchange_rounds.METHODS
    }
    assert set(stored) == expected
    assert all(count for (*_, method), count in stored.items() if method == "accelerated")
    for family in ("dense", "ring"):
        for *_, method, count in exchange_rounds.rows(family, 5, 1003):
            kept = stored[family, "5", "1003", method]
            # Extrapolation magnifies rounding, in which machines differ.
            assert count == pytest.approx(float(kept), rel=0.3 if method == "accelerated" else 0.02)
