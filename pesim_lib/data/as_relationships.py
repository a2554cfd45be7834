"""Who buys transit from whom on the Internet, and who peers: CAIDA's AS-relationship files.

An autonomous system (AS) is a network with a number of its own. A file has a line for each link:
`provider|customer|-1` or `peer|peer|0` in its serial 1, with the link's source as a fourth field in
serial 2, and comments behind #.
"""

import bz2
import gzip
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pesim_lib._sealed import Sealed
from pesim_lib.data.rows import numbered_lines

PROVIDER, PEER = "-1", "0"
# Numbers of autonomous systems have 32 bits.
MOST = 2**32 - 1
# So many bad lines are named, and the rest are counted.
MOST_NAMED = 5


@dataclass(frozen=True, eq=False)
class ASRelationships(Sealed):
    """N networks, who is whose provider, and who peers.

    Attributes
    ----------
    asns : (N,) int array
        The networks' numbers, rising.
    transit : (P, 2) int array
        Provider and customer of each transit link, as places in `asns`.
    peering : (Q, 2) int array
        The two ends of each peering link, likewise.

    Examples
    --------
    >>> from pesim_lib import as_relationships
    >>> found = as_relationships(transit=[(10, 30), (20, 30)], peering=[(10, 20)])
    >>> found.n, found.asns[found.transit].tolist()
    (3, [[10, 30], [20, 30]])
    """

    asns: NDArray
    transit: NDArray
    peering: NDArray

    @property
    def n(self) -> int:
        """Number of networks N."""
        return len(self.asns)

    @property
    def providers(self) -> NDArray:
        """The number of providers of each network, (N,)."""
        return np.bincount(self.transit[:, 1], minlength=self.n)

    @property
    def customers(self) -> NDArray:
        """The number of customers of each network, (N,)."""
        return np.bincount(self.transit[:, 0], minlength=self.n)

    @property
    def peers(self) -> NDArray:
        """The number of peers of each network, (N,)."""
        return np.bincount(self.peering.ravel(), minlength=self.n)


def as_relationships(transit: Any, peering: Any = ()) -> ASRelationships:
    """The networks that links name.

    Parameters
    ----------
    transit : (P, 2) array
        Numbers of provider and customer.
    peering : (Q, 2) array
        Numbers of two peers.

    Returns
    -------
    ASRelationships
        With its links sorted.

    Raises
    ------
    ValueError
        For numbers that are none of an AS, a network linked with itself, two networks linked twice.

    Examples
    --------
    >>> from pesim_lib import as_relationships
    >>> as_relationships(transit=[(10, 30)], peering=[(30, 10)])
    Traceback (most recent call last):
        ...
    ValueError: links: got 10 and 30 twice; allowed: one link between two networks
    """
    pairs = [np.array(list(links), dtype=np.int64).reshape(-1, 2) for links in (transit, peering)]
    both = np.vstack(pairs)
    if both.size and not 0 <= both.min() <= both.max() <= MOST:
        raise ValueError(f"links: got {both.min()} to {both.max()}; allowed: 0 to {MOST}")
    if (both[:, 0] == both[:, 1]).any():
        alone = both[both[:, 0] == both[:, 1]][0, 0]
        raise ValueError(f"links: got {alone} with itself; allowed: links between two networks")
    ends, count = np.unique(np.sort(both, axis=1), axis=0, return_counts=True)
    if (count > 1).any():
        first, second = ends[count > 1][0]
        raise ValueError(
            f"links: got {first} and {second} twice; allowed: one link between two networks"
        )
    pairs[1] = np.sort(pairs[1], axis=1)
    asns = np.unique(both)
    places = (np.searchsorted(asns, links) for links in pairs)
    return ASRelationships(asns, *(links[np.lexsort(links.T[::-1])] for links in places))


def read_as_relationships(path: str | PathLike) -> ASRelationships:
    """The networks of an AS-relationship file, serial 1 or 2, plain or compressed.

    Parameters
    ----------
    path : path
        As CAIDA publishes it, compressed by bzip2, or by gzip, or not.

    Returns
    -------
    ASRelationships

    Raises
    ------
    ValueError
        With the numbers of the bad lines, the first five of them in words: another number of
        fields, what is no number of an AS or no relationship, a network linked with itself, two
        networks linked before. For a compressed file that ends too early, too.
    OSError
        Where there is no such file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from pesim_lib import read_as_relationships
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "as-rel.txt")
    ...     _ = path.write_text("# source:topology\\n10|30|-1\\n20|30|-1\\n10|20|0\\n")
    ...     found = read_as_relationships(path)
    >>> found.asns.tolist(), found.customers.tolist()
    ([10, 20, 30], [1, 1, 0])
    """
    good, bad = array("q"), {}
    for number, line in numbered_lines(path):
        if line.startswith("#"):
            continue
        fields = line.rstrip("\r\n").split("|")
        fault = _fault(fields)
        if fault:
            bad[number] = fault
        else:
            good.extend((number, int(fields[0]), int(fields[1]), fields[2] == PEER))
    links = np.array(good, dtype=np.int64).reshape(-1, 4)
    for line, before in _repeated(links):
        first, second = sorted(links[line, 1:3].tolist())
        bad[links[line, 0]] = f"a link of {first} and {second}, as in line {links[before, 0]}"
    if bad:
        named = [f"line {number}: got {bad[number]}" for number in sorted(bad)[:MOST_NAMED]]
        more = [f"{len(bad) - MOST_NAMED} more bad lines"] * (len(bad) > MOST_NAMED)
        raise ValueError(
            f"{fspath(path)}: {'; '.join(named + more)}; allowed: provider|customer|-1 "
            "or peer|peer|0, behind both a source, each two networks once"
        )
    peers = links[:, 3] == 1
    return as_relationships(links[~peers, 1:3], links[peers, 1:3])


def write_as_relationships(
    path: str | PathLike, relationships: ASRelationships, comments: Iterable[str] = ()
) -> None:
    """Write a file of serial 1, compressed if its name ends in .bz2 or .gz.

    Equal networks make equal files, byte for byte.

    Parameters
    ----------
    path : path
    relationships : ASRelationships
    comments : iterable of str
        Lines to begin with, each behind #.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from pesim_lib import as_relationships, write_as_relationships
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "as-rel.txt")
    ...     write_as_relationships(path, as_relationships([(10, 30)]), ["an example"])
    ...     path.read_text()
    '# an example\\n10|30|-1\\n'
    """
    lines = [f"# {comment}\n" for comment in comments]
    for links, kind in ((relationships.transit, PROVIDER), (relationships.peering, PEER)):
        lines += [f"{a}|{b}|{kind}\n" for a, b in relationships.asns[links].tolist()]
    text = "".join(lines).encode()
    packs = {".bz2": bz2.compress, ".gz": lambda text: gzip.compress(text, mtime=0)}
    pack = packs.get(Path(path).suffix)
    Path(path).write_bytes(pack(text) if pack else text)


def from_internet_graph(graph: Any) -> ASRelationships:
    """The networks of a graph of networkx's `random_internet_as_graph`, node k as AS k + 1."""
    edges = [(i, j, kept["customer"]) for i, j, kept in graph.edges(data=True)]
    transit = [
        (i + 1, j + 1) if customer == str(j) else (j + 1, i + 1)
        for i, j, customer in edges
        if customer != "none"
    ]
    return as_relationships(
        transit, [(i + 1, j + 1) for i, j, customer in edges if customer == "none"]
    )


def _repeated(links):
    """(row, row before) of each row of `links` whose two ends were linked before."""
    code = (np.sort(links[:, 1:3], axis=1) * [1 << 32, 1]).sum(axis=1, dtype=np.uint64)
    order = np.argsort(code, kind="stable")
    again = np.flatnonzero(code[order][1:] == code[order][:-1])
    return zip(order[again + 1], order[again], strict=True)


def _fault(fields):
    """What is wrong with the fields of a line, or nothing."""
    if len(fields) not in (3, 4):
        return f"{len(fields)} fields"
    for field in fields[:2]:
        if not (field.isascii() and field.isdigit() and len(field) <= 10 and int(field) <= MOST):
            return f"the network {field!r}"
    if fields[2] not in (PROVIDER, PEER):
        return f"the relationship {fields[2]!r}"
    return f"{fields[0]} linked with itself" if int(fields[0]) == int(fields[1]) else ""
