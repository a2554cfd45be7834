"""The Internet as a network of users: tiers, customer cones, and a game on who sells transit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order

from pesim_lib._checks import at_least_zero, count_from_zero, positive_array, user_index
from pesim_lib.data.as_relationships import ASRelationships
from pesim_lib.data.named_game import NamedGame
from pesim_lib.paper.decay import Exponential, PowerLaw
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.risk import WeightedEffort

TIERS = ("tier 1", "transit", "peering stub", "stub")
# Sizes of coalitions: numbers of the largest networks, shares of all in a customer cone.
LARGEST = (4, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000)
CONES = (0.01, 0.1, 0.3)


def tiers(network: ASRelationships) -> NDArray:
    """The place in TIERS of each network, (N,).

    Tier 1 sells transit and buys none, transit networks do both, stubs sell none. A stub that
    peers, as content providers do, is a peering stub.
    """
    sells, buys = network.customers > 0, network.providers > 0
    return np.where(sells, np.where(buys, 1, 0), np.where(network.peers > 0, 2, 3))


def by_size(network: ASRelationships) -> NDArray:
    """The networks (N,) from the one with the most customers on; equals in order."""
    return np.argsort(-network.customers, kind="stable")


def customer_cone(network: ASRelationships, provider: int) -> NDArray:
    """A network, its customers, theirs, and so on: (M,), rising."""
    provider = user_index("provider", provider, network.n)
    return np.sort(_reached(_sales(network), provider))


def cone_sizes(network: ASRelationships) -> NDArray:
    """How many networks the customer cone of each holds, itself among them, (N,).

    Visits every cone: seconds for 10,000 networks.
    """
    sales, sizes = _sales(network), np.ones(network.n, dtype=int)
    for provider in np.flatnonzero(network.customers).tolist():
        sizes[provider] = len(_reached(sales, provider))
    return sizes


def _sales(network):
    entries = np.ones(len(network.transit)), tuple(network.transit.T)
    return sparse.csr_array(entries, shape=(network.n, network.n))


def _reached(sales, provider):
    return breadth_first_order(sales, provider, return_predecessors=False)


@dataclass(frozen=True)
class Calibration:
    """What nobody has measured, assumed: how networks depend on each other, and what effort costs.

    A network depends on its providers, customers and peers with the weights `on_providers`,
    `on_customers` and `on_peers` in all, each shared equally, and on itself with weight 1. One with
    k customers loses (1 + k)^size and pays `cost` (1 + k)^size for a unit of effort. `spread` is
    the log standard deviation of independent lognormal factors with median 1, drawn with `seed`, on
    every unit cost, loss and weight.
    """

    on_providers: float = 0.4
    on_customers: float = 0.2
    on_peers: float = 0.2
    cost: float = 0.2
    size: float = 0.5
    decay: str = "exponential"
    spread: float = 0.0
    seed: int = 0

    def game(self, network: ASRelationships) -> NamedGame:
        """The game of `network`, its users named by their numbers."""
        for name in ("on_providers", "on_customers", "on_peers", "size", "spread"):
            at_least_zero(name, getattr(self, name))
        positive_array("cost", self.cost, ())
        decays = {"exponential": Exponential, "power law": PowerLaw}
        if self.decay not in decays:
            raise ValueError(f"decay: got {self.decay!r}; allowed: {', '.join(decays)}")
        random = np.random.default_rng(count_from_zero("seed", self.seed))
        users, others, weights = self._links(network)
        n, size = network.n, (1.0 + network.customers) ** self.size
        costs, losses, weights = (
            values * np.exp(self.spread * random.standard_normal(len(values)))
            for values in (self.cost * size, size, weights)
        )
        entries = weights, (users, others)
        matrix = sparse.csr_array(entries, shape=(n, n)) + sparse.eye_array(n, format="csr")
        risk = WeightedEffort(matrix, decays[self.decay](loss=losses))
        return NamedGame(SecurityGame(risk, costs), network.asns)

    def _links(self, network):
        """(users, others, weights) of all links, each in both directions."""
        provider, customer = network.transit.T
        first, second = network.peering.T
        peers = network.peers
        return (
            np.concatenate([customer, provider, first, second]),
            np.concatenate([provider, customer, second, first]),
            np.concatenate(
                [
                    self.on_providers / network.providers[customer],
                    self.on_customers / network.customers[provider],
                    self.on_peers / peers[first],
                    self.on_peers / peers[second],
                ]
            ),
        )


def parties(n: int) -> list[str]:
    """The names of those who might act as one among `n` networks while all others act alone."""
    largest = [f"{count} largest" for count in LARGEST if count < n]
    cones = [f"cone of {share:.0%}" for share in CONES]
    return [*largest, *(f"all {name}" for name in TIERS), "all who sell transit", *cones]


def members(network: ASRelationships, party: str) -> NDArray:
    """The networks (M,) of one of `parties`, rising.

    "100 largest" are those with the most customers, "all stub" those of a tier. "cone of 10%" is
    the customer cone nearest to a region: of the network with the largest that holds no more than
    that share of all. Raises ValueError for another name.
    """
    if party not in parties(network.n):
        allowed = ", ".join(parties(network.n))
        raise ValueError(f"party: got {party!r}; allowed: {allowed}")
    first, _, last = party.partition(" ")
    if last == "largest":
        return np.sort(by_size(network)[: int(first)])
    if first == "cone":
        sizes = cone_sizes(network)
        share = float(last.removeprefix("of ").rstrip("%")) / 100
        fitting = np.where(sizes <= share * network.n, sizes, 0)
        return customer_cone(network, int(np.argmax(fitting)))
    tier = tiers(network)
    sellers = party == "all who sell transit"
    return np.flatnonzero(tier <= 1 if sellers else tier == TIERS.index(last))


def among_loners(n: int, users: NDArray) -> NDArray:
    """Coalition numbers (n,) for `partition_equilibrium`: `users` together, each other alone."""
    labels = np.arange(n)
    labels[users] = n
    return np.unique(labels, return_inverse=True)[1]


def gap_closed(table: NDArray) -> NDArray:
    """What the coalition of each row saves society, over what all together would save: (M,).

    `table` has columns as chapters/internet.csv; nan where it lacks nobody or everybody.
    """
    cost, party = table["social_cost"], table["party"]
    saved = np.empty(len(cost))
    for row in range(len(cost)):
        game = (table["networks"] == table["networks"][row]) & (table["draw"] == table["draw"][row])
        ends = np.append(*(cost[game & (party == name)] for name in ("nobody", "everybody")))
        saved[row] = (ends[0] - cost[row]) / (ends[0] - ends[1]) if len(ends) == 2 else np.nan
    return saved
