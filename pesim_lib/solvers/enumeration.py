"""All solutions of a linear complementarity problem, by a search over supports."""

from itertools import islice, product
from time import monotonic
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

from pesim_lib.solvers.limits import NONE
from pesim_lib.solvers.matrices import finite
from pesim_lib.solvers.rational import Problem, judge
from pesim_lib.solvers.supports import EPSILON, possible_supports
from pesim_lib.solvers.symmetry import images, interchangeable

MOST_BRANCHES = 2_000_000
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
    matrix, offset, error=None, same=None, symmetric=None, most_solutions=20_000, limits=NONE
):
    """All isolated solutions of the linear problem 0 <= x, 0 <= M x + q, x'(M x + q) = 0.

    M (N, N) is nonnegative with a positive diagonal, so that no x_k exceeds -q_k / M_kk. A search
    decides user by user whether x_k = 0 or (M x + q)_k = 0, eliminates what was decided, and drops
    a branch as soon as a decided quantity is negative on the whole box of the undecided ones by
    more than its rounding error, which is carried along. What is left is settled in floating
    point where that suffices and in rational arithmetic where it does not.

    M is taken as exact, and q as known up to `error` (N,), by default a few units in the last
    place; entries with one label in `same` (N,), by default equal ones, are equal whatever the
    error. Users who do not help one another are searched apart. Users who can change places are
    decided in order, and what their changing places makes of a solution is listed too; with labels
    `symmetric` (N,) of users who can, it is not.

    Returns the `Solutions`. The search gives up at its `limits`, by default after two million
    branches, or after `most_solutions` solutions.
    """
    matrix, offset = np.asarray(matrix, dtype=float), np.asarray(offset, dtype=float)
    n = len(offset)
    error = 4 * EPSILON * np.abs(offset) if error is None else error
    same = np.unique(offset, return_inverse=True)[1] if same is None else same
    limit = _Limit(limits, most_solutions)
    labels = interchangeable(matrix, offset, error, same) if symmetric is None else symmetric
    hidden = (np.abs(offset) <= error) & (offset != 0)
    users = np.flatnonzero(offset < 0)
    block = matrix[np.ix_(users, users)]
    count, component = connected_components(block != 0, directed=False)
    parts, continuum, complete = [], False, None if hidden.any() else True
    for number in range(count):
        own = users[component == number]
        part = Problem(matrix[np.ix_(own, own)], offset[own], error[own], same[own])
        found = _search(part, labels[own], limit)
        alike = labels[own] if symmetric is None else own
        parts.append([(own, *each) for each in _all_images(found.points, alike, most_solutions)])
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
    limit = _Limit(NONE, len(supports))
    for support in supports:
        found.settle(support, limit)
    points, doubtful = (
        [x for x, sure in found.points if sure is wanted] for wanted in (True, False)
    )
    return Solutions(points, doubtful, None, False)


def _all_images(points, labels, most):
    """Each of `points`, pairs of x and whether it is sure, and its `images`: `most` + 1 at most."""
    listed: dict[bytes, tuple] = {}
    for x, sure in points:
        for y in images(x, labels):
            key = (y > 0).tobytes()
            listed[key] = y, sure or (key in listed and listed[key][1])
            if len(listed) > most:
                return list(listed.values())
    return list(listed.values())


def _either(a, b):
    """`a or b` where None is unknown."""
    return True if True in (a, b) else None if None in (a, b) else False


def _both(a, b):
    """`a and b` where None is unknown."""
    return False if False in (a, b) else None if None in (a, b) else True


class _Limit:
    """How much work a search may still do, and who is told what is done."""

    def __init__(self, limits, solutions):
        self.nodes, self.solutions = limits.branches or MOST_BRANCHES, solutions
        self.deadline = np.inf if limits.seconds is None else monotonic() + limits.seconds
        self.progress, self.looked, self.found = limits.progress, 0, 0

    def spend(self, nodes):
        """Whether so many more branches may be looked at."""
        self.nodes -= nodes
        self.looked += nodes
        if self.progress is not None:
            self.progress(int(self.looked), self.found)
        return self.nodes >= 0 and monotonic() <= self.deadline


def _search(problem, labels, limit):
    """The `_Found` of one `Problem` with a negative q, searched as one."""
    found, before = _Found(problem), limit.found
    for support, loose in possible_supports(found.table, found.error, labels, limit):
        if support is None or len(found.solutions) >= limit.solutions:
            found.complete = False
            break
        if loose.any():
            found.settle_tie(support, loose, limit)
        else:
            found.settle(support, limit)
        limit.found = before + len(found.solutions)
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
            inverse = finite(np.linalg.inv(block))
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
        # An effort of open sign counts as one: no other support's profile has the same users.
        x[list(support)] = np.maximum(efforts, np.finfo(float).tiny)
        key = tuple(int(user) for user in support)
        known = key in self.solutions and self.solutions[key][1]
        self.solutions[key] = x, bool(sure or known)
        if not sure:
            self.complete = _both(self.complete, None)


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
