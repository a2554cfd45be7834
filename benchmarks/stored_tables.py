"""Tables that a benchmark stores: whole, or as they were."""

import csv
import io
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "web/build"))

from whole_files import write_whole


def write_table(path, columns, rows):
    """Write a CSV file afresh, once all its `rows` are there."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_whole(path, text.getvalue())
