"""A Newton step of one large joint minimum: among users who invest, in single precision.

With A = diag(curvature)^(1/2) W, restricted to columns of users who invest, the step d solves
(A'A + damping) d = -gradient. Columns are scaled to length one, so that single precision holds
them whatever the units; what it rounds, the next Newton step mends.

Conjugate gradients are preconditioned by exact inverses among small clusters of users who protect
mostly the same others: strong entries of A link them.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.linalg.blas import saxpy
from scipy.sparse.csgraph import connected_components

from pesim_lib.solvers.matrices import Blocks, single

# Users join a cluster by an entry of at least this share of their column's length...
STRONG = 0.4
# ...and where more than so many would, by stronger ones alone.
CLUSTER = 16
# After so many iterations without clusters, making them pays.
PATIENCE = 20
# Clusters are made anew where those that lost a member have more than this share of all users.
MOST_BROKEN = 0.01
# Columns are kept for users whose marginal cost in unit costs is below this: they may soon invest.
NEAR = 0.05
# What single precision reaches in one step.
LEAST_ACCURACY = 1e-4


@dataclass(frozen=True, eq=False)
class Investors:
    """Users who may invest, and what is known of them.

    Attributes
    ----------
    users : (F,) int array
    outgoing : (F, N) sparse array
        Their rows of W'.
    clusters : Clusters or None
    """

    users: np.ndarray
    outgoing: sparse.csr_array
    clusters: "Clusters | None" = None


@dataclass(frozen=True, eq=False)
class Clusters:
    """A preconditioner in blocks.

    Attributes
    ----------
    inverse : (F, F) sparse array
        In units in which each column of A has length one.
    number : (F,) int array
        Of each user's cluster.
    free : (F,) bool array
        Who invested when they were made.
    """

    inverse: sparse.csr_array
    number: np.ndarray
    free: np.ndarray

    def among(self, free):
        """The inverse without clusters of which a member has left the `free` users (F,), or None.

        None where too many have.
        """
        broken = np.zeros(self.number.max() + 1, dtype=bool)
        broken[self.number[self.free & ~free]] = True
        broken = broken[self.number]
        if broken.mean() > MOST_BROKEN:
            return None
        inverse = self.inverse.copy()
        row = np.repeat(np.arange(len(free), dtype=np.int32), np.diff(inverse.indptr))
        dropped = broken[row]
        inverse.data[dropped] = row[dropped] == inverse.indices[dropped]
        return inverse


def investors(outgoing, free, values, known=None):
    """The `Investors` among whom all `free` (N,) users are, the `known` ones if they still fit.

    `outgoing` (N, N) is W'; `values` (N,) are the marginal costs in unit costs.
    """
    if known is not None:
        outside = free.copy()
        outside[known.users] = False
        if not outside.any() and np.count_nonzero(free) > 0.9 * len(known.users):
            return known
    users = np.flatnonzero(free | (values < NEAR))
    return Investors(users, sparse.csr_array(outgoing[users]))


def newton_target(known, point, free, accuracy):
    """Where Newton's step on the free users leads from x, and the `Investors` to go on with.

    `point` is x, the gradient, the curvature of everybody's risk and the damping; all arrays are
    (N,), and the target is zero elsewhere. Users whom the step would take below zero stop there,
    and the others' step is solved again.
    """
    x, gradient, curvature, damping = point
    users = known.users
    begin, gradient, damping, free = (each[users] for each in (x, gradient, damping, free))
    columns, lengths = _unit_columns(known.outgoing, curvature, damping)
    system = _System(Blocks(columns), single(damping / lengths**2))
    rest = np.where(free, -gradient / lengths, 0.0)
    size = np.abs(rest).max(initial=0.0) or 1.0
    rest, step = single(rest / size), np.zeros(len(users), dtype=np.float32)
    goal = max(accuracy, LEAST_ACCURACY) ** 2 * float(rest @ rest)
    inverse = None if known.clusters is None else known.clusters.among(free)
    if inverse is None:
        step, rest = system.solve(step, rest, free, goal, iterations=PATIENCE)
        if float(rest @ rest) > goal:
            known = replace(known, clusters=_clusters(columns, free))
            inverse = known.clusters.inverse
    step, rest = system.solve(step, rest, free, goal, inverse)
    below = free & (begin + size * step / lengths < 0)
    if below.any():
        step[below] = -begin[below] * lengths[below] / size
        free = free & ~below
        rest = single(-gradient / lengths / size) - system.image(step)
        rest *= free
        inverse = None if known.clusters is None else known.clusters.among(free)
        step, _ = system.solve(step, rest, free, goal, inverse)
    target = np.zeros_like(x)
    target[users] = np.where(free, begin + size * step / lengths, 0.0)
    return target, known


def _unit_columns(outgoing, curvature, damping):
    """A' (F, N) with columns of A scaled to length one, damping included; and the lengths (F,)."""
    entries = np.sqrt(curvature)[outgoing.indices]
    entries *= outgoing.data
    lengths = np.sqrt(np.add.reduceat(entries * entries, outgoing.indptr[:-1]) + damping)
    # Nobody whom these protect has anything left to lose: they stay where they are.
    lengths[lengths == 0] = np.inf
    entries /= np.repeat(lengths, np.diff(outgoing.indptr))
    parts = single(entries), outgoing.indices, outgoing.indptr
    return sparse.csr_array(parts, outgoing.shape), lengths


def _clusters(columns, free):
    """The `Clusters` of `free` users (F,) that strong entries link.

    What weak entries add to a user's own is counted, so that A'A has a unit diagonal.
    """
    count = columns.shape[0]
    owner = np.repeat(np.arange(count, dtype=np.int32), np.diff(columns.indptr))
    strong = (columns.data >= STRONG) & free[owner]
    owner, who = owner[strong], columns.indices[strong]
    entries, least = columns.data[strong].astype(float), STRONG
    while True:
        links = sparse.csr_array((entries, (owner, who)), columns.shape)
        products = (links @ links.T).tocoo()
        _, cluster = connected_components(products, directed=False)
        sizes = np.bincount(cluster)
        crowded = sizes[cluster[owner]] > CLUSTER
        if not crowded.any():
            break
        # Beyond length one there are no entries: this ends.
        least *= 1.2
        kept = ~crowded | (entries >= least)
        owner, who, entries = owner[kept], who[kept], entries[kept]
    own = 1 - np.bincount(owner, entries**2, count)
    return Clusters(_block_inverses(products, own, cluster, sizes), cluster, free)


def _block_inverses(products, own, cluster, sizes):
    """The inverse of `products` + diag(own), whose blocks are the clusters: sparse.

    `cluster` (F,) numbers them, `sizes` says how many users each has.
    """
    count = len(own)
    order = np.argsort(cluster, kind="stable")
    first = np.cumsum(sizes) - sizes
    place = np.empty(count, dtype=int)
    place[order] = np.arange(count) - np.repeat(first, sizes)
    entries, rows, columns = [], [], []
    for size in np.unique(sizes):
        chosen = np.flatnonzero(sizes == size)
        number = np.full(len(sizes), -1)
        number[chosen] = np.arange(len(chosen))
        members = order[first[chosen][:, None] + np.arange(size)]
        inside = number[cluster[products.row]] >= 0
        row, column = products.row[inside], products.col[inside]
        blocks = np.zeros((len(chosen), size, size))
        blocks[number[cluster[row]], place[row], place[column]] = products.data[inside]
        blocks[:, np.arange(size), np.arange(size)] += own[members]
        entries.append(np.linalg.inv(blocks).ravel())
        rows.append(np.repeat(members, size, axis=1).ravel())
        columns.append(np.tile(members, (1, size)).ravel())
    where = [np.concatenate(each).astype(np.int32) for each in (rows, columns)]
    return sparse.csr_array((single(np.concatenate(entries)), tuple(where)), (count, count))


@dataclass(frozen=True, eq=False)
class _System:
    """(A'A + damping) z = r in single precision, for A' in `Blocks`."""

    columns: Blocks
    damping: np.ndarray

    def image(self, z):
        image = self.columns @ self.columns.back(z)
        image += self.damping * z
        return image

    def solve(self, z, rest, free, goal, inverse=None, iterations=200):
        """z for the free users until what it leaves, `rest`, is at most `goal` in norm squared.

        `inverse` is a preconditioner. Returns (z, rest), in the arrays given.
        """
        ahead = rest.copy() if inverse is None else inverse @ rest
        size = float(rest @ ahead)
        for _ in range(iterations):
            if not float(rest @ rest) > goal:
                break
            image = self.image(ahead)
            image *= free
            bend = float(ahead @ image)
            if not bend > 0:
                break
            z = saxpy(ahead, z, a=size / bend)
            rest = saxpy(image, rest, a=-size / bend)
            better = rest.copy() if inverse is None else inverse @ rest
            before, size = size, float(rest @ better)
            ahead = saxpy(ahead, better, a=size / before)
        return z, rest
