"""What else a regulator could do: the schemes of the paper's introduction on one game."""

import itertools
from dataclasses import replace

import numpy as np

from pesim_lib._checks import check_share, finite_array, quiet
from pesim_lib.beyond.coalitions import exit_costs
from pesim_lib.beyond.private_costs import caring
from pesim_lib.beyond.scheme import (
    Scheme,
    external_benefit,
    just_enough,
    optimal,
    own_benefit,
    priced,
    refusing,
    remade,
    short_of,
)
from pesim_lib.paper.equilibrium import (
    best_response,
    coalition_response,
    nash_equilibria,
    nash_equilibrium,
    social_optimum,
)
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.pesim import lindahl_prices
from pesim_lib.solvers.certificate import Equilibria

# Certification goes through all patterns of who seeks the certificate.
MOST_COMPENSATED_USERS = 12


@remade
@quiet
def no_regulation(game):
    """t = 0: the Nash equilibrium. Nothing is left by leaving."""
    x = nash_equilibrium(game).x
    return Scheme(
        game,
        "no regulation",
        lambda x: np.zeros(game.n),
        x,
        search=lambda: nash_equilibria(game),
        outside=lambda: -game.costs(x),
    )


@remade
@quiet
def mandate(game):
    """Who is found below x_i* pays twice what x_i* would have cost."""
    x = social_optimum(game).x
    scheme = optimal(
        game, "mandate and audit", x, lambda y: 2 * game.unit_costs * x * short_of(y, x)
    )
    return replace(scheme, standard=just_enough(x))


@remade
@quiet
def strict_liability(game):
    """Every user pays everybody else's losses, whatever it did."""
    x = social_optimum(game).x
    return optimal(game, "strict liability", x, lambda y: _others_risks(game, y))


@remade
@quiet
def liability_for_damage(game):
    """Who is below x_i* pays what the others lose by that: nothing at x*."""
    x = social_optimum(game).x

    def rule(y):
        caused = np.zeros(game.n)
        for user in np.flatnonzero(short_of(y, x)):
            careful = np.where(np.arange(game.n) == user, x, y)
            caused[user] = np.delete(game.risks(y) - game.risks(careful), user).sum()
        return caused

    scheme = optimal(game, "liability for damage", x, rule)
    return replace(scheme, standard=just_enough(x))


@remade
@quiet
def due_care(game):
    """Who is below x_i* pays everybody else's losses."""
    x = social_optimum(game).x
    scheme = optimal(game, "due care", x, lambda y: _others_risks(game, y) * short_of(y, x))
    return replace(scheme, standard=just_enough(x))


@remade
@quiet
def fine(game):
    """A unit of effort below x_i* costs what it is worth to the others; a unit above earns that."""
    x = social_optimum(game).x
    rate = external_benefit(game, x)
    return priced(game, "fine on effort", x, lambda y: rate * (x - y), game.unit_costs - rate)


@remade
@quiet
def subsidy(game):
    """Every unit of effort earns what it is worth to the others at x*."""
    x = social_optimum(game).x
    rate = external_benefit(game, x)
    return priced(game, "subsidy on effort", x, lambda y: -rate * y, game.unit_costs - rate)


@remade
@quiet
def bonus(game):
    """Who is not breached is paid a bonus; the chance of a breach is f_i(x) / f_i(0).

    The least bonus, b_i f_i(0), makes x_i* the best effort: (1 + b_i)(-df_i/dx_i) = c_i.
    """
    _require_risks(game)
    x = social_optimum(game).x
    factor = np.where(x > 0, game.unit_costs / own_benefit(game, x) - 1, 0.0)

    def rule(y):
        return factor * (game.risks(y) - game.risks(np.zeros(game.n)))

    return priced(game, "bonus on outcome", x, rule, game.unit_costs)


@remade
@quiet
def certification(game, extra=0.0):
    """Who reaches x_i* is compensated for k_i times its loss, with the least k_i that suffices.

    `extra` >= 0 is what whoever is compensated gets beyond the least, in money at x*. The search
    goes through all patterns of who seeks the certificate, for at most 12 users whom it pays
    anything.
    """
    _require_risks(game)
    x = social_optimum(game).x
    if not finite_array("extra", extra, ()) >= 0:
        raise ValueError(f"extra: got {extra}; allowed: >= 0")
    least = game.costs(x) + refusing(game, x)
    share = np.where(least > 1e-12 * game.risks(x), least + extra, 0.0) / game.risks(x)

    def rule(y):
        return -share * game.risks(y) * ~short_of(y, x)

    scheme = optimal(game, "certification", x, rule)
    return replace(
        scheme,
        search=lambda: _certified_patterns(game, x, share),
        standard=just_enough(x),
        # Who is compensated for more than its loss pays for more effort, and loses by it.
        rising=share >= 1,
    )


@remade
@quiet
def insurance(game, coverage=0.5):
    """An insurer bears `coverage` of each loss for a fair premium that ignores effort.

    Who leaves faces others who are still insured.
    """
    check_share("coverage", coverage)
    dear = game.unit_costs / (1 - coverage)
    x = nash_equilibrium(SecurityGame(game.risk, dear)).x

    def rule(y):
        return coverage * (game.risks(x) - game.risks(y))

    def outside():
        costs = np.where(np.eye(game.n, dtype=bool), game.unit_costs, dear)
        exits = [nash_equilibrium(SecurityGame(game.risk, row)).x for row in costs]
        return -np.diag([game.costs(y) for y in exits])

    return Scheme(
        game,
        "insurance, unmonitored",
        rule,
        x,
        search=lambda: nash_equilibria(SecurityGame(game.risk, dear)),
        outside=outside,
    )


@remade
@quiet
def monitored_insurance(game, coverage=0.5, saved="everybody"):
    """The same for a premium that falls with effort, by what effort saves at the equilibrium.

    `saved` says what counts: what the user's own claims shrink by ("own claim"), what all claims
    together do ("all claims"), or what everybody saves but the user itself ("everybody"), which
    takes a regulator. `joining` supposes that those who stay reach their optimum, as with
    "everybody". Raises ValueError for another.
    """
    check_share("coverage", coverage)
    solved = {
        "own claim": lambda: nash_equilibrium(game),
        "all claims": lambda: nash_equilibrium(
            SecurityGame(caring(game.risk, coverage), game.unit_costs)
        ),
        "everybody": lambda: social_optimum(game),
    }
    if saved not in solved:
        raise ValueError(f"saved: got {saved!r}; allowed: {', '.join(solved)}")
    x = solved[saved]().x
    discount = coverage * own_benefit(game, x)
    if saved != "own claim":
        share = coverage if saved == "all claims" else 1.0
        discount = discount + share * external_benefit(game, x)

    def rule(y):
        return coverage * (game.risks(x) - game.risks(y)) + discount * (x - y)

    idle = (game.unit_costs - discount) / (1 - coverage)
    return priced(game, "insurance, monitored", x, rule, idle)


@remade
@quiet
def pivotal(game):
    """The Pivotal mechanism (Clarke): user i pays the others' costs, less what they are without it.

    Without user i means with x_i = 0: the least cost of the others together. Nothing that user i
    does or says changes that, so truth is a dominant strategy.
    """
    zero = np.zeros(game.n)
    members = [np.delete(np.arange(game.n), user) for user in range(game.n)]
    without = [
        game.costs(coalition_response(game, rest, zero).x)[rest].sum() if len(rest) else 0.0
        for rest in members
    ]
    return _pivotal(game, "Pivotal (Clarke)", np.array(without))


@remade
@quiet
def exit_pivotal(game):
    """The same with the others' costs in the exit equilibrium, which depends on g_i too."""
    exits = exit_costs(game)
    return _pivotal(game, "Pivotal, exit equilibria", exits.sum(axis=1) - np.diag(exits))


@remade
@quiet
def pesim(game):
    """PESIM at its equilibrium prices: user i pays l_i* . x."""
    prices = lindahl_prices(game)
    x = social_optimum(game).x
    return priced(game, "PESIM", x, lambda y: prices @ y, game.unit_costs + np.diag(prices))


SCHEMES = (
    no_regulation,
    mandate,
    strict_liability,
    liability_for_damage,
    due_care,
    fine,
    certification,
    subsidy,
    bonus,
    insurance,
    monitored_insurance,
    pivotal,
    pesim,
)


@quiet
def compare(game):
    """All schemes on one game, in the order of `SCHEMES`."""
    return [scheme(game) for scheme in SCHEMES]


def _pivotal(game, name, without):
    def rule(y):
        costs = game.costs(y)
        return costs.sum() - costs - without

    return optimal(game, name, social_optimum(game).x, rule)


def _certified_patterns(game, x, share):
    """Equilibria of users who bear only 1 - share_i of their risk once they reach x_i*.

    For each pattern of who does: all equilibria in which these start from x_i*, and of them those
    in which every user is content with its part.
    """
    paid = np.flatnonzero(share)
    if len(paid) > MOST_COMPENSATED_USERS:
        return Equilibria((social_optimum(game),), complete=False, continuum=False)
    # Who is compensated in full has no reason to do more than x_i*.
    dear = SecurityGame(game.risk, game.unit_costs / np.maximum(1 - share, 1e-9))

    def cost(user, effort, y):
        z = np.where(np.arange(game.n) == user, effort, y)
        return game.costs(z)[user] - share[user] * game.risks(z)[user] * (effort >= x[user])

    def content(user, y):
        # The best effort below x_i* costs no less than this one, which may be above it.
        without = best_response(game, user, y)
        options = without, max(best_response(dear, user, y), x[user])
        least = min(cost(user, effort, y) for effort in options)
        return cost(user, y[user], y) <= least + 1e-9 * game.costs(y)[user]

    found, complete, continuum = [], True, False
    for pattern in itertools.product([False, True], repeat=len(paid)):
        certified = np.isin(np.arange(game.n), paid[list(pattern)])
        floor = np.where(certified, x, 0.0)
        costs = np.where(certified, dear.unit_costs, game.unit_costs)
        above = nash_equilibria(SecurityGame(game.risk.above(floor), costs))
        complete &= above.complete
        continuum |= above.continuum
        shifted = [replace(each, x=floor + each.x, unique=None) for each in above]
        found += [each for each in shifted if all(content(user, each.x) for user in paid)]
    return Equilibria(tuple(found), complete, continuum)


def _require_risks(game):
    """Raise ValueError where a user has nothing to lose, on which a payment could depend."""
    risks = game.risks(np.zeros(game.n))
    if not (risks > 0).all():
        raise ValueError(f"game.risk: got no risk of user {risks.argmin()}; allowed: > 0 for all")


def _others_risks(game, y):
    risks = game.risks(y)
    return risks.sum() - risks
