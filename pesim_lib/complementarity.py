"""The kernel: find x with 0 <= x, 0 <= F(x) and x_k F_k(x) = 0 for every k.

Nonlinear problems are solved by a Fischer-Burmeister Newton method with Levenberg-Marquardt
steps [Facchinei and Pang, 2003, ch. 9], linear ones by Lemke's algorithm and by enumeration of
supports [Cottle, Pang and Stone, 2009]. One residual certifies every answer.
"""

from itertools import combinations
from math import comb

import numpy as np
from scipy.optimize import linprog

TOLERANCE = 1e-9


class ConvergenceError(RuntimeError):
    """No point with a small enough residual was found; `.residual` is the best one reached."""

    def __init__(self, message, residual):
        super().__init__(f"{message}: reached residual {residual:.3g}, allowed {TOLERANCE:g}")
        self.residual = residual


def natural_residual(x, values):
    """max_k |min(x_k, F_k)|, zero exactly at a solution; `values` is F(x), both (N,)."""
    return float(np.max(np.abs(np.minimum(x, values)), initial=0.0))


def forward_differences(function, x):
    """The jacobian of `function` at x (N,), one column per variable, by forward differences."""
    steps = 1e-7 * (1 + np.abs(x))
    base = function(x)
    columns = [
        (function(x + step * unit) - base) / step
        for step, unit in zip(steps, np.eye(len(x)), strict=True)
    ]
    return np.column_stack(columns)


def active_set_newton(function, jacobian, x, iterations=50):
    """Newton steps on F_k = 0 over {k : x_k > F_k(x)}, with x_k = 0 elsewhere.

    Finite for many linear problems and quadratic near a solution, with exact zeros. Returns the
    best (x, residual, steps) seen; never fails, never certifies.
    """
    best, best_residual = x, np.inf
    seen = set()
    for step in range(iterations + 1):
        values = function(x)
        if not np.isfinite(values).all():
            break
        residual = natural_residual(x, values)
        if residual < best_residual:
            best, best_residual = x, residual
        free = np.flatnonzero(x > values)
        if residual < 1e-15 or (free.tobytes(), residual) in seen:
            break
        seen.add((free.tobytes(), residual))
        x_next = np.zeros_like(x)
        if free.size:
            block = jacobian(x)[np.ix_(free, free)]
            target = block @ x[free] - values[free]
            x_next[free] = np.linalg.lstsq(block, target, rcond=None)[0]
        # A step below zero would leave the domain of F; the next active set takes such users out.
        x = np.maximum(x_next, 0.0)
    return best, best_residual, step


def fischer_burmeister_newton(function, jacobian, x, iterations=300):
    """Minimise |H|^2, H_k = sqrt(x_k^2 + F_k^2) - x_k - F_k, by Levenberg-Marquardt from `x`.

    Every stationary point solves the problem when F is a P0 function, as for the social optimum.
    Returns (x, residual, steps) of the last iterate made nonnegative and refined by
    `active_set_newton`.
    """
    values = function(x)
    merit = _merit(x, values)
    damping = 1e-8
    for iteration in range(iterations):
        length = np.hypot(x, values)
        zero = length == 0
        safe = np.where(zero, 1.0, length)
        weight_x = np.where(zero, -1.0, x / safe - 1)
        weight_f = np.where(zero, -1.0, values / safe - 1)
        h = length - x - values
        matrix = np.diag(weight_x) + weight_f[:, None] * jacobian(x)
        scale = np.linalg.norm(matrix, axis=0)
        target = np.concatenate([-h, np.zeros_like(x)])
        while damping < 1e12:
            damped = np.vstack([matrix, np.diag(np.sqrt(damping) * scale)])
            step = np.linalg.lstsq(damped, target, rcond=None)[0]
            # F is evaluated on the nonnegative orthant alone, where every risk is defined.
            trial = np.maximum(x + step, 0.0)
            trial_values = function(trial)
            trial_merit = _merit(trial, trial_values)
            if trial_merit < merit:
                break
            damping = max(10 * damping, 1e-12)
        else:
            break
        slow = trial_merit > 0.999999 * merit
        x, values, merit = trial, trial_values, trial_merit
        damping = max(damping / 10, 1e-16)
        if natural_residual(x, values) < 1e-12 or (slow and damping > 1e-3):
            break
    refined, residual, extra = active_set_newton(function, jacobian, x)
    return refined, residual, iteration + 1 + extra


def _merit(x, values):
    if not np.isfinite(values).all():
        return np.inf
    return float(np.sum((np.hypot(x, values) - x - values) ** 2))


def lemke(matrix, offset):
    """Solve 0 <= x, 0 <= M x + q, x'(M x + q) = 0 by complementary pivoting.

    M (N, N) strictly copositive (for instance nonnegative with a positive diagonal) guarantees
    that the path ends in a solution. The lexicographic rule decides ties, so it cannot cycle.
    Returns x (N,); raises ConvergenceError if the path ends in a ray.
    """
    n = len(offset)
    if (offset >= 0).all():
        return np.zeros(n)
    # Columns: slacks 0..n-1, variables n..2n-1, the artificial variable 2n, the right-hand side.
    tableau = np.hstack([np.eye(n), -matrix, -np.ones((n, 1)), offset[:, None]])
    basis = np.arange(n)
    row, entering = int(np.argmin(offset)), 2 * n
    for _ in range(50 * n + 100):
        leaving = basis[row]
        tableau[row] /= tableau[row, entering]
        others = np.arange(n) != row
        tableau[others] -= np.outer(tableau[others, entering], tableau[row])
        basis[row] = entering
        if leaving == 2 * n:
            x = np.zeros(2 * n + 1)
            x[basis] = tableau[:, -1]
            return np.maximum(x[n : 2 * n], 0.0)
        entering = leaving + n if leaving < n else leaving - n
        row = _ratio_test(tableau, entering, basis)
    raise ConvergenceError("lemke: too many pivots", np.inf)


def _ratio_test(tableau, entering, basis):
    """Row of the lexicographically smallest ratio; the artificial variable leaves in ties."""
    n = len(basis)
    column = tableau[:, entering]
    rows = np.flatnonzero(column > 1e-11 * np.abs(column).max())
    if rows.size == 0:
        raise ConvergenceError("lemke: secondary ray", np.inf)
    for key in [2 * n + 1, *range(n)]:
        ratios = tableau[rows, key] / column[rows]
        rows = rows[ratios <= ratios.min() + 1e-12 * np.abs(ratios).max()]
        if key == 2 * n + 1 and (basis[rows] == 2 * n).any():
            return int(rows[basis[rows] == 2 * n][0])
        if rows.size == 1:
            break
    return int(rows[0])


def enumerate_solutions(matrix, offset, tolerance=1e-10):
    """All isolated solutions of the linear problem 0 <= x, 0 <= M x + q, x'(M x + q) = 0.

    Tries each of the 2^N supports, so N is at most a dozen or so. Where M restricted to a support
    is singular, the solutions with that support form a polyhedron: its extent along a generic
    direction tells a point from a continuum.

    Returns (solutions, continuum): a list of (N,) arrays and whether some solutions are not
    isolated; each continuum then stands in the list with its end points along that direction.
    """
    n = len(offset)
    matrix, offset, unit = in_own_units(matrix, offset)
    generic = np.random.default_rng(0).random(n)
    solutions, continuum = [], False

    def add(x):
        if not any(np.abs(x - y).max() <= 1e-8 for y in solutions):
            solutions.append(x)

    for size in range(n + 1):
        supports = np.array(list(combinations(range(n), size)), dtype=int)
        supports = supports.reshape(comb(n, size), size)
        blocks = matrix[supports[:, :, None], supports[:, None, :]]
        regular = _regular(blocks)
        solved = np.linalg.solve(blocks[regular], -offset[supports[regular]][:, :, None])
        x = np.zeros((regular.sum(), n))
        np.put_along_axis(x, supports[regular], solved[:, :, 0], axis=1)
        slack = x @ matrix.T + offset
        good = (x >= -tolerance).all(axis=1) & (slack >= -tolerance).all(axis=1)
        for candidate in x[good]:
            add(np.maximum(candidate, 0.0))
        for support, block in zip(supports[~regular], blocks[~regular], strict=True):
            ends = _polyhedron_ends(matrix, offset, support, block, generic, tolerance)
            for end in ends:
                add(end)
            continuum |= len(ends) == 2
    return [x * unit for x in solutions], continuum


def in_own_units(matrix, offset):
    """The linear problem with x_k in units of |q_k|: (M, q, units), q of -1, 0 and 1 alone.

    What is small is then small for every user, whatever its unit of effort.
    """
    unit = np.where(offset == 0, 1.0, np.abs(offset))
    return matrix * unit / unit[:, None], offset / unit, unit


def _regular(blocks):
    """Which of the stacked square blocks are safely invertible."""
    if blocks.shape[-1] == 0:
        return np.ones(len(blocks), dtype=bool)
    singular_values = np.linalg.svd(blocks, compute_uv=False)
    return singular_values[:, -1] > 1e-12 * singular_values[:, 0]


def _polyhedron_ends(matrix, offset, support, block, direction, tolerance):
    """No, one or two points: the extent along `direction` of the solutions with this support."""
    target = -offset[support]
    nearest = np.linalg.lstsq(block, target, rcond=None)[0]
    if np.abs(block @ nearest - target).max() > tolerance:
        return []
    outside = np.setdiff1d(np.arange(len(offset)), support)
    ends = []
    for sign in (1, -1):
        result = linprog(
            sign * direction[support],
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
