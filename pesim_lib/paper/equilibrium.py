"""Equilibria as one complementarity problem: each coalition minimises its members' total cost.

With F_k(x) = c_k + sum over the members i of k's coalition of df_i/dx_k, an equilibrium is an x
with 0 <= x, 0 <= F(x) and x_k F_k(x) = 0. Coalitions of one user give the Nash equilibrium (3),
one coalition of everybody the social optimum (2), one user against the rest the exit equilibrium
of Section V.
"""

from contextlib import suppress
from dataclasses import replace

import numpy as np
from scipy import sparse
from scipy.optimize import brentq, linprog

from pesim_lib._checks import _efforts, user_index
from pesim_lib.paper.risk import TotalEffort, WeightedEffort
from pesim_lib.solvers.certificate import (
    TOLERANCE,
    ConvergenceError,
    Equilibria,
    Equilibrium,
    _embed,
    _sealed,
    in_own_units,
    natural_residual,
)
from pesim_lib.solvers.enumeration import enumerate_solutions
from pesim_lib.solvers.lemke import lemke
from pesim_lib.solvers.newton import (
    active_set_newton,
    fischer_burmeister_newton,
    forward_differences,
)
from pesim_lib.solvers.newton_cg import joint_minimum, network
from pesim_lib.solvers.sweeps import (
    FEW,
    MODERATE,
    _dense,
    best_response_sweeps,
    dominance,
    nash_residual,
)
from pesim_lib.solvers.uniqueness import _balanced, _is_p_matrix, _is_regular

MOST_ENUMERATED_USERS = 60


# Complementary pivoting needs a dense table, and about as many pivots as users.
MOST_PIVOTED_USERS = 1000


def best_response(game, user, x):
    """The effort x_i >= 0 that minimises g_i(x_i, x_-i): user i's best response to x (N,).

    `x[user]` itself is ignored. By Proposition 1 the answer is at most f_i(0) / c_i.
    Raises ValueError for a user not in 0..N-1 or x of the wrong shape or negative.
    """
    user = user_index("user", user, game.n)
    x = np.array(_efforts(game, x))
    x[user] = 0.0
    if isinstance(game.risk, WeightedEffort):
        shortfall = _desired_effort(game)[user] - game.risk.effort(x)[user]
        return float(max(shortfall / game.risk.weights.diagonal()[user], 0.0))

    def marginal_cost(effort):
        x[user] = effort
        return game.unit_costs[user] + game.risk.jacobian(x)[user, user]

    if marginal_cost(0.0) >= 0:
        return 0.0
    bound = 2 * game.risks(np.where(np.arange(game.n) == user, 0.0, x))[user]
    return float(brentq(marginal_cost, 0.0, bound / game.unit_costs[user], xtol=1e-15, rtol=1e-14))


def coalition_response(game, members, x):
    """The efforts x (N,) after `members` jointly minimise the sum of their costs against the rest.

    `members` is a sequence of users; the other entries of `x` stay. Raises ValueError for users
    not in 0..N-1 or twice, or `x` of the wrong shape or negative; ConvergenceError if no answer
    could be certified.
    """
    x = np.array(_efforts(game, x))
    members = list(members) if np.iterable(members) else members
    if not isinstance(members, list) or not members:
        raise ValueError(f"members: got {members!r}; allowed: a sequence of users")
    labels = np.full(game.n, -1)
    for user in members:
        if labels[user_index("members", user, game.n)] == 0:
            raise ValueError(f"members: got user {user} twice; allowed: distinct users")
        labels[user] = 0
    members = np.flatnonzero(labels == 0)
    if isinstance(game.risk, TotalEffort):
        (wanted,), _ = _wanted_total(game, labels)
        x[members] = 0.0
        x[members[game.unit_costs[members].argmin()]] = max(wanted - x.sum(), 0.0)
        return x
    function, jacobian, length = _logarithmic_problem(game, labels)
    rest = np.where(labels == 0, 0.0, x / length)
    own, own_jacobian = _restricted(function, jacobian, members, rest)
    part, residual, _ = fischer_burmeister_newton(own, own_jacobian, (x / length)[members])
    if not residual <= TOLERANCE:
        raise ConvergenceError("coalition_response", residual)
    x[members] = part * length[members]
    return x


def nash_equilibrium(game):
    """One Nash equilibrium of the game without transfers, equation (3).

    `.unique` says whether there are others; `nash_equilibria` lists them.
    Raises ConvergenceError if no profile could be certified.
    """
    return partition_equilibrium(game, np.arange(game.n))


def social_optimum(game):
    """The efforts x* that minimise the social cost G over x >= 0, equation (2).

    Raises ConvergenceError if no profile could be certified.
    """
    return partition_equilibrium(game, np.zeros(game.n, dtype=int))


def coalition_equilibrium(game, coalitions):
    """An equilibrium between coalitions that each minimise the sum of their members' costs.

    Parameters
    ----------
    game : SecurityGame
    coalitions : sequence of sequences of int
        A partition of the users 0..N-1.

    Raises
    ------
    ValueError
        If `coalitions` is not a partition of the users.
    ConvergenceError
        If no profile could be certified.
    """
    return partition_equilibrium(game, _labels(game, coalitions))


def nash_equilibria(game):
    """All isolated Nash equilibria, in a list with the flags of `Equilibria`.

    Complete for total effort, wherever uniqueness is certified, and for weighted effort where a
    search over supports ends within two million branches and 20 000 equilibria: mostly up to 30
    users who may invest. Otherwise the list holds what that search and others from 20 starts find,
    and `.complete` is False. Raises ConvergenceError if they find none.
    """
    labels = np.arange(game.n)
    if isinstance(game.risk, TotalEffort):
        total, suppliers = _total_effort(game, labels)
        profiles = [_embed(game.n, user, total) for user in suppliers] or [np.zeros(game.n)]
        found = [_certified_total(game, labels, x, len(profiles) == 1) for x in profiles]
        return Equilibria(found, complete=True, continuum=len(suppliers) > 1)
    profiles, continuum, complete = [], False, False
    if isinstance(game.risk, WeightedEffort):
        investors, matrix, offset = _linear_problem(game)
        if _is_p_matrix(matrix):
            return Equilibria([nash_equilibrium(game)], complete=True, continuum=False)
        if len(investors) <= MOST_ENUMERATED_USERS:
            solutions, continuum, complete = enumerate_solutions(_dense(matrix), offset)
            profiles = [_embed(game.n, investors, x) for x in solutions]
    if not complete:
        profiles += _nash_from_many_starts(game)
    alone = len(profiles) == 1 and not continuum
    unique = (True if complete else None) if alone else False
    found = [_certified_nash(game, x, unique) for x in profiles]
    return Equilibria(found, complete, continuum)


def partition_equilibrium(game, labels):
    """`coalition_equilibrium` for the coalition number (N,) of each user."""
    if isinstance(game.risk, TotalEffort):
        total, suppliers = _total_effort(game, labels)
        x = np.zeros(game.n)
        x[suppliers[:1]] = total
        return _certified_total(game, labels, x, len(suppliers) <= 1)
    if not isinstance(game.risk, WeightedEffort):
        return _newton(game, labels)
    sizes = np.bincount(labels)
    if len(sizes) == game.n:
        return _weighted_nash(game)
    if len(sizes) == 1 or (len(sizes) == 2 and sizes.min() == 1):
        found = _on_network(game, labels, sizes)
        if found.residual <= TOLERANCE:
            return found
        if game.n > MODERATE:
            raise ConvergenceError("equilibrium", found.residual)
    found = _newton(game, labels)
    return replace(found, unique=_optimum_is_unique(game, found.x)) if len(sizes) == 1 else found


def _on_network(game, labels, sizes):
    """The Equilibrium, not certified, of one coalition with at most one user outside."""
    net = network(game)
    x, residuals, steps = joint_minimum(net)
    if len(sizes) == 2:
        loner = np.flatnonzero(labels == sizes.argmin())[:1]
        x, residuals, steps = joint_minimum(net, x[:, 0], loner)
        return _sealed(x[:, 0], residuals[0], None, steps)
    unique = _optimum_is_unique(game, x[:, 0]) if residuals[0] <= TOLERANCE else None
    return _sealed(x[:, 0], residuals[0], unique, steps)


def _labels(game, coalitions):
    """The coalition number of each user, (N,); raises ValueError unless `coalitions` partition."""
    try:
        coalitions = [list(members) for members in coalitions]
    except TypeError as error:
        raise ValueError(f"coalitions: got {coalitions!r}; allowed: a partition") from error
    labels = np.full(game.n, -1)
    for number, members in enumerate(coalitions):
        for user in members:
            user = user_index("coalitions", user, game.n)
            if labels[user] >= 0:
                raise ValueError(f"coalitions: got user {user} twice; allowed: a partition")
            labels[user] = number
        if len(members) == 0:
            raise ValueError("coalitions: got an empty coalition; allowed: a partition")
    if (labels < 0).any():
        raise ValueError(f"coalitions: user {labels.argmin()} is missing; allowed: a partition")
    return labels


def _marginal_benefit(game, labels):
    """B_k(z) = sum over the members i of k's coalition of -df_i/dx_k, in units of c_k.

    Returns (B, its jacobian, length): functions of efforts z in units of `length` (N,). F = 1 - B.
    """
    risk, costs = game.risk, game.unit_costs
    same = labels[:, None] == labels
    zero = np.zeros(game.n)
    steepness = (same * -risk.jacobian(zero) / risk.value(zero)[:, None]).max(axis=0)
    length = np.where(steepness > 0, 1 / np.where(steepness > 0, steepness, 1), 1.0)
    if isinstance(risk, WeightedEffort):
        weights = risk.dense_weights()
        within = (weights * same).T / costs[:, None]

        def benefit(z):
            return within @ -risk.decay.slope(risk.effort(length * z))

        def benefit_jacobian(z):
            return -(within * risk.decay.curvature(risk.effort(length * z))) @ (weights * length)

    else:

        def benefit(z):
            return -(same * risk.jacobian(length * z)).sum(axis=0) / costs

        def benefit_jacobian(z):
            return forward_differences(benefit, z)

    return benefit, benefit_jacobian, length


def _problem(game, labels):
    """(F, its jacobian, length) with F = 1 - B: the form in which residuals are measured."""
    benefit, benefit_jacobian, length = _marginal_benefit(game, labels)
    return (lambda z: 1 - benefit(z)), (lambda z: -benefit_jacobian(z)), length


def _logarithmic_problem(game, labels):
    """(-log B, its jacobian, length): the same signs and zeros as F = 1 - B.

    Newton's method takes few steps on it over many decades of costs: under exponential decay it
    is nearly linear in the efforts.
    """
    benefit, benefit_jacobian, length = _marginal_benefit(game, labels)

    def positive_benefit(z):
        return np.maximum(benefit(z), 1e-200)

    return (
        lambda z: -np.log(positive_benefit(z)),
        lambda z: -benefit_jacobian(z) / positive_benefit(z)[:, None],
        length,
    )


def _certified(game, labels, x, unique, iterations=0):
    """The Equilibrium at x after refinement; raises ConvergenceError if it is not one."""
    function, jacobian, length = _problem(game, labels)
    z, residual, steps = active_set_newton(function, jacobian, x / length)
    idle = (z <= TOLERANCE) & (function(z) > TOLERANCE)
    if (z[idle] > 0).any():
        z = np.where(idle, 0.0, z)
        residual = natural_residual(z, function(z))
    if not residual <= TOLERANCE:
        raise ConvergenceError("equilibrium", residual)
    x = z * length
    x.flags.writeable = False
    return Equilibrium(x, residual, unique, iterations + steps)


def _certified_total(game, labels, x, unique):
    """The Equilibrium of total effort at x; raises ConvergenceError if it is not one."""
    slope = np.broadcast_to(game.risk.decay.slope(x.sum()), game.n)
    values = 1 + np.bincount(labels, slope)[labels] / game.unit_costs
    residual = natural_residual(np.where(x > 0, np.inf, 0.0), values)
    if not residual <= TOLERANCE:
        raise ConvergenceError("equilibrium", residual)
    return _sealed(x, residual, unique, 0)


def _certified_nash(game, x, unique):
    """The Nash equilibrium at x, refined in small games; ConvergenceError if it is not one."""
    if game.n <= FEW or not isinstance(game.risk, WeightedEffort):
        return _certified(game, np.arange(game.n), x, unique)
    residual = nash_residual(game, x)
    if not residual <= TOLERANCE:
        raise ConvergenceError("equilibrium", residual)
    return _sealed(x, residual, unique, 0)


def _newton(game, labels):
    """An Equilibrium by Newton's method, then, if need be, by coalitions answering in turn."""
    if game.n > MODERATE:
        raise ValueError(
            f"game.n: got {game.n}; allowed: at most {MODERATE} with these coalitions or this risk"
        )
    function, jacobian, length = _logarithmic_problem(game, labels)
    starts = [np.zeros(game.n), np.ones(game.n)]
    if 1 < labels.max() + 1 < game.n:
        starts.insert(0, social_optimum(game).x / length)
    for start in starts:
        z, residual, steps = fischer_burmeister_newton(function, jacobian, start)
        if residual <= TOLERANCE:
            return _certified(game, labels, z * length, None, steps)
    if labels.max() == 0:
        return _certified(game, labels, _optimum_on_cheapest_support(game, z * length), None)
    return _certified(game, labels, _coalitions_in_turn(game, labels), None)


def _optimum_on_cheapest_support(game, x):
    """The optimum (N,) among the users who supply the risks at x most cheaply.

    Where W is singular, Newton's method crawls along efforts with the same W x that cost nearly
    the same; a linear programme picks the users who should exert them. Other risks return x.
    """
    if not isinstance(game.risk, WeightedEffort):
        return x
    weights = game.risk.dense_weights()
    result = linprog(game.unit_costs, A_eq=weights, b_eq=weights @ x, bounds=(0, None))
    if result.status != 0:
        return x
    users = np.flatnonzero(result.x)
    function, jacobian, length = _logarithmic_problem(game, np.zeros(game.n, dtype=int))
    own, own_jacobian = _restricted(function, jacobian, users, np.zeros(game.n))
    part, _, _ = fischer_burmeister_newton(own, own_jacobian, (result.x / length)[users])
    return _embed(game.n, users, part) * length


def _restricted(function, jacobian, users, rest):
    """The problem of `users` alone, at efforts `rest` (N,) of the others (zero for `users`)."""

    def own(part):
        return function(rest + _embed(len(rest), users, part))[users]

    def own_jacobian(part):
        return jacobian(rest + _embed(len(rest), users, part))[np.ix_(users, users)]

    return own, own_jacobian


def _coalitions_in_turn(game, labels, rounds=200):
    """Gauss-Seidel: each coalition in turn answers the others, until nobody moves."""
    x = np.zeros(game.n)
    for _ in range(rounds):
        before = x
        for number in range(labels.max() + 1):
            x = coalition_response(game, np.flatnonzero(labels == number), x)
        if np.abs(x - before).max() <= 1e-10 * np.abs(x).max(initial=0.0):
            break
    return x


def _wanted_total(game, labels):
    """For total effort: the total each coalition would supply alone, and its least unit cost.

    A coalition of K members stops where the sum of their -phi_i'(s) equals its least unit cost.
    Returns two arrays (number of coalitions,); users labelled -1 belong to none.
    """
    decay, costs = game.risk.decay, game.unit_costs
    member = labels >= 0
    least = np.full(labels.max() + 1, np.inf)
    np.minimum.at(least, labels[member], costs[member])
    sizes = np.bincount(labels[member])
    lower, upper = np.zeros_like(least), np.zeros_like(least)
    np.maximum.at(lower, labels[member], decay.effort_at_slope(least[labels])[member])
    np.maximum.at(upper, labels[member], decay.effort_at_slope((least / sizes)[labels])[member])
    wanted = upper.copy()
    for number in np.flatnonzero(upper > lower):

        def excess(s, number=number):
            slopes = np.broadcast_to(decay.slope(s), game.n)
            return np.log(-slopes[labels == number].sum()) - np.log(least[number])

        if excess(lower[number]) <= 0:
            wanted[number] = lower[number]
        elif excess(upper[number]) < 0:
            wanted[number] = brentq(excess, lower[number], upper[number], xtol=1e-300, rtol=1e-15)
    return wanted, least


def _total_effort(game, labels):
    """Total effort in equilibrium and the users (1-D array) any of whom may supply it all.

    The coalition that wants the largest total supplies it, through its cheapest member; the
    others then want no more.
    """
    wanted, least = _wanted_total(game, labels)
    total = wanted.max()
    if total == 0:
        return 0.0, np.array([], dtype=int)
    wants_most = wanted[labels] >= total * (1 - 1e-12)
    return total, np.flatnonzero(wants_most & (game.unit_costs <= least[labels] * (1 + 1e-12)))


def _desired_effort(game):
    """The effective effort at which each user stops investing, (N,): -w_ii phi_i' = c_i, or 0."""
    wanted = game.risk.decay.effort_at_slope(game.unit_costs / game.risk.weights.diagonal())
    return np.maximum(wanted, 0.0)


def _linear_problem(game):
    """Nash equilibria of weighted effort as 0 <= x, 0 <= M x + q, x'(M x + q) = 0.

    Returns (users who may invest, M, q) with rows scaled to a unit diagonal, M sparse in large
    sparse games. Users whose desired effort is zero never invest and are left out.
    """
    wanted = _desired_effort(game)
    investors = np.flatnonzero(wanted > 0)
    weights = game.risk.weights
    if sparse.issparse(weights) and game.n <= FEW:
        weights = weights.toarray()
    if len(investors) < game.n:
        weights = weights[investors][:, investors]
    diagonal = weights.diagonal()
    if sparse.issparse(weights):
        matrix = (sparse.diags_array(1 / diagonal) @ weights).tocsr()
    else:
        matrix = weights / diagonal[:, None]
    return investors, matrix, -wanted[investors] / diagonal


def _weighted_nash(game):
    """One Nash equilibrium of weighted effort.

    Best responses again and again, which converge where W shows `dominance`; else more and more
    cautious ones, then, in games that are not large, Lemke's method, and in small ones the search
    over supports, until one ends in an equilibrium.
    """
    investors, matrix, offset = _linear_problem(game)
    own, start, unit = in_own_units(matrix, offset)
    unique = True if _is_p_matrix(matrix) else None
    best, best_residual, iterations = np.zeros(game.n), np.inf, 0

    def consider(x, steps):
        nonlocal best, best_residual, iterations
        x = _embed(game.n, investors, x)
        residual = nash_residual(game, x)
        if residual < best_residual:
            best, best_residual, iterations = x, residual, steps
        return best_residual <= TOLERANCE

    # Where players follow one another in a chain, each sweep settles one of them at least.
    first = (1.0, 10_000) if unique else (1.0, 100)
    for pace, sweeps in (first, (0.5, 300), (0.2, 300), (0.05, 300)):
        x, _, steps = best_response_sweeps(own, start, pace, sweeps)
        if consider(x * unit, steps):
            break
    else:
        if len(investors) <= MOST_PIVOTED_USERS:
            with suppress(ConvergenceError):
                # Lemke's ties are many in users' own units, where every offset is -1.
                consider(lemke(_dense(matrix), offset), 0)
    if len(investors) <= MOST_ENUMERATED_USERS:
        if not best_residual <= TOLERANCE:
            for x in enumerate_solutions(_dense(matrix), offset)[0]:
                consider(x, 0)
        elif unique is None:
            unique = _is_only_solution(_dense(matrix), offset)
    if not best_residual <= TOLERANCE:
        raise ConvergenceError("equilibrium", best_residual)
    return _sealed(best, best_residual, unique, iterations)


def _is_only_solution(matrix, offset):
    """Whether the linear problem has one solution alone, None where a short search cannot tell."""
    solutions, continuum, complete = enumerate_solutions(
        matrix, offset, most_nodes=20_000, most_solutions=2
    )
    if continuum or len(solutions) > 1:
        return False
    return True if complete else None


def _nash_from_many_starts(game, count=20):
    """Distinct Nash equilibria (N,) reached from fixed pseudo-random starts.

    By Newton's method, or by sweeps of best responses in weighted effort beyond FEW users.
    """
    random = np.random.default_rng(0)
    profiles = [nash_equilibrium(game).x]
    by_sweeps = isinstance(game.risk, WeightedEffort) and game.n > FEW
    if by_sweeps:
        investors, matrix, offset = _linear_problem(game)
        own, start, unit = in_own_units(matrix, offset)
    else:
        function, jacobian, length = _logarithmic_problem(game, np.arange(game.n))
        size = 2 * (profiles[0] / length).max() + 1
    for _ in range(count):
        if by_sweeps:
            x, _, _ = best_response_sweeps(own, start, 0.5, 300, random.random(len(start)))
            x = _embed(game.n, investors, x * unit)
            residual = nash_residual(game, x)
        else:
            guess = size * random.random(game.n) * (random.random(game.n) < 0.5)
            z, residual, _ = fischer_burmeister_newton(function, jacobian, guess, iterations=60)
            x = z * length
        scale = 1e-7 * max(profiles[0].max(), x.max())
        if residual <= TOLERANCE and all(np.abs(x - y).max() > scale for y in profiles):
            profiles.append(x)
    return profiles


def _optimum_is_unique(game, x):
    """Whether x is the only optimum of a weighted-effort game, None where rounding hides it.

    Strict convexity of the decays fixes W x at every optimum: it is the only one where W is
    nonsingular, and otherwise another optimum lies at x + d
    with W d = 0, d_k = 0 where F_k > 0 and d_k >= 0 where x_k = 0: a linear feasibility question.
    """
    if dominance(game.risk.weights) is not None:
        return True
    if game.n > FEW:
        return None
    function, _, length = _problem(game, np.zeros(game.n, dtype=int))
    values = function(x / length)
    candidates = np.flatnonzero(values < 1e-8)
    weights = _balanced(game.risk.dense_weights()[:, candidates])
    positive = x[candidates] > 0
    regular, alone = _is_regular(weights), _is_regular(weights[:, positive])
    if regular:
        return True
    hidden = (values[candidates] > 1e-13).any() or regular is None or alone is None
    if alone is False:
        return None if hidden else False
    joining = (~positive).astype(float)
    result = linprog(
        np.zeros(len(candidates)),
        A_eq=np.vstack([weights, joining]),
        b_eq=np.append(np.zeros(game.n), 1.0),
        bounds=[(None if invests else 0, None) for invests in positive],
    )
    if result.status == 2:
        return True
    return None if hidden else False
