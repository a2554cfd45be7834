"""Games from data of one's own: all ways in give one game, and what is wrong is named by line."""

import bz2
import gzip
import subprocess
import sys

import numpy as np
import pytest
from scipy import sparse

from pesim_lib import (
    Exponential,
    PowerLaw,
    SecurityGame,
    WeightedEffort,
    as_relationships,
    game_from_graph,
    game_from_links,
    game_from_matrix,
    game_from_tables,
    nash_equilibrium,
    read_as_relationships,
    read_game,
    social_optimum,
    write_as_relationships,
)
from pesim_lib.data.as_relationships import from_internet_graph
from pesim_lib.data.named_game import NamedGame

W = np.array([[1.0, 0.5, 0.0], [0.0, 1.0, 0.25], [0.3, 0.0, 1.0]])
COSTS, LOSSES = [0.2, 0.3, 0.4], [1.0, 2.0, 0.5]
NAMES = ["shop", "bank", "mill"]
LINKS = [("shop", "bank", 0.5), ("bank", "mill", 0.25), ("mill", "shop", 0.3)]
USERS_TABLE = {"user": NAMES, "cost": COSTS, "loss": LOSSES}
LINKS_TABLE = dict(
    zip(("user", "other", "weight"), map(list, zip(*LINKS, strict=True)), strict=True)
)
USERS_FILE = "user,cost,loss\nshop,0.2,1\nbank,0.3,2\nmill,0.4,0.5\n"
LINKS_FILE = "user,other,weight\nshop,bank,0.5\nbank,mill,0.25\nmill,shop,0.3\n"


def from_graph(number=False):
    networkx = pytest.importorskip("networkx")
    graph = networkx.DiGraph()
    for name, cost, loss in zip(NAMES, COSTS, LOSSES, strict=True):
        graph.add_node(NAMES.index(name) if number else name, cost=cost, loss=loss)
    for user, other, weight in LINKS:
        ends = (NAMES.index(user), NAMES.index(other)) if number else (user, other)
        graph.add_edge(*ends, weight=weight)
    return game_from_graph(graph)


def from_pandas():
    pandas = pytest.importorskip("pandas")
    return game_from_tables(pandas.DataFrame(USERS_TABLE), pandas.DataFrame(LINKS_TABLE))


def from_arrow():
    pyarrow = pytest.importorskip("pyarrow")
    return game_from_tables(pyarrow.table(USERS_TABLE), pyarrow.table(LINKS_TABLE))


def from_numbers():
    links = [(NAMES.index(user), NAMES.index(other), weight) for user, other, weight in LINKS]
    return game_from_links(links, dict(enumerate(COSTS)), dict(enumerate(LOSSES)))


WAYS_IN = {
    "dense": lambda: game_from_matrix(W, COSTS, LOSSES, NAMES),
    "sparse": lambda: game_from_matrix(sparse.coo_array(W), COSTS, LOSSES, NAMES),
    "numbers": from_numbers,
    "links": lambda: game_from_links(
        LINKS, dict(zip(NAMES, COSTS, strict=True)), dict(zip(NAMES, LOSSES, strict=True))
    ),
    "columns": lambda: game_from_tables(USERS_TABLE, LINKS_TABLE),
    "pandas": from_pandas,
    "arrow": from_arrow,
    "graph": from_graph,
    "graph of numbers": lambda: from_graph(number=True),
}


@pytest.mark.parametrize("way", WAYS_IN)
def test_every_way_in_gives_the_same_answers(way):
    named = WAYS_IN[way]()
    same = SecurityGame(WeightedEffort(W, Exponential(loss=LOSSES)), COSTS)
    numbered = way in ("numbers", "graph of numbers")
    assert named.names.tolist() == ([0, 1, 2] if numbered else NAMES)
    for solve in (nash_equilibrium, social_optimum):
        np.testing.assert_allclose(solve(named.game).x, solve(same).x, atol=1e-9)


PACKS = {"": str.encode, ".gz": lambda t: gzip.compress(t.encode()),
         ".bz2": lambda t: bz2.compress(t.encode())}  # fmt: skip


@pytest.mark.parametrize("end", PACKS)
def test_files_give_the_same_answers_plain_or_compressed(tmp_path, end):
    users, links = write(tmp_path, USERS_FILE, LINKS_FILE, PACKS[end])
    named = read_game(users, links)
    expected = WAYS_IN["columns"]()
    assert named.names.tolist() == NAMES
    assert named.game.unit_costs.tolist() == COSTS
    assert (named.game.risk.dense_weights() == expected.game.risk.dense_weights()).all()
    assert named.game.risk.decay.loss.tolist() == LOSSES


def write(folder, users, links, pack=str.encode):
    paths = folder / "users.csv", folder / "links.csv"
    for path, text in zip(paths, (users, links), strict=True):
        path.write_bytes(pack(text))
    return paths


def test_columns_may_stand_in_any_order_and_names_may_hold_commas_and_line_ends(tmp_path):
    users = 'loss,user,cost\r\n1,"a, b",0.2\r\n2,"c\r\nd",0.3\r\n'
    links = 'weight,other,user\r\n0.5,"c\r\nd","a, b"\r\n'
    named = read_game(*write(tmp_path, users, links))
    assert named.names.tolist() == ["a, b", "c\r\nd"]
    assert named.game.risk.dense_weights().tolist() == [[1, 0.5], [0, 1]]


def test_a_byte_order_mark_belongs_to_no_column(tmp_path):
    assert read_game(*write(tmp_path, "\ufeff" + USERS_FILE, LINKS_FILE)).game.n == 3


def test_users_without_links_have_a_game(tmp_path):
    assert read_game(*write(tmp_path, "user,cost\na,1\n", "user,other,weight\n")).game.n == 1
    assert game_from_links([], {"a": 0.5}).names.tolist() == ["a"]


def test_weights_of_the_own_effort_and_another_decay_are_taken():
    users = USERS_TABLE | {"own": [2.0, 1.0, 1.0]}
    named = game_from_tables(users, LINKS_TABLE, lambda loss: PowerLaw(loss, 2.0))
    assert named.game.risk.dense_weights().diagonal().tolist() == [2, 1, 1]
    assert named.game.risk.decay.exponent == 2


@pytest.mark.parametrize(
    ("users", "links", "said"),
    [
        ("user,price\na,1\n", "", "users.csv, line 1: got the columns user, price; allowed: user,"),
        ("", "", "users.csv, line 1: got the columns ; allowed"),
        ("user,cost,cost\na,1,1\n", "", "users.csv, line 1: got the columns user, cost, cost"),
        ("user,cost\na,1\nb,1,1\n", "", "users.csv, line 3: got 3 fields; allowed: 2"),
        ("user,cost\na,1\n\n", "", "users.csv, line 3: got 0 fields"),
        ("user,cost\na,1\na,2\n", "", "line 3: got the user 'a' again, as in .*users.csv, line 2"),
        ("user,cost\na,1\n,2\n", "", "users.csv, line 3: got the name ''"),
        ("user,cost\na,0\n", "", "users.csv, line 2: got cost 0; allowed: a number > 0"),
        ("user,cost\na,dear\n", "", "users.csv, line 2: got cost dear; allowed: a number > 0"),
        ("user,cost\na,nan\n", "", "users.csv, line 2: got cost nan"),
        ("user,cost,loss\na,1,-1\n", "", "users.csv, line 2: got loss -1; allowed: a number >= 0"),
        ('user,cost\n"a,1\n', "", "users.csv, line 2: got unexpected end of data"),
        ("user,cost\na,1\nb,1\n", "a,b,0.5\na,a,1\n", "links.csv, line 3: got a link of 'a' with"),
        ("user,cost\na,1\nb,1\n", "a,c,0.5\n", "links.csv, line 2: got other 'c'; allowed: the n"),
        ("user,cost\na,1\nb,1\n", "x,b,0.5\n", "links.csv, line 2: got user 'x'"),
        ("user,cost\na,1\nb,1\n", "a,b,-0.5\n", "links.csv, line 2: got weight -0.5; allowed"),
        ("user,cost\na,1\nb,1\n", "a,b,1\nb,a,1\na,b,2\n", "line 4: got a link that stands in .*2"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_told_by_line(tmp_path, users, links, said):
    paths = write(tmp_path, users, "user,other,weight\n" + links)
    with pytest.raises(ValueError, match=said):
        read_game(*paths)


def test_a_line_is_the_readers_also_behind_a_name_of_two_lines(tmp_path):
    paths = write(tmp_path, 'user,cost\n"a\nb",1\nc,-1\n', "user,other,weight\n")
    with pytest.raises(ValueError, match=r"users.csv, line 4: got cost -1"):
        read_game(*paths)


@pytest.mark.parametrize("end", [".gz", ".bz2"])
def test_half_a_compressed_file_is_refused(tmp_path, end):
    whole = PACKS[end]("10|20|-1\n" + "".join(f"{k}|{k + 7}|0\n" for k in range(30_000)))
    path = tmp_path / "as-rel"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(
        ValueError, match=r"as-rel, line \d+: got a compressed file that is damaged"
    ):
        read_as_relationships(path)
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 0xFF
    path.write_bytes(damaged)
    with pytest.raises(ValueError, match="allowed: a whole file"):
        read_as_relationships(path)


def test_text_that_is_not_utf8_is_refused_by_line(tmp_path):
    path = tmp_path / "as-rel"
    path.write_bytes(b"1|2|0\n\xff|3|0\n")
    with pytest.raises(ValueError, match="line 2: got bytes that are not UTF-8"):
        read_as_relationships(path)


def test_a_file_that_is_not_there_is_no_bad_line(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_as_relationships(tmp_path / "none")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: game_from_tables({"user": ["a"]}, LINKS_TABLE), "users: got the columns user; al"),
        (lambda: game_from_tables({"user": ["a"], "cost": [1, 2]}, LINKS_TABLE), "lengths 1 for u"),
        (lambda: game_from_tables({"user": ["a", None], "cost": [1, 2]}, LINKS_TABLE), "row 1: go"),
        (lambda: game_from_links([("a", "b")], 1.0), r"links, row 0: got \('a', 'b'\); allowed"),
        (lambda: game_from_links(LINKS, 1.0, {"shop": 1}), "losses: got none for 'bank'; allowed"),
        (lambda: game_from_links(LINKS, {"shop": 1, "bank": 1}), "links, row 1: got other 'mill'"),
        (lambda: game_from_links([("a", "b", "much")], 1.0), "links, row 0: got weight much"),
        (lambda: game_from_matrix(W, COSTS, names=["a", "b"]), "names: got 2; allowed: one for"),
        (lambda: game_from_matrix(W, COSTS, names=["a", "b", "a"]), "names, row 2: got the user"),
        (lambda: game_from_matrix(3.0, 1.0), "weights: got shape"),
        (lambda: WAYS_IN["dense"]().number("till"), "name: got 'till'; allowed"),
        (lambda: WAYS_IN["dense"]().table("sheet"), "kind: got 'sheet'; allowed: columns, pandas"),
        (lambda: WAYS_IN["dense"]().table(effort=[1.0]), r"columns: got 'effort' of shape \(1,\)"),
        (lambda: WAYS_IN["dense"]().table(user=COSTS), "columns: got 'user' of shape"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_table_is_told_by_row(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_graphs_that_are_no_game_are_refused():
    networkx = pytest.importorskip("networkx")
    with pytest.raises(ValueError, match="graph: got a multigraph"):
        game_from_graph(networkx.MultiGraph())
    with pytest.raises(ValueError, match="nodes, row 0: got cost None"):
        game_from_graph(networkx.path_graph(2))
    with pytest.raises(ValueError, match="links, row 0: got weight None"):
        game_from_graph(networkx.path_graph(2), cost=1.0)
    looped = networkx.Graph([(1, 1, {"weight": 0.5})])
    with pytest.raises(ValueError, match="links, row 0: got a link of 1 with itself"):
        game_from_graph(looped, cost=1.0)


def test_an_undirected_edge_protects_both_ends():
    networkx = pytest.importorskip("networkx")
    graph = networkx.Graph([((0, 1), (0, 2), {"weight": 0.5})])
    named = game_from_graph(graph, cost=0.5)
    assert named.names.tolist() == [(0, 1), (0, 2)]
    assert named.number((0, 2)) == 1
    assert named.game.risk.dense_weights().tolist() == [[1, 0.5], [0.5, 1]]


def test_results_come_back_under_the_users_names():
    named = WAYS_IN["columns"]()
    effort = social_optimum(named.game).x
    columns = named.table(effort=effort)
    assert columns["user"].tolist() == NAMES
    frame = pytest.importorskip("pandas").DataFrame(columns)
    assert named.table("pandas", effort=effort).equals(frame)
    arrow = named.table("arrow", effort=effort)
    assert arrow.column_names == ["user", "effort"]
    assert arrow["effort"].to_pylist() == effort.tolist()


def test_a_game_that_became_a_graph_comes_back_from_it():
    pytest.importorskip("networkx")
    named = WAYS_IN["columns"]()
    graph = named.graph(cost=named.game.unit_costs, loss=named.game.risk.decay.loss)
    again = game_from_graph(graph)
    assert again.names.tolist() == NAMES
    assert (again.game.risk.dense_weights() == W).all()
    assert again.game.unit_costs.tolist() == COSTS


def test_without_the_packages_of_others_all_is_read_and_what_lacks_is_named():
    script = """
import sys
for name in ("networkx", "pandas", "pyarrow"):
    sys.modules[name] = None
from pesim_lib import game_from_links
named = game_from_links([("a", "b", 0.5)], 0.5)
for give in (lambda: named.table("pandas"), lambda: named.table("arrow"), named.graph):
    try:
        give()
    except ImportError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8")
    assert done.stdout.splitlines() == [
        f'{name} is not installed: pip install "pesim-lib[data]"'
        for name in ("pandas", "pyarrow", "networkx")
    ], done.stderr


def test_long_lists_of_names_are_told_in_a_few_words():
    names = [f"user {k}" for k in range(20)]
    text = repr(game_from_matrix(np.eye(20), 0.5, names=names))
    assert isinstance(game_from_matrix(np.eye(20), 0.5, names=names), NamedGame)
    assert "names=<20, from " in text
    assert len(text) < 300


SERIAL_1 = "# source:topology|BGP\n# step 1: set peering in clique\n10|20|0\n10|30|-1\n20|30|-1\n"
SERIAL_2 = "# source\n10|20|0|mlp\n10|30|-1|bgp\n20|30|-1\n"


@pytest.mark.parametrize("text", [SERIAL_1, SERIAL_2, SERIAL_1.replace("\n", "\r\n")])
@pytest.mark.parametrize("end", PACKS)
def test_both_serials_are_read_as_they_are_published(tmp_path, text, end):
    path = tmp_path / f"20260101.as-rel.txt{end}"
    path.write_bytes(PACKS[end](text))
    found = read_as_relationships(path)
    assert found.asns.tolist() == [10, 20, 30]
    assert found.transit.tolist() == [[0, 2], [1, 2]]
    assert found.peering.tolist() == [[0, 1]]
    assert found.providers.tolist() == [0, 0, 2]
    assert found.peers.tolist() == [1, 1, 0]


@pytest.mark.parametrize("end", PACKS)
def test_what_is_written_is_read_again_and_written_alike(tmp_path, end):
    found = as_relationships([(30, 10), (20, 10)], [(30, 20)])
    paths = [tmp_path / f"{name}{end}" for name in ("first", "second")]
    for path in paths:
        write_as_relationships(path, found, ["made by hand"])
    assert paths[0].read_bytes() == paths[1].read_bytes()
    again = read_as_relationships(paths[0])
    for name in ("asns", "transit", "peering"):
        assert (getattr(again, name) == getattr(found, name)).all()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1|2", "line 3: got 2 fields"),
        ("1|2|0|bgp|x", "line 3: got 5 fields"),
        ("", "line 3: got 1 fields"),
        ("1 2 0", "line 3: got 1 fields"),
        ("one|2|0", "line 3: got the network 'one'"),
        ("-1|2|0", "line 3: got the network '-1'"),
        ("4294967296|2|0", "line 3: got the network '4294967296'"),
        ("1|2|1", "line 3: got the relationship '1'"),
        ("1|01|0", "line 3: got 1 linked with itself"),
        ("8|9|0", "line 3: got a link of 8 and 9, as in line 2"),
        ("9|8|-1", "line 3: got a link of 8 and 9, as in line 2"),
    ],
)
def test_a_bad_line_is_reported_by_number(tmp_path, line, said):
    path = tmp_path / "as-rel.txt"
    path.write_text(f"# comment\n8|9|-1\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        read_as_relationships(path)


def test_all_bad_lines_are_counted_and_the_first_named(tmp_path):
    path = tmp_path / "as-rel.txt"
    path.write_text("1|2|0\n" + "2|1|0\nx\n" * 4, encoding="utf-8")
    with pytest.raises(ValueError, match=r"line 2: .*line 3: .*line 6: .*; 3 more bad lines; allo"):
        read_as_relationships(path)


@pytest.mark.parametrize(
    ("transit", "said"),
    [
        ([(1, 1)], "got 1 with itself"),
        ([(1, 2), (2, 1)], "got 1 and 2 twice"),
        ([(1, 2**32)], "allowed: 0 to 4294967295"),
    ],
)
def test_links_that_are_none_are_refused(transit, said):
    with pytest.raises(ValueError, match=said):
        as_relationships(transit)


def test_a_graph_of_networkx_keeps_who_is_whose_customer():
    networkx = pytest.importorskip("networkx")
    graph = networkx.random_internet_as_graph(60, seed=3)
    found = from_internet_graph(graph)
    for provider, customer in (found.asns[found.transit] - 1).tolist():
        assert graph.edges[provider, customer]["customer"] == str(customer)
    kinds = [kind for *_, kind in graph.edges(data="type")]
    assert len(found.transit) == kinds.count("transit")
    assert len(found.peering) == kinds.count("peer")
