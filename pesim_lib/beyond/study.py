"""What describes a network, what is measured of its game, and the stored table of both."""

from dataclasses import asdict, fields
from importlib.metadata import version

import numpy as np
from scipy.sparse.csgraph import shortest_path

from pesim_lib.beyond.networks import Setting
from pesim_lib.beyond.tables import read_table
from pesim_lib.paper.individual_rationality import participation
from pesim_lib.paper.price_of_anarchy import price_of_anarchy

# N exit equilibria for each game: beyond this many users they take most of the study's time.
MOST_EXITS = 60


def key(setting):
    """A `Setting` as the strings that stand in the table."""
    return tuple(_cell(name, value) for name, value in asdict(setting).items())


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
    table = read_table(file)
    numeric = {name: np.issubdtype(table[name].dtype, np.number) for name in COLUMNS}
    return {name: table[name].astype(float) if numeric[name] else table[name] for name in COLUMNS}


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
    for. Rows with the same entry in `groups` (M,) are drawn together: those that share a network,
    or a family. Draws in which a column is constant have no correlation and are left out.
    """
    random = np.random.default_rng(seed)
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    columns = np.array([a, b] if given is None else [a, b, given])

    def correlation(rows):
        inverse = np.linalg.inv(np.corrcoef([_ranks(values[rows]) for values in columns]))
        return -inverse[0, 1] / np.sqrt(inverse[0, 0] * inverse[1, 1])

    drawn = random.integers(len(members), size=(draws, len(members)))
    rows = [np.concatenate([members[k] for k in picks]) for picks in drawn]
    samples = [correlation(each) for each in rows if np.ptp(columns[:, each], axis=1).all()]
    return correlation(np.arange(len(a))), *np.quantile(samples, [0.025, 0.975])


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
