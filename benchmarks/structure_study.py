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
import io
import os
from itertools import product
from pathlib import Path

from joblib import Parallel, delayed, parallel_config
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
    file = Path(file)
    done = _finished(file)
    order = {key(setting): number for number, setting in enumerate(settings)}
    foreign = sorted(done.keys() - order.keys())
    if foreign:
        raise ValueError(f"{file}: got a row of {foreign[0]}; allowed: rows of the given settings")
    missing = [setting for setting in settings if key(setting) not in done]
    results = Parallel(n_jobs=n_jobs, return_as="generator_unordered")(
        delayed(row)(setting) for setting in missing
    )
    with file.open("a", encoding="utf-8", newline="") as table:
        if table.tell() == 0:
            table.write(_line(COLUMNS))
        for result in tqdm(results, total=len(missing)):
            row_cells = cells(result)
            done[_key(row_cells)] = line = _line(row_cells)
            table.write(line)
            table.flush()
    ordered = [_line(COLUMNS), *(done[key] for key in order)]
    _replace(file, "".join(ordered))
    return len(missing)


def _finished(file):
    """The complete rows of the table, key -> line; a line that a kill cut short is dropped."""
    if not file.exists():
        return {}
    text = file.read_bytes()
    complete = text[: text.rfind(b"\n") + 1].decode()
    _replace(file, complete)
    lines = complete.splitlines(keepends=True)
    if lines and lines[0] != _line(COLUMNS):
        raise ValueError(f"{file}: got other columns; allowed: {', '.join(COLUMNS)}")
    rows = zip(csv.reader(lines[1:]), lines[1:], strict=True)
    return {_key(row): line for row, line in rows}


def _key(row):
    """The setting of a row, as its leading strings."""
    return tuple(row[: len(Setting.__dataclass_fields__)])


def _line(values):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()


def _replace(file, text):
    """Write the whole file at once: a kill leaves the old one or the new one."""
    new = file.with_suffix(".new")
    new.write_text(text, encoding="utf-8", newline="")
    os.replace(new, file)


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
