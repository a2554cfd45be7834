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

from pesim_lib._checks import finite_array, numbers_in, quiet, user_count
from pesim_lib._sealed import Sealed, shown
from pesim_lib.paper.assumptions import check_assumptions
from pesim_lib.paper.decay import Decay
from pesim_lib.solvers import general, total_effort, weighted_effort
from pesim_lib.solvers.matrices import dense
from pesim_lib.solvers.newton import forward_differences

# Smaller numbers have few digits left.
TINY = np.finfo(float).tiny


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

    def __repr__(self):
        parts = {"n": self.n, "weights": self.weights, "decay": getattr(self, "decay", None)}
        told = [f"{name}={shown(part)}" for name, part in parts.items() if part is not None]
        return f"{type(self).__name__}({', '.join(told)})"

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
            if weights.nnz < np.iinfo(np.int32).max:
                # Half the bytes to read in every product.
                weights.indices = weights.indices.astype(np.int32)
                weights.indptr = weights.indptr.astype(np.int32)
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

    def outgoing(self, values):
        """W'v, shape (N,): what each user's effort reaches of v (N,), by weight."""
        return self.transposed @ values

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
        caused = self.outgoing(slope) - own * slope
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

    def __repr__(self):
        return f"TotalEffort(n={self.n}, decay={self.decay!r})"

    def effort(self, x):
        """The sum of all efforts, once per user, shape (N,)."""
        return np.full(self.n, np.sum(x))

    def outgoing(self, values):
        """The sum of all v, once per user, shape (N,)."""
        return np.full(self.n, np.sum(values))

    def with_decay(self, decay):
        """The same number of users, and another `Decay`."""
        return TotalEffort(self.n, decay)


@quiet
def decay_of(decay, n):
    """`decay`; raises ValueError unless it is one for n users."""
    if not isinstance(decay, Decay):
        raise ValueError(f"decay: got {decay!r}; allowed: a Decay, such as Exponential()")
    if np.shape(decay.value(0.0)) not in ((), (n,)):
        raise ValueError(
            f"decay: got parameters of shape {np.shape(decay.value(0.0))}; allowed: () or ({n},)"
        )
    loss, slope = (np.broadcast_to(f(0.0), n) for f in (decay.value, decay.slope))
    real = (loss >= TINY) & (-slope >= TINY) & np.isfinite(loss + slope)
    if not (real | (loss == 0) & (slope == 0)).all():
        raise ValueError(
            "decay: got a loss or slope at zero effort that underflows or overflows; allowed: "
            f"sizes from {TINY:.0e} to {np.finfo(float).max:.0e}"
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
