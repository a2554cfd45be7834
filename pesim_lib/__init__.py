"""The helper library of the companion to "Closing the Price of Anarchy Gap in the Interdependent
Security Game" (Naghizadeh Ardabili and Liu): one numbered equation, one function."""

from pesim_lib.anarchy import (
    PriceOfAnarchy,
    equilibrium_bound,
    price_of_anarchy,
    weighted_effort_bound,
)
from pesim_lib.complementarity import ConvergenceError, natural_residual
from pesim_lib.editor import edit_messages
from pesim_lib.equilibrium import (
    Equilibria,
    Equilibrium,
    best_response,
    coalition_equilibrium,
    coalition_response,
    nash_equilibria,
    nash_equilibrium,
    social_optimum,
)
from pesim_lib.exchange import Exchange, Trace, exchange
from pesim_lib.explore import explore, picture
from pesim_lib.game import SecurityGame
from pesim_lib.local_mechanism import (
    Links,
    LocalMessages,
    links,
    local_equilibrium_messages,
    local_outcome,
    local_prices,
)
from pesim_lib.mechanism import (
    Deviation,
    Messages,
    Outcome,
    best_deviation,
    equilibrium_messages,
    lindahl_prices,
    outcome,
    tax_terms,
)
from pesim_lib.participation import (
    Coalitions,
    Participation,
    exit_equilibria,
    exit_equilibrium,
    participation,
    stable_coalitions,
)
from pesim_lib.risk import (
    CustomRisk,
    Exponential,
    PowerLaw,
    TotalEffort,
    WeightedEffort,
    check_assumptions,
)
