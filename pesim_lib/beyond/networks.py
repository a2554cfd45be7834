"""Families of networks, and games on them.

A network is an (M, 2) array of links (i, j): user i depends on user j.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from pesim_lib._checks import finite_array, positive_array, user_count
from pesim_lib.paper.decay import Exponential, PowerLaw
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.risk import WeightedEffort

REWIRED = 0.1


INSIDE = 0.9


GROUPS = 4


def ring(random, n, degree):
    """Users on a circle, each linked with the `degree` nearest ones."""
    _require_between("degree", degree, 2, n - 1)
    steps = np.arange(1, degree // 2 + 1)
    first = np.repeat(np.arange(n), len(steps))
    return _both(np.column_stack([first, (first + np.tile(steps, n)) % n]))


def torus(random, n, degree):
    """A grid without borders: 4 neighbours, or 8 with the diagonal ones.

    Raises ValueError where n has no factors that make a grid of at least 3 rows and columns.
    """
    _require_between("degree", degree, 2, 8)
    rows = max(k for k in range(1, int(np.sqrt(n)) + 1) if n % k == 0)
    if rows < 3:
        raise ValueError(f"n: got {n}; allowed: a product of two factors from 3 on, for a torus")
    row, column = np.divmod(np.arange(n), n // rows)
    steps = [(0, 1), (1, 0), (1, 1), (1, -1)][: degree // 2]
    ends = [(row + a) % rows * (n // rows) + (column + b) % (n // rows) for a, b in steps]
    return _both(np.column_stack([np.tile(np.arange(n), len(steps)), np.concatenate(ends)]))


def uniform(random, n, degree):
    """Erdős-Rényi: every two users are linked with the same probability."""
    _require_between("degree", degree, 0, n - 1)
    return _drawn(random, np.full((n, n), degree / (n - 1)))


def communities(random, n, degree):
    """Four groups, with nine tenths of the expected links inside them."""
    _require_between("n", n, GROUPS + 1, np.inf)
    _require_between("degree", degree, 0, n - 1)
    group = np.arange(n) * GROUPS // n
    same = group[:, None] == group
    inside = same.sum(axis=1).mean() - 1
    outside = n - 1 - inside
    chance = np.where(same, INSIDE * degree / inside, (1 - INSIDE) * degree / outside)
    return _drawn(random, chance)


def small_world(random, n, degree):
    """Watts-Strogatz: a ring, one end of every tenth link moved to a random user."""
    half = ring(random, n, degree)[: n * (degree // 2)]
    linked = {tuple(sorted(pair)) for pair in half.tolist()}
    for i, j in half.tolist():
        if random.random() < REWIRED:
            other = int(random.integers(n))
            pair = tuple(sorted((i, other)))
            if other != i and pair not in linked:
                linked.remove(tuple(sorted((i, j))))
                linked.add(pair)
    return _both(np.array(sorted(linked)))


def scale_free(random, n, degree):
    """Barabási-Albert: users arrive one by one, and link with users who have many links."""
    _require_between("degree", degree, 2, 2 * (n - 1))
    each = degree // 2
    pairs = [(i, j) for i in range(each + 1) for j in range(i)]
    ends = [user for pair in pairs for user in pair]
    for user in range(each + 1, n):
        chosen = _by_popularity(random, ends, each, user)
        pairs += [(user, other) for other in chosen]
        ends += [*chosen, *[user] * each]
    return _both(np.array(pairs))


def star(random, n, degree):
    """One hub, linked with everybody."""
    _require_between("n", n, 2, np.inf)
    return _both(np.column_stack([np.zeros(n - 1, dtype=int), np.arange(1, n)]))


def complete(random, n, degree):
    """Everybody is linked with everybody."""
    _require_between("n", n, 2, np.inf)
    return np.argwhere(~np.eye(n, dtype=bool))


def directed(random, n, degree):
    """Each user depends on `degree` others, drawn uniformly."""
    _require_between("degree", degree, 1, n - 1)
    others = [random.permutation(n - 1)[:degree] for _ in range(n)]
    return np.array([(i, j + (j >= i)) for i in range(n) for j in others[i].tolist()])


def providers(random, n, degree):
    """Each user depends on `degree` others, preferring those on whom many depend already."""
    _require_between("degree", degree, 1, n - 1)
    ends, links = list(range(n)), []
    for user in random.permutation(n).tolist():
        chosen = _by_popularity(random, ends, degree, user)
        links += [(user, other) for other in chosen]
        ends += chosen
    return np.array(links)


FAMILIES = {
    function.__name__.replace("_", " "): function
    for function in (
        ring,
        torus,
        complete,
        small_world,
        uniform,
        communities,
        scale_free,
        star,
        directed,
        providers,
    )
}


def weights(links, n, strength, weighting):
    """W (N, N), sparse: 1 on the diagonal, and positive weights on the links.

    `weighting` says what is equal: "dependence" gives every row with a link the sum 1 + strength,
    "influence" every column with a link, "links" gives all links the same weight and in all
    N * strength. Raises ValueError for another weighting.
    """
    user, other = links.T
    shares = {
        "dependence": lambda: 1 / np.bincount(user, minlength=n)[user],
        "influence": lambda: 1 / np.bincount(other, minlength=n)[other],
        "links": lambda: np.full(len(links), n / max(len(links), 1)),
    }
    if weighting not in shares:
        raise ValueError(f"weighting: got {weighting!r}; allowed: {', '.join(shares)}")
    entries = (strength * shares[weighting](), (user, other))
    return sparse.csr_array(entries, shape=(n, n)) + sparse.eye_array(n, format="csr")


@dataclass(frozen=True)
class Setting:
    """What a game of the study is made from: with equal settings come equal games.

    Unit costs are lognormal with expectation `cost` and a log standard deviation of `spread`.
    Settings that differ in `weighting`, `decay`, `strength`, `cost` or `spread` alone share the
    network and the draws. A star and a complete network ignore `degree`.
    """

    family: str
    weighting: str
    decay: str = "exponential"
    n: int = 36
    degree: int = 4
    strength: float = 0.9
    cost: float = 0.5
    spread: float = 0.0
    seed: int = 0

    def links(self):
        """The network, an (M, 2) array of links."""
        if self.family not in FAMILIES:
            raise ValueError(f"family: got {self.family!r}; allowed: {', '.join(FAMILIES)}")
        for name in ("n", "degree"):
            user_count(name, getattr(self, name))
        random = np.random.default_rng([self.seed, 0])
        return FAMILIES[self.family](random, self.n, self.degree)

    def game(self):
        """The security game."""
        for name in ("strength", "cost"):
            positive_array(name, getattr(self, name), ())
        finite_array("spread", self.spread, ())
        decays = {"exponential": Exponential, "power law": PowerLaw}
        if self.decay not in decays:
            raise ValueError(f"decay: got {self.decay!r}; allowed: {', '.join(decays)}")
        matrix = weights(self.links(), self.n, self.strength, self.weighting)
        draws = np.random.default_rng([self.seed, 1]).standard_normal(self.n)
        costs = self.cost * np.exp(self.spread * draws - self.spread**2 / 2)
        return SecurityGame(WeightedEffort(matrix, decays[self.decay]()), costs)


def regular_ratio(total, unit_cost):
    """rho of equal users whose rows and columns of W all sum to `total`; elementwise.

    (r + ln(1/c)) / (1 + ln(r/c)) for the risk exp(-s) and c <= 1.
    """
    return (total - np.log(unit_cost)) / (1 + np.log(total / unit_cost))


def _require_between(name, value, least, most):
    if not least <= value <= most:
        raise ValueError(f"{name}: got {value!r}; allowed: from {least} to {most}")


def _both(pairs):
    """Links in both directions: those of `pairs` (M, 2), then their reverses."""
    return np.vstack([pairs, pairs[:, ::-1]])


def _drawn(random, chance):
    """Links between the pairs that `chance` (N, N) draws."""
    return _both(np.argwhere(np.triu(random.random(chance.shape) < chance, 1)))


def _by_popularity(random, ends, count, user):
    """`count` distinct users other than `user`, drawn from the list `ends` as often as in it."""
    chosen = []
    while len(chosen) < count:
        other = ends[int(random.integers(len(ends)))]
        if other != user and other not in chosen:
            chosen.append(other)
    return chosen
