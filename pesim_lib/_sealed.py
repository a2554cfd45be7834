"""What is computed once stays as it is: arrays inside results and games cannot be written."""

import numpy as np
from scipy import sparse


def seal(value):
    """`value`, whose numbers nobody can change if it is an array, dense or sparse."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    elif sparse.issparse(value):
        for part in ("data", "indices", "indptr"):
            getattr(value, part).flags.writeable = False
    return value


class Sealed:
    """A base for objects whose arrays are read-only, in their copies and unpickled ones too."""

    def __post_init__(self):
        for value in vars(self).values():
            seal(value)

    def __setstate__(self, state):
        vars(self).update(state)
        Sealed.__post_init__(self)
