"""Newton's method for 0 <= x, 0 <= F(x), x_k F_k(x) = 0, by Fischer and Burmeister's function.

With Levenberg-Marquardt steps [Facchinei and Pang, 2003, ch. 9].
"""

import numpy as np

from pesim_lib.solvers.certificate import natural_residual


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
            if not (np.isfinite(block).all() and np.isfinite(target).all()):
                break
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
        with np.errstate(over="ignore"):
            scale = np.linalg.norm(matrix, axis=0)
        # LAPACK need not return from a matrix that is not finite.
        if not (np.isfinite(scale).all() and np.isfinite(h).all()):
            break
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


def falling_root(function, scale):
    """The s >= 0 at which a falling `function`, elementwise, vanishes; zero where it is negative.

    `scale` (array) is what s is measured in. Found by doubling, then halving, to the last digit.
    """
    low, high = np.zeros_like(scale, dtype=float), np.array(scale, dtype=float)
    with np.errstate(all="ignore"):
        for _ in range(1000):
            beyond = function(high) > 0
            if not beyond.any():
                break
            low, high = np.where(beyond, high, low), np.where(beyond, 2 * high, high)
        while True:
            middle = low + (high - low) / 2
            if not ((low < middle) & (middle < high)).any():
                return np.where(function(np.zeros_like(low)) > 0, middle, 0.0)
            positive = function(middle) > 0
            low, high = np.where(positive, middle, low), np.where(positive, high, middle)
