"""Weighted effort: Nash equilibria are a linear problem, joint minima a smooth convex one.

User k invests up to the effective effort at which -w_kk phi_k' = c_k, whatever the others do.
So its best response is linear in their efforts, and equilibria solve 0 <= x, 0 <= M x + q,
x'(M x + q) = 0 with a unit diagonal.
"""

from contextlib import suppress
from dataclasses import replace
from itertools import islice
from time import monotonic

import numpy as np
from scipy.optimize import linprog

from pesim_lib.solvers import exits as leavers
from pesim_lib.solvers import general, partition
from pesim_lib.solvers import regret as regrets
from pesim_lib.solvers.certificate import (
    TOLERANCE,
    ConvergenceError,
    Equilibria,
    certified,
    embed,
    in_own_units,
    sealed,
)
from pesim_lib.solvers.enumeration import Solutions, enumerate_solutions, settle_supports
from pesim_lib.solvers.lemke import lemke
from pesim_lib.solvers.limits import NONE, Limits
from pesim_lib.solvers.matrices import FEW, MODERATE, dense
from pesim_lib.solvers.network import (
    alike,
    desired_effort,
    effort_error,
    equal_users,
    linear_problem,
    nash_residual,
    network,
)
from pesim_lib.solvers.newton import fischer_burmeister_newton
from pesim_lib.solvers.newton_cg import DUST, joint_minimum
from pesim_lib.solvers.sweeps import best_response_sweeps, grouped_sweeps
from pesim_lib.solvers.symmetry import images
from pesim_lib.solvers.uniqueness import is_p_matrix, optimum_is_unique

MOST_ENUMERATED_USERS = 60
# Branches of a search over the supports of up to 36 users, and fewer of more: each costs N^2.
MOST_BRANCHES = 2_000_000
# Complementary pivoting needs a dense table, and about as many pivots as users.
MOST_PIVOTED_USERS = 1000

response, leading_effort = general.response, general.leading_effort
regret, exits, exits_from = regrets.on_network, leavers.exits, leavers.exits_from


def equilibrium(game, labels, start=None):
    """An Equilibrium by the method that fits the coalitions numbered by `labels` (N,).

    From efforts `start` (N,) where one is given.
    """
    sizes = np.bincount(labels)
    if len(sizes) == game.n:
        return nash(game, start)
    if len(sizes) == 1 or (len(sizes) == 2 and sizes.min() == 1):
        found = _on_network(game, labels, sizes, start)
        if found.residual <= TOLERANCE:
            return found
        if game.n > MODERATE:
            raise ConvergenceError("equilibrium", found.residual)
    if game.n > MODERATE:
        return partition.in_turn(game, labels, start)
    x, residual, steps = general.from_starts(
        game, labels, general.starting_points(game, labels, start)
    )
    if len(sizes) > 1:
        if not residual <= TOLERANCE:
            return general.in_turn(game, labels)
        return general.refined(game, labels, x, None, steps, "Newton")
    if not residual <= TOLERANCE:
        x, steps = _optimum_on_cheapest_support(game, x), 0
    found = general.refined(game, labels, x, None, steps, "Newton")
    return replace(found, unique=optimum_is_unique(game, found.x))


def equilibria(game, limits=NONE):
    """All Nash equilibria where uniqueness is certified or the search over supports ends."""
    deadline = np.inf if limits.seconds is None else monotonic() + limits.seconds
    linear = linear_problem(game)
    if is_p_matrix(linear.matrix):
        return Equilibria((nash(game),), complete=True, continuum=False)
    found, told = Solutions([], [], None, False), [0, 0]

    def tell(branches, found_so_far):
        if limits.progress is not None:
            told[:] = branches, found_so_far
            limits.progress(branches, found_so_far)

    if len(linear.users) <= MOST_ENUMERATED_USERS:
        most = limits.branches or int(MOST_BRANCHES / max(1, len(linear.users) / 36) ** 2)
        found = every_solution(game, limits=replace(limits, branches=most, progress=tell))
    points = [(x, "support search") for x in found.points]
    doubtful = [(x, "support search") for x in found.doubtful]
    if found.complete is False:
        branches, known = told

        def tell_starts(begun, reached):
            tell(branches + begun, max(known, reached))

        profiles = _from_many_starts(game, linear, tell_starts, deadline)
        more = _settled(game, profiles)
        points += [(x, "best responses") for x in general.new_among(more.points, found.points)]
        doubtful += [
            (x, "best responses") for x in general.new_among(more.doubtful, found.doubtful)
        ]
        if not points and not doubtful:
            doubtful = [(profiles[0], "best responses")]
    names = _equal_users(game) if limits.one_of_each else np.arange(game.n)
    sure = sum(len(list(islice(images(x, names), 2))) for x, _ in points)
    alone = sure == 1 and not doubtful and found.continuum is False
    unique = (found.complete or None) if alone else (False if sure > 1 else None)
    profiles = [_certified(game, x, unique, method) for x, method in points]
    profiles += [_doubtful(game, x, unique, method) for x, method in doubtful]
    return Equilibria(
        tuple(profiles),
        found.complete,
        found.continuum,
        doubtful=frozenset(range(len(points), len(profiles))),
    )


def every_solution(game, limits=NONE, most_solutions=20_000):
    """The `Solutions` (N,) that the search over supports lists, W and the unit costs being exact.

    `limits` and `most_solutions` as in `enumerate_solutions`.
    """
    users, (weights, offset, error, same) = _search_problem(game)
    symmetric = _equal_users(game)[users] if limits.one_of_each else None
    found = enumerate_solutions(weights, offset, error, same, symmetric, most_solutions, limits)
    return _embedded(game, users, found)


def _equal_users(game):
    """`equal_users`, or everybody apart where that takes a large array."""
    return equal_users(game) if game.n <= FEW else np.arange(game.n)


def _settled(game, profiles):
    """The `Solutions` (N,) with the supports of `profiles`, each a list of efforts (N,).

    In games too large for dense tables the profiles stand as their residuals certify them.
    """
    if game.n > MODERATE:
        return Solutions(profiles, [], False, None)
    users, (weights, offset, error, same) = _search_problem(game)
    supports = [x[users] > 0 for x in profiles]
    return _embedded(game, users, settle_supports(weights, offset, error, same, supports))


def _search_problem(game):
    """Users who may invest, and W, q, its error and its labels for them."""
    wanted, decay = desired_effort(game), game.risk.decay
    users = np.flatnonzero(wanted > 0)
    steepness = game.unit_costs / game.risk.weights.diagonal()
    error = np.broadcast_to(effort_error(decay, steepness), game.n)
    weights = dense(game.risk.weights[users][:, users])
    return users, (weights, -wanted[users], error[users], alike(game, users))


def _embedded(game, users, found):
    points, doubtful = (
        [embed(game.n, users, x) for x in listed] for listed in (found.points, found.doubtful)
    )
    return found._replace(points=points, doubtful=doubtful)


def best_response(game, user, x):
    """What is short of the desired effective effort, in own effort; `x` (N,)."""
    x = np.where(np.arange(game.n) == user, 0.0, x)
    shortfall = desired_effort(game)[user] - game.risk.effort(x)[user]
    return float(max(shortfall / game.risk.weights.diagonal()[user], 0.0))


def user_minimum(game, user, linear, start, unrestricted):
    """Infimum of f_i(x) + linear'x and a minimiser (N,), or None where it is not attained.

    f_i falls with w_i'x alone, so on x >= 0 it is best to buy it where it is cheapest. `start` is
    not needed. With `unrestricted`, x may be any vector.
    """
    weights, decay = dense(game.risk.weights[[user]])[0], game.risk.decay
    if decay.of_user(decay.value(0.0), user) == 0:
        cheap = (linear != 0).any() if unrestricted else (linear < 0).any()
        return (-np.inf, None) if cheap else (0.0, np.zeros(game.n))
    helps = weights > 0
    unit_prices = linear[helps] / weights[helps]
    cheapest = int(np.flatnonzero(helps)[unit_prices.argmin()])
    unit_price = unit_prices.min()
    if unrestricted:
        # In a direction that leaves w_i'x unchanged but moves linear'x, the cost has no bottom.
        uneven = np.abs(linear - unit_price * weights).max() > 1e-8 * np.abs(linear).max()
        unbounded = uneven or unit_price < 0
    else:
        unbounded = (linear < 0).any()
    if unbounded:
        return -np.inf, None
    if unit_price == 0:
        return 0.0, None
    effort = decay.of_user(decay.effort_at_slope(unit_price), user)
    if not unrestricted:
        effort = max(effort, 0.0)
    x = embed(game.n, cheapest, effort / weights[cheapest])
    return decay.of_user(decay.value(effort), user) + unit_price * effort, x


def replies(game, pairs, linear, penalty, centre):
    """y = max(0, idle + steepness W / penalty), and one unknown per user: its effective effort.

    Each user's minimiser of f_i(y) + linear_i'y + penalty |y - centre_i|^2 / 2 over y >= 0, on
    `pairs` (i, k): arrays (M,). What y yields falls, convex, as the effort grows that it is
    computed from. So Newton's method climbs from below to where the two are equal.
    """
    decay, users, weights, n = game.risk.decay, pairs.users, pairs.weights, pairs.n
    idle, pull = centre - linear / penalty, weights / penalty
    strength, rounding = weights * pull, 4 * np.finfo(float).eps

    def proposals(effort):
        return np.maximum(idle - decay.slope(effort)[users] * pull, 0.0)

    effort = np.bincount(users, weights * np.maximum(idle, 0.0), n)
    for _ in range(200):
        found = proposals(effort)
        short = np.bincount(users, weights * found, n) - effort
        bend = decay.curvature(effort) * np.bincount(users, strength * (found > 0), n)
        step = short / (1 + bend)
        effort = effort + step
        if not (step > rounding * effort).any():
            break
    return proposals(effort)


def nash(game, start=None):
    """One Nash equilibrium, near efforts `start` (N,) if best responses lead on from there.

    Best responses again and again, which converge where W shows `dominance`; else more and more
    cautious ones, then, in games that are not large, Lemke's method, and in small ones the search
    over supports, until one ends in an equilibrium.
    """
    linear = linear_problem(game)
    unique = True if is_p_matrix(linear.matrix) else None
    x, residual, steps, method = _best_candidate(game, linear, bool(unique), start)
    if not unique and len(linear.users) <= MOST_ENUMERATED_USERS:
        every = every_solution(game, Limits(branches=20_000), most_solutions=2)
        if every.continuum or len(every.points) > 1:
            unique = False
        elif every.complete and every.points:
            # Of users who are nearly tied, the wrong one may pass by its residual.
            (x,), unique, method = every.points, True, "support search"
            residual = nash_residual(game, x)
    clean = _without_dust(game, x)
    if clean is not x:
        x, residual = clean, nash_residual(game, clean)
    return _certified_alone(game, x, residual, unique, steps, method)


def _certified_alone(game, x, residual, unique, steps, method):
    regret = general.regret_of(game, np.arange(game.n))
    return certified(x, residual, regret, unique, steps, method)


def _without_dust(game, x):
    dust = x * game.risk.weights.diagonal() <= DUST * game.risk.decay.length()
    return np.where(dust, 0.0, x) if x[dust].any() else x


def _best_candidate(game, linear, contraction, start=None, limits=NONE):
    """The first of `_candidates` that is an equilibrium, or the nearest: (x, residual, ...)."""
    best = np.zeros(game.n), np.inf, 0, ""
    for x, steps, method in _candidates(game, linear, contraction, start, limits):
        residual = nash_residual(game, x)
        if residual < best[1]:
            best = x, residual, steps, method
        if residual <= TOLERANCE:
            break
    return best


def _candidates(game, linear, contraction, start, limits):
    """Efforts that may be an equilibrium, from the cheapest method on: (x (N,), steps, method)."""
    own, offset, unit = in_own_units(linear.matrix, linear.offset)
    begin = None if start is None else start[linear.users] / unit
    if contraction and len(offset) > MODERATE:
        x, steps = grouped_sweeps(own, offset, begin)
        yield linear.embed(x * unit), steps, "best responses"
    # Where players follow one another in a chain, each sweep settles one of them at least.
    first = (1.0, 10_000) if contraction else (1.0, 100)
    for pace, sweeps in (first, (0.5, 300), (0.2, 300), (0.05, 300)):
        x, _, steps = best_response_sweeps(own, offset, pace, sweeps, begin)
        yield linear.embed(x * unit), steps, "best responses"
    if len(linear.users) <= MOST_PIVOTED_USERS:
        with suppress(ConvergenceError):
            # Lemke's ties are many in users' own units, where every offset is -1.
            yield linear.embed(lemke(dense(linear.matrix), linear.offset)), 0, "Lemke"
    if len(linear.users) <= MOST_ENUMERATED_USERS:
        found = every_solution(game, limits)
        for x in found.points + found.doubtful:
            yield x, 0, "support search"


def _from_many_starts(game, linear, progress, deadline, count=20):
    """Distinct Nash equilibria (N,) reached from fixed pseudo-random starts, one or more.

    `progress` is called with the starts begun and the equilibria found.
    """
    left = None if deadline == np.inf else max(0.0, deadline - monotonic())
    x, residual, _, _ = _best_candidate(game, linear, False, limits=Limits(seconds=left))
    first = _without_dust(game, _certified_alone(game, x, residual, None, 0, "best responses").x)
    if game.n <= FEW:
        return general.from_many_starts(game, first, count, deadline, progress)
    random, profiles = np.random.default_rng(0), [first]
    own, offset, unit = in_own_units(linear.matrix, linear.offset)
    for begun in range(count):
        progress(begun, len(profiles))
        if monotonic() > deadline:
            break
        x, _, _ = best_response_sweeps(own, offset, 0.5, 300, random.random(len(offset)))
        x = linear.embed(x * unit)
        general.add_distinct(profiles, x, nash_residual(game, x))
    return profiles


def _certified(game, x, unique, method):
    """The Nash equilibrium at x, refined in small games; ConvergenceError if it is not one."""
    if game.n <= FEW:
        return general.refined(game, np.arange(game.n), x, unique, 0, method)
    return _certified_alone(game, x, nash_residual(game, x), unique, 0, method)


def _doubtful(game, x, unique, method):
    """The same for a profile that rounding leaves open; one at home in its support stays there."""
    residual = nash_residual(game, x)
    if residual <= TOLERANCE / 1000:
        return _certified_alone(game, x, residual, unique, 0, method)
    return _certified(game, x, unique, method)


def _on_network(game, labels, sizes, start):
    """The Equilibrium, not certified, of one coalition with at most one user outside."""
    net = network(game)
    unique = None
    if len(sizes) == 1 or start is None:
        x, residuals, steps = joint_minimum(net, start)
        start = x[:, 0]
    if len(sizes) == 2:
        loner = np.flatnonzero(labels == sizes.argmin())[:1]
        x, residuals, steps = joint_minimum(net, start, loner)
    elif residuals[0] <= TOLERANCE:
        unique = optimum_is_unique(game, x[:, 0])
    most = regret(game, labels, x[:, 0])
    return sealed(x[:, 0], residuals[0], most, unique, steps, "Newton-CG")


def _optimum_on_cheapest_support(game, x):
    """The optimum (N,) among the users who supply the risks at x most cheaply.

    Where W is singular, Newton's method crawls along efforts with the same W x that cost nearly
    the same; a linear programme picks the users who should exert them.
    """
    weights = game.risk.dense_weights()
    result = linprog(game.unit_costs, A_eq=weights, b_eq=weights @ x, bounds=(0, None))
    if result.status != 0:
        return x
    users = np.flatnonzero(result.x)
    everybody = np.zeros(game.n, dtype=int)
    function, jacobian, length = general.logarithmic_problem(game, everybody)
    own, own_jacobian = general.restricted(function, jacobian, users, np.zeros(game.n))
    part, _, _ = fischer_burmeister_newton(own, own_jacobian, (result.x / length)[users])
    return embed(game.n, users, part) * length
