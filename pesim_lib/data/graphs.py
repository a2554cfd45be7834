"""Games from networkx graphs, or from what has their methods: networkx itself is not imported."""

from typing import Any

from pesim_lib.data.named_game import DecayOfLosses, NamedGame, assembled
from pesim_lib.data.rows import Rows
from pesim_lib.paper.decay import Exponential


def game_from_graph(
    graph: Any,
    cost: float | None = None,
    weight: str = "weight",
    decay: DecayOfLosses = Exponential,
) -> NamedGame:
    """The game of a networkx graph.

    Parameters
    ----------
    graph : networkx Graph or DiGraph
        An edge from i to j says that i depends on j; one without direction, that each depends on
        the other. Nodes may carry `cost`, `loss` and `own`, as in `game_from_tables`.
    cost : float, optional
        Money per unit of effort, of the nodes that carry none.
    weight : str
        What edges carry as their weight.
    decay : callable
        Losses (N,) to a `Decay`.

    Returns
    -------
    NamedGame
        Users in the order of the nodes.

    Raises
    ------
    ValueError
        For a multigraph, an edge from a node to itself, a node without a cost, an edge without a
        weight, and numbers that are not allowed.

    Examples
    --------
    >>> import networkx
    >>> from pesim_lib import game_from_graph, nash_equilibrium
    >>> graph = networkx.path_graph(["shop", "bank", "mill"])
    >>> networkx.set_edge_attributes(graph, 0.5, "weight")
    >>> nash_equilibrium(game_from_graph(graph, cost=0.2).game).x.round(4)
    array([1.6094, 0.    , 1.6094])
    """
    if graph.is_multigraph():
        raise ValueError("graph: got a multigraph; allowed: at most one edge between two nodes")
    nodes = list(graph.nodes(data=True))
    users = {
        "user": [name for name, _ in nodes],
        "cost": [carried.get("cost", cost) for _, carried in nodes],
        "loss": [carried.get("loss", 1.0) for _, carried in nodes],
        "own": [carried.get("own", 1.0) for _, carried in nodes],
    }
    edges = [(i, j, carried.get(weight)) for i, j, carried in graph.edges(data=True)]
    if not graph.is_directed():
        edges += [(j, i, each) for i, j, each in edges if i != j]
    columns = ([edge[k] for edge in edges] for k in range(3))
    links = dict(zip(("user", "other", "weight"), columns, strict=True))
    return assembled(
        users, links, decay, (Rows("nodes", range(len(nodes))), Rows("links", range(len(edges))))
    )
