"""The price of anarchy (4), the price of stability, and bounds that need no optimum."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pesim_lib._checks import quiet, require_weighted_effort
from pesim_lib._sealed import Sealed
from pesim_lib.paper.equilibrium import search_limits, social_optimum, solver
from pesim_lib.paper.game import SecurityGame
from pesim_lib.solvers.certificate import TOLERANCE, ConvergenceError, Equilibrium


@dataclass(frozen=True, eq=False)
class PriceOfAnarchy(Sealed):
    """Social cost in equilibrium over social cost at the optimum.

    Attributes
    ----------
    ratio : float
        rho of equation (4): at the worst equilibrium found.
    best_ratio : float
        The price of stability: at the best equilibrium found.
    upper : float
        What rho cannot exceed: `ratio` itself where exact, else `weighted_effort_bound`, and
        infinity for other risks.
    worst, optimum : Equilibrium
    exact : bool or None
        Whether all equilibria were seen; None where users are so nearly tied that rounding hides
        it. Unless True, `ratio` is a lower bound of rho.

    Examples
    --------
    >>> from pesim_lib import price_of_anarchy
    >>> from pesim_lib.paper.examples import equal_users_game
    >>> found = price_of_anarchy(equal_users_game(n=3, c=0.2))
    >>> found.exact, round(found.ratio, 4), round(found.best_ratio, 4)
    (True, 1.2431, 1.2431)
    """

    ratio: float
    best_ratio: float
    upper: float
    worst: Equilibrium
    optimum: Equilibrium
    exact: bool | None


@quiet
def price_of_anarchy(
    game: SecurityGame,
    branches: int | None = None,
    seconds: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> PriceOfAnarchy:
    """rho = max over Nash equilibria of G(x) / G(x*), equation (4).

    Of equilibria that differ in the names of equal users alone, one is looked at: they cost the
    same. Forms (N, N) arrays up to 2000 users.

    Parameters
    ----------
    game : SecurityGame
    branches, seconds, progress : optional
        Limits of the search, and whom it tells how far it is, as in `nash_equilibria`; what it had
        found by then gives a lower bound.

    Returns
    -------
    PriceOfAnarchy

    Raises
    ------
    ConvergenceError
        If an equilibrium or the optimum could not be certified.

    Examples
    --------
    Users who share one exponential risk can pay up to N / (1 + ln N) times the optimum, which is
    3.0279 for ten of them.

    >>> from pesim_lib import Exponential, SecurityGame, TotalEffort, price_of_anarchy
    >>> game = SecurityGame(TotalEffort(10, Exponential()), [0.999] + [1.0] * 9)
    >>> round(price_of_anarchy(game).ratio, 4)
    3.0273
    """
    limits = search_limits(branches, seconds, progress, one_of_each=True)
    equilibria = solver(game).equilibria(game, limits)
    optimum = social_optimum(game)
    costs = np.array([game.social_cost(equilibrium.x) for equilibrium in equilibria])
    ratios = costs / game.social_cost(optimum.x)
    # The optimum is the cheapest profile of all; only rounding can say otherwise.
    if not ratios.min() >= 1 - TOLERANCE:
        raise ConvergenceError("price_of_anarchy: an equilibrium is cheaper", 1 - ratios.min())
    ratios = np.maximum(ratios, 1.0)
    sure = [place for place in range(len(ratios)) if place not in equilibria.doubtful]
    if sure:
        worst, best = max(sure, key=ratios.item), min(sure, key=ratios.item)
    else:
        # One of them at least is an equilibrium: the cheapest bounds rho, the dearest the best.
        worst, best = int(ratios.argmin()), int(ratios.argmax())
    isolated = True if equilibria.ends_extreme else _negated(equilibria.continuum)
    exact = False if False in (equilibria.complete, isolated) else equilibria.complete and isolated
    bound = np.inf if game.risk.weights is None else weighted_effort_bound(game)
    return PriceOfAnarchy(
        ratio=ratios.item(worst),
        best_ratio=ratios.item(best),
        upper=ratios.item(worst) if exact else bound,
        worst=equilibria[worst],
        optimum=optimum,
        exact=exact,
    )


def _negated(answer):
    """`not answer`, None for None."""
    return None if answer is None else not answer


@quiet
def equilibrium_bound(game: SecurityGame, x: ArrayLike) -> float:
    """An upper bound of G(x) / G(x*) from the marginal damages at a Nash equilibrium x.

    max(1, max_k (-sum_i df_i/dx_k) / c_k), after Jiang, Anantharam and Walrand (2011) with unit
    costs brought in. It rests on convexity alone. Forms (N, N) arrays.

    Parameters
    ----------
    game : SecurityGame
    x : (N,) array
        A Nash equilibrium.

    Returns
    -------
    float

    Examples
    --------
    >>> from pesim_lib import equilibrium_bound, nash_equilibrium, price_of_anarchy
    >>> from pesim_lib.paper.examples import ring_game
    >>> game = ring_game()
    >>> x = nash_equilibrium(game).x
    >>> round(price_of_anarchy(game).ratio, 4), round(equilibrium_bound(game, x), 4)
    (1.1048, 2.2247)
    """
    marginal_damages = -game.risk_jacobian(x).sum(axis=0)
    return float(max(1.0, (marginal_damages / game.unit_costs).max()))


@quiet
def weighted_effort_bound(game: SecurityGame) -> float:
    """An upper bound of rho for weighted effort from W and c alone.

    max_k sum_i (w_ik c_i) / (w_ii c_k), the effective-investment bound of Jiang, Anantharam and
    Walrand (2011) with unit costs brought in.

    Parameters
    ----------
    game : SecurityGame

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For other risks than weighted effort.

    Examples
    --------
    >>> from pesim_lib import price_of_anarchy, weighted_effort_bound
    >>> from pesim_lib.paper.examples import ring_game
    >>> round(price_of_anarchy(ring_game()).ratio, 4), round(weighted_effort_bound(ring_game()), 4)
    (1.1048, 2.5)
    """
    risk = require_weighted_effort(game)
    own = game.unit_costs / risk.weights.diagonal()
    return float((risk.outgoing(own) / game.unit_costs).max())
