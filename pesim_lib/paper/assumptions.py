"""A1 and A2: positive risks, falling in every effort, and convex."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pesim_lib._checks import at_least_zero, finite_array, quiet


@quiet
def check_assumptions(risk: Any, efforts: ArrayLike | None = None, tolerance: float = 1e-6) -> None:
    """Check A1 and the weak form of A2 of a risk at, and between, some profiles of efforts.

    Convexity is tested by the tangent inequality f(y) >= f(x) + J(x)(y - x) on all pairs, and
    the jacobian against central differences. A pass is evidence, not a proof.

    Parameters
    ----------
    risk : Risk
    efforts : (M, N) array, optional
        One profile in each row; by default zero and eleven fixed profiles, pseudo-random but for
        one, whose efforts are together 0.01 to 10 of the decay lengths
        ``min_i f_i(0) / |df_i/dx_k(0)|``.
    tolerance : float
        The share of a risk by which it may lie below its tangent.

    Raises
    ------
    ValueError
        Naming the assumption, the user and the profile.

    Examples
    --------
    >>> from pesim_lib import Exponential, TotalEffort, check_assumptions
    >>> check_assumptions(TotalEffort(3, Exponential()))
    """
    at_least_zero("tolerance", tolerance)
    zero = np.zeros(risk.n)
    length = _decay_lengths(*_probed(risk, zero))
    if efforts is None:
        probes = np.vstack([zero, length * _default_shares(risk.n)])
    else:
        probes = finite_array("probes", efforts)
        if probes.ndim != 2 or probes.shape[1] != risk.n or len(probes) == 0:
            raise ValueError(f"probes: got shape {probes.shape}; allowed: (M, {risk.n})")
        if (probes < 0).any():
            raise ValueError(f"probes: got {probes.min():g}; allowed: >= 0")
    found = [_probed(risk, x) for x in probes]
    for x, (value, jacobian) in zip(probes, found, strict=True):
        for y, (other, _) in zip(probes, found, strict=True):
            tangent = value + jacobian @ (y - x)
            if (tangent > other + tolerance * value).any():
                user = int(np.argmax((tangent - other) / value))
                raise ValueError(
                    f"A2: the risk of user {user} lies below its tangent from x = {x} at {y}; "
                    "allowed: convex risks with their own jacobian"
                )
    _check_jacobian(risk, probes[-1], length)


def _default_shares(n):
    """Effort profiles (11, N) in decay lengths: equal ones, and pseudo-random ones."""
    random = np.random.default_rng(0)
    sizes = np.append(1.0, np.geomspace(0.01, 10, 10))
    shares = np.vstack([np.ones(n), random.random((10, n))])
    return sizes[:, None] * shares / shares.sum(axis=1, keepdims=True)


def _probed(risk, x):
    """f(x) and J(x), of the right shape and sign."""
    n, value, jacobian = risk.n, risk.value(x), risk.jacobian(x)
    if value.shape != (n,):
        raise ValueError(f"value: got shape {value.shape} at x = {x}; allowed: ({n},)")
    if jacobian.shape != (n, n):
        raise ValueError(f"jacobian: got shape {jacobian.shape} at x = {x}; allowed: {(n, n)}")
    if not (np.isfinite(value).all() and np.isfinite(jacobian).all()):
        raise ValueError(f"value, jacobian: got a number that is not finite at x = {x}")
    if not (value > 0).all():
        raise ValueError(
            f"A1: got risk {value.min():g} for user {value.argmin()} at x = {x}; allowed: > 0"
        )
    if (jacobian > 0).any():
        i, k = np.unravel_index(jacobian.argmax(), jacobian.shape)
        raise ValueError(
            f"A1: got a risk of user {i} that grows with x[{k}] at x = {x}; "
            "allowed: decreasing in every effort"
        )
    return value, jacobian


def _decay_lengths(value, jacobian):
    """The shortest min_i f_i / |df_i/dx_k| that each effort has, (N,); one where it has none."""
    steepness = (-jacobian / value[:, None]).max(axis=0)
    return np.where(steepness > 0, 1 / np.where(steepness > 0, steepness, 1), 1.0)


def _check_jacobian(risk, x, length):
    """Raise ValueError unless J agrees with the differences of f near x (N,)."""
    steps = 1e-5 * (length + x)
    x = np.maximum(x, steps)
    differences = np.column_stack(
        [
            (risk.value(x + step * unit) - risk.value(x - step * unit)) / 2 / step
            for step, unit in zip(steps, np.eye(risk.n), strict=True)
        ]
    )
    # In units of what a decay length changes, beside a user's largest change and risk.
    error = np.abs(differences - risk.jacobian(x)) * length
    allowed = 1e-4 * np.maximum((np.abs(differences) * length).max(axis=1), risk.value(x))
    if (error > allowed[:, None]).any():
        raise ValueError(
            f"jacobian: differs from the differences of value by {error.max():g} at x = {x}; "
            "allowed: J[i, k] = df_i/dx_k"
        )
