"""The helper library of the companion to "Closing the Price of Anarchy Gap in the Interdependent
Security Game" (Naghizadeh Ardabili and Liu): one numbered equation, one function."""

from pesim_lib.beyond.bayesian import (
    BayesianEquilibrium,
    BayesianGame,
    bayesian_equilibria,
    bayesian_equilibrium,
)
from pesim_lib.beyond.best_replies import BestReplies, best_replies
from pesim_lib.beyond.capped import capped_equilibrium
from pesim_lib.beyond.coalitions import Coalitions, stable_coalitions
from pesim_lib.beyond.extreme_efforts import BestShot, WeakestLink
from pesim_lib.beyond.group_exits import GroupExits, leaving_groups
from pesim_lib.beyond.local_pesim import (
    Links,
    LocalMessages,
    links,
    local_equilibrium_messages,
    local_outcome,
    local_prices,
)
from pesim_lib.beyond.message_exchange import exchange
from pesim_lib.beyond.sensitivity import Sensitivity, Shift, sensitivity, shift
from pesim_lib.beyond.team_optimum import team_optimum
from pesim_lib.beyond.trace import Exchange, Trace
from pesim_lib.data.as_relationships import (
    ASRelationships,
    as_relationships,
    read_as_relationships,
    write_as_relationships,
)
from pesim_lib.data.graphs import game_from_graph
from pesim_lib.data.named_game import NamedGame, game_from_matrix
from pesim_lib.data.tables import game_from_links, game_from_tables, read_game
from pesim_lib.display.message_editor import edit_messages
from pesim_lib.display.sliders import explore, picture
from pesim_lib.display.tables import ResultTable, as_table
from pesim_lib.paper.assumptions import check_assumptions
from pesim_lib.paper.certify import Certificate, is_equilibrium
from pesim_lib.paper.decay import Decay, Exponential, MixedDecay, PowerLaw
from pesim_lib.paper.equilibrium import (
    along_costs,
    best_response,
    coalition_equilibrium,
    coalition_response,
    nash_equilibria,
    nash_equilibrium,
    social_optimum,
)
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.individual_rationality import (
    Participation,
    exit_equilibria,
    exit_equilibrium,
    exit_gains,
    participation,
)
from pesim_lib.paper.pesim import (
    Deviation,
    Messages,
    Outcome,
    best_deviation,
    equilibrium_messages,
    lindahl_prices,
    outcome,
    tax_terms,
)
from pesim_lib.paper.price_of_anarchy import (
    PriceOfAnarchy,
    equilibrium_bound,
    price_of_anarchy,
    weighted_effort_bound,
)
from pesim_lib.paper.risk import CustomRisk, Risk, TotalEffort, WeightedEffort
from pesim_lib.solvers.certificate import (
    ConvergenceError,
    Equilibria,
    Equilibrium,
    natural_residual,
)

__all__ = [
    "ASRelationships",
    "BayesianEquilibrium",
    "BayesianGame",
    "BestReplies",
    "BestShot",
    "Certificate",
    "Coalitions",
    "ConvergenceError",
    "CustomRisk",
    "Decay",
    "Deviation",
    "Equilibria",
    "Equilibrium",
    "Exchange",
    "Exponential",
    "GroupExits",
    "Links",
    "LocalMessages",
    "Messages",
    "MixedDecay",
    "NamedGame",
    "Outcome",
    "Participation",
    "PowerLaw",
    "PriceOfAnarchy",
    "ResultTable",
    "Risk",
    "SecurityGame",
    "Sensitivity",
    "Shift",
    "TotalEffort",
    "Trace",
    "WeakestLink",
    "WeightedEffort",
    "along_costs",
    "as_relationships",
    "as_table",
    "bayesian_equilibria",
    "bayesian_equilibrium",
    "best_deviation",
    "best_replies",
    "best_response",
    "capped_equilibrium",
    "check_assumptions",
    "coalition_equilibrium",
    "coalition_response",
    "edit_messages",
    "equilibrium_bound",
    "equilibrium_messages",
    "exchange",
    "exit_equilibria",
    "exit_equilibrium",
    "exit_gains",
    "explore",
    "game_from_graph",
    "game_from_links",
    "game_from_matrix",
    "game_from_tables",
    "is_equilibrium",
    "leaving_groups",
    "lindahl_prices",
    "links",
    "local_equilibrium_messages",
    "local_outcome",
    "local_prices",
    "nash_equilibria",
    "nash_equilibrium",
    "natural_residual",
    "outcome",
    "participation",
    "picture",
    "price_of_anarchy",
    "read_as_relationships",
    "read_game",
    "sensitivity",
    "shift",
    "social_optimum",
    "stable_coalitions",
    "tax_terms",
    "team_optimum",
    "weighted_effort_bound",
    "write_as_relationships",
]

# The one place of the version: pyproject.toml reads it, a test compares what cites it.
__version__ = "1.0.0"
