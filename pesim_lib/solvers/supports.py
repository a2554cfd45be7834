"""Supports that may carry solutions of a linear complementarity problem, by branch and bound."""

import numpy as np

from pesim_lib.solvers.matrices import finite
from pesim_lib.solvers.relaxation import FEWEST, relaxed

EPSILON = np.finfo(float).eps

# What a branch has decided of a user: x_k = 0, (M x + q)_k = 0, or nothing yet; a loose user's
# (M x + q)_k vanishes whatever the users who are still free do.
ZERO, POSITIVE, OPEN, LOOSE = range(4)
# A batch of so many nodes is thinned by linear programmes, each of which takes about as long as
# so many branches; see benchmarks/relaxation.py.
WIDE, PROGRAMME = 32, 40
# They stop where, after so many in vain, fewer than one in eight cuts its branch.
VAIN = 200
# Errors that pivots have carried so far are replaced by those of a fresh elimination.
STALE = 1e-9


def possible_supports(matrix, root_error, labels, limit):
    """Supports that may carry solutions of a problem with q = -1 and x <= 1, by branch and bound.

    Yields (support, loose), two (N,) boolean arrays: x vanishes outside the two, and M restricted
    to `support` is regular. Yields (None, None) once, at the end, if the `limit` did not suffice.
    Users with one entry in `labels` (N,) can change places: among them the first invest.

    A node is (T, t, decided, upper, error): x_k of positive users and (M x + q)_k of the others
    equal t + T x, where x is zero but for open and loose users, whose x_k lies in [0, upper_k];
    no entry in a row of T or t is off by more than the row's `error`.
    """
    n = len(matrix)
    batch = min(512, max(1, 2_000_000 // n**2))
    later = (labels[:, None] == labels) & np.triu(np.ones((n, n), dtype=bool), 1)
    root = (matrix, np.full(n, -1.0), np.full(n, OPEN), np.ones(n), root_error)
    stack, tried, cut = [tuple(part[None] for part in root)], 0, 0
    while stack:
        nodes = stack.pop()
        if not limit.spend(len(nodes[1])):
            yield None, None
            return
        nodes, highest, lowest, blur = _feasible(_refreshed(nodes, matrix, root_error))
        preferred = np.full(len(blur), -1)
        if len(blur) > WIDE and tried < VAIN + 8 * cut:
            alive = np.ones(len(blur), dtype=bool)
            for place in np.flatnonzero((nodes[2] == OPEN).sum(axis=1) >= FEWEST):
                if not limit.spend(PROGRAMME):
                    yield None, None
                    return
                node = (part[place] for part in (*nodes, highest, blur))
                alive[place], preferred[place] = _relaxed(*node)
                tried += 1
            cut += (~alive).sum()
            nodes = tuple(part[alive] for part in nodes)
            highest, lowest, blur, preferred = (
                part[alive] for part in (highest, lowest, blur, preferred)
            )
        table, constant, decided, _, error = nodes
        is_open = decided == OPEN
        for row in decided[~is_open.any(axis=1)]:
            yield row == POSITIVE, row == LOOSE
        pivots = np.einsum("bkk->bk", table)
        regular = np.abs(pivots) > 1e3 * error
        # Nothing in the row, for any user who may still invest, exceeds its error.
        free = is_open | (decided == LOOSE)
        vanishes = np.abs(np.where(free[:, None], table, 0)).max(axis=2) <= 1e2 * error
        vanishes &= (np.abs(constant) <= 1e2 * error) & is_open
        idle, active = lowest > blur, highest < -blur
        usable = is_open & (regular | vanishes | idle)
        # What is settled first, then whom the relaxation leaves open most, then whose (M x + q)_k
        # leaves least doubt.
        keys = np.where(usable, constant - highest / 2, np.inf)
        keys[usable & (np.arange(n) == preferred[:, None])] = -np.finfo(float).max
        keys[usable & (idle | active | vanishes)] = -np.inf
        users = keys.argmin(axis=1)
        index = np.arange(len(users))
        can = usable[index, users]
        for row in np.flatnonzero(is_open.any(axis=1) & ~can):
            # Open users whose pivots are small beside their errors.
            yield decided[row] == POSITIVE, is_open[row] | (decided[row] == LOOSE)
        loose = can & vanishes[index, users]
        zero = can & ~loose & ~active[index, users]
        positive = can & ~loose & ~idle[index, users]
        # Among users who can change places, who comes after an idle one is idle.
        after, before = later[users], later.T[users]
        zero &= ~(after & (decided == POSITIVE)).any(axis=1)
        positive &= ~(before & (decided == ZERO)).any(axis=1)
        after[index, users] = True
        children = [
            _with_zero(nodes, np.flatnonzero(zero), after & is_open),
            _with_positive(nodes, np.flatnonzero(positive), users),
            _with_loose(nodes, np.flatnonzero(loose), users),
        ]
        joined = [np.concatenate(parts) for parts in zip(*children, strict=True)]
        for start in range(0, len(joined[1]), batch):
            stack.append(tuple(part[start : start + batch] for part in joined))


def _feasible(nodes, rounds=2):
    """The nodes that may hold solutions, with tighter boxes, and the range of each open row.

    Returns (nodes, highest, lowest, blur): `highest` is the largest value of (M x + q)_k in the
    box if x_k = 0, `lowest` its smallest if x_k may be positive, `blur` what rounding may add to
    either, all (nodes, N).
    """
    for _ in range(rounds):
        table, constant, _, upper, error = nodes
        blur = error * (1 + upper.sum(axis=1, keepdims=True))
        top = constant + (np.maximum(table, 0) @ upper[:, :, None])[:, :, 0]
        alive = (top >= -blur).all(axis=1)
        table, constant, decided, upper, error = (part[alive] for part in nodes)
        top, blur = top[alive], blur[alive]
        # Row k stays nonnegative only while no x_r exceeds top / -T_kr.
        binding = table < -1e3 * error[:, :, None]
        divisor = np.where(binding, -table - error[:, :, None], 1.0)
        limits = np.where(binding, (top + blur)[:, :, None] / divisor, np.inf)
        tighter = limits.min(axis=1, initial=np.inf) * (1 + 8 * EPSILON)
        upper = np.clip(tighter, 0.0, upper)
        nodes = table, constant, decided, upper, error
    diagonal = np.einsum("bkk->bk", table)
    top = constant + (np.maximum(table, 0) @ upper[:, :, None])[:, :, 0]
    highest = top - np.maximum(diagonal, 0) * upper
    lowest = constant + (np.minimum(table, 0) @ upper[:, :, None])[:, :, 0]
    return nodes, highest, lowest, error * (1 + upper.sum(axis=1, keepdims=True))


def _relaxed(table, constant, decided, upper, _, highest, blur):
    """`relaxed` for one node."""
    is_open = decided == OPEN
    return relaxed(table, constant, is_open, is_open | (decided == LOOSE), upper, highest, blur)


def _refreshed(nodes, matrix, root_error):
    """The nodes, those with large errors computed afresh from M: with its condition's error.

    Pivots bound their errors one after the other, and far too pessimistically after many.
    """
    _, _, decided, _, error = nodes
    stale = np.flatnonzero(error.max(axis=1) > STALE)
    if not stale.size:
        return nodes
    n, positive = len(matrix), decided[stale] == POSITIVE
    free = (decided[stale] == OPEN) | (decided[stale] == LOOSE)
    investing = positive[:, :, None] & positive[:, None]
    block = np.where(investing, matrix, np.eye(n))
    try:
        inverse = finite(np.linalg.inv(block))
    except np.linalg.LinAlgError:
        return nodes
    # One column for each x_k of the free, and one for q: x of the positive, (M x + q)_k of others.
    given = np.where(free[:, None], matrix, 0.0)
    given = np.concatenate([given, np.full((len(stale), n, 1), -1.0)], axis=2)
    target = np.where(positive[:, :, None], -given, 0.0)
    x = inverse @ target
    x += inverse @ (target - block @ x)
    unknown = np.where(positive, root_error, 0.0)
    size = 1 + np.abs(x).sum(axis=1, keepdims=True)
    rounding = n * EPSILON * (np.abs(target) + block @ np.abs(x)) + unknown[:, :, None] * size
    wrong = np.abs(inverse) @ rounding
    wrong += 0.01 * wrong.max(axis=1, keepdims=True)
    # How far the inverse is from one of M, whatever M is within its errors.
    off = np.abs(inverse @ block - np.eye(n)) + np.abs(inverse) @ (
        n * EPSILON * block + unknown[:, :, None] * positive[:, None]
    )
    beside = np.where(positive[:, None], matrix, 0.0)
    slack = given + beside @ x
    doubt = beside @ wrong + n * EPSILON * (np.abs(given) + beside @ np.abs(x))
    doubt += root_error[:, None] * size
    fresh = np.where(positive[:, :, None], x, slack)
    blur = np.where(positive[:, :, None], wrong, doubt).max(axis=2)
    better = (off.sum(axis=2) < 0.005).all(axis=1) & (blur.max(axis=1) < error[stale].max(axis=1))
    table, constant, decided, upper, error = (part.copy() for part in nodes)
    table[stale[better]], constant[stale[better]] = fresh[better, :, :n], fresh[better, :, n]
    error[stale[better]] = blur[better]
    return table, constant, decided, upper, error


def _with_zero(nodes, rows, users):
    """Children of `rows` in which x of the `users`, a boolean array (nodes, N), vanishes."""
    table, constant, decided, upper, error = (part[rows] for part in nodes)
    users = users[rows]
    table[np.broadcast_to(users[:, None], table.shape)] = 0
    upper[users] = 0
    decided[users] = ZERO
    return table, constant, decided, upper, error


def _with_positive(nodes, rows, users):
    """Children of `rows` in which M x + q of the user vanishes: a principal pivot."""
    table, constant, decided, upper, error = (part[rows] for part in nodes)
    index, user = np.arange(len(rows)), users[rows]
    pivot = table[index, user, user]
    column = table[index, :, user]
    row = -table[index, user] / pivot[:, None]
    row[index, user] = 0
    level = -constant[index, user] / pivot
    largest = np.maximum(np.abs(row).max(axis=1), np.abs(level))
    # First-order bounds; a pivot is at least a thousand times its error.
    wrong = 1.01 * error[index, user] * (1 + largest) / np.abs(pivot) + 2 * EPSILON * largest
    error = error * (1 + largest[:, None]) + 1.01 * np.abs(column) * wrong[:, None]
    table[index, :, user] = 0
    table += column[:, :, None] * row[:, None, :]
    constant += column * level[:, None]
    size = np.maximum(np.abs(table).max(axis=2), np.abs(constant))
    error += 2 * EPSILON * (size + np.abs(column) * largest[:, None])
    table[index, user] = row
    constant[index, user] = level
    error[index, user] = wrong
    upper[index, user] = 0
    decided[index, user] = POSITIVE
    return table, constant, decided, upper, error


def _with_loose(nodes, rows, users):
    """Children of `rows` in which M x + q of the user vanishes whatever x is."""
    table, constant, decided, upper, error = (part[rows] for part in nodes)
    decided[np.arange(len(rows)), users[rows]] = LOOSE
    return table, constant, decided, upper, error
