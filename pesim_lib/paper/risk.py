"""Risk: the expected loss f_i(x) of each user as a function of everybody's effort (A1, A2)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from pesim_lib._checks import finite_array, positive_array, user_count


@dataclass(frozen=True, eq=False)
class Exponential:
    """Decay phi(s) = loss * exp(-rate * s).

    `loss` (money) and `rate` (per unit of effort) are positive scalars, or arrays (N,) with one
    entry per user.
    """

    loss: float | np.ndarray = 1.0
    rate: float | np.ndarray = 1.0

    def __post_init__(self):
        object.__setattr__(self, "loss", positive_array("loss", self.loss, max_ndim=1))
        object.__setattr__(self, "rate", positive_array("rate", self.rate, max_ndim=1))

    def value(self, s):
        """phi(s), elementwise; the right limit, infinity, where exp overflows."""
        with np.errstate(over="ignore"):
            return self.loss * np.exp(-self.rate * s)

    def slope(self, s):
        """phi'(s) < 0."""
        return -self.rate * self.value(s)

    def curvature(self, s):
        """phi''(s) > 0."""
        return self.rate**2 * self.value(s)

    def effort_at_slope(self, steepness):
        """The s (of either sign) with -phi'(s) = steepness > 0."""
        return (np.log(self.loss) + np.log(self.rate) - np.log(steepness)) / self.rate


@dataclass(frozen=True, eq=False)
class PowerLaw:
    """Decay phi(s) = loss * (1 + s)**-exponent, infinite for s <= -1.

    `loss` (money) and `exponent` are positive scalars, or arrays (N,) with one entry per user.
    """

    loss: float | np.ndarray = 1.0
    exponent: float | np.ndarray = 1.0

    def __post_init__(self):
        object.__setattr__(self, "loss", positive_array("loss", self.loss, max_ndim=1))
        object.__setattr__(self, "exponent", positive_array("exponent", self.exponent, max_ndim=1))

    def _power(self, s, extra):
        base = np.maximum(1.0 + np.asarray(s, dtype=float), 0.0)
        with np.errstate(divide="ignore", over="ignore"):
            return self.loss * base ** (-self.exponent - extra)

    def value(self, s):
        """phi(s), elementwise."""
        return self._power(s, 0)

    def slope(self, s):
        """phi'(s) < 0."""
        return -self.exponent * self._power(s, 1)

    def curvature(self, s):
        """phi''(s) > 0."""
        return self.exponent * (self.exponent + 1) * self._power(s, 2)

    def effort_at_slope(self, steepness):
        """The s > -1 with -phi'(s) = steepness > 0."""
        log_ratio = np.log(self.loss) + np.log(self.exponent) - np.log(steepness)
        return np.expm1(log_ratio / (self.exponent + 1))


def _check_decay(decay, n):
    if not isinstance(decay, Exponential | PowerLaw):
        raise ValueError(f"decay: got {decay!r}; allowed: Exponential or PowerLaw")
    if np.shape(decay.value(0.0)) not in ((), (n,)):
        raise ValueError(
            f"decay: got parameters of shape {np.shape(decay.value(0.0))}; allowed: () or ({n},)"
        )


class WeightedEffort:
    """Weighted effort: f_i(x) = phi_i((W x)_i).

    Parameters
    ----------
    weights : (N, N) array or scipy.sparse matrix
        Nonnegative; `weights[i, j]` is how much of user j's effort protects user i.
        The diagonal is positive: everybody can protect itself.
    decay : Exponential or PowerLaw
        With scalar parameters, or one entry per user.

    Raises
    ------
    ValueError
        If the weights are not square, finite and nonnegative with a positive diagonal, or the
        decay holds a number of users other than N.
    """

    def __init__(self, weights, decay):
        if sparse.issparse(weights):
            weights = sparse.csr_array(weights, dtype=float, copy=True)
            finite_array("weights", weights.data)
        else:
            weights = finite_array("weights", weights)
        if weights.ndim != 2 or weights.shape[0] != weights.shape[1] or weights.shape[0] == 0:
            raise ValueError(f"weights: got shape {weights.shape}; allowed: (N, N) with N >= 1")
        if weights.min() < 0:
            raise ValueError(f"weights: got a negative entry {weights.min():g}; allowed: >= 0")
        if not (weights.diagonal() > 0).all():
            user = int(np.argmin(weights.diagonal()))
            raise ValueError(
                f"weights: got weights[{user}, {user}] = {weights.diagonal()[user]:g}; "
                "allowed: a positive diagonal"
            )
        self.weights = weights
        self.decay = decay
        self.n = weights.shape[0]
        _check_decay(decay, self.n)

    def effort(self, x):
        """Effective efforts W x, shape (N,)."""
        return self.weights @ x

    def value(self, x):
        """Risks f(x), shape (N,)."""
        return self.decay.value(self.effort(x))

    def jacobian(self, x):
        """J[i, k] = df_i/dx_k, a dense (N, N) array."""
        return self.decay.slope(self.effort(x))[:, None] * self.dense_weights()

    def dense_weights(self):
        """W as a dense (N, N) array."""
        return self.weights.toarray() if sparse.issparse(self.weights) else self.weights


class TotalEffort(WeightedEffort):
    """Total effort: f_i(x) = phi_i(x_1 + ... + x_N), the paper's example.

    `n` is the number of users; `decay` as in `WeightedEffort`.
    """

    def __init__(self, n, decay):
        n = user_count("n", n)
        self.n = n
        self.decay = decay
        self.weights = np.broadcast_to(1.0, (n, n))
        _check_decay(decay, n)

    def effort(self, x):
        """The sum of all efforts, once per user, shape (N,)."""
        return np.full(self.n, np.sum(x))


@dataclass(frozen=True, eq=False)
class CustomRisk:
    """Any risk: `value(x) -> (N,)` and `jacobian(x) -> (N, N)` with J[i, k] = df_i/dx_k.

    On construction the two are probed at a few nonnegative effort profiles.

    Raises
    ------
    ValueError
        Where a probe finds a wrong shape, a value that is not positive, a risk that grows with
        someone's effort (A1), a jacobian that contradicts the values, or a risk that is not convex
        (A2, in the weak form that admits total effort).
    """

    n: int
    value: Callable[[np.ndarray], np.ndarray]
    jacobian: Callable[[np.ndarray], np.ndarray]

    def __post_init__(self):
        user_count("n", self.n)
        check_assumptions(self)


def check_assumptions(risk, efforts=None, tolerance=1e-6):
    """Check A1 and the weak form of A2 of `risk` at, and between, the rows of `efforts`.

    `efforts` (M, N) defaults to zero, ones and ten fixed pseudo-random profiles of sizes 0.01 to
    10. Convexity is tested by the tangent inequality f(y) >= f(x) + J(x)(y - x) on all pairs, and
    the jacobian against central differences. A pass is evidence, not a proof.

    Raises ValueError naming the assumption, the user and the profile.
    """
    n = risk.n
    if efforts is None:
        random = np.random.default_rng(0)
        sizes = np.geomspace(0.01, 10, 10)[:, None]
        efforts = np.vstack([np.zeros(n), np.ones(n), sizes * random.random((10, n))])
    values, jacobians = [], []
    for x in efforts:
        value = np.asarray(risk.value(x), dtype=float)
        jacobian = np.asarray(risk.jacobian(x), dtype=float)
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
        values.append(value)
        jacobians.append(jacobian)

    for x, value, jacobian in zip(efforts, values, jacobians, strict=True):
        for y, other in zip(efforts, values, strict=True):
            tangent = value + jacobian @ (y - x)
            if (tangent > other + tolerance * value).any():
                user = int(np.argmax(tangent - other))
                raise ValueError(
                    f"A2: the risk of user {user} lies below its tangent from x = {x} at {y}; "
                    "allowed: convex risks with their own jacobian"
                )

    x = efforts[-1]
    step = 1e-5 * (1 + np.abs(x).max())
    differences = np.column_stack(
        [(risk.value(x + step * e) - risk.value(x - step * e)) / (2 * step) for e in np.eye(n)]
    )
    error = np.abs(differences - jacobians[-1]).max()
    if error > 1e-4 * max(1.0, np.abs(differences).max()):
        raise ValueError(
            f"jacobian: differs from the differences of value by {error:g} at x = {x}; "
            "allowed: J[i, k] = df_i/dx_k"
        )
