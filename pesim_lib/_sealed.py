"""What is computed once stays as it is: arrays inside results and games cannot be written."""

from dataclasses import fields, is_dataclass

import numpy as np
from scipy import sparse

# Arrays with more entries are described rather than listed.
MOST_SHOWN = 12


def seal(value):
    """`value`, whose numbers nobody can change if it is an array, dense or sparse."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    elif sparse.issparse(value):
        for part in ("data", "indices", "indptr"):
            getattr(value, part).flags.writeable = False
    return value


def shown(value):
    """`value` in a few words: long arrays by their shape and range."""
    if isinstance(value, np.ndarray) and value.size > MOST_SHOWN and value.dtype.kind in "fi":
        shape = " x ".join(map(str, value.shape))
        return f"<{shape} from {value.min():.4g} to {value.max():.4g}>"
    if isinstance(value, np.ndarray) and value.size > MOST_SHOWN:
        told = f"{int(value.sum())} True" if value.dtype.kind == "b" else f"from {value[0]!r} on"
        return f"<{' x '.join(map(str, value.shape))}, {told}>"
    if isinstance(value, np.ndarray):
        return np.array2string(value, precision=4, separator=", ").replace("\n", "")
    if sparse.issparse(value):
        return f"<{' x '.join(map(str, value.shape))}, {value.nnz} stored>"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, tuple) and len(value) > MOST_SHOWN:
        return f"<{len(value)} of {type(value[0]).__name__}>"
    if isinstance(value, tuple):
        return f"({', '.join(map(shown, value))}{',' * (len(value) == 1)})"
    return getattr(value, "__qualname__", None) or repr(value)


class Sealed:
    """A base for objects whose arrays are read-only, in their copies and unpickled ones too.

    They show themselves in a line or two, however many users there are.
    """

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        # In the class itself, where a dataclass looks before it writes its own.
        cls.__repr__ = cls.__repr__  # type: ignore[method-assign]

    def __repr__(self):
        names: list[str] = [part.name for part in fields(self)] if is_dataclass(self) else []
        parts = [f"{name}={shown(getattr(self, name))}" for name in names]
        return f"{type(self).__name__}({', '.join(parts)})"

    def __post_init__(self):
        for value in vars(self).values():
            seal(value)

    def __setstate__(self, state):
        vars(self).update(state)
        Sealed.__post_init__(self)
