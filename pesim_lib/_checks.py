"""Argument checks that all rooms share: which argument, what was got, what is allowed."""

from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np

# A decorator, for games at the ends of the floating range: infinities are right there, and what is
# not a number in the end is refused by its residual.
quiet = np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore")


def finite_array(name, value, shape=None):
    """`value` as a float array without NaN or infinity, read-only, of `shape` if one is given.

    Raises ValueError for what is not a number, or stands for users in another order.
    """
    array = numbers_in(name, value)
    if shape is not None and array.shape != shape:
        raise ValueError(f"{name}: got shape {array.shape}; allowed: {shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: got NaN or infinity; allowed: finite numbers")
    array.flags.writeable = False
    return array


def numbers_in(name, value):
    """`value` as a float array of its own."""
    if type(value) is np.ndarray and value.dtype == np.float64:
        return value.copy()
    if np.ma.is_masked(value):
        raise ValueError(f"{name}: got masked entries; allowed: a number for every user")
    labels = np.asarray(value.index) if hasattr(value, "iloc") else np.zeros(0)
    if labels.dtype.kind in "iu" and (labels != np.arange(len(labels))).any():
        raise ValueError(f"{name}: got an index in another order; allowed: users from 0 on")
    try:
        given = np.asarray(value)
        real = given.dtype.kind in "biuf" or (
            given.dtype.kind == "O" and all(isinstance(each, Real | Decimal) for each in given.flat)
        )
        array = np.array(given, dtype=float) if real or given.size == 0 else None
    except (TypeError, ValueError, OverflowError):
        array = None
    if array is None:
        raise ValueError(f"{name}: got {value!r}; allowed: an array of numbers")
    return array


def nonnegative_array(name, value, shape=None, max_ndim=None):
    """`finite_array` with every entry >= 0 and at most `max_ndim` dimensions."""
    array = finite_array(name, value, shape)
    if max_ndim is not None and array.ndim > max_ndim:
        raise ValueError(f"{name}: got {array.ndim} dimensions; allowed: at most {max_ndim}")
    if (array < 0).any():
        raise ValueError(f"{name}: got {array.min():g}; allowed: >= 0")
    return array


def positive_array(name, value, shape=None, max_ndim=None):
    """`nonnegative_array` with every entry > 0."""
    array = nonnegative_array(name, value, shape, max_ndim)
    if not (array > 0).all():
        raise ValueError(f"{name}: got {array.min():g}; allowed: > 0")
    return array


def at_least_zero(name, value):
    """`value` as a finite float >= 0."""
    number = finite_array(name, value, ())
    if number < 0:
        raise ValueError(f"{name}: got {number:g}; allowed: >= 0")
    return float(number)


def one_length(**arrays):
    """Raise ValueError unless all `arrays` with a dimension have the same length."""
    lengths = {name: len(array) for name, array in arrays.items() if np.ndim(array)}
    if len(set(lengths.values())) > 1:
        got = ", ".join(f"{length} for {name}" for name, length in lengths.items())
        raise ValueError(f"{', '.join(lengths)}: got lengths {got}; allowed: equal lengths")


def user_count(name, n):
    """`n` as an int >= 1."""
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise ValueError(f"{name}: got {n!r}; allowed: an integer >= 1")
    return int(n)


def count_from_zero(name, value):
    """`value` as an int >= 0."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
        raise ValueError(f"{name}: got {value!r}; allowed: an integer >= 0")
    return int(value)


def user_index(name, user, n):
    """`user` as an int in 0..n-1."""
    if isinstance(user, bool) or not isinstance(user, int | np.integer) or not 0 <= user < n:
        raise ValueError(f"{name}: got {user!r}; allowed: an integer from 0 to {n - 1}")
    return int(user)


def check_share(name, value):
    """Raise ValueError unless 0 < value < 1."""
    if not 0 < finite_array(name, value, ()) < 1:
        raise ValueError(f"{name}: got {value:g}; allowed: between 0 and 1")


def efforts_of(game, x):
    """`x` as nonnegative efforts (N,)."""
    x = finite_array("x", x, shape=(game.n,))
    if (x < 0).any():
        raise ValueError(f"x: got a negative effort {x.min():g}; allowed: >= 0")
    return x


def require_weighted_effort(game) -> Any:
    """The risk of `game`, a ValueError unless it is weighted effort."""
    if game.risk.weights is None:
        got = type(game.risk).__name__
        raise ValueError(f"game.risk: got {got}; allowed: weighted effort")
    return game.risk


def require_three_users(n):
    """Raise ValueError unless n >= 3, what PESIM needs."""
    if n < 3:
        raise ValueError(
            f"N: got {n} users; allowed: N >= 3, for with fewer the prices of users i + 1 and "
            "i + 2 are not both someone else's, and a user sets its own price"
        )
