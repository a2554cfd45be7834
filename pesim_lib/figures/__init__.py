"""One matplotlib function per picture, pure: numbers in, Figure out. A file for each chapter.

Every function returns a Figure whose label (`Figure.get_label()`) is its reading: one sentence
with the numbers it shows. `N` is the number of users, `c1` the unit cost of user 1 and `c2` that of
the next, in money per unit of effort; losses are in money. What draws a stored table takes it as
name -> column, (M,) arrays. Numbers that make no game raise ValueError, an answer that cannot be
certified ConvergenceError.
"""

from pesim_lib.figures.alternatives import (
    coalitions_of_all_sizes,
    coalitions_on_a_ring,
    ignorance_and_selfishness,
    insurers,
    schemes_compared,
    transfers_region,
)
from pesim_lib.figures.generality import (
    anarchy_against_bounds,
    anarchy_by_tail,
    hub_network,
    random_network,
    tipping_by_round,
    who_invests,
)
from pesim_lib.figures.individual_rationality import (
    inside_outside,
    leaving_region,
    leaving_together,
)
from pesim_lib.figures.internet import (
    internet_coalitions,
    internet_influence,
    internet_work,
)
from pesim_lib.figures.landing import who_rides_free
from pesim_lib.figures.message_exchange import (
    naive_replies,
    play_rounds,
    play_stability,
    protocol_rounds,
    rounds_by_size,
    strategic_gain,
)
from pesim_lib.figures.model import best_responses, externality, nash_against_optimum
from pesim_lib.figures.pesim import deviation_gain, payments, tax_terms_bars
from pesim_lib.figures.price_of_anarchy import (
    anarchy_over_costs,
    replies_by_round,
    several_equilibria,
    underinvestment,
)
from pesim_lib.figures.structure import (
    anarchy_by_influence,
    efforts_of_hubs,
    hub_of_a_star,
    leavers_by_family,
    networks_compared,
    solver_times,
)
from pesim_lib.figures.what_users_know import (
    anarchy_split,
    free_riding_curve,
    list_accuracy,
    why_lists_harm,
)

__all__ = [
    "anarchy_against_bounds",
    "anarchy_by_influence",
    "anarchy_by_tail",
    "anarchy_over_costs",
    "anarchy_split",
    "best_responses",
    "coalitions_of_all_sizes",
    "coalitions_on_a_ring",
    "deviation_gain",
    "efforts_of_hubs",
    "externality",
    "free_riding_curve",
    "hub_network",
    "hub_of_a_star",
    "ignorance_and_selfishness",
    "inside_outside",
    "insurers",
    "internet_coalitions",
    "internet_influence",
    "internet_work",
    "leavers_by_family",
    "leaving_region",
    "leaving_together",
    "list_accuracy",
    "naive_replies",
    "nash_against_optimum",
    "networks_compared",
    "payments",
    "play_rounds",
    "play_stability",
    "protocol_rounds",
    "random_network",
    "replies_by_round",
    "rounds_by_size",
    "schemes_compared",
    "several_equilibria",
    "solver_times",
    "strategic_gain",
    "tax_terms_bars",
    "tipping_by_round",
    "transfers_region",
    "underinvestment",
    "who_invests",
    "who_rides_free",
    "why_lists_harm",
]
