"""Networks that resemble the Internet, grown one by one: what networkx draws, for large ones too.

The process is that of Elmokashfi, Kvalbein and Dovrolis, as networkx's `random_internet_as_graph`
has it. A few networks at the top peer with each other (T); then come mid-level networks (M),
content providers (CP) and customers (C). Each lives in one or two of five regions and buys transit
there, more likely from those with many links. Mid-level networks then peer, more likely with those
who have many peers, and content providers with anybody in their regions.

networkx looks at all networks for each link, so its time grows with the square of their number.
Here a provider is drawn from a list in which it stands as often as it has links.
"""

from collections import Counter
from dataclasses import dataclass, field
from random import Random

from pesim_lib._checks import count_from_zero, user_count
from pesim_lib.data.as_relationships import ASRelationships, as_relationships

REGIONS = 5
# Shares of mid-level networks and content providers.
MID_LEVEL, CONTENT = 0.15, 0.05
# The chance to live in two regions, and that a provider is one of the top.
TWO_REGIONS = {"M": 0.2, "CP": 0.05, "C": 0.0}
FROM_TOP = {"M": 0.375, "CP": 0.375, "C": 0.125}
# Average numbers of links grow with the Internet; they are known for so many networks.
KNOWN_SIZE = 10_000
# Draws after which a network without anybody left to peer with gives up.
MOST_DRAWS = 200


def internet(n: int, seed: int = 0, like: int | None = None) -> ASRelationships:
    """`n` networks with the numbers 1 to n: tops first, then mid-level, content and customers.

    The average numbers of providers and peers are those of an Internet of `like` networks: of `n`
    itself, but of no more than 10,000, the size up to which they are known. Equal arguments give
    equal networks. Raises ValueError for less than 1 network or a seed below 0.
    """
    user_count("n", n)
    scale = user_count("like", min(n, KNOWN_SIZE) if like is None else like) / KNOWN_SIZE
    random = Random(count_from_zero("seed", seed))
    tops = min(n, random.choice((4, 5, 5, 6)))
    mids, contents = round(MID_LEVEL * n), round(CONTENT * n)
    kinds = (["M"] * mids + ["CP"] * contents + ["C"] * n)[: n - tops]
    growth = _Growth(random, tops)
    providers = {"M": 2 + 2.5 * scale, "CP": 2 + 1.5 * scale, "C": 1 + 0.5 * scale}
    for network, kind in enumerate(kinds, tops):
        growth.join(network, kind, _around(random, 1, providers[kind]))
    peers = {
        ("M", "M"): 1 + 2 * scale,
        ("CP", "M"): 0.2 + 2 * scale,
        ("CP", "CP"): 0.05 + 0.2 * scale,
    }
    for (kind, other), mean in peers.items():
        for network in growth.members[kind]:
            for _ in range(_around(random, 0, mean)):
                growth.peer(network, other)
    transit = [
        (provider + 1, customer + 1)
        for customer, chosen in enumerate(growth.providers)
        for provider in chosen
    ]
    return as_relationships(transit, [(a + 1, b + 1) for a, b in growth.peering])


@dataclass
class _Growth:
    """What has grown so far; `sold` lists hold a network once for each of its links."""

    random: Random
    tops: int
    providers: list[list[int]] = field(default_factory=list)
    regions: list[list[int]] = field(default_factory=list)
    # Of all but customers, who come last and never peer.
    neighbours: list[set[int]] = field(default_factory=list)
    peering: list[tuple[int, int]] = field(default_factory=list)
    members: dict[str, list[int]] = field(default_factory=lambda: {"M": [], "CP": [], "C": []})

    def __post_init__(self):
        everywhere = list(range(REGIONS))
        self.living = {kind: [[] for _ in everywhere] for kind in self.members}
        self.sold_by_mids = [[] for _ in everywhere]
        self.sold_by_tops, self.peer_ends = [], []
        self.mids_in_both = Counter()
        for top in range(self.tops):
            self.providers.append([])
            self.regions.append(everywhere)
            self.neighbours.append(set(range(self.tops)) - {top})
            self.peering += [(other, top) for other in range(top)]
            # The only one of its kind can be chosen, too.
            self.sold_by_tops += [top] * max(self.tops - 1, 1)

    def join(self, network, kind, count):
        """A network comes and buys transit from `count` providers, or from all there are."""
        two = self.random.random() < TWO_REGIONS[kind]
        regions = sorted(self.random.sample(range(REGIONS), 1 + two))
        places = [self.sold_by_mids[region] for region in regions]
        mids = sum(len(self.living["M"][region]) for region in regions)
        mids -= self.mids_in_both[tuple(regions)] if two else 0
        chosen, tops = [], self.tops
        while len(chosen) < count and tops + mids:
            if not mids or (tops and self.random.random() < FROM_TOP[kind]):
                provider = self._unlike(chosen, lambda: self.random.choice(self.sold_by_tops))
                self.sold_by_tops.append(provider)
                tops -= 1
            else:
                provider = self._unlike(chosen, lambda: self._from(places, regions))
                for region in self.regions[provider]:
                    self.sold_by_mids[region].append(provider)
                mids -= 1
            chosen.append(provider)
        self.providers.append(chosen)
        self.regions.append(regions)
        self.members[kind].append(network)
        for region in regions:
            self.living[kind][region].append(network)
        if kind != "C":
            self.neighbours.append(set(chosen))
            for provider in chosen:
                self.neighbours[provider].add(network)
        if kind == "M":
            self.mids_in_both[tuple(regions)] += 1
            for region in regions:
                self.sold_by_mids[region] += [network] * len(chosen)

    def peer(self, network, kind):
        """A network peers with one of `kind` whom it has no link with and buys nothing through."""
        places = [self.living[kind][region] for region in self.regions[network]]
        if not any(places):
            return
        for _ in range(MOST_DRAWS):
            if self._is_mid(network):
                other = self.random.choice(self.peer_ends or self.members[kind])
            else:
                other = self._from(places, self.regions[network])
            linked = other == network or other in self.neighbours[network]
            if not (linked or self._sells(min(network, other), max(network, other))):
                self.peering.append((network, other))
                self.neighbours[network].add(other)
                self.neighbours[other].add(network)
                self.peer_ends += [end for end in (network, other) if self._is_mid(end)]
                return

    def _is_mid(self, network):
        return self.tops <= network < self.tops + len(self.members["M"])

    def _from(self, places, regions):
        """One of the lists of one or two regions; who stands in both is drawn once."""
        while True:
            index = int(self.random.random() * sum(map(len, places)))
            first = index < len(places[0])
            found = places[0][index] if first else places[1][index - len(places[0])]
            if first or regions[0] not in self.regions[found]:
                return found

    def _unlike(self, chosen, draw):
        while True:
            provider = draw()
            if provider not in chosen:
                return provider

    def _sells(self, older, younger):
        """Whether `older` is among the providers of `younger`, of theirs, and so on."""
        seen, ahead = {younger}, [younger]
        while ahead:
            for provider in self.providers[ahead.pop()]:
                if provider == older:
                    return True
                if provider > older and provider not in seen:
                    seen.add(provider)
                    ahead.append(provider)
        return False


def _around(random, least, mean):
    """A whole number of at least `least` with this mean, spread evenly up to twice as far."""
    most = 2 * mean - least
    return round(least + random.random() * (int(most) - least)) + (random.random() < most % 1 / 2)
