"""The problems with other numbers, of the same difficulty: `make variant SEED=2027 COURSE=...`.

A variant has another rate at which risks fall, other numbers in the visible tests and other games
in the hidden ones. All results are computed: by the solutions, which the hidden tests check against
formulas of their own and against the library.
"""

import argparse
import copy
import json
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
import numpy as np
from course_folder import HERE
from editions import SOURCE
from whole_files import write_whole

from pesim_lib import Exponential, SecurityGame, WeightedEffort, social_optimum

RATES = (2, 3, 4, 5)
# What a text says of the rate: cell, what it says at rate 1, and at {a}.
TEXTS = (
    ("p1", "L_i e^{-s}", "L_i e^{-{a}s}"),
    ("p1b", "$c \\ge 1$", "$c \\ge {a}$"),
    ("p2", "L_i e^{-s_i}", "L_i e^{-{a}s_i}"),
    ("p4", "f_i(x) = e^{-s}", "f_i(x) = e^{-{a}s}"),
    ("p4c", "lies below $N - 1$", "lies below ${a}(N - 1)$"),
    ("p4c", "so close to $N - 1$", "so close to ${a}(N - 1)$"),
    ("p5", "L_i e^{-s_i}", "L_i e^{-{a}s_i}"),
    ("p5c", "f_i(x) = e^{-s}", "f_i(x) = e^{-{a}s}"),
    ("p5c", "$c_1 < 1$", "$c_1 < {a}$"),
    ("p6", "f_i(x) = e^{-s}", "f_i(x) = e^{-{a}s}"),
    ("p6", "$c_1 < 1$", "$c_1 < {a}$"),
)
SCALED = ("peak-proof", "threshold-proof", "grant-proof", "no-outside-money")
PREFIX = (
    "Measure efforts by $s' = {a}s$ and unit costs by $c' = c/{a}$: all is then as at rate 1. "
    "With $c$ for $c'$, and so with 1 for {a} in the task:\n\n"
)


@dataclass(frozen=True, eq=False)
class Numbers:
    """What a variant differs in: the rate, and the numbers of the visible tests."""

    rate: int = 1
    users: int = 10
    cheapest: float = 0.5
    small: int = 9
    losses: tuple = (1, 2, 3)
    costs: tuple = (0.2, 0.25)
    lindahl: tuple = ((-2, 0, 1), (1, 0, -2), (1, 0, 1))
    named: tuple = ((1, 0, 2), (0, 3, 1), (2, 1, 0))
    proposed: tuple = ((2, 0, 0), (2, 0, 1), (1, 1, 1))
    amount: int = 3
    helper: int = 2
    riders: int = 10
    grant: float = 0.5


def drawn(seed):
    """The numbers that a seed (a whole number) stands for."""
    draw = np.random.default_rng(seed)
    columns = draw.integers(1, 4, (2, 3))
    lindahl = np.vstack([columns, -columns.sum(axis=0)])[draw.permutation(3)]
    users, tenths = int(draw.integers(6, 15)), int(draw.integers(3, 8))
    return Numbers(
        rate=int(draw.choice(RATES)),
        users=users,
        cheapest=tenths / 10,
        small=int(draw.integers(6, 15)),
        losses=tuple(draw.permutation([1, 2, 3, 4])[:3].tolist()),
        costs=tuple(draw.choice([0.2, 0.25, 0.3, 0.35], 2, replace=False).tolist()),
        lindahl=_tuples(lindahl),
        named=_tuples(draw.integers(0, 4, (3, 3))),
        proposed=_tuples(draw.integers(0, 3, (3, 3))),
        amount=int(draw.integers(2, 7)),
        helper=int(draw.integers(4)),
        riders=int(draw.integers(5, 15)),
        grant=float(draw.choice([0.4, 0.5, 0.6])),
    )


def variant(source, numbers, seed=None):
    """The source notebook with `numbers`; a `seed` gives its hidden tests other games.

    Raises ValueError where the source no longer says what is to be replaced.
    """
    notebook = copy.deepcopy(source)
    cells = {cell.id: cell for cell in notebook.cells}
    if numbers.rate != 1:
        for name, old, new in TEXTS:
            _replace(cells[name], old, new.replace("{a}", str(numbers.rate)))
        for name in SCALED:
            cells[name].source = PREFIX.replace("{a}", str(numbers.rate)) + cells[name].source
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = re.sub(r"\brate = 1$", f"rate = {numbers.rate}", cell.source, flags=re.M)
            if seed is not None:
                cell.source = re.sub(
                    r"default_rng\((\d+)\)", rf"default_rng([{seed}, \1])", cell.source
                )
    for name, code in visible_tests(numbers, _solutions(notebook)).items():
        cells[name].source = code
    return notebook


def _replace(cell, old, new):
    if old not in cell.source:
        raise ValueError(f"source: got a cell {cell.id} without {old!r}; allowed: one with it")
    cell.source = cell.source.replace(old, new)


def _solutions(notebook):
    """The solutions' names and what they are bound to, after the setup."""
    space = {}
    for cell in notebook.cells:
        mark = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and not mark.get("grade"):
            exec(cell.source.replace("from checks import check", "check = None"), space)
    return space


def visible_tests(numbers, solve):
    """The code of the visible tests that depend on numbers, by cell; `solve` has the solutions."""
    rate, n = numbers.rate, numbers.users
    low, high = numbers.cheapest, round(numbers.cheapest + 0.05 * (n - 1), 2)
    nash, best, ratio = solve["anarchy"](np.ones(n), np.linspace(low, high, n))
    peak = solve["peak"](numbers.small, float(rate))
    weights = np.array([[1, 0.5, 0], [0, 1, 1], [2, 0, 1]])
    prices = solve["prices"](weights, np.array(numbers.losses), np.zeros(3)) + 0
    lindahl = np.array(numbers.lindahl, dtype=float)
    profiles = solve["price_messages"](lindahl)
    named, proposed = np.array(numbers.named, dtype=float), np.array(numbers.proposed, dtype=float)
    taxes = solve["taxes"](named, proposed)
    gain, edge = solve["rider_gain"](numbers.riders, 0.5), solve["threshold"](numbers.riders // 2)
    pair, ones = np.array([[1.0, 0.5], [0.0, 1.0]]), np.ones(2)
    half = np.array([0.5, 0.5])
    paid = solve["after_grant"](pair, ones, half, 1, numbers.grant)
    reduced = half * [1, 1 - numbers.grant]
    risk = WeightedEffort(pair, Exponential(ones, rate))
    saved = SecurityGame(risk, reduced).social_cost(
        solve["nash_equilibrium"](SecurityGame(risk, reduced)).x
    )
    others = [user for user in range(4) if user != numbers.helper]
    return {
        "anarchy-visible": f"""\
# The paper's example: {n} users, equal losses.
one = np.ones({n})
check(
    anarchy(one, np.linspace({low}, {high}, {n})),
    ({nash:.10f}, {best:.10f}, {ratio:.10f}),
    (
        ({nash:.10f}, {nash:.10f}, 1.0),
        "At the optimum a unit of effort saves all users, not one.",
    ),
)""",
        "peak-visible": f"check(peak({numbers.small}, {float(rate)}), ({peak[0]}, {peak[1]:.10f}))",
        "prices-visible": f"""\
# At x = 0 the benefit of a unit is {_of_rate(rate)}the loss times the weight.
check(
    prices({_shown(weights)}, {list(numbers.losses)}, np.zeros(3)),
    {_shown(prices)},
    (
        {_shown(-prices + 0)},
        "Positive prices are paid: all your signs are turned round.",
    ),
)""",
        "regret-visible": _visible_regret(numbers, solve),
        "price-messages-visible": f"""\
l = np.array({_shown(lindahl)}, dtype=float)
check(
    price_messages(l),
    {_shown(profiles)},
    (
        {_shown(np.roll(profiles, -1, axis=0))},
        "Each difference is one place off: what does the price of user "
        "i + 1 less that of user i + 2 decide?",
    ),
)""",
        "taxes-visible": f"""\
named = np.array({_shown(named)}, dtype=float)
proposed = np.array({_shown(proposed)}, dtype=float)
check(
    taxes(named, proposed),
    [{", ".join(f"{tax:.10g}" for tax in taxes)}],
)""",
        "favour-visible": f"""\
before, agreed = np.ones((4, 4)), np.array([1.0, 2.0, 0.0, 0.0])
after = favour(before.copy(), agreed, helper={numbers.helper}, amount={numbers.amount})
after = np.array(after, dtype=float)
check((after - before)[{others}], np.zeros((3, 4)))
check(
    (after - before)[{numbers.helper}] @ agreed,
    {numbers.amount},
    (
        -{numbers.amount},
        "Turned round: you lower the helper's prices, which leaves no "
        "room for a large amount. Who pays more if they rise?",
    ),
    (0, "Your new prices change no tax."),
)""",
        "rider-gain-visible": f"""\
check(
    rider_gain({numbers.riders}, 0.5),
    {gain:.10f},
    ({-gain:.10f}, "The gain is utility inside less utility outside."),
)""",
        "threshold-visible": f"check(threshold({numbers.riders // 2}), {edge:.10f})",
        "after-grant-visible": f"""\
# User 2 protects user 1, who does not protect it.
pair = np.array([[1.0, 0.5], [0.0, 1.0]])
check(
    after_grant(pair, [1, 1], [0.5, 0.5], 1, {numbers.grant}),
    {paid:.10f},
    (
        {saved:.10f},
        "The sponsor's share is a cost of society too: a grant moves "
        "money, it saves none.",
    ),
)""",
    }


def _visible_regret(numbers, solve):
    """The test at the optimum of two users, at its prices and at others."""
    weights, losses = np.array([[1, 0.5], [0.5, 1]]), np.ones(2)
    costs = np.array(numbers.costs)
    risk = WeightedEffort(weights, Exponential(losses, numbers.rate))
    x = social_optimum(SecurityGame(risk, costs)).x.round(10)
    support = solve["prices"](weights, losses, x).round(10)
    # So little that a user's own effort still has a cost.
    shift = (costs + np.diag(support)).min() / 2
    other = support + shift * np.array([[-1, 1], [1, -1]])
    regrets = [solve["regret"](weights, losses, costs, other, x, user) for user in range(2)]
    return f"""\
# The optimum of a game, with its prices, then with other prices.
weights, losses = np.array({_shown(weights)}), np.ones(2)
costs = np.array({list(numbers.costs)})
x = np.array([{x[0]:.10f}, {x[1]:.10f}])
for l, right in (
    (
        {_on_lines(support)},
        (0, 0),
    ),
    (
        {_on_lines(other)},
        ({regrets[0]:.10f}, {regrets[1]:.10f}),
    ),
):
    for user in range(2):
        got = regret(weights, losses, costs, np.array(l), x, user)
        check(got, right[user])"""


def _of_rate(rate):
    return "" if rate == 1 else f"{rate} times "


def _tuples(array):
    return tuple(map(tuple, array.tolist()))


def _shown(array):
    """A matrix as Python code."""
    rows = [[float(f"{value:.10g}") for value in row] for row in array]
    return str([[int(value) if value == int(value) else value for value in row] for row in rows])


def _on_lines(array):
    """A matrix as Python code with a line for each row, inside two brackets."""
    return _shown(array).replace("], [", "],\n         [")


def write_variant(seed, course):
    """Write the variant of `seed` into the course folder, where nbgrader takes its source from."""
    target = Path(course).expanduser() / "source/problems"
    write_whole(target / "checks.py", (SOURCE / "checks.py").read_bytes())
    notebook = variant(nbformat.read(SOURCE / "problems.ipynb", 4), drawn(seed), seed)
    text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    write_whole(target / "problems.ipynb", text)
    return target


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("seed", type=int, help="a whole number, such as the year")
    options.add_argument("--course", type=Path, default=HERE.parents[1] / "_build/problem-set")
    given = options.parse_args()
    print(f"Variant {given.seed}: {write_variant(given.seed, given.course)}")


if __name__ == "__main__":
    main()
