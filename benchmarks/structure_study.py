"""The study behind the chapter "What does structure do?": `make study` renews chapters/study.csv.

One row for each game, appended as it comes, and put in the design's order at the end. Killed and
started again, the study goes on with the rows that lack; a finished row is never computed again.
The table that results is the same, byte for byte, whatever was killed and however many processes
worked.

Delete the table to compute everything afresh. With --scheduler ADDRESS the games are solved by the
workers of a Dask cluster (package `distributed`), who need `pesim_lib` installed and should be
started with OMP_NUM_THREADS=1.
"""

import argparse
import csv
from itertools import product
from pathlib import Path

from joblib import Parallel, delayed, parallel_config
from stored_tables import grow_table
from tqdm import tqdm

from pesim_lib.beyond.networks import FAMILIES, Setting
from pesim_lib.beyond.study import COLUMNS, cells, key, study_row

TABLE = Path(__file__).parent.parent / "chapters/study.csv"
WEIGHTINGS = ("dependence", "influence", "links")
# The same network whatever the seed.
FIXED = ("ring", "torus", "complete", "star")
NO_DEGREE = ("complete", "star")


def design(replicates=5):
    """The settings of the study: one base, and what is varied around it."""
    settings = [
        *_games(replicates, weighting=WEIGHTINGS, strength=(0.3, 0.6, 0.9)),
        *_games(replicates, weighting=WEIGHTINGS, degree=(8,)),
        *_games(replicates, weighting=WEIGHTINGS, decay=("power law",)),
        *_games(replicates, weighting=WEIGHTINGS, spread=(0.5,)),
        *_games(replicates, weighting=("dependence",), n=(12, 24, 72, 144)),
        *_games(replicates, weighting=("dependence",), n=(12,), strength=(2.0, 4.0)),
    ]
    return [
        setting
        for setting in dict.fromkeys(settings)
        if not (setting.seed and not setting.spread and setting.family in FIXED)
        and not (setting.degree != Setting.degree and setting.family in NO_DEGREE)
    ]


def _games(replicates, **levels):
    """All combinations of families, the levels and the seeds."""
    for family, *values in product(FAMILIES, *levels.values(), range(replicates)):
        yield Setting(family, **dict(zip([*levels, "seed"], values, strict=True)))


def sweep(settings, file, row=study_row, n_jobs=None):
    """Add to the table `file` the row of every setting that it lacks; the number added.

    `row` maps a setting to a dictionary with the names in COLUMNS. `n_jobs` and the backend are
    joblib's: None takes them from `joblib.parallel_config`.

    Raises ValueError for a table with other columns or with rows of other settings.
    """
    by_key = {key(setting): setting for setting in settings}

    def rows(missing):
        results = Parallel(n_jobs=n_jobs, return_as="generator_unordered")(
            delayed(row)(by_key[each]) for each in missing
        )
        yield from map(cells, tqdm(results, total=len(missing)))

    return grow_table(Path(file), COLUMNS, list(by_key), rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument("--replicates", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=-1, help="processes; -1: one for each core")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster")
    arguments = parser.parse_args()
    if arguments.scheduler:
        from distributed import Client

        backend = parallel_config("dask", client=Client(arguments.scheduler))
    else:
        # Many small games: threads inside each would only compete.
        backend = parallel_config("loky", n_jobs=arguments.jobs, inner_max_num_threads=1)
    with backend:
        added = sweep(design(arguments.replicates), arguments.table)
    with arguments.table.open(encoding="utf-8", newline="") as lines:
        errors = [row["error"] for row in csv.DictReader(lines) if row["error"]]
    print(f"{added} rows added to {arguments.table}; {len(errors)} games failed")
    for error in sorted(set(errors)):
        print(f"{errors.count(error):4d}  {error}")


if __name__ == "__main__":
    main()
