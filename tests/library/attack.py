"""An attack on what the library certifies: `make attack`, or python tests/library/attack.py.

Seeded games from families that are hard for floating point are solved, and every answer is held
against an oracle: equilibria against all supports in rational arithmetic, with desired efforts of
50 digits; residuals against 50 digits; optima against a bound from duality; deviations against
searches. What the library leaves open is counted, what it claims wrongly is listed.
"""

import argparse
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from time import monotonic

import numpy as np
from exact import solve_exactly
from mpmath import mp, mpf

from pesim_lib import (
    BestShot,
    ConvergenceError,
    Exponential,
    MixedDecay,
    PowerLaw,
    SecurityGame,
    TotalEffort,
    WeakestLink,
    WeightedEffort,
    nash_equilibria,
    nash_equilibrium,
    price_of_anarchy,
    social_optimum,
)
from pesim_lib.solvers import total_effort
from pesim_lib.solvers.rational import has_full_rank

mp.dps = 50
# A call that takes longer is over its budget; a machine under load needs several times its time.
BUDGET = 60.0
LOOSE = 1e-7
# Beside the largest effort, what rounding may make of none; ties that are taken for equal move
# efforts as large as the largest from one user to another.
CLOSE = 1e-11


def nearly_tied(random):
    """Small integers as weights, and costs that are equal up to 1e-16 to 1e-8."""
    n = int(random.integers(2, 5))
    weights = random.integers(0, 3, (n, n)).astype(float)
    if random.random() < 0.4:
        weights[:] = 1
    np.fill_diagonal(weights, random.integers(1, 3, n))
    loss = random.choice([1.0, 1.0, 2.0, 100.0], n)
    gap = 10.0 ** random.uniform(-16, -8) * random.integers(-1, 2, n)
    decay = Exponential(loss) if random.random() < 0.7 else PowerLaw(loss)
    return SecurityGame(WeightedEffort(weights, decay), 0.3 * loss * (1 + gap))


def singular(random):
    """Weights of low rank, some of them off it by 1e-16 to 1e-8."""
    n = int(random.integers(2, 5))
    rank = int(random.integers(1, n))
    weights = random.integers(0, 3, (n, rank)) @ random.integers(0, 3, (rank, n)) + 0.0
    weights += np.diag(weights.diagonal() == 0)
    weights *= 1 + 10.0 ** random.uniform(-16, -8) * random.integers(-1, 2, (n, n))
    costs = random.choice([0.2, 0.3, random.uniform(0.1, 1)], n)
    return SecurityGame(WeightedEffort(weights, Exponential()), costs)


def tied_totals(random):
    """Total effort, whose cheapest users are equal up to 1e-16 to 1e-8."""
    n = int(random.integers(2, 5))
    loss = random.choice([1.0, 2.0, 3.0, 100.0], n)
    gap = 10.0 ** random.uniform(-16, -8) * random.integers(-1, 2, n)
    return SecurityGame(TotalEffort(n, Exponential(loss)), 0.3 * loss * (1 + gap))


def many_scales(random):
    """Costs, losses, rates and weights over many decades."""
    n = int(random.integers(2, 5))
    weights = 10.0 ** random.uniform(-4, 4, (n, n)) * (random.random((n, n)) < 0.6)
    np.fill_diagonal(weights, 10.0 ** random.uniform(-4, 4, n))
    loss, rate = 10.0 ** random.uniform(-6, 6, (2, n))
    decay = Exponential(loss, rate) if random.random() < 0.7 else PowerLaw(loss, 1 + rate % 3)
    return SecurityGame(WeightedEffort(weights, decay), 10.0 ** random.uniform(-8, 4, n))


def alone(random):
    """One user."""
    decay = random.choice([Exponential, PowerLaw])(10.0 ** random.uniform(-3, 3))
    return SecurityGame(
        WeightedEffort([[random.uniform(0.1, 3)]], decay), [random.uniform(0.01, 2)]
    )


def ordinary(random):
    """Dense or sparse weights without a pattern."""
    n = int(random.integers(2, 5))
    weights = random.uniform(0, 2, (n, n)) * (random.random((n, n)) < random.choice([0.3, 1.0]))
    np.fill_diagonal(weights, 1)
    decay = random.choice([Exponential, PowerLaw])(random.uniform(0.5, 2, n))
    return SecurityGame(WeightedEffort(weights, decay), random.uniform(0.05, 1, n))


def one_weight(random):
    """Directed links that all weigh the same, and equal costs."""
    n = int(random.integers(3, 5))
    weights = random.choice([0.5, 1.0, 2.0]) * (random.random((n, n)) < 0.5)
    np.fill_diagonal(weights, 1)
    return SecurityGame(WeightedEffort(weights, Exponential()), np.full(n, 0.3))


def equal_users(random):
    """Users who can change places, and at most one who stands out."""
    n = int(random.integers(3, 6))
    weights = np.full((n, n), random.choice([0.0, 0.5, 1.0, 2.0, 3.0]))
    np.fill_diagonal(weights, random.choice([1.0, 2.0]))
    costs = np.full(n, 0.3)
    if random.random() < 0.5:
        weights[-1, :-1], weights[:-1, -1] = random.choice([0.0, 0.5, 1.0, 2.0], 2)
        costs[-1] = random.choice([0.3, 0.2])
    return SecurityGame(WeightedEffort(weights, Exponential()), costs)


def mixed_decays(random):
    """Exponential risks, power laws, and users with nothing to lose, in one game."""
    n = int(random.integers(2, 5))
    weights = random.choice([0.0, 0.5, 1.0, 2.0], (n, n))
    np.fill_diagonal(weights, random.choice([1.0, 2.0], n))
    loss = random.choice([0.0, 1.0, 1.0, 2.0], n)
    loss[0] = 1.0
    kinds = random.integers(0, 2, n)
    decays = [(Exponential, PowerLaw)[kind](each) for kind, each in zip(kinds, loss, strict=True)]
    return SecurityGame(WeightedEffort(weights, MixedDecay(decays)), random.choice([0.2, 0.3], n))


def weakest_links(random):
    """The least effort protects."""
    return _extreme(random, WeakestLink)


def best_shots(random):
    """The largest effort protects."""
    return _extreme(random, BestShot)


def _extreme(random, kind):
    n = int(random.integers(1, 6))
    loss = random.choice([1.0, 2.0, random.uniform(0.1, 5)], n)
    return SecurityGame(kind(n, Exponential(loss)), random.choice([0.3, 0.6, 1.2], n))


FAMILIES = (
    nearly_tied,
    singular,
    tied_totals,
    many_scales,
    alone,
    ordinary,
    one_weight,
    equal_users,
    mixed_decays,
    weakest_links,
    best_shots,
)


@dataclass
class Report:
    """Counts of what was seen, the largest discrepancies, the slowest calls, and what is false."""

    counts: defaultdict = field(default_factory=Counter)
    largest: dict = field(default_factory=dict)
    slowest: dict = field(default_factory=dict)
    false: list = field(default_factory=list)

    def size(self, name, value, where):
        """Note a discrepancy, if it is the largest of its name."""
        if value > self.largest.get(name, (-1.0, None))[0]:
            self.largest[name] = float(value), where

    def timed(self, name, call, where):
        """`call()`, its time noted if it is the longest of its name; None if it raises."""
        start = monotonic()
        try:
            return call()
        except ConvergenceError:
            self.counts[f"{name}: not certified"] += 1
            return None
        finally:
            taken = monotonic() - start
            if taken > self.slowest.get(name, (-1.0, None))[0]:
                self.slowest[name] = taken, where
            if taken > BUDGET:
                self.false.append((where, f"{name} took {taken:.0f} s"))

    def claim(self, holds, where, what):
        """Note that something was claimed, and whether it is so."""
        self.counts["claims"] += 1
        if not holds:
            self.false.append((where, what))


def attack(seeds, families=FAMILIES, seconds=np.inf):
    """The `Report` on one game of each family for each seed, until `seconds` are over."""
    report, start = Report(), monotonic()
    for seed in seeds:
        for number, family in enumerate(families):
            if monotonic() - start > seconds:
                return report
            where = f"{family.__name__} {seed}"
            game = family(np.random.default_rng([seed, number]))
            report.counts[f"{family.__name__}: games"] += 1
            with np.errstate(all="ignore"):
                (_attack_extreme if game.risk.weights is None else _attack_weighted)(
                    report, game, where
                )
    return report


def _attack_weighted(report, game, where):
    found = report.timed("nash_equilibria", lambda: nash_equilibria(game), where)
    optimum = report.timed("social_optimum", lambda: social_optimum(game), where)
    one = report.timed("nash_equilibrium", lambda: nash_equilibrium(game), where)
    worst = report.timed("price_of_anarchy", lambda: price_of_anarchy(game), where)
    wanted = _wanted(game)
    users = [k for k in range(game.n) if wanted[k] > 0]
    weights = [[Fraction(float(game.risk.weights[i, k])) for k in users] for i in users]
    truth = solve_exactly(weights, [-wanted[k] for k in users])
    vertices = [_embedded(game.n, users, x) for x in truth.vertices]
    if found is not None:
        name = where.split()[0]
        report.counts[f"{name}: complete {found.complete}"] += 1
        sure = [each.x for k, each in enumerate(found) if k not in found.doubtful]
        real = all(_is_among(x, vertices) for x in sure)
        report.claim(real, where, "lists an equilibrium that is none")
        if found.complete:
            report.claim(found.continuum == truth.continuum, where, "continuum is wrong")
            whole = truth.continuum or all(_is_among(x, sure) for x in vertices)
            report.claim(whole, where, "a complete list lacks an equilibrium")
        if found.complete is None:
            some = any(_is_among(each.x, vertices) for each in found)
            report.claim(some, where, "no equilibrium among the doubtful")
        for each in found:
            report.claim(each.unique is not True or len(vertices) == 1, where, "unique is wrong")
            _residual(report, game, each, where, "equilibrium")
    if one is not None:
        single = len(vertices) == 1 and not truth.continuum
        report.claim(one.unique is None or one.unique == single, where, "unique is wrong")
        if one.unique:
            report.claim(_is_among(one.x, vertices), where, "the only equilibrium is another")
    if optimum is not None:
        gap = 1 - _dual_bound(game, optimum.x) / game.social_cost(optimum.x)
        report.size("optimum above its dual bound", gap, where)
        report.claim(gap <= LOOSE, where, f"optimum above its dual bound by {gap:.1e}")
        _residual(report, game, optimum, where, "optimum")
        # Strict convexity fixes W x: another optimum takes a singular W.
        regular = game.risk.solver is not total_effort and has_full_rank(game.risk.weights)
        report.claim(not (optimum.unique is False and regular), where, "other optima that are none")
    if worst is not None:
        costs = [game.social_cost(_embedded(game.n, users, x)) for x in truth.vertices]
        true_ratio = max(costs) / game.social_cost(worst.optimum.x)
        excess = worst.ratio / true_ratio - 1
        report.size("ratio above the true one", excess, where)
        report.claim(excess <= LOOSE, where, f"ratio above the true one by {excess:.1e}")
        report.claim(worst.upper >= true_ratio * (1 - LOOSE), where, "upper below the true ratio")
        if worst.exact:
            report.claim(excess >= -LOOSE, where, "exact, but below the true ratio")


def _attack_extreme(report, game, where):
    found = report.timed("nash_equilibria", lambda: nash_equilibria(game), where)
    optimum = report.timed("social_optimum", lambda: social_optimum(game), where)
    worst = report.timed("price_of_anarchy", lambda: price_of_anarchy(game), where)
    levels = np.concatenate([np.linspace(0, 6, 61), *(each.x for each in found), optimum.x])
    for each in found:
        for user in range(game.n):
            now = game.costs(each.x)[user]
            others = np.arange(game.n) != user
            least = min(game.costs(np.where(others, each.x, t))[user] for t in levels)
            report.size("gain in an equilibrium", (now - least) / now, where)
            report.claim(now - least <= 1e-9 * now, where, "somebody gains in an equilibrium")
    shapes = [*np.eye(game.n), np.ones(game.n)]
    least = min(game.social_cost(t * shape) for t in levels for shape in shapes)
    cost = game.social_cost(optimum.x)
    report.claim(cost <= least * (1 + 1e-12), where, "an optimum that is none")
    report.claim(worst.ratio >= max(game.social_cost(e.x) for e in found) / cost * (1 - 1e-12),
                 where, "ratio below an equilibrium's")  # fmt: skip


def _is_among(x, profiles):
    """Whether x (N,) invests as one of `profiles` does, or differs from it by rounding alone."""
    return any(
        ((x > 0) == (y > 0)).all() or np.abs(x - y).max() <= CLOSE * y.max(initial=0.0)
        for y in profiles
    )


def _embedded(n, users, part):
    x = np.zeros(n)
    x[users] = [float(entry) for entry in part]
    return x


def _wanted(game):
    """Desired effective efforts as `Fraction`s with 50 digits; equal where they are."""
    wanted = []
    for k, (exponential, *parts) in enumerate(_formulas(game)):
        loss, power, weight, cost = (
            Fraction(float(part))
            for part in (*parts, game.risk.weights.diagonal()[k], game.unit_costs[k])
        )
        ratio = loss * power * weight / cost
        if ratio <= 1:
            wanted.append(Fraction(0))
            continue
        steep = mpf(ratio.numerator) / mpf(ratio.denominator)
        power = mpf(power.numerator) / mpf(power.denominator)
        effort = mp.log(steep) / power if exponential else mp.expm1(mp.log(steep) / (power + 1))
        sign, mantissa, exponent, _ = effort._mpf_
        wanted.append(Fraction(mantissa) * Fraction(2) ** exponent * (-1 if sign else 1))
    return wanted


def _formulas(game):
    """(whether exponential, loss, rate or exponent) for each user."""
    decay = game.risk.decay
    if isinstance(decay, MixedDecay):
        own = [(each, 0) for each in decay.decays]
    else:
        own = [(decay, user) for user in range(game.n)]
    for each, user in own:
        exponential = isinstance(each, Exponential)
        shape = each.rate if exponential else each.exponent
        yield exponential, each.of_user(each.loss, user), each.of_user(shape, user)


def _residual(report, game, found, where, kind):
    """Hold the residual claimed against the one in 50 digits."""
    n, formulas = game.n, list(_formulas(game))
    x = [mpf(float(each)) for each in found.x]
    weights = [[mpf(float(game.risk.weights[i, k])) for k in range(n)] for i in range(n)]
    loss, shape = ([mpf(each[part]) for each in formulas] for part in (1, 2))
    slopes = []
    for i, (exponential, _, _) in enumerate(formulas):
        effort = sum(weights[i][k] * x[k] for k in range(n))
        if exponential:
            slopes.append(-loss[i] * shape[i] * mp.exp(-shape[i] * effort))
        else:
            slopes.append(-loss[i] * shape[i] * (1 + effort) ** (-shape[i] - 1))
    residual = mpf(0)
    for k in range(n):
        members = range(n) if kind == "optimum" else [k]
        values = 1 + sum(weights[i][k] * slopes[i] for i in members) / mpf(game.unit_costs[k])
        steepness = max(weights[i][k] * shape[i] for i in members if loss[i] > 0 or i == k)
        residual = max(residual, abs(min(x[k] * steepness, values)))
    report.size(f"residual of an {kind}", float(residual), where)
    report.claim(residual <= mpf("1.001e-9"), where, f"{kind}: residual {float(residual):.2e}")


def _dual_bound(game, x):
    """What no profile's social cost is below: sum of min_s phi_i(s) + p_i s, W'p <= c, p >= 0."""
    decay = game.risk.decay
    prices = np.broadcast_to(-decay.slope(game.risk.effort(x)), game.n)
    prices = prices * min(1.0, (game.unit_costs / (game.risk.weights.T @ prices)).min())
    paid = prices > 0
    safe = np.where(paid, prices, 1.0)
    effort = np.maximum(decay.effort_at_slope(safe), 0.0)
    return float(np.where(paid, decay.value(effort) + prices * effort, 0.0).sum())


def show(report):
    """Print what was seen."""
    games = sum(count for name, count in report.counts.items() if name.endswith(": games"))
    print(f"{games} games, {report.counts['claims']} claims, {len(report.false)} of them false")
    for name in sorted(set(report.counts) - {"claims"}):
        print(f"  {name:45} {report.counts[name]:7}")
    for name, (value, where) in sorted(report.largest.items()):
        print(f"  largest {name:37} {value:10.2e}  {where}")
    for name, (value, where) in sorted(report.slowest.items()):
        print(f"  slowest {name:37} {value:8.2f} s  {where}")
    for where, what in report.false[:50]:
        print(f"  FALSE {where}: {what}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--first", type=int, default=0, help="the seed to begin with")
    parser.add_argument("--games", type=int, default=10**9, help="games of each family at most")
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.games)
    result = attack(seeds, seconds=60 * options.minutes)
    show(result)
    raise SystemExit(bool(result.false))
