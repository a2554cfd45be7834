"""Where a datum came from, so that an error can name its row or line; compressed files, too."""

import bz2
import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from typing import Any, NoReturn

# What the first bytes of a file say, whatever it is called.
PACKED: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open}


@dataclass(frozen=True)
class Rows:
    """Rows of a table or lines of a file: `numbers[k]` is the number of row k for its reader."""

    name: str
    numbers: Sequence[int]
    unit: str = "row"

    def refuse(self, row: int, got: str, allowed: str) -> NoReturn:
        """Raise ValueError for row `row`, counted from 0."""
        raise ValueError(f"{self.place(row)}: got {got}; allowed: {allowed}")

    def place(self, row: int) -> str:
        """The name, and the number of row `row`."""
        return f"{self.name}, {self.unit} {self.numbers[row]}"


def numbered_lines(path: str | PathLike) -> Iterator[tuple[int, str]]:
    """(number from 1, line with its end) of a text file, plain or compressed by gzip or bzip2.

    Raises OSError where there is no such file, ValueError with the number of the line for text that
    is not UTF-8 and for a compressed file that is damaged or ends too early.
    """
    with open(path, "rb") as file:
        start = file.read(3)
    opened = next((read for mark, read in PACKED.items() if start.startswith(mark)), open)
    number = 0
    with opened(path, "rb") as lines:
        while True:
            number += 1
            try:
                line = lines.readline()
            except (EOFError, OSError, zlib.error) as error:
                raise ValueError(
                    f"{fspath(path)}, line {number}: got a compressed file that is damaged or ends "
                    f"here ({error}); allowed: a whole file"
                ) from error
            if not line:
                return
            try:
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise ValueError(
                    f"{fspath(path)}, line {number}: got bytes that are not UTF-8; "
                    "allowed: text in UTF-8"
                ) from error
