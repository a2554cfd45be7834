"""The study behind the chapter on the Internet: `make internet` goes on with its two tables.

chapters/internet.csv has a row for each coalition of networks that acts as one while all others act
alone, chapters/internet-exits.csv one for each tier from which some were asked whether they would
leave. A row is stored as soon as it is computed. Killed and started again, the study goes on with
the rows that lack; it never computes one twice. Delete a table to compute it afresh.

10,000 networks are the stand-in of the chapter, with draws of what nobody knows; 100,000 and
1,000,000 are grown by the same process. --networks says how many to go up to.
"""

import argparse
import csv
import os
import sys
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

import numpy as np
from internet_stand_in import FILE
from stored_tables import grow_table
from tqdm import tqdm

from pesim_lib import (
    exit_equilibrium,
    nash_equilibrium,
    read_as_relationships,
    social_optimum,
)
from pesim_lib.beyond.internet import TIERS, Calibration, among_loners, members, parties, tiers
from pesim_lib.beyond.internet_growth import internet
from pesim_lib.paper.equilibrium import partition_equilibrium
from pesim_lib.paper.pesim import equilibrium_taxes

CHAPTERS = Path(__file__).parents[1] / "chapters"
NOBODY, EVERYBODY = "nobody", "everybody"
STAND_IN = 10_000
# log standard deviation of every weight, cost and loss, in all draws but the first.
SPREAD = 0.5
# What is computed: how many networks -> (draws, parties, asked in each tier). All parties if None.
DESIGN = {
    STAND_IN: (11, None, 25),
    100_000: (1, None, 10),
    1_000_000: (1, None, 3),
}
MEASURED = ("loss", "effort", "spending", "cost", "tax")
COALITIONS = (
    *("networks", "draw", "party", "members", "links", "social_cost"),
    *(f"{name} {tier}" for name in MEASURED for tier in TIERS),
    *("residual", "rounds", "seconds", "made_by"),
)
# The tables, and how many of their last columns another run has otherwise.
TABLES = {"internet.csv": 4, "internet-exits.csv": 3}
EXITS = (
    *("networks", "draw", "tier", "asked", "leave", "least", "mean", "most"),
    *("residual", "seconds", "made_by"),
)


def made_by():
    """What made a row: the versions and the number of processors."""
    names = ("pesim-lib", "numpy", "scipy")
    return f"{', '.join(f'{name} {version(name)}' for name in names)}; {os.cpu_count()} processors"


@cache
def network_of(count):
    """The stand-in, or as many networks grown with seed 1."""
    return read_as_relationships(FILE) if count == STAND_IN else internet(count, seed=1)


@cache
def game_of(count, draw):
    """The calibration in draw 0; afterwards all weights, costs and losses times a lognormal."""
    spread = SPREAD if draw else 0.0
    return Calibration(spread=spread, seed=draw).game(network_of(count)).game


@cache
def members_of(count, party):
    """The members of a party."""
    return members(network_of(count), party)


@cache
def solved(count, draw, who):
    """(equilibrium among nobody or everybody, seconds)."""
    game = game_of(count, draw)
    begun = perf_counter()
    found = (nash_equilibrium if who == NOBODY else social_optimum)(game)
    return found, perf_counter() - begun


def coalition_row(count, draw, party):
    """A row of internet.csv: strings."""
    network, game = network_of(count), game_of(count, draw)
    if party in (NOBODY, EVERYBODY):
        count_in = 0 if party == NOBODY else count
        found, seconds = solved(count, draw, party)
    else:
        users = members_of(count, party)
        start = solved(count, draw, NOBODY)[0].x
        begun, count_in = perf_counter(), len(users)
        found = partition_equilibrium(game, among_loners(count, users), start)
        seconds = perf_counter() - begun
    tier, taxes = tiers(network), np.full(count, np.nan)
    if party == EVERYBODY:
        taxes = equilibrium_taxes(game, found.x)
    costs, spending = game.costs(found.x), game.unit_costs * found.x
    of_each = (game.risk.decay.loss, found.x, spending, costs, taxes)
    groups = [tier == k for k in range(len(TIERS))]
    means = [values[who].mean() if who.any() else np.nan for values in of_each for who in groups]
    told = [count, draw, party, count_in, len(network.transit) + len(network.peering)]
    numbers = [_short(value) for value in (costs.sum(), *means)]
    return [*map(str, told), *numbers, _order(found.residual), str(found.iterations),
            f"{seconds:.3g}", made_by()]  # fmt: skip


def exit_row(count, draw, tier, most):
    """A row of internet-exits.csv: what staying in PESIM gains `most` users, over their losses."""
    network, game = network_of(count), game_of(count, draw)
    members = np.flatnonzero(tiers(network) == TIERS.index(tier))
    random = np.random.default_rng([draw, TIERS.index(tier)])
    asked = np.sort(random.permutation(members)[:most])
    begun = perf_counter()
    x = solved(count, draw, EVERYBODY)[0].x
    inside = game.costs(x) + equilibrium_taxes(game, x)
    found = [exit_equilibrium(game, user) for user in asked.tolist()]
    outside = np.array([game.costs(each.x)[user] for each, user in zip(found, asked, strict=True)])
    gains = (outside - inside[asked]) / game.risk.decay.loss[asked]
    told = [count, draw, tier, len(asked), int((gains < -1e-9).sum())]
    numbers = [_short(value) for value in (gains.min(), gains.mean(), gains.max())]
    worst = _order(max(each.residual for each in found))
    return [*map(str, told), *numbers, worst, f"{perf_counter() - begun:.3g}", made_by()]


def study(folder, design=DESIGN, most=np.inf):
    """Go on with both tables in `folder`, up to `most` networks; the rows added to each."""
    coalitions, asked = [], {}
    for count, (draws, chosen, each) in design.items():
        names = [NOBODY, EVERYBODY, *(parties(count) if chosen is None else chosen)]
        coalitions += [(str(count), str(draw), name) for draw in range(draws) for name in names]
        asked |= {(str(count), "0", tier): each for tier in TIERS if each}

    def rows(missing, row):
        for key in tqdm([key for key in missing if int(key[0]) <= most]):
            yield row(int(key[0]), int(key[1]), key[2], *([asked[key]] if key in asked else []))

    return [
        grow_table(folder / name, columns, keys, partial(rows, row=row))
        for name, columns, keys, row in (
            ("internet.csv", COALITIONS, coalitions, coalition_row),
            ("internet-exits.csv", EXITS, list(asked), exit_row),
        )
    ]


def differing(folder, stored):
    """The rows of the tables in `folder` that are not those stored, but for how they came about."""
    found = []
    for name, timed in TABLES.items():
        lines = [
            [row[:-timed] for row in csv.reader((place / name).open(encoding="utf-8", newline=""))]
            for place in (folder, stored)
        ]
        found += [f"{name}: {','.join(row)}" for row in lines[0] if row not in lines[1]]
    return found


def _short(value):
    return "" if np.isnan(value) else format(float(value), ".6g")


def _order(residual):
    return format(10.0 ** np.ceil(np.log10(max(residual, 1e-16))), ".0e")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--folder", type=Path, default=CHAPTERS)
    parser.add_argument("--networks", type=int, default=max(DESIGN), help="at most")
    parser.add_argument("--compare", action="store_true", help="with the tables stored")
    arguments = parser.parse_args()
    # Large products are for all processors; tasks of `make` set one.
    os.environ.pop("OMP_NUM_THREADS", None)
    coalitions, exits = study(arguments.folder, most=arguments.networks)
    print(f"{coalitions} rows added to internet.csv, {exits} to internet-exits.csv")
    if arguments.compare and (found := differing(arguments.folder, CHAPTERS)):
        sys.exit("\n".join(["these rows are stored otherwise:", *found]))


if __name__ == "__main__":
    main()
