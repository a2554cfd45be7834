"""All solutions of a linear complementarity problem, by a search over supports."""

from itertools import product

import numpy as np
from scipy.optimize import linprog
from scipy.spatial import cKDTree

from pesim_lib.solvers.certificate import (
    TOLERANCE,
    ConvergenceError,
    in_own_units,
    natural_residual,
)

# The two linear programmes that measure a continuum take about as long as this many solutions.
CONTINUUM = 16


def enumerate_solutions(matrix, offset, most_nodes=2_000_000, most_solutions=20_000):
    """All isolated solutions of the linear problem 0 <= x, 0 <= M x + q, x'(M x + q) = 0.

    M (N, N) is nonnegative with a positive diagonal, so that no x_k exceeds -q_k / M_kk. A search
    decides user by user whether x_k = 0 or (M x + q)_k = 0, eliminates what was decided, and drops
    a branch as soon as a decided quantity is negative on the whole box of the undecided ones.
    Where M restricted to a support is singular, the solutions with that support form a polyhedron:
    its extent along a generic direction tells a point from a continuum.

    Returns (solutions, continuum, complete): a list of (N,) arrays; whether some solutions are not
    isolated, each continuum then standing in the list with its end points along that direction;
    and whether the search ended before `most_nodes` branches were looked at and `most_solutions`
    found, a continuum counting as CONTINUUM of them.
    """
    matrix, offset, unit = in_own_units(matrix, offset)
    solutions, continuum, complete = [], False, True
    n = len(offset)
    if n == 0:
        return [np.zeros(0)], False, True

    def add(x):
        x = np.maximum(x, 0.0)
        if natural_residual(x, matrix @ x + offset) <= TOLERANCE:
            solutions.append(x)

    work = 0
    for support, loose in _supports(matrix, offset, most_nodes):
        if support is None or work >= most_solutions:
            complete = False
            break
        work += CONTINUUM if loose.any() else 1
        if loose.any():
            ends = _polyhedron_ends(matrix, offset, np.flatnonzero(support | loose))
            for end in ends:
                add(end)
            continuum |= len(ends) == 2
        else:
            x = np.zeros(n)
            block = matrix[np.ix_(support, support)]
            x[support] = np.linalg.solve(block, -offset[support])
            add(x)
    return [x * unit for x in _distinct(solutions)], continuum, complete


def _distinct(points, apart=1e-8):
    """The points without those that repeat an earlier one."""
    if len(points) < 2:
        return points
    repeats = cKDTree(points).query_pairs(apart, p=np.inf, output_type="ndarray")[:, 1]
    return [points[k] for k in np.setdiff1d(np.arange(len(points)), repeats)]


# What a branch has decided of a user: x_k = 0, (M x + q)_k = 0, or nothing yet; a loose user's
# (M x + q)_k vanishes whatever the users who are still free do.
ZERO, POSITIVE, OPEN, LOOSE = range(4)


def _supports(matrix, offset, most_nodes, tolerance=1e-9):
    """Supports that may carry solutions of a linear problem in own units, by branch and bound.

    Yields (support, loose), two (N,) boolean arrays: x vanishes outside the two, and M restricted
    to `support` is regular. Yields (None, None) once, at the end, if `most_nodes` did not suffice.

    A node is (T, t, decided, upper): x_k of positive users and (M x + q)_k of the others equal
    t + T x, where x is zero but for open and loose users, whose x_k lies in [0, upper_k].
    """
    n = len(offset)
    batch = max(1, 2_000_000 // n**2)
    upper = np.maximum(-offset / matrix.diagonal(), 0.0)
    root = (matrix, offset, np.full(n, OPEN), upper)
    stack = [tuple(part[None] for part in root)]
    looked_at = 0
    while stack:
        nodes = stack.pop()
        looked_at += len(nodes[1])
        if looked_at > most_nodes:
            yield None, None
            return
        nodes, highest, lowest = _feasible(nodes, tolerance)
        table, constant, decided, _ = nodes
        is_open = decided == OPEN
        for row in decided[~is_open.any(axis=1)]:
            yield row == POSITIVE, row == LOOSE
        pivots = np.einsum("bkk->bk", table)
        regular = np.abs(pivots) > 1e-8 * (1 + np.abs(table).max(axis=2))
        free = is_open | (decided == LOOSE)
        vanishes = np.abs(np.where(free[:, None], table, 0)).max(axis=2) <= 1e-12
        vanishes &= (np.abs(constant) <= 1e-12) & is_open
        usable = is_open & (regular | vanishes | (lowest > tolerance))
        # What is settled first, then whose (M x + q)_k leaves least doubt.
        keys = np.where(usable, constant - highest / 2, np.inf)
        settled = (lowest > tolerance) | (highest < -tolerance)
        keys[usable & (settled | vanishes)] = -np.inf
        users = keys.argmin(axis=1)
        index = np.arange(len(users))
        can = usable[index, users]
        for row in np.flatnonzero(is_open.any(axis=1) & ~can):
            yield from _every_choice(matrix, decided[row])
        loose = can & vanishes[index, users]
        zero = can & ~loose & ~(highest[index, users] < -tolerance)
        positive = can & ~loose & ~(lowest[index, users] > tolerance)
        children = [
            _with_zero(nodes, np.flatnonzero(zero), users),
            _with_positive(nodes, np.flatnonzero(positive), users),
            _with_loose(nodes, np.flatnonzero(loose), users),
        ]
        joined = [np.concatenate(parts) for parts in zip(*children, strict=True)]
        for start in range(0, len(joined[1]), batch):
            stack.append(tuple(part[start : start + batch] for part in joined))


def _feasible(nodes, tolerance, rounds=2):
    """The nodes that may hold solutions, with tighter boxes, and the range of each open row.

    Returns (nodes, highest, lowest): `highest` is the largest value of (M x + q)_k in the box if
    x_k = 0, `lowest` its smallest if x_k may be positive, both (nodes, N).
    """
    for _ in range(rounds):
        table, constant, decided, upper = nodes
        size = np.abs(constant) + (np.abs(table) @ upper[:, :, None])[:, :, 0] + 1
        top = constant + (np.maximum(table, 0) @ upper[:, :, None])[:, :, 0]
        alive = (top >= -tolerance * size).all(axis=1)
        table, constant, decided, upper, top = (
            part[alive] for part in (table, constant, decided, upper, top)
        )
        # Row k stays nonnegative only while no x_r exceeds top / -T_kr.
        binding = table < -1e-12
        limits = np.where(binding, top[:, :, None] / np.where(binding, -table, 1.0), np.inf)
        slack = tolerance * (1 + upper)
        upper = np.clip(limits.min(axis=1, initial=np.inf) + slack, 0.0, upper)
        nodes = table, constant, decided, upper
    diagonal = np.einsum("bkk->bk", table)
    top = constant + (np.maximum(table, 0) @ upper[:, :, None])[:, :, 0]
    highest = top - np.maximum(diagonal, 0) * upper
    lowest = constant + (np.minimum(table, 0) @ upper[:, :, None])[:, :, 0]
    return nodes, highest, lowest


def _with_zero(nodes, rows, users):
    """Children of `rows` in which x of the user vanishes."""
    table, constant, decided, upper = (part[rows] for part in nodes)
    index, user = np.arange(len(rows)), users[rows]
    table[index, :, user] = 0
    upper[index, user] = 0
    decided[index, user] = ZERO
    return table, constant, decided, upper


def _with_positive(nodes, rows, users):
    """Children of `rows` in which M x + q of the user vanishes: a principal pivot."""
    table, constant, decided, upper = (part[rows] for part in nodes)
    index, user = np.arange(len(rows)), users[rows]
    pivot = table[index, user, user]
    column = table[index, :, user]
    row = -table[index, user] / pivot[:, None]
    row[index, user] = 0
    level = -constant[index, user] / pivot
    table[index, :, user] = 0
    table += column[:, :, None] * row[:, None, :]
    constant += column * level[:, None]
    table[index, user] = row
    constant[index, user] = level
    upper[index, user] = 0
    decided[index, user] = POSITIVE
    return table, constant, decided, upper


def _with_loose(nodes, rows, users):
    """Children of `rows` in which M x + q of the user vanishes whatever x is."""
    table, constant, decided, upper = (part[rows] for part in nodes)
    decided[np.arange(len(rows)), users[rows]] = LOOSE
    return table, constant, decided, upper


def _every_choice(matrix, decided):
    """The supports of one node whose open users cannot be eliminated one at a time."""
    undecided = np.flatnonzero(decided == OPEN)
    if undecided.size > 12:
        yield None, None
        return
    for choice in product((False, True), repeat=undecided.size):
        support = (decided == POSITIVE) | (decided == LOOSE)
        support[undecided[list(choice)]] = True
        block = matrix[np.ix_(support, support)]
        singular_values = np.linalg.svd(block, compute_uv=False)
        is_regular = not support.any() or singular_values[-1] > 1e-12 * singular_values[0]
        none = np.zeros_like(support)
        yield (support, none) if is_regular else (none, support)


def _polyhedron_ends(matrix, offset, support, tolerance=1e-10):
    """No, one or two points: the extent of the solutions with this support, in one direction."""
    direction = np.random.default_rng(0).random(len(offset))[support]
    block = matrix[np.ix_(support, support)]
    target = -offset[support]
    nearest = np.linalg.lstsq(block, target, rcond=None)[0]
    if np.abs(block @ nearest - target).max() > tolerance:
        return []
    outside = np.setdiff1d(np.arange(len(offset)), support)
    ends = []
    for sign in (1, -1):
        result = linprog(
            sign * direction,
            A_ub=-matrix[np.ix_(outside, support)] if outside.size else None,
            b_ub=offset[outside] if outside.size else None,
            A_eq=block,
            b_eq=target,
            bounds=(0, None),
        )
        if result.status == 2:
            return []
        if result.status != 0:
            raise ConvergenceError(f"enumerate_solutions: {result.message}", np.inf)
        x = np.zeros(len(offset))
        x[support] = result.x
        ends.append(x)
    apart = np.abs(ends[0] - ends[1]).max() > 1e-8 * (1 + np.abs(ends[0]).max())
    return ends if apart else ends[:1]
