"""All solutions of a linear complementarity problem, by a search over supports."""

from itertools import islice, product
from time import monotonic
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

from pesim_lib.solvers.rational import Problem, judge

EPSILON = np.finfo(float).eps
# The linear programmes and exact arithmetic that settle a tie take about as long as this many
# branches for each user involved, cubed.
EXACT = 1 / 50
# So many users who cannot be decided one at a time are decided in all 2^12 ways.
MOST_UNDECIDED = 12


class Solutions(NamedTuple):
    """What a search over supports found.

    `points`: a list of (N,) arrays, solutions whatever the rounding of q; `doubtful`: a list of
    those that rounding leaves open. All isolated solutions are among the two, and each continuum
    with the end points of its extent in a generic direction, unless `complete` is False: then the
    search ended early. `complete` is None where rounding left something open, True otherwise.
    `continuum`: whether some solutions are not isolated, None where rounding hides it.
    """

    points: list
    doubtful: list
    continuum: bool | None
    complete: bool | None


def enumerate_solutions(
    matrix, offset, error=None, same=None, most_nodes=2_000_000, most_solutions=20_000, seconds=None
):
    """All isolated solutions of the linear problem 0 <= x, 0 <= M x + q, x'(M x + q) = 0.

    M (N, N) is nonnegative with a positive diagonal, so that no x_k exceeds -q_k / M_kk. A search
    decides user by user whether x_k = 0 or (M x + q)_k = 0, eliminates what was decided, and drops
    a branch as soon as a decided quantity is negative on the whole box of the undecided ones by
    more than its rounding error, which is carried along. What is left is settled in floating
    point where that suffices and in rational arithmetic where it does not.

    M is taken as exact, and q as known up to `error` (N,), by default a few units in the last
    place; entries with one label in `same` (N,), by default equal ones, are equal whatever the
    error. Users who do not help one another are searched apart.

    Returns the `Solutions`. The search gives up after `most_nodes` branches, `most_solutions`
    solutions or, if given, so many `seconds`.
    """
    matrix, offset = np.asarray(matrix, dtype=float), np.asarray(offset, dtype=float)
    n = len(offset)
    error = 4 * EPSILON * np.abs(offset) if error is None else error
    same = np.unique(offset, return_inverse=True)[1] if same is None else same
    limit = _Limit(most_nodes, most_solutions, None if seconds is None else monotonic() + seconds)
    hidden = (np.abs(offset) <= error) & (offset != 0)
    users = np.flatnonzero(offset < 0)
    block = matrix[np.ix_(users, users)]
    count, component = connected_components(block != 0, directed=False)
    parts, continuum, complete = [], False, None if hidden.any() else True
    for number in range(count):
        own = users[component == number]
        part = Problem(matrix[np.ix_(own, own)], offset[own], error[own], same[own])
        found = _search(part, limit)
        parts.append([(own, x, sure) for x, sure in found.points])
        continuum = _either(continuum, found.continuum)
        complete = _both(complete, found.complete)
    points: list[np.ndarray] = []
    doubtful: list[np.ndarray] = []
    every = islice(product(*parts), most_solutions + 1)
    for chosen in every:
        x = np.zeros(n)
        for own, part, _ in chosen:
            x[own] = part
        (points if all(sure for _, _, sure in chosen) else doubtful).append(x)
    if len(points) + len(doubtful) > most_solutions:
        complete = False
    return Solutions(points, doubtful, continuum, complete)


def settle_supports(matrix, offset, error, same, supports):
    """The `Solutions` that the `supports`, (N,) boolean arrays, carry; q < 0.

    In floating point where that suffices, and in rational arithmetic on small supports.
    """
    found = _Found(Problem(matrix, offset, error, same))
    limit = _Limit(2_000_000, len(supports), None)
    for support in supports:
        found.settle(support, limit)
    points, doubtful = (
        [x for x, sure in found.points if sure is wanted] for wanted in (True, False)
    )
    return Solutions(points, doubtful, None, False)


def _either(a, b):
    """`a or b` where None is unknown."""
    return True if True in (a, b) else None if None in (a, b) else False


def _both(a, b):
    """`a and b` where None is unknown."""
    return False if False in (a, b) else None if None in (a, b) else True


class _Limit:
    """How much work a search may still do."""

    def __init__(self, nodes, solutions, deadline):
        self.nodes, self.solutions, self.deadline = nodes, solutions, deadline

    def spend(self, nodes):
        """Whether so many more branches may be looked at."""
        self.nodes -= nodes
        late = self.deadline is not None and monotonic() > self.deadline
        return self.nodes >= 0 and not late


def _search(problem, limit):
    """The `_Found` of one `Problem` with a negative q, searched as one."""
    found = _Found(problem)
    for support, loose in _supports(found.table, found.error, limit):
        if support is None or len(found.solutions) >= limit.solutions:
            found.complete = False
            break
        if loose.any():
            found.settle_tie(support, loose, limit)
        else:
            found.settle(support, limit)
    return found


class _Found:
    """The solutions found so far, by support; in the search's units q is -1 and x at most 1."""

    def __init__(self, problem):
        self.problem = problem
        self.unit = -problem.offset / problem.matrix.diagonal()
        self.table = problem.matrix * (self.unit / -problem.offset[:, None])
        self.error = problem.error / -problem.offset + 4 * EPSILON * self.table.max(axis=1)
        self.solutions, self.continuum, self.complete = {}, False, True

    @property
    def points(self):
        """Pairs of efforts and whether they are a solution for sure."""
        return list(self.solutions.values())

    def settle(self, tight, limit):
        """Look for a solution with (M x + q)_k = 0 where `tight` (N,) is true, and x_k = 0 else."""
        inside, outside = np.flatnonzero(tight), np.flatnonzero(~tight)
        block, beside = self.table[np.ix_(inside, inside)], self.table[np.ix_(outside, inside)]
        try:
            inverse = np.linalg.inv(block)
        except np.linalg.LinAlgError:
            self._settle_exactly(inside, limit)
            return
        x = inverse.sum(axis=1)
        x += inverse @ (1 - block @ x)
        rounding = len(x) * EPSILON * (1 + block @ np.abs(x)) + self.error[inside]
        blur = 1.01 * np.abs(inverse) @ (rounding + self.error[inside] * np.abs(x).sum())
        slack = beside @ x - 1
        doubt = beside @ blur + self.error[outside] * (1 + np.abs(x).sum())
        if (blur < 0.01).all() and ((x < -blur).any() or (slack < -doubt).any()):
            return
        if (x > blur).all() and (slack > doubt).all() and (blur < 1e-11).all():
            self._add(inside, x * self.unit[inside], True)
        else:
            self._settle_exactly(inside, limit)

    def _settle_exactly(self, tight, limit):
        if not limit.spend(EXACT * len(tight) ** 3):
            self.complete = _both(self.complete, None)
            return
        verdict = judge(self.problem, tight, tight)
        if verdict.holds is False:
            return
        if verdict.rank == len(tight):
            self._add(verdict.support, verdict.efforts, verdict.holds)
        elif verdict.holds is None:
            # Where the rows agree or not is open; if so, the ends have regular supports.
            self.continuum = _either(self.continuum, None)
            self.complete = _both(self.complete, None)
        else:
            self._add_ends(tight, verdict.independent)

    def settle_tie(self, support, loose, limit):
        """The same where M x + q vanishes for `loose` users (N,) whatever they do, up to error."""
        tight = np.flatnonzero(support | loose)
        if limit.spend(EXACT * len(tight) ** 3):
            verdict = judge(self.problem, tight, tight)
            if verdict.holds and verdict.rank == support.sum():
                self._add_ends(tight, verdict.independent)
                return
        for choice in _every_choice(support, np.flatnonzero(loose)):
            if choice is None:
                self.complete = False
                return
            self.settle(choice, limit)

    def _add_ends(self, tight, independent):
        """Add the ends of the polyhedron of solutions in a generic direction, often one point."""
        ends = _polyhedron_ends(self.table, tight, np.array(independent, dtype=int))
        if ends is None:
            self.complete = _both(self.complete, None)
            return
        supports = []
        for x in ends:
            inside = np.flatnonzero(x > 1e-9)
            verdict = judge(self.problem, tight, inside)
            if verdict.holds is not True or verdict.rank < len(inside):
                self.continuum = _either(self.continuum, None)
                self.complete = _both(self.complete, None)
            else:
                self._add(verdict.support, verdict.efforts, True)
                supports.append(verdict.support)
        self.continuum = _either(self.continuum, len(set(supports)) == 2)

    def _add(self, support, efforts, sure):
        x = np.zeros(len(self.table))
        x[list(support)] = np.maximum(efforts, 0.0)
        key = tuple(int(user) for user in support)
        known = key in self.solutions and self.solutions[key][1]
        self.solutions[key] = x, bool(sure or known)
        if not sure:
            self.complete = _both(self.complete, None)


# What a branch has decided of a user: x_k = 0, (M x + q)_k = 0, or nothing yet; a loose user's
# (M x + q)_k vanishes whatever the users who are still free do.
ZERO, POSITIVE, OPEN, LOOSE = range(4)


def _supports(matrix, error, limit):
    """Supports that may carry solutions of a problem with q = -1 and x <= 1, by branch and bound.

    Yields (support, loose), two (N,) boolean arrays: x vanishes outside the two, and M restricted
    to `support` is regular. Yields (None, None) once, at the end, if the `limit` did not suffice.

    A node is (T, t, decided, upper, error): x_k of positive users and (M x + q)_k of the others
    equal t + T x, where x is zero but for open and loose users, whose x_k lies in [0, upper_k];
    no entry in a row of T or t is off by more than the row's `error`.
    """
    n = len(matrix)
    batch = max(1, 2_000_000 // n**2)
    root = (matrix, np.full(n, -1.0), np.full(n, OPEN), np.ones(n), error)
    stack = [tuple(part[None] for part in root)]
    while stack:
        nodes = stack.pop()
        if not limit.spend(len(nodes[1])):
            yield None, None
            return
        nodes, highest, lowest, blur = _feasible(nodes)
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
        # What is settled first, then whose (M x + q)_k leaves least doubt.
        keys = np.where(usable, constant - highest / 2, np.inf)
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
        children = [
            _with_zero(nodes, np.flatnonzero(zero), users),
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


def _with_zero(nodes, rows, users):
    """Children of `rows` in which x of the user vanishes."""
    table, constant, decided, upper, error = (part[rows] for part in nodes)
    index, user = np.arange(len(rows)), users[rows]
    table[index, :, user] = 0
    upper[index, user] = 0
    decided[index, user] = ZERO
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


def _every_choice(support, undecided):
    """`support` (N,) with each subset of the users `undecided` added, or None if too many."""
    if undecided.size > MOST_UNDECIDED:
        yield None
        return
    for choice in product((False, True), repeat=undecided.size):
        chosen = support.copy()
        chosen[undecided[list(choice)]] = True
        yield chosen


def _polyhedron_ends(matrix, tight, independent):
    """Two (N,) points, perhaps equal: the extent in one direction of x >= 0 on the users `tight`.

    Their rows `independent` vanish and the others' are nonnegative, for q = -1. Empty if there are
    none, or None if they were not found.
    """
    direction = np.random.default_rng(0).random(len(matrix))[tight]
    outside = np.setdiff1d(np.arange(len(matrix)), tight)
    ends = []
    for sign in (1, -1):
        result = linprog(
            sign * direction,
            A_ub=-matrix[np.ix_(outside, tight)] if outside.size else None,
            b_ub=-np.ones(outside.size) if outside.size else None,
            A_eq=matrix[np.ix_(independent, tight)],
            b_eq=np.ones(independent.size),
            bounds=(0, None),
            method="highs-ds",
            options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
        )
        if result.status == 2:
            return []
        if result.status != 0:
            return None
        x = np.zeros(len(matrix))
        x[tight] = result.x
        ends.append(x)
    return ends
