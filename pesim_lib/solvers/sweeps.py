"""Sweeps of best responses for a linear problem, and what proves that they converge."""

import numpy as np
from scipy.sparse.linalg import gmres

from pesim_lib.solvers.certificate import TOLERANCE, natural_residual
from pesim_lib.solvers.matrices import FEW, MODERATE, dense, finite


def best_response_sweeps(matrix, offset, pace=1.0, sweeps=10_000, start=None):
    """Everybody goes the share `pace` of the way to max(0, x - M x - q), the best response.

    M (N, N) has a unit diagonal. With pace 1, and where `dominance` finds a v, this is a
    contraction in the norm max |x_k| / v_k, and its limit the only solution. From time to time
    elimination on the users who invest tries to finish. Begins at max(0, -q), or at `start` (N,).
    Returns (x, residual, sweeps); never fails, never certifies.
    """
    x = np.maximum(-offset, 0.0) if start is None else start
    change, sweep = np.inf, 0
    # Elimination costs little in small problems; in larger ones sweeps alone are often faster.
    trial = 10 if len(x) <= FEW or (pace < 1 and len(x) <= MODERATE) else 160
    for sweep in range(1, sweeps + 1):
        answer = np.maximum(x - matrix @ x - offset, 0.0)
        before, change = change, np.abs(answer - x).max(initial=0.0)
        # Rounding stops the fall of a contraction.
        if change == 0 or (change >= before and change < 1e-12 * x.max()):
            x = answer
            break
        x = answer if pace == 1 else x + pace * (answer - x)
        if sweep == trial:
            trial += 10 if trial < 160 else trial
            finished = _eliminated(matrix, offset, x)
            if finished is not None:
                x = finished
                break
    x = np.where(x > matrix @ x + offset, x, 0.0)
    return x, natural_residual(x, matrix @ x + offset), sweep


def secant_sweeps(matrix, offset, start=None, sweeps=200):
    """Best responses with a look back: about half as many sweeps where best responses contract.

    From two sweeps, the share of the last one is taken that would close the gap between efforts and
    responses if it were linear. Where the gap grew, a plain
    sweep follows. Returns (x, sweeps); never fails, never certifies.
    """
    x = np.maximum(-offset, 0.0) if start is None else start.copy()
    response, gap, before = x.copy(), np.zeros_like(x), np.zeros_like(x)
    smallest = 0.0
    # In place: fresh arrays of a million users take longer than what is computed in them.
    for sweep in range(1, sweeps + 1):
        answer = matrix @ x
        np.subtract(x, answer, out=answer)
        answer -= offset
        np.maximum(answer, 0.0, out=answer)
        np.subtract(answer, x, out=gap)
        size = max(gap.max(initial=0.0), -gap.min(initial=0.0))
        if not size > 1e-13 * answer.max(initial=0.0):
            break
        x[:] = answer
        if size < smallest:
            # `before` becomes the change of the gap, `response` that of the answer.
            np.subtract(gap, before, out=before)
            np.subtract(answer, response, out=response)
            response *= (before @ gap) / (before @ before)
            x -= response
            np.maximum(x, 0.0, out=x)
        response, smallest = answer, size
        gap, before = before, gap
    return answer, sweep


def _eliminated(matrix, offset, x, rounds=4):
    """A solution from (M x + q)_k = 0 where x_k > (M x + q)_k, and x_k = 0 elsewhere, or None."""
    for _ in range(rounds):
        support = np.flatnonzero(x > matrix @ x + offset)
        block = matrix[support][:, support]
        part = _linear_solution(block, -offset[support], x[support])
        if part is None:
            return None
        x = np.zeros_like(offset)
        x[support] = part
        if natural_residual(x, matrix @ x + offset) <= 1e-3 * TOLERANCE:
            return np.maximum(x, 0.0)
    return None


def _linear_solution(matrix, target, guess):
    """M^-1 target (N,), directly up to MODERATE unknowns and by GMRES beyond, or None."""
    if len(target) > MODERATE:
        return gmres(matrix, target, guess, rtol=1e-14, atol=0.0, restart=40, maxiter=5)[0]
    try:
        return finite(np.linalg.solve(dense(matrix), target))
    except np.linalg.LinAlgError:
        return None


def dominance(matrix, iterations=200):
    """v > 0 (N,) with (M - diag M) v < diag(M) v for a nonnegative M, or None if none was found.

    Such a v proves that M is an H-matrix, hence a P-matrix and nonsingular; strict diagonal
    dominance is the case v = 1. One exists exactly if the spectral radius of the scaled
    off-diagonal part B is below 1, and then the sums 1 + B 1 + B^2 1 + ... tried here lead to it.
    """
    diagonal = np.array(matrix.diagonal())
    v = np.ones(len(diagonal))
    for _ in range(iterations):
        others = matrix @ v / diagonal - v
        if (others < v * (1 - 1e-12)).all():
            return v
        v = 1 + np.maximum(others, 0.0)
        if v.max() > 1e12:
            break
    return None


def share_radius(weights):
    """The spectral radius of w_ij / w_ii, or of w_ij / w_jj, off the diagonal of `weights` (N, N).

    The two are one. Below 1 best replies contract, to the only equilibrium.
    """
    shares = weights / np.diag(weights) - np.eye(len(weights))
    return float(np.abs(np.linalg.eigvals(shares)).max())
