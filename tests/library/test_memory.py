"""Functions of large sparse games that form N x N arrays say so, and no others do."""

import inspect
import tracemalloc

import numpy as np
import pytest
from test_scale import sparse_game

import pesim_lib
from pesim_lib import equilibrium_messages, local_equilibrium_messages, social_optimum

# Above the size up to which sparse games are made dense, where that costs next to nothing.
N = 320
GAME = sparse_game(N)
X = social_optimum(GAME).x
MESSAGES, LOCAL_MESSAGES = equilibrium_messages(GAME), local_equilibrium_messages(GAME)
ENTRIES = GAME.risk.weights.tocoo()
LINKS = [each[ENTRIES.row != ENTRIES.col] for each in (ENTRIES.row, ENTRIES.col, ENTRIES.data)]
CALLS = {
    "along_costs": lambda f: f(social_optimum, GAME.risk, [GAME.unit_costs]),
    "best_deviation": lambda f: f(GAME, MESSAGES, 0),
    "best_replies": lambda f: f(GAME, rounds=5),
    "best_response": lambda f: f(GAME, 0, X),
    "coalition_equilibrium": lambda f: f(GAME, [[0], range(1, N)]),
    "coalition_response": lambda f: f(GAME, [0, 1], X),
    "equilibrium_bound": lambda f: f(GAME, X),
    "equilibrium_messages": lambda f: f(GAME),
    "exchange": lambda f: f(GAME, "play", rounds=2),
    "exit_gains": lambda f: f(GAME, [0, 5]),
    "exit_equilibrium": lambda f: f(GAME, 0),
    "game_from_links": lambda f: f(zip(*LINKS, strict=True), costs=0.2),
    "game_from_matrix": lambda f: f(GAME.risk.weights, GAME.unit_costs),
    "game_from_tables": lambda f: f(
        {"user": range(N), "cost": GAME.unit_costs},
        dict(zip(("user", "other", "weight"), LINKS, strict=True)),
    ),
    "lindahl_prices": lambda f: f(GAME),
    "links": lambda f: f(GAME),
    "local_equilibrium_messages": lambda f: f(GAME),
    "local_outcome": lambda f: f(LOCAL_MESSAGES),
    "local_prices": lambda f: f(LOCAL_MESSAGES),
    "nash_equilibria": lambda f: f(GAME),
    "nash_equilibrium": lambda f: f(GAME),
    "outcome": lambda f: f(MESSAGES),
    "price_of_anarchy": lambda f: f(GAME),
    "sensitivity": lambda f: f(GAME),
    "shift": lambda f: f(GAME, unit_costs=1.0),
    "social_optimum": lambda f: f(GAME),
    "weighted_effort_bound": lambda f: f(GAME),
}
# What N answers of (N,) efforts take is plain, and takes seconds to see.
ANSWERS = {"exit_equilibria", "is_equilibrium", "participation"}
# Of few users, of Bayesian games, of arrays that are N x N already, or not of a game; of files and
# graphs, which become links first.
OTHERS = {
    "as_relationships", "as_table", "bayesian_equilibria", "bayesian_equilibrium",
    "capped_equilibrium",
    "check_assumptions", "edit_messages", "explore", "game_from_graph", "leaving_groups",
    "natural_residual", "picture", "read_as_relationships", "read_game", "stable_coalitions",
    "tax_terms", "team_optimum", "write_as_relationships",
}  # fmt: skip


def said(function):
    """The sentence that speaks of N x N arrays, or nothing."""
    words = " ".join(inspect.getdoc(function).split())
    return next((each for each in words.split(". ") if "orms (N, N) arrays" in each), "")


@pytest.mark.parametrize("name", CALLS)
def test_who_forms_square_arrays_says_so_and_who_does_not_says_nothing_or_when(name):
    function = getattr(pesim_lib, name)
    CALLS[name](function)
    tracemalloc.start()
    try:
        CALLS[name](function)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    conditions = ("up to", "unless", "but for")
    if most >= N**2 * np.dtype(float).itemsize:
        assert said(function)
    else:
        assert not said(function) or any(word in said(function) for word in conditions)


def test_every_public_function_is_asked_or_named_as_another_kind():
    public = {each for each in pesim_lib.__all__ if inspect.isfunction(getattr(pesim_lib, each))}
    assert public == set(CALLS) | ANSWERS | OTHERS
    assert all(said(getattr(pesim_lib, name)) for name in ANSWERS)
