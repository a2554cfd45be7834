"""Risk: the expected loss f_i(x) of each user as a function of everybody's effort (A1, A2).

A `Risk` says what f is, and answers whatever the other rooms ask about it. To add one, write a
class with `n`, `value` and `jacobian`: everything else has an answer that fits every risk.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from pesim_lib._checks import at_least_zero, finite_array, numbers_in, user_count
from pesim_lib._sealed import Sealed
from pesim_lib.paper.decay import Decay
from pesim_lib.solvers import general, total_effort, weighted_effort
from pesim_lib.solvers.matrices import dense
from pesim_lib.solvers.newton import forward_differences


class Risk(Sealed):
    """What a game asks of its risk.

    A subclass has the number of users `n`, the risks `value(x)` (N,) and their `jacobian(x)`
    (N, N), J[i, k] = df_i/dx_k. It may answer the rest faster.

    Attributes
    ----------
    solver : module
        The module of `solvers` that answers for games with this risk.
    weights : (N, N) array, sparse array or None
        W where the risk is weighted effort.

    Examples
    --------
    >>> import numpy as np
    >>> from pesim_lib import Exponential, TotalEffort
    >>> risk = TotalEffort(2, Exponential())
    >>> risk.value(np.zeros(2)), risk.jacobian(np.zeros(2))
    (array([1., 1.]), array([[-1., -1.],
           [-1., -1.]]))
    """

    n: int
    value: Callable[[NDArray], NDArray]
    jacobian: Callable[[NDArray], NDArray]
    solver: ModuleType = general
    weights: Any = None

    def pooled_slopes(self, x, pooled):
        """The sum over i with pooled[i, k] of df_i/dx_k, for each k: (N,)."""
        return (pooled * self.jacobian(x)).sum(axis=0)

    def pooled_curvatures(self, x, pooled):
        """The sum over i with pooled[i, k] of d^2 f_i/(dx_k dx_j), at [k, j]: (N, N)."""
        return forward_differences(lambda y: self.pooled_slopes(y, pooled), x)

    def externalities(self, x):
        """What users do to each other at x: two arrays (N,).

        `caused[k]` is the sum over j != k of df_j/dx_k, `felt[i]` the sum over k != i of
        x_k df_i/dx_k.
        """
        jacobian = self.jacobian(x)
        own = np.diag(jacobian)
        return jacobian.sum(axis=0) - own, jacobian @ x - own * x

    def stakes(self):
        """The pairs (i, k) in which user i's risk depends on x_k: users, efforts, weights (M,)."""
        users, efforts = np.divmod(np.arange(self.n**2), self.n)
        return users, efforts, np.zeros(self.n**2)

    def above(self, floor):
        """The risk of efforts that come on top of `floor` (N,)."""
        return CustomRisk(
            self.n, lambda x: self.value(floor + x), lambda x: self.jacobian(floor + x)
        )

    def scaled(self, factors):
        """The risks `factors` (N,) f_i."""
        factors = np.asarray(factors)
        return CustomRisk(
            self.n,
            lambda x: factors * self.value(x),
            lambda x: factors[:, None] * self.jacobian(x),
        )


class WeightedEffort(Risk):
    """Weighted effort: f_i(x) = phi_i((W x)_i).

    Parameters
    ----------
    weights : (N, N) array or scipy.sparse matrix
        Nonnegative; `weights[i, j]` is how much of user j's effort protects user i.
        The diagonal is positive: everybody can protect itself.
    decay : Decay
        `Exponential`, `PowerLaw` or another; with scalar parameters, or one entry per user.

    Raises
    ------
    ValueError
        If the weights are not square, finite and nonnegative with a positive diagonal, or the
        decay holds a number of users other than N.

    Examples
    --------
    User 2 is protected by user 1, and not the other way round.

    >>> from pesim_lib import Exponential, WeightedEffort
    >>> risk = WeightedEffort([[1.0, 0.0], [0.5, 1.0]], Exponential())
    >>> risk.value([1.0, 0.0]).round(4)
    array([0.3679, 0.6065])
    """

    solver = weighted_effort

    def __init__(self, weights: ArrayLike | sparse.sparray, decay: Decay):
        if sparse.issparse(weights):
            weights = sparse.csr_array(weights, dtype=float, copy=True)
            weights.sum_duplicates()
            finite_array("weights", weights.data)
            self.transposed = weights.T.tocsr()
        else:
            weights = finite_array("weights", weights)
            self.transposed = weights.T
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
        self.n = weights.shape[0]
        self.decay = decay_of(decay, self.n)
        self.__post_init__()

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
        return dense(self.weights)

    def pooled_slopes(self, x, pooled):
        """As `Risk.pooled_slopes`, from one product with W."""
        return (self.dense_weights() * pooled).T @ self.decay.slope(self.effort(x))

    def pooled_curvatures(self, x, pooled):
        """As `Risk.pooled_curvatures`, without differences."""
        weights = self.dense_weights()
        return ((weights * pooled).T * self.decay.curvature(self.effort(x))) @ weights

    def externalities(self, x):
        """As `Risk.externalities`, without an (N, N) array."""
        slope = np.broadcast_to(self.decay.slope(self.effort(x)), self.n)
        own = self.weights.diagonal()
        caused = self.transposed @ slope - own * slope
        return caused, slope * (self.effort(x) - own * x)

    def stakes(self):
        """The pairs (i, k) with w_ik > 0, and w_ik: users, efforts, weights (M,)."""
        entries = sparse.coo_array(self.weights)
        linked = entries.data > 0
        return entries.row[linked], entries.col[linked], entries.data[linked]

    def above(self, floor):
        """The risk of efforts that come on top of `floor` (N,)."""
        return self.with_decay(self.decay.shifted(self.effort(floor)))

    def scaled(self, factors):
        """The risks `factors` (N,) f_i."""
        return self.with_decay(self.decay.scaled(factors))

    def with_decay(self, decay):
        """The same efforts, and another `Decay`."""
        return WeightedEffort(self.weights, decay)


class TotalEffort(WeightedEffort):
    """Total effort, the paper's example: f_i(x) = phi_i(s) with s the sum of all efforts.

    Parameters
    ----------
    n : int
        The number of users N.
    decay : Decay
        As in `WeightedEffort`.

    Raises
    ------
    ValueError
        For `n` below 1, or a decay that holds a number of users other than N.

    Examples
    --------
    >>> from pesim_lib import Exponential, TotalEffort
    >>> TotalEffort(3, Exponential()).value([0.5, 0.5, 0.0]).round(4)
    array([0.3679, 0.3679, 0.3679])
    """

    solver = total_effort

    def __init__(self, n: int, decay: Decay):
        self.n = user_count("n", n)
        self.decay = decay_of(decay, self.n)
        self.weights = self.transposed = np.broadcast_to(1.0, (self.n, self.n))

    def __reduce__(self):
        # Its N^2 weights are one number in memory.
        return type(self), (self.n, self.decay)

    def effort(self, x):
        """The sum of all efforts, once per user, shape (N,)."""
        return np.full(self.n, np.sum(x))

    def with_decay(self, decay):
        """The same number of users, and another `Decay`."""
        return TotalEffort(self.n, decay)


def decay_of(decay, n):
    """`decay`; raises ValueError unless it is one for n users."""
    if not isinstance(decay, Decay):
        raise ValueError(f"decay: got {decay!r}; allowed: a Decay, such as Exponential()")
    if np.shape(decay.value(0.0)) not in ((), (n,)):
        raise ValueError(
            f"decay: got parameters of shape {np.shape(decay.value(0.0))}; allowed: () or ({n},)"
        )
    return decay


class CustomRisk(Risk):
    """Any differentiable risk.

    On construction its functions are probed at a few nonnegative effort profiles. A kink, such as
    a minimum of efforts has, may pass the probes and leave the solvers without an answer.

    Parameters
    ----------
    n : int
        The number of users N.
    value : callable
        Efforts x (N,) to risks f(x) (N,).
    jacobian : callable
        Efforts x (N,) to J (N, N) with J[i, k] = df_i/dx_k, dense or sparse.
    probes : (M, N) array, optional
        Efforts >= 0 at which to probe, as in `check_assumptions`.

    Raises
    ------
    ValueError
        Where a probe finds a wrong shape, a value that is not positive, a risk that grows with
        someone's effort (A1), a jacobian that contradicts the values, or a risk that is not convex
        (A2, in the weak form that admits total effort).

    Examples
    --------
    Two users; only the own effort counts, and the second loses twice as much.

    >>> import numpy as np
    >>> from pesim_lib import CustomRisk, SecurityGame, nash_equilibrium
    >>> loss = np.array([1.0, 2.0])
    >>> own = CustomRisk(2, lambda x: loss * np.exp(-x), lambda x: -np.diag(loss * np.exp(-x)))
    >>> nash_equilibrium(SecurityGame(own, [0.5, 0.5])).x.round(4)
    array([0.6931, 1.3863])
    """

    def __init__(
        self,
        n: int,
        value: Callable[[NDArray], NDArray],
        jacobian: Callable[[NDArray], NDArray],
        probes: ArrayLike | None = None,
    ):
        self.n = user_count("n", n)
        self._functions = value, jacobian
        check_assumptions(self, probes)

    def value(self, x):
        """Risks f(x), an array (N,) of its own."""
        return numbers_in("value", self._functions[0](x))

    def jacobian(self, x):
        """J[i, k] = df_i/dx_k, a dense (N, N) array of its own."""
        return numbers_in("jacobian", dense(self._functions[1](x)))


def check_assumptions(
    risk: Risk, efforts: ArrayLike | None = None, tolerance: float = 1e-6
) -> None:
    """Check A1 and the weak form of A2 of a risk at, and between, some profiles of efforts.

    Convexity is tested by the tangent inequality f(y) >= f(x) + J(x)(y - x) on all pairs, and
    the jacobian against central differences. A pass is evidence, not a proof.

    Parameters
    ----------
    risk : Risk
    efforts : (M, N) array, optional
        One profile in each row; by default zero and eleven fixed profiles, pseudo-random but for
        one, whose efforts are together 0.01 to 10 of the decay lengths
        min_i f_i(0) / |df_i/dx_k(0)|.
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
        efforts = np.vstack([zero, length * _default_shares(risk.n)])
    else:
        efforts = finite_array("probes", efforts)
        if efforts.ndim != 2 or efforts.shape[1] != risk.n or len(efforts) == 0:
            raise ValueError(f"probes: got shape {efforts.shape}; allowed: (M, {risk.n})")
        if (efforts < 0).any():
            raise ValueError(f"probes: got {efforts.min():g}; allowed: >= 0")
    found = [_probed(risk, x) for x in efforts]
    for x, (value, jacobian) in zip(efforts, found, strict=True):
        for y, (other, _) in zip(efforts, found, strict=True):
            tangent = value + jacobian @ (y - x)
            if (tangent > other + tolerance * value).any():
                user = int(np.argmax((tangent - other) / value))
                raise ValueError(
                    f"A2: the risk of user {user} lies below its tangent from x = {x} at {y}; "
                    "allowed: convex risks with their own jacobian"
                )
    _check_jacobian(risk, efforts[-1], length)


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
