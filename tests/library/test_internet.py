"""The Internet as a network of users: its growth, its tiers, and its game."""

from pathlib import Path

import numpy as np
import pytest

from pesim_lib import (
    PowerLaw,
    SecurityGame,
    WeightedEffort,
    as_relationships,
    coalition_equilibrium,
    nash_equilibrium,
    read_as_relationships,
    social_optimum,
)
from pesim_lib.beyond.internet import (
    TIERS,
    Calibration,
    among_loners,
    by_size,
    cone_sizes,
    customer_cone,
    gap_closed,
    members,
    parties,
    tiers,
)
from pesim_lib.beyond.internet_growth import internet
from pesim_lib.data.as_relationships import from_internet_graph
from pesim_lib.paper.decay import Exponential
from pesim_lib.paper.equilibrium import partition_equilibrium
from pesim_lib.paper.pesim import equilibrium_taxes

CHAPTERS = Path(__file__).parents[2] / "chapters"
# 1 and 2 peer at the top; 4 buys from both 1 and 3; 5 peers and buys; 6 buys from 4.
SMALL = as_relationships([(1, 3), (1, 4), (3, 4), (2, 5), (4, 6)], [(1, 2), (5, 3)])
NETWORK = internet(60, seed=3)


def test_each_of_tier_1_closes_between_a_tenth_and_a_sixth_of_the_gap_for_transit():
    """As the chapter's solution says of its ten thousand networks."""
    network = read_as_relationships(CHAPTERS / "internet.as-rel.txt.bz2")
    game = Calibration().game(network).game
    nash, least = nash_equilibrium(game).x, game.social_cost(social_optimum(game).x)
    transit = members(network, "all transit")
    top = members(network, "all tier 1")
    closed = []
    for count in range(len(top) + 1):
        labels = among_loners(game.n, np.append(transit, top[:count]))
        left = game.social_cost(partition_equilibrium(game, labels, nash).x) - least
        closed.append(1 - left / (game.social_cost(nash) - least))
    assert closed[0] == pytest.approx(1 / 7, abs=0.01)
    assert closed[-1] == pytest.approx(5 / 8, abs=0.02)
    assert np.diff(closed).min() > 1 / 10
    assert np.diff(closed).max() < 1 / 6


def test_tiers_follow_from_who_sells_and_who_buys():
    assert [TIERS[k] for k in tiers(SMALL)] == [
        *("tier 1", "tier 1", "transit", "transit", "peering stub", "stub")
    ]


def test_a_customer_cone_is_whoever_links_to_customers_reach():
    assert customer_cone(SMALL, 0).tolist() == [0, 2, 3, 5]
    assert cone_sizes(SMALL).tolist() == [4, 2, 3, 2, 1, 1]
    with pytest.raises(ValueError, match="provider: got 6"):
        customer_cone(SMALL, 6)


def test_a_circle_of_providers_has_one_cone():
    circle = as_relationships([(1, 2), (2, 3), (3, 1)])
    assert cone_sizes(circle).tolist() == [3, 3, 3]


def test_weights_are_shared_equally_among_links_of_a_kind():
    named = Calibration(on_providers=0.4, on_customers=0.2, on_peers=0.1).game(SMALL)
    expected = np.eye(6)
    expected[[2, 4, 5], [0, 1, 3]] = 0.4
    expected[3, [0, 2]] = 0.2
    expected[0, [2, 3]] = 0.1
    expected[[2, 1, 3], [3, 4, 5]] = 0.2
    expected[[0, 1, 2, 4], [1, 0, 4, 2]] += 0.1
    np.testing.assert_allclose(named.game.risk.dense_weights(), expected)
    assert named.names.tolist() == [1, 2, 3, 4, 5, 6]


def test_losses_and_costs_grow_with_the_number_of_customers():
    game = Calibration(cost=0.1, size=1.0, decay="power law").game(SMALL).game
    assert game.risk.decay.loss.tolist() == [3, 2, 2, 2, 1, 1]
    np.testing.assert_allclose(game.unit_costs, 0.1 * game.risk.decay.loss)
    assert isinstance(game.risk.decay, PowerLaw)


def test_draws_differ_by_seed_and_have_the_assumed_median():
    drawn = [Calibration(spread=0.5, seed=seed).game(internet(3000, 1)).game for seed in (1, 2)]
    base = Calibration().game(internet(3000, 1)).game
    factors = np.log(drawn[0].unit_costs / base.unit_costs)
    assert abs(np.median(factors)) < 0.05
    assert abs(factors.std() - 0.5) < 0.05
    assert (drawn[0].unit_costs != drawn[1].unit_costs).all()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"cost": 0.0}, "cost: got 0"),
        ({"on_peers": -0.1}, "on_peers: got -0.1"),
        ({"decay": "linear"}, "decay: got 'linear'; allowed: exponential, power law"),
        ({"seed": -1}, "seed: got -1"),
    ],
)
def test_assumptions_that_make_no_game_are_refused(options, said):
    with pytest.raises(ValueError, match=said):
        Calibration(**options).game(SMALL)


def statistics(network):
    customers = np.sort(network.customers)[::-1]
    return [
        len(network.transit) / network.n,
        len(network.peering) / network.n,
        (network.customers > 0).mean(),
        (network.providers > 1).mean(),
        (network.peers > 0).mean(),
        customers[:4].sum() / len(network.transit),
        customers[4:20].sum() / len(network.transit),
    ]


def test_grown_networks_are_like_those_of_networkx():
    networkx = pytest.importorskip("networkx")
    n, seeds = 1000, range(4)
    graphs = [networkx.random_internet_as_graph(n, seed=seed) for seed in seeds]
    theirs = [from_internet_graph(graph) for graph in graphs]
    theirs, ours = (
        np.mean([statistics(each) for each in networks], axis=0)
        for networks in (theirs, [internet(n, seed) for seed in seeds])
    )
    np.testing.assert_allclose(ours, theirs, rtol=0.1)


def test_growth_is_repeated_by_its_seed():
    first, again, other = internet(300, 5), internet(300, 5), internet(300, 6)
    assert (first.transit == again.transit).all()
    assert first.transit.tolist() != other.transit.tolist()


def test_customers_buy_from_older_networks_and_peers_do_not_sell_to_each_other():
    provider, customer = NETWORK.transit.T
    assert (provider < customer).all()
    grown = internet(400, 2)
    for first, second in grown.peering.tolist():
        assert second not in customer_cone(grown, first).tolist()


@pytest.mark.parametrize("n", [1, 2, 5, 7, 20])
def test_small_networks_grow_too(n):
    assert internet(n, 1).n == (n if n > 1 else 0)


def test_average_numbers_of_links_can_be_those_of_another_size():
    assert len(internet(1000, 1, like=10_000).transit) > 1.4 * len(internet(1000, 1).transit)


def test_networks_cannot_be_none():
    with pytest.raises(ValueError, match="n: got 0"):
        internet(0)


def test_a_party_acts_as_one_and_each_other_alone():
    labels = among_loners(6, np.array([1, 4]))
    assert labels.tolist() == [0, 4, 1, 2, 4, 3]
    assert len(set(among_loners(60, members(NETWORK, "10 largest")).tolist())) == 51
    assert among_loners(3, np.array([], dtype=int)).tolist() == [0, 1, 2]


def test_a_party_of_another_name_is_refused():
    with pytest.raises(ValueError, match="party: got 'all'; allowed: 4 largest, 10 largest, 30 la"):
        members(NETWORK, "all")
    assert "100 largest" not in parties(60)


def test_the_largest_have_the_most_customers():
    chosen = members(NETWORK, "10 largest")
    assert NETWORK.customers[chosen].min() >= np.sort(NETWORK.customers)[-10]
    assert by_size(NETWORK)[0] in chosen


@pytest.mark.parametrize("decay", ["exponential", "power law"])
@pytest.mark.parametrize("seed", range(4))
def test_no_coalition_spends_more_than_a_share_of_one_over_e(decay, seed):
    """Theorem `thm-internet-rule`, on games whose parameters are drawn."""
    random = np.random.default_rng(seed)
    n = 8
    loss = random.lognormal(size=n)
    law = Exponential(loss, 0.2 + random.random(n)) if decay == "exponential" else PowerLaw(loss, 3)
    weights = random.random((n, n)) * 0.8 + np.eye(n)
    game = SecurityGame(WeightedEffort(weights, law), 0.02 + 0.5 * random.random(n))
    for coalitions in ([range(n)], [[k] for k in range(n)], [range(5), [5, 6], [7]]):
        x = coalition_equilibrium(game, coalitions).x
        for users in map(list, coalitions):
            assert game.unit_costs[users] @ x[users] <= loss[users].sum() / np.e * (1 + 1e-9)
    x = social_optimum(game).x
    paid = game.unit_costs * x + equilibrium_taxes(game, x)
    assert (paid <= loss / np.e * (1 + 1e-9)).all()
    # It is no rule for single users at the optimum.
    assert x.max() > 0


def test_what_a_coalition_closes_is_measured_between_nobody_and_everybody():
    rows = [(2, 0, "nobody", 5.0), (2, 0, "everybody", 3.0), (2, 0, "some", 4.5),
            (2, 1, "everybody", 1.0), (2, 1, "nobody", 2.0)]  # fmt: skip
    kinds = [("networks", int), ("draw", int), ("party", "U9"), ("social_cost", float)]
    assert gap_closed(np.array(rows, dtype=kinds)).tolist() == [0, 1, 0.25, 1, 0]
    assert np.isnan(gap_closed(np.array(rows[1:3], dtype=kinds))).all()


def test_a_small_stand_in_is_made_again_to_the_byte(tmp_path):
    pytest.importorskip("networkx")
    from internet_stand_in import FILE, write_stand_in

    paths = [tmp_path / f"{name}.txt.bz2" for name in ("first", "second")]
    for path in paths:
        write_stand_in(path, 200, 1)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert read_as_relationships(paths[0]).n == 200
    # The stored one says how it was made, and is what that makes.
    import bz2

    lines = bz2.decompress(FILE.read_bytes()).decode().splitlines()
    assert lines[1].endswith(": random_internet_as_graph(10000, seed=1)")
    stored = read_as_relationships(FILE)
    assert stored.n == 10_000
    drawn = np.mean([statistics(internet(10_000, 1))], axis=0)
    np.testing.assert_allclose(statistics(stored)[:5], drawn[:5], rtol=0.05)
