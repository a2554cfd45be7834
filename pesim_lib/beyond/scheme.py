"""A scheme: a rule that takes everybody's efforts x and says what each user pays, t(x).

It turns the game into another, in which user i minimises g_i(x) + t_i(x) over its effort x_i >= 0.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial, wraps

import numpy as np

from pesim_lib._checks import at_least_zero, user_index
from pesim_lib._sealed import Sealed
from pesim_lib.beyond.coalitions import exit_costs
from pesim_lib.paper.equilibrium import (
    best_response,
    nash_equilibria,
    social_optimum,
)
from pesim_lib.paper.game import SecurityGame
from pesim_lib.solvers.certificate import Equilibria


@dataclass(frozen=True, eq=False)
class Scheme(Sealed):
    """A scheme with the equilibrium it aims at.

    Attributes
    ----------
    game, name : SecurityGame, str
    rule : callable
        Efforts x (N,) to payments t(x) (N,); negative where a user is paid.
    x : (N,) array
        Efforts in that equilibrium.
    search : callable
        () to the `Equilibria` of the induced game.
    outside : callable
        () to what each user gets, (N,), after it alone has left and everybody has reacted.
    standard : (N,) array
        The efforts at which payments jump, zero where they never do. A user's cost is convex in
        its own effort below it, and convex from there on,
    rising : (N,) bool array
        or, for these users, rising from there on.
    """

    game: SecurityGame
    name: str
    rule: Callable[[np.ndarray], np.ndarray]
    x: np.ndarray
    search: Callable[[], Equilibria]
    outside: Callable[[], np.ndarray]
    standard: np.ndarray | None = None
    rising: np.ndarray | None = None

    def __post_init__(self):
        for name, value in (("standard", np.zeros(self.game.n)), ("rising", [False] * self.game.n)):
            given = getattr(self, name)
            object.__setattr__(self, name, np.array(value if given is None else given))
        super().__post_init__()

    def __reduce__(self):
        # Rules are functions made in place, which cannot be pickled: the scheme is made afresh.
        recipe = vars(self).get("recipe")
        if recipe is None:
            raise TypeError(f"{self.name}: made by hand, so it cannot be pickled or copied")
        return recipe

    @property
    def taxes(self):
        """t(x) in equilibrium, (N,)."""
        return self.rule(self.x)

    @property
    def budget(self):
        """The sum of the taxes: a surplus, or a deficit where it is negative."""
        return float(self.taxes.sum())

    @property
    def utilities(self):
        """-g_i(x) - t_i(x) in equilibrium, (N,)."""
        return self.game.utilities(self.x, self.taxes)

    @property
    def accepting(self):
        """What each gains over refusing alone, (N,), while the others' efforts stay."""
        return self.utilities - refusing(self.game, self.x)

    @property
    def joining(self):
        """What each gains over leaving alone, (N,), after which the others react."""
        return self.utilities - self.outside()

    @cached_property
    def equilibria(self):
        """The equilibria of the induced game that the search finds, and whether it is complete."""
        return self.search()

    @property
    def worst(self):
        """Efforts (N,) in the costliest equilibrium found, by which (4) judges."""
        return max([self.x, *(found.x for found in self.equilibria)], key=self.game.social_cost)

    @property
    def ratios(self):
        """G(x) / G(x*) for the scheme's x and in the equilibria found, (M,).

        The largest is the price of anarchy (4) under the scheme, or less if the search is
        incomplete.
        """
        profiles = [self.x, *(found.x for found in self.equilibria)]
        costs = np.array([self.game.social_cost(x) for x in profiles])
        return costs / self.game.social_cost(social_optimum(self.game).x)


def remade(maker):
    """Let the `Scheme` that `maker(game, ...)` returns remember how it was made."""

    @wraps(maker)
    def made(*arguments, **options):
        scheme = maker(*arguments, **options)
        recipe = partial(made, **options), arguments
        object.__setattr__(scheme, "recipe", recipe)
        return scheme

    return made


def optimal(game, name, x, rule):
    """A scheme all of whose equilibria are social optima: that is for the chapter to prove.

    Who leaves gets what it bears in the exit equilibrium.
    """
    return Scheme(
        game,
        name,
        rule,
        x,
        search=lambda: Equilibria((social_optimum(game),), complete=True, continuum=False),
        outside=lambda: -np.diag(exit_costs(game)),
    )


def priced(game, name, x, rule, idle):
    """A scheme that changes the price of effort, so that x is an equilibrium.

    Whoever works at x then has a unit cost equal to its own marginal benefit there; `idle` (N,)
    are the unit costs of the others, no less than their marginal benefit but for rounding.
    """
    own = own_benefit(game, x)
    costs = np.where(x > 0, own, np.maximum(idle, own))
    scheme = optimal(game, name, x, rule)
    return replace(scheme, search=lambda: nash_equilibria(SecurityGame(game.risk, costs)))


@dataclass(frozen=True, eq=False)
class Slip:
    """What one user's wrong effort does: to the other users' utilities, in sum, and the budget."""

    others: float
    budget: float


def slip(scheme, user=None, share=0.5):
    """The effects of `user` exerting `share` of its effort while nobody else reacts.

    `user` defaults to the one who exerts most.
    """
    share = at_least_zero("share", share)
    user = int(scheme.x.argmax()) if user is None else user_index("user", user, scheme.game.n)
    wrong = np.where(np.arange(scheme.game.n) == user, share, 1.0) * scheme.x
    change = scheme.game.utilities(wrong, scheme.rule(wrong)) - scheme.utilities
    return Slip(float(np.delete(change, user).sum()), float(scheme.rule(wrong).sum()))


def leavers(gain):
    """The users (0-based) with a negative `gain` (N,), up to rounding."""
    return np.flatnonzero(gain < -1e-9 * (1 + np.abs(gain).max()))


def external_benefit(game, x):
    """What a unit of each user's effort is worth to all others at x, (N,)."""
    caused, _ = game.risk.externalities(x)
    return -caused


def own_benefit(game, x):
    """What a unit of each user's effort is worth to itself at x, (N,)."""
    return -np.diag(game.risk_jacobian(x))


def refusing(game, x):
    """What each user would get without any payment, the others' efforts staying at x, (N,)."""
    replies = np.array([best_response(game, user, x) for user in range(game.n)])
    profiles = np.where(np.eye(game.n, dtype=bool), replies, x)
    return -np.array([game.costs(profile)[user] for user, profile in enumerate(profiles)])


def short_of(y, x):
    """Who falls short of x, up to rounding."""
    return y < just_enough(x)


def just_enough(x):
    """The least efforts (N,) that do not fall short of x."""
    return x * (1 - 1e-12)
