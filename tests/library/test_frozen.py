"""Games, results and errors survive pickling and copying, and their arrays cannot be written."""

import copy
import pickle
from dataclasses import fields, is_dataclass

import numpy as np
import pytest
from scipy import sparse

import pesim_lib
from pesim_lib import (
    ConvergenceError,
    Exponential,
    PowerLaw,
    SecurityGame,
    TotalEffort,
    WeightedEffort,
)
from pesim_lib.beyond.manipulation import best_freeze
from pesim_lib.beyond.schemes import SCHEMES

WEIGHTS = np.array([[1, 0.5, 0.0], [0.2, 1, 0.3], [0.0, 0.4, 1]])
GAME = SecurityGame(WeightedEffort(WEIGHTS, Exponential([1.0, 2.0, 3.0])), [0.3, 0.2, 0.1])
SPARSE = SecurityGame(WeightedEffort(sparse.csr_array(WEIGHTS), PowerLaw()), [0.3, 0.2, 0.1])
TOTAL = SecurityGame(TotalEffort(3, Exponential()), [0.3, 0.3, 0.5])

OBJECTS = {
    "game": GAME,
    "sparse game": SPARSE,
    "total effort": TOTAL,
    "equilibrium": pesim_lib.nash_equilibrium(GAME),
    "equilibria": pesim_lib.nash_equilibria(TOTAL),
    "part of them": pesim_lib.nash_equilibria(TOTAL)[:1],
    "optimum": pesim_lib.social_optimum(SPARSE),
    "price of anarchy": pesim_lib.price_of_anarchy(GAME),
    "messages": pesim_lib.equilibrium_messages(GAME),
    "outcome": pesim_lib.outcome(pesim_lib.equilibrium_messages(GAME)),
    "deviation": pesim_lib.best_deviation(GAME, pesim_lib.equilibrium_messages(TOTAL), 0),
    "participation": pesim_lib.participation(GAME),
    "coalitions": pesim_lib.stable_coalitions(GAME),
    "links": pesim_lib.links(SPARSE),
    "local messages": pesim_lib.local_equilibrium_messages(SPARSE),
    "exchange": pesim_lib.exchange(GAME),
    "freeze": best_freeze(GAME, 0),
} | {f"scheme {scheme.__name__}": scheme(GAME) for scheme in SCHEMES}


def arrays_in(value, seen=None):
    """All arrays inside an object, through its fields and attributes."""
    if isinstance(value, np.ndarray):
        yield value
    elif sparse.issparse(value):
        yield from (value.data, value.indices, value.indptr)
    elif isinstance(value, tuple):
        for each in value:
            yield from arrays_in(each)
    elif is_dataclass(value):
        for field in fields(value):
            yield from arrays_in(getattr(value, field.name))
    elif isinstance(value, WeightedEffort):
        yield from arrays_in((value.weights, value.transposed, value.decay))


COPIES = {
    "itself": lambda value: value,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
}


@pytest.mark.parametrize("way", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("value", OBJECTS.values(), ids=OBJECTS)
def test_copies_hold_the_same_numbers_and_none_can_be_written(value, way):
    copied = way(value)
    assert type(copied) is type(value)
    here, there = list(arrays_in(value)), list(arrays_in(copied))
    assert len(here) == len(there)
    for a, b in zip(here, there, strict=True):
        np.testing.assert_array_equal(a, b)
        with pytest.raises(ValueError, match="read-only"):
            b[...] = 0


@pytest.mark.parametrize("value", OBJECTS.values(), ids=OBJECTS)
def test_everything_shows_itself_in_few_words(value):
    text = repr(value)
    assert text.startswith(type(value).__name__)
    assert " object at 0x" not in text
    assert len(text) < 2500


def test_a_large_game_shows_itself_in_a_line():
    game = SecurityGame(WeightedEffort(sparse.eye_array(500), Exponential()), np.full(500, 0.3))
    assert repr(game) == (
        "SecurityGame(risk=WeightedEffort(n=500, weights=<500 x 500, 500 stored>, "
        "decay=Exponential(loss=1., rate=1.)), unit_costs=<500 from 0.3 to 0.3>)"
    )


def test_an_error_keeps_its_message_and_residual():
    error = ConvergenceError("equilibrium", 0.5)
    for way in COPIES.values():
        again = way(error)
        assert (str(again), again.residual) == (str(error), 0.5)


def test_a_scheme_made_by_hand_says_that_it_cannot_be_pickled():
    made = SCHEMES[0](GAME)
    by_hand = type(made)(GAME, "mine", made.rule, made.x, made.search, made.outside)
    with pytest.raises(TypeError, match="by hand"):
        pickle.dumps(by_hand)


def test_a_large_game_of_total_effort_pickles_in_few_bytes():
    game = SecurityGame(TotalEffort(3000, Exponential()), np.full(3000, 0.3))
    assert len(pickle.dumps(game)) < 1e5
