"""Information from outside: a signal about who is at risk, such as an entry in a blacklist.

Losses enter costs linearly, so users who all see the same signal play the game with the losses
expected after it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pesim_lib._checks import finite_array, positive_array
from pesim_lib._sealed import Sealed
from pesim_lib.paper.equilibrium import nash_equilibrium, social_optimum
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.pesim import equilibrium_taxes
from pesim_lib.paper.risk import Risk


def listing(base, hit, false_alarm):
    """Chance to be listed, and to be at risk if listed and if not: three floats, by Bayes.

    `base` is the chance to be at risk, `hit` that of being listed if so, `false_alarm` that of
    being listed if not. Raises ValueError for chances outside [0, 1]; where nobody is listed, or
    everybody is, a list says nothing and the base rate stands.
    """
    for name, value in (("base", base), ("hit", hit), ("false_alarm", false_alarm)):
        if not 0 <= finite_array(name, value, ()) <= 1:
            raise ValueError(f"{name}: got {value:g}; allowed: from 0 to 1")
    listed = base * hit + (1 - base) * false_alarm
    risky = base * hit / listed if listed > 0 else base
    clean = base * (1 - hit) / (1 - listed) if listed < 1 else base
    return listed, risky, clean


@dataclass(frozen=True, eq=False)
class PublicSignal(Sealed):
    """What everybody may learn: for each message its chance, and the losses expected after it.

    Attributes
    ----------
    chances : (M,) array
    losses : (M, N) array
        Money, positive.
    """

    chances: NDArray
    losses: NDArray

    def __post_init__(self):
        losses = positive_array("losses", self.losses)
        if losses.ndim != 2:
            raise ValueError(f"losses: got {losses.ndim} dimensions; allowed: 2")
        chances = positive_array("chances", self.chances, losses.shape[:1])
        if not np.isclose(chances.sum(), 1, rtol=0, atol=1e-9):
            raise ValueError(f"chances: got a sum of {chances.sum():g}; allowed: 1")
        object.__setattr__(self, "losses", losses)
        object.__setattr__(self, "chances", chances)
        super().__post_init__()

    def silent(self):
        """The signal that says nothing: the mean losses for certain."""
        return PublicSignal(np.ones(1), np.array([self.chances @ self.losses]))


def blacklist(losses: ArrayLike, danger: ArrayLike, base: float, accuracy: float) -> PublicSignal:
    """A public list of the users whose loss is uncertain, right about each with one chance.

    User i loses `danger[i]` with chance `base`, and `losses[i]` otherwise, independently; where
    both are the same there is nothing to list. A list is right with chance `accuracy`, about users
    at risk and about others: 1/2 says nothing, 1 all.
    """
    losses = positive_array("losses", losses, max_ndim=1)
    danger = positive_array("danger", danger, losses.shape)
    if not 0.5 <= finite_array("accuracy", accuracy, ()) <= 1:
        raise ValueError(f"accuracy: got {accuracy:g}; allowed: from 0.5 to 1")
    listed, risky, clean = listing(base, accuracy, 1 - accuracy)
    uncertain = np.flatnonzero(losses != danger)
    chances, rows = np.ones(1), np.array([losses])
    for user in uncertain:
        seen = np.array([1 - listed, listed])
        means = losses[user] + np.array([clean, risky]) * (danger[user] - losses[user])
        rows = np.repeat(rows, 2, axis=0)
        rows[:, user] = np.tile(means, len(chances))
        chances = np.outer(chances, seen).ravel()
    return PublicSignal(chances[chances > 0], rows[chances > 0])


@dataclass(frozen=True, eq=False)
class Informed(Sealed):
    """What users bear in expectation after a public signal, each (N,).

    Attributes
    ----------
    equilibrium, optimum : (N,) array
        In the Nash equilibrium, and at the optimum, before the signal is seen.
    pesim : (N,) array
        At the optimum with PESIM's taxes.
    """

    equilibrium: NDArray
    optimum: NDArray
    pesim: NDArray


def informed(risk: Risk, unit_costs: ArrayLike, signal: PublicSignal) -> Informed:
    """The expected costs of users whose risk is the loss times `risk` after a public `signal`."""
    rows = []
    for losses in signal.losses:
        game = SecurityGame(risk.scaled(losses), unit_costs)
        x = social_optimum(game).x
        costs = game.costs(x)
        rows.append(
            (game.costs(nash_equilibrium(game).x), costs, costs + equilibrium_taxes(game, x))
        )
    return Informed(*np.einsum("m,mkn->kn", signal.chances, np.array(rows)))


def worth(risk, unit_costs, signal):
    """What every user gains from a public signal, `Informed` of savings over knowing nothing."""
    before, after = (informed(risk, unit_costs, s) for s in (signal.silent(), signal))
    return Informed(
        before.equilibrium - after.equilibrium,
        before.optimum - after.optimum,
        before.pesim - after.pesim,
    )


def supplier_costs(loss, others, cost=1.0):
    """Social cost if one user of expected `loss` supplies total effort, e^-s = cost / loss.

    `others` is the sum of the other users' losses; elementwise. It is convex in `loss` up to
    2 `others`, and concave beyond.
    """
    loss = np.asarray(loss, dtype=float)
    return cost * (1 + others / loss + np.log(loss / cost))
