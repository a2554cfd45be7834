"""Sweeps of best responses for a linear problem, and what proves that they converge."""

from itertools import pairwise

import numpy as np
from scipy.sparse.linalg import gmres

from pesim_lib.solvers.certificate import TOLERANCE, natural_residual
from pesim_lib.solvers.matrices import FEW, MODERATE, dense, finite, in_blocks

# Into how many groups many users are split.
GROUPS = 8


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


def grouped_sweeps(matrix, offset, start=None, sweeps=200):
    """Best responses of one group of users after the other, in games of many users.

    Each answers to what the groups before it have just chosen, which takes about half as many
    sweeps where best responses contract. Returns (x, sweeps); never fails, never certifies.
    """
    x = np.maximum(-offset, 0.0) if start is None else start.copy()
    ends = np.linspace(0, len(x), GROUPS + 1).astype(int)
    groups = [(slice(first, last), in_blocks(matrix[first:last])) for first, last in pairwise(ends)]
    for sweep in range(1, sweeps + 1):
        change = 0.0
        for group, rows in groups:
            # In place: fresh arrays take longer than what is computed in them.
            answer = rows @ x
            np.subtract(x[group], answer, out=answer)
            answer -= offset[group]
            np.maximum(answer, 0.0, out=answer)
            change = max(change, np.abs(answer - x[group]).max(initial=0.0))
            x[group] = answer
        if not change > 1e-3 * TOLERANCE * x.max(initial=0.0):
            break
    return x, sweep


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
