"""Games on families of networks, what describes a network, and what is measured of each game.

A network is an (M, 2) array of links (i, j): user i depends on user j.
"""

import csv
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import shortest_path

from pesim_lib.anarchy import price_of_anarchy
from pesim_lib.game import SecurityGame
from pesim_lib.participation import participation
from pesim_lib.risk import Exponential, PowerLaw, WeightedEffort

REWIRED = 0.1
INSIDE = 0.9
GROUPS = 4
# N exit equilibria for each game: beyond this many users they take most of the study's time.
MOST_EXITS = 60


def ring(random, n, degree):
    """Users on a circle, each linked with the `degree` nearest ones."""
    steps = np.arange(1, degree // 2 + 1)
    first = np.repeat(np.arange(n), len(steps))
    return _both(np.column_stack([first, (first + np.tile(steps, n)) % n]))


def torus(random, n, degree):
    """A grid without borders: 4 neighbours, or 8 with the diagonal ones."""
    rows = max(k for k in range(1, int(np.sqrt(n)) + 1) if n % k == 0)
    row, column = np.divmod(np.arange(n), n // rows)
    steps = [(0, 1), (1, 0), (1, 1), (1, -1)][: degree // 2]
    ends = [(row + a) % rows * (n // rows) + (column + b) % (n // rows) for a, b in steps]
    return _both(np.column_stack([np.tile(np.arange(n), len(steps)), np.concatenate(ends)]))


def uniform(random, n, degree):
    """Erdős-Rényi: every two users are linked with the same probability."""
    return _drawn(random, np.full((n, n), degree / (n - 1)))


def communities(random, n, degree):
    """Four groups, with nine tenths of the expected links inside them."""
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
    return _both(np.column_stack([np.zeros(n - 1, dtype=int), np.arange(1, n)]))


def complete(random, n, degree):
    """Everybody is linked with everybody."""
    return np.argwhere(~np.eye(n, dtype=bool))


def directed(random, n, degree):
    """Each user depends on `degree` others, drawn uniformly."""
    others = [random.permutation(n - 1)[:degree] for _ in range(n)]
    return np.array([(i, j + (j >= i)) for i in range(n) for j in others[i].tolist()])


def providers(random, n, degree):
    """Each user depends on `degree` others, preferring those on whom many depend already."""
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
        "links": lambda: np.full(len(links), n / len(links)),
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

    @property
    def key(self):
        """The setting as the strings that stand in the table."""
        return tuple(_cell(name, value) for name, value in asdict(self).items())

    def links(self):
        """The network, an (M, 2) array of links."""
        if self.family not in FAMILIES:
            raise ValueError(f"family: got {self.family!r}; allowed: {', '.join(FAMILIES)}")
        random = np.random.default_rng([self.seed, 0])
        return FAMILIES[self.family](random, self.n, self.degree)

    def game(self):
        """The security game."""
        decays = {"exponential": Exponential, "power law": PowerLaw}
        if self.decay not in decays:
            raise ValueError(f"decay: got {self.decay!r}; allowed: {', '.join(decays)}")
        matrix = weights(self.links(), self.n, self.strength, self.weighting)
        draws = np.random.default_rng([self.seed, 1]).standard_normal(self.n)
        costs = self.cost * np.exp(self.spread * draws - self.spread**2 / 2)
        return SecurityGame(WeightedEffort(matrix, decays[self.decay]()), costs)


def network_measures(setting, game):
    """What describes the network; `cv` is a standard deviation over its mean.

    Dependence is what others' efforts do for a user, a row sum of W; influence what a user's
    effort does for all, a column sum. `radius` is the spectral radius of W - I. The rest ignores
    directions: `second` is the second eigenvalue of a random walk, near 1 where the network nearly
    falls apart, and `distance` the mean number of steps between users who are connected at all.
    Eigenvalues and distances are computed densely.
    """
    linked = np.zeros((game.n, game.n), dtype=bool)
    linked[tuple(setting.links().T)] = True
    matrix = game.risk.dense_weights()
    either = (linked | linked.T).astype(float)
    degrees = either.sum(axis=1)
    paths = (degrees * (degrees - 1)).sum()
    scale = 1 / np.sqrt(np.maximum(degrees, 1))
    distances = shortest_path(either, unweighted=True)
    influence = matrix.sum(axis=0)
    return {
        "degree_cv": _variation(degrees),
        "dependence_cv": _variation(matrix.sum(axis=1)),
        "influence_cv": _variation(influence),
        "influence_max": influence.max(),
        "radius": np.abs(np.linalg.eigvals(matrix - np.eye(game.n))).max(),
        "reciprocity": (linked & linked.T).sum() / linked.sum(),
        "clustering": np.trace(either @ either @ either) / paths if paths else 0.0,
        "second": np.linalg.eigvalsh(scale[:, None] * either * scale)[-2],
        "distance": distances[np.isfinite(distances) & (distances > 0)].mean(),
    }


def anarchy_measures(setting, game):
    """rho, what certifies it, and who exerts effort.

    `hubs_nash` and `hubs_optimum` are the mean efforts of the tenth of the users with the most
    influence, over everybody's mean effort, at the worst equilibrium found and at the optimum.
    """
    result = price_of_anarchy(game)
    influence = game.risk.dense_weights().sum(axis=0)
    # Rounded, so that rounding does not choose between equals.
    hubs = np.argsort(-influence.round(9), kind="stable")[: -(-game.n // 10)]
    nash, optimum = result.worst.x, result.optimum.x
    unique = "unique" if result.worst.unique else "enumerated"
    return {
        "rho": result.ratio,
        "best": result.best_ratio,
        "upper": result.upper,
        "certificate": unique if result.exact else "lower bound",
        "residual": max(result.worst.residual, result.optimum.residual),
        "idle_nash": int((nash <= 0).sum()),
        "idle_optimum": int((optimum <= 0).sum()),
        "hubs_nash": _over_mean(nash, hubs),
        "hubs_optimum": _over_mean(optimum, hubs),
    }


def leaving_measures(setting, game):
    """Who would rather leave PESIM.

    How many, their mean influence over everybody's, and `gain`: what joining gains users in the
    mean, over the mean cost at the optimum. Nothing beyond MOST_EXITS users.
    """
    if game.n > MOST_EXITS:
        return {}
    result = participation(game)
    leaves = result.gain < -1e-9 * np.abs(result.inside)
    influence = game.risk.dense_weights().sum(axis=0)
    return {
        "leavers": int(leaves.sum()),
        "leavers_influence": _over_mean(influence, leaves) if leaves.any() else None,
        "gain": result.gain.mean() / -result.inside.mean(),
    }


MEASURES = (network_measures, anarchy_measures, leaving_measures)
COLUMNS = (
    *Setting.__dataclass_fields__,
    *("degree_cv", "dependence_cv", "influence_cv", "influence_max"),
    *("radius", "reciprocity", "clustering", "second", "distance"),
    *("rho", "best", "upper", "certificate", "residual"),
    *("idle_nash", "idle_optimum", "hubs_nash", "hubs_optimum"),
    *("leavers", "leavers_influence", "gain", "error", "version"),
)


def study_row(setting):
    """One row of the study, column -> value; None where nothing was measured.

    A game that cannot be made, solved or certified keeps what was measured before, and its error.
    """
    row = dict.fromkeys(COLUMNS) | asdict(setting) | {"version": version("pesim-lib")}
    try:
        game = setting.game()
        for measure in MEASURES:
            row |= measure(setting, game)
    # Whatever it is, it belongs in the table, and the other games go on.
    except Exception as error:
        row["error"] = " ".join(f"{type(error).__name__}: {error}".split())
    return row


def cells(row):
    """A row's values as the strings that stand in the table, numbers to six digits."""
    return ["" if row[name] is None else _cell(name, row[name]) for name in COLUMNS]


def read_study(file):
    """The stored table, column -> array: floats with nan for nothing, or strings."""
    with open(file, encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    text = {"family", "weighting", "decay", "certificate", "error", "version"}
    return {
        name: np.array([row[name] if name in text else float(row[name] or "nan") for row in rows])
        for name in COLUMNS
    }


def setting_at(table, row):
    """The setting of a row of the table."""
    return Setting(*(field.type(table[field.name][row]) for field in fields(Setting)))


def agrees(table, row, tolerance=1e-5):
    """Whether the row's game, made and solved afresh, gives what stands in the table."""
    fresh = study_row(setting_at(table, row))
    text = {"certificate", "error"}
    numbers = set(COLUMNS) - text - {"residual", "version", *Setting.__dataclass_fields__}
    pairs = [(np.nan if fresh[name] is None else fresh[name], table[name][row]) for name in numbers]
    same = [(fresh[name] or "") == table[name][row] for name in text]
    return all(same) and np.allclose(
        *np.transpose(pairs), rtol=tolerance, atol=1e-9, equal_nan=True
    )


def around_base(table, **levels):
    """The rows of `table` with the base's settings, but for the columns named in `levels`.

    A level is a value or a tuple of values. The base is that of `Setting`, with all families,
    weightings and seeds.
    """
    base = {field.name: field.default for field in fields(Setting)[2:-1]} | levels
    kept = np.ones(len(table["family"]), dtype=bool)
    for name, allowed in base.items():
        kept &= np.isin(table[name], allowed)
    return {name: column[kept] for name, column in table.items()}


def mean_interval(values, draws=2000, seed=0):
    """Mean of `values` (M,), and the bootstrap's 95 per cent interval: (mean, low, high)."""
    values = np.asarray(values, dtype=float)
    picks = np.random.default_rng(seed).integers(len(values), size=(draws, len(values)))
    low, high = np.quantile(values[picks].mean(axis=1), [0.025, 0.975])
    return values.mean(), low, high


def rank_correlation(a, b, groups, given=None, draws=1000, seed=0):
    """Spearman's correlation of a and b (M,) and the bootstrap's 95 per cent interval.

    With `given` (M,), the partial correlation: what is left once ranks in `given` are accounted
    for. Rows with the same entry in `groups` (M,) are drawn together, for they share a network.
    """
    random = np.random.default_rng(seed)
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    columns = np.array([a, b] if given is None else [a, b, given])

    def correlation(rows):
        inverse = np.linalg.inv(np.corrcoef([_ranks(values[rows]) for values in columns]))
        return -inverse[0, 1] / np.sqrt(inverse[0, 0] * inverse[1, 1])

    drawn = random.integers(len(members), size=(draws, len(members)))
    samples = [correlation(np.concatenate([members[k] for k in picks])) for picks in drawn]
    return correlation(np.arange(len(a))), *np.quantile(samples, [0.025, 0.975])


def regular_ratio(total, unit_cost):
    """rho of equal users whose rows and columns of W all sum to `total`; elementwise.

    (r + ln(1/c)) / (1 + ln(r/c)) for the risk exp(-s) and c <= 1.
    """
    return (total - np.log(unit_cost)) / (1 + np.log(total / unit_cost))


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


def _variation(values):
    return values.std() / values.mean()


def _ranks(values):
    """Ranks (M,) from 1, the mean of their places for equals."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place]


def _over_mean(values, users):
    return values[users].mean() / values.mean() if values.any() else None


def _cell(name, value):
    # A residual's digits are rounding; whether it certifies is what other machines share.
    if name == "residual":
        return format(10.0 ** np.ceil(np.log10(max(value, 1e-16))), ".0e")
    return format(round(value, 12) + 0.0, ".6g") if isinstance(value, float) else str(value)
