"""What a linear relaxation says of a branch: that it holds no solution, or whom to decide next.

In a branch x_k lies in [0, u_k] and y_k = (M x + q)_k, where it is not zero, in [0, Y_k]. As one
of them vanishes, x_k / u_k + y_k / Y_k <= 1 for every user who is still open. These cuts, with
0 <= y, 0 <= x <= u and y linear in x, make a linear programme.
"""

import numpy as np
from scipy.optimize import linprog

EPSILON = np.finfo(float).eps
# With fewer open users branching is cheaper; in narrower boxes cuts are all rounding.
FEWEST, NARROW = 8, 1e-6
# What is smaller vanishes but for the tolerance of the linear programme.
TIGHT = 1e-6


def relaxed(table, constant, is_open, free, upper, largest, blur):
    """(whether there may be a solution, the open user whose x_k y_k is furthest from 0, or -1).

    y and the x of decided users are `constant` + `table` x, within `blur` (N,), for x zero outside
    the users `free` and at most `upper`; y of the users `is_open` is at most `largest` where x_k
    is zero. That there is none is proved by multipliers of the rows, whatever their rounding.
    """
    free = np.flatnonzero(free & (upper > 0))
    users = np.flatnonzero(is_open & (upper > NARROW) & (largest > NARROW))
    if not users.size:
        return True, -1
    place, index = np.searchsorted(free, users), np.arange(len(users))
    most = largest[users] + blur[users]
    rows = table[:, free] * upper[free]
    needed = np.flatnonzero(constant + np.minimum(rows, 0).sum(axis=1) < 0)
    cuts = rows[users] / most[:, None]
    cuts[index, place] += 1
    left = np.vstack([-rows[needed], cuts])
    right = np.concatenate([constant[needed], 1 - constant[users] / most])
    doubt = np.concatenate([blur[needed], blur[users] / most])
    # The least s >= 0 with left z <= right + s for shares z of `upper`: positive if there is none.
    result = linprog(
        np.append(np.zeros(len(free)), 1.0),
        A_ub=np.column_stack([left, -np.ones(len(left))]),
        b_ub=right,
        bounds=[(0, 1)] * len(free) + [(0, None)],
        method="highs-ds",
        options={"presolve": False},
    )
    if result.status != 0:
        return True, -1
    prices = np.maximum(-result.ineqlin.marginals, 0)
    size = np.abs(left).sum(axis=1) + np.abs(right)
    short = np.minimum(prices @ left, 0).sum() - prices @ right
    if short > prices @ (doubt + 4 * (len(right) + len(free)) * EPSILON * size):
        return False, -1
    shares = result.x[:-1]
    open_product = np.minimum(shares[place], (constant[users] + rows[users] @ shares) / most)
    return True, int(users[open_product.argmax()]) if open_product.max() > TIGHT else -1
