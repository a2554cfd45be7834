"""Games with any differentiable convex risk, by Newton's method on the complementarity problem.

Each coalition minimises its members' total cost. With F_k(x) = c_k + the sum over the members i of
k's coalition of df_i/dx_k, an equilibrium is an x with 0 <= x, 0 <= F(x) and x_k F_k(x) = 0.
"""

from dataclasses import replace
from itertools import accumulate, chain
from time import monotonic

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from pesim_lib.solvers.certificate import (
    TOLERANCE,
    ConvergenceError,
    Equilibria,
    Equilibrium,
    certified,
    embed,
    natural_residual,
)
from pesim_lib.solvers.limits import NONE
from pesim_lib.solvers.matrices import MODERATE
from pesim_lib.solvers.newton import (
    active_set_newton,
    fischer_burmeister_newton,
    forward_differences,
)
from pesim_lib.solvers.regret import largest_gains, outward

# What stands for a marginal benefit of zero, so that it has a logarithm.
LEAST_BENEFIT = 1e-200
# Profiles closer than this, in proportion, are one.
NEAR = 1e-7
# Coalitions in turn are at rest when nobody moves by more than this part of the largest effort; of
# a trace of effort, in decay lengths, every step is a large part.
MOVE, TRACE = 1e-10, 1e-3


def equilibrium(game, labels, start=None):
    """An Equilibrium by Newton's method, then, if need be, by coalitions answering in turn.

    From efforts `start` (N,) where one is given.
    """
    x, residual, steps = from_starts(game, labels, starting_points(game, labels, start))
    if residual <= TOLERANCE or labels.max() == 0:
        return refined(game, labels, x, None, steps, "Newton")
    return in_turn(game, labels)


def equilibria(game, limits=NONE):
    """The Nash equilibria that searches from 20 starts find; complete is False.

    Each start counts as a branch, and none begins after the seconds allowed.
    """
    alone = np.arange(game.n)
    deadline = np.inf if limits.seconds is None else monotonic() + limits.seconds
    count = min(limits.branches or 20, 20)
    first = equilibrium(game, alone).x
    found: list[Equilibrium] = []
    # Profiles near a zero that are told apart in tiny units are one once they are refined.
    for x in from_many_starts(game, first, count, deadline, limits.progress):
        each = refined(game, alone, x, None, 0, "Newton")
        apart = (np.abs(each.x - other.x).max() > NEAR * each.x.max() for other in found)
        if all(apart):
            found.append(each)
    unique = None if len(found) == 1 else False
    listed = tuple(replace(each, unique=unique) for each in found)
    return Equilibria(listed, complete=False, continuum=False)


def best_response(game, user, x):
    """The effort at which user i's marginal cost vanishes, or zero; `x` (N,)."""
    x = np.where(np.arange(game.n) == user, 0.0, x)

    def marginal_cost(effort):
        y = x.copy()
        y[user] = effort
        return game.unit_costs[user] + game.risk.jacobian(y)[user, user]

    if marginal_cost(0.0) >= 0:
        return 0.0
    # By Proposition 1 no best response exceeds f_i(0) / c_i.
    bound = 2 * game.risks(x)[user] / game.unit_costs[user]
    return float(brentq(marginal_cost, 0.0, bound, xtol=1e-15, rtol=1e-14))


def response(game, members, x):
    """Efforts after `members` (indices) jointly minimise the sum of their costs, from x (N,)."""
    labels = np.full(game.n, -1)
    labels[members] = 0
    y, residual, steps = _answers(game, members, labels)(x)
    return certified(y, residual, regret_of(game, labels), None, steps, "Newton")


def _answers(game, members, labels):
    """A function of x: (y, residual, steps) of `response`; `labels`: 0 for `members`, else -1."""
    function, jacobian, length = logarithmic_problem(game, labels)

    def answer(x):
        rest = np.where(labels == 0, 0.0, x / length)
        own, own_jacobian = restricted(function, jacobian, members, rest)
        start = (x / length)[members]
        # From near the answer, plain Newton steps reach it sooner than damped ones.
        part, residual, steps = active_set_newton(own, own_jacobian, start)
        if not residual <= TOLERANCE:
            part, residual, steps = fischer_burmeister_newton(own, own_jacobian, start)
        y = x.copy()
        y[members] = part * length[members]
        return y, residual, steps

    return answer


def regret(game, labels, x, caps=None):
    """What no coalition gains more than at x (N,); values of the risk and its slopes are exact."""
    benefit = -game.risk.pooled_slopes(x, labels[:, None] == labels)
    bounds = outward(benefit, benefit, game.n)
    return float(largest_gains(game.unit_costs, labels, x, bounds, game.risks(x), caps).max())


def regret_of(game, labels):
    """`regret` as a function of x, from the solver of the game's risk."""
    return lambda x: game.risk.solver.regret(game, labels, x)


def exits(game):
    """One `Equilibrium` for each user who leaves alone."""
    return exits_from(game, None)(range(game.n))


def exits_from(game, optimum):
    """A function of some users: one `Equilibrium` for each who leaves alone."""
    apart = np.arange(game.n)
    return lambda users: [
        game.risk.solver.equilibrium(game, (apart != user).astype(int)) for user in users
    ]


def leading_effort(game, user, grid):
    """The best effort found for `user` if the others reply jointly.

    Searched on `grid` points of [0, f_i(0) / c_i], beyond which it never pays, dense at the scale
    of the user's own decay, and refined between the neighbours of the best. The effort of the exit
    equilibrium is tried too, so that leading is no worse where the others have one answer.
    """
    zero = np.zeros(game.n)
    others = np.flatnonzero(np.arange(game.n) != user)
    labels = np.where(np.arange(game.n) == user, -1, 0)
    risk, slope = game.risks(zero)[user], -game.risk_jacobian(zero)[user, user]
    top = np.arcsinh(slope / game.unit_costs[user])
    efforts = risk / slope * np.sinh(np.linspace(0.0, top, grid))
    answer = _answers(game, others, labels)

    def reply(effort, near):
        # From the replies to an effort nearby, few steps lead to those to this one.
        x = near.copy()
        x[user] = effort
        y, residual, _ = answer(x)
        if not residual <= TOLERANCE:
            raise ConvergenceError(f"the reply to user {user}", residual)
        return y

    profiles = list(accumulate(efforts, lambda x, effort: reply(effort, x), initial=zero))[1:]
    values = np.array([game.costs(x)[user] for x in profiles])
    best = int(values.argmin())

    def cost(effort):
        return game.costs(reply(effort, profiles[best]))[user]

    bracket = efforts[max(best - 1, 0)], efforts[min(best + 1, grid - 1)]
    found = minimize_scalar(cost, bounds=bracket, method="bounded", options={"xatol": 1e-12})
    least, effort = min((values[best], efforts[best]), (found.fun, found.x))
    together = game.risk.solver.equilibrium(game, (np.arange(game.n) != user).astype(int)).x[user]
    return together if cost(together) < least * (1 - TOLERANCE) else effort


def user_minimum(game, user, linear, start, unrestricted):
    """Infimum of f_i(x) + linear'x over x >= 0 and a minimiser (N,), or None where it has none.

    By Newton's method from `start` (N,): the infimum is within the tolerance of the value.
    """
    if unrestricted:
        raise ValueError("unrestricted: got True with a custom risk; allowed: weighted effort")
    if (linear < 0).any():
        return -np.inf, None
    scale = max(np.abs(linear).max(), game.unit_costs[user])
    x = proximal(game.risk, user, linear, 0.0, start, scale)
    lowest = float(game.risks(x)[user] + linear @ x)
    # At a price of zero more effort always helps a little: only the limit attains the gain.
    attained = not ((linear == 0) & (game.risk.jacobian(x)[user] < 0)).any()
    return lowest, x if attained else None


def replies(game, pairs, linear, penalty, centre):
    """Each user's minimiser of f_i(y) + linear_i'y + penalty |y - centre_i|^2 / 2 over y >= 0.

    On all pairs (i, k), in order of k, then i: arrays (N^2,).
    """
    linear, centre = (values.reshape(game.n, game.n).T for values in (linear, centre))
    rows = [
        proximal(game.risk, i, linear[i], penalty, centre[i], max(np.abs(linear[i]).max(), penalty))
        for i in range(game.n)
    ]
    return np.array(rows).T.ravel()


def proximal(risk, user, linear, penalty, centre, scale):
    """The y >= 0 (N,) least in f_i(y) + linear'y + penalty |y - centre|^2 / 2.

    `scale` is the unit in which marginal costs vanish. Raises ConvergenceError.
    """

    def function(y):
        return (risk.jacobian(y)[user] + linear + penalty * (y - centre)) / scale

    y, residual, _ = fischer_burmeister_newton(
        function, lambda y: forward_differences(function, y), np.maximum(centre, 0.0)
    )
    if not residual <= TOLERANCE:
        raise ConvergenceError(f"best proposal of user {user}", residual)
    return np.maximum(y, 0.0)


def marginal_benefit(game, labels):
    """B_k(z) = the sum over the members i of k's coalition of -df_i/dx_k, in units of c_k.

    Returns (B, its jacobian, length): functions of efforts z in units of `length` (N,). F = 1 - B.
    """
    risk, costs = game.risk, game.unit_costs
    pooled = labels[:, None] == labels
    zero = np.zeros(game.n)
    at_risk = np.where(risk.value(zero) > 0, risk.value(zero), 1.0)
    steepness = (pooled * -risk.jacobian(zero) / at_risk[:, None]).max(axis=0)
    length = np.where(steepness > 0, 1 / np.where(steepness > 0, steepness, 1), 1.0)

    def benefit(z):
        return -risk.pooled_slopes(length * z, pooled) / costs

    def benefit_jacobian(z):
        return -risk.pooled_curvatures(length * z, pooled) / costs[:, None] * length

    return benefit, benefit_jacobian, length


def problem(game, labels):
    """(F, its jacobian, length) with F = 1 - B: the form in which residuals are measured."""
    benefit, benefit_jacobian, length = marginal_benefit(game, labels)
    return (lambda z: 1 - benefit(z)), (lambda z: -benefit_jacobian(z)), length


def logarithmic_problem(game, labels):
    """(-log B, its jacobian, length): the same signs and zeros as F = 1 - B.

    Newton's method takes few steps on it over many decades of costs: under exponential decay it
    is nearly linear in the efforts.
    """
    benefit, benefit_jacobian, length = marginal_benefit(game, labels)

    def positive_benefit(z):
        return np.maximum(benefit(z), LEAST_BENEFIT)

    return (
        lambda z: -np.log(positive_benefit(z)),
        lambda z: -benefit_jacobian(z) / positive_benefit(z)[:, None],
        length,
    )


def restricted(function, jacobian, users, rest):
    """The problem of `users` alone, at efforts `rest` (N,) of the others (zero for `users`)."""

    def own(part):
        return function(rest + embed(len(rest), users, part))[users]

    def own_jacobian(part):
        return jacobian(rest + embed(len(rest), users, part))[np.ix_(users, users)]

    return own, own_jacobian


def starting_points(game, labels, start):
    """Efforts (N,) to begin from: `start` if there is one, then what several would do together."""
    if start is not None:
        yield start
    if 1 < labels.max() + 1 < game.n:
        yield game.risk.solver.equilibrium(game, np.zeros_like(labels)).x


def from_starts(game, labels, starts=()):
    """Newton's method from efforts `starts`, zero and one: (x, residual, steps) of the last.

    Ends at the first that is certified. Raises ValueError beyond MODERATE users.
    """
    if game.n > MODERATE:
        raise ValueError(
            f"game.n: got {game.n}; allowed: at most {MODERATE} with these coalitions or this risk"
        )
    function, jacobian, length = logarithmic_problem(game, labels)
    # One after the other: the optimum need not be known where `start` leads on.
    for start in chain((x / length for x in starts), [np.zeros(game.n), np.ones(game.n)]):
        z, residual, steps = fischer_burmeister_newton(function, jacobian, start)
        if residual <= TOLERANCE:
            break
    return z * length, residual, steps


def from_many_starts(game, first, count=20, deadline=np.inf, progress=None):
    """Distinct Nash equilibria (N,), `first` and those reached from fixed pseudo-random starts.

    None begins after `deadline`, a reading of the monotonic clock; `progress` as in `Limits`.
    """
    random, profiles = np.random.default_rng(0), [first]
    function, jacobian, length = logarithmic_problem(game, np.arange(game.n))
    size = 2 * (first / length).max() + 1
    for begun in range(count):
        if progress is not None:
            progress(begun, len(profiles))
        if monotonic() > deadline:
            break
        guess = size * random.random(game.n) * (random.random(game.n) < 0.5)
        z, residual, _ = fischer_burmeister_newton(function, jacobian, guess, iterations=60)
        add_distinct(profiles, z * length, residual)
    return profiles


def add_distinct(profiles, x, residual):
    """Append x to the list unless its residual is too large or it stands there already."""
    scale = NEAR * max(profiles[0].max(), x.max())
    if residual <= TOLERANCE and all(np.abs(x - y).max() > scale for y in profiles):
        profiles.append(x)


def new_among(profiles, known):
    """The `profiles` (N,) with supports that none of the `known` has."""
    supports = {(x > 0).tobytes() for x in known}
    return [x for x in profiles if (x > 0).tobytes() not in supports]


def in_turn(game, labels, rounds=200):
    """Gauss-Seidel: each coalition in turn answers the others, until nobody moves."""
    x, (_, _, length) = np.zeros(game.n), problem(game, labels)
    for _ in range(rounds):
        before = x
        for number in range(labels.max() + 1):
            x = response(game, np.flatnonzero(labels == number), x).x
        if (np.abs(x - before) <= MOVE * np.maximum(x.max(), TRACE * length)).all():
            break
    return refined(game, labels, x, None, 0, "coalitions in turn")


def refined(game, labels, x, unique, steps, method):
    """The Equilibrium near x; raises ConvergenceError if there is none."""
    function, jacobian, length = problem(game, labels)
    z, residual, more = active_set_newton(function, jacobian, x / length)
    idle = (z <= TOLERANCE) & (function(z) > TOLERANCE)
    if (z[idle] > 0).any():
        z = np.where(idle, 0.0, z)
        residual = natural_residual(z, function(z))
    return certified(z * length, residual, regret_of(game, labels), unique, steps + more, method)
