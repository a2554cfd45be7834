"""Mechanisms that ask users for their types and decide on the optimum of what they report."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pesim_lib._sealed import Sealed
from pesim_lib.beyond.bayesian import BayesianGame
from pesim_lib.beyond.ignorance import draws_of
from pesim_lib.beyond.private_costs import MOST_DRAWS
from pesim_lib.paper.equilibrium import social_optimum
from pesim_lib.paper.pesim import equilibrium_taxes


@dataclass(frozen=True, eq=False)
class DirectMechanism(Sealed):
    """Efforts and taxes for every draw of reported types.

    Attributes
    ----------
    game : BayesianGame
    draws : (D, N) array
        Everybody's reported type, the D = K**N cases in order.
    odds : (D,) array
        Their chances if all report the truth.
    efforts : (D, N) array
        The social optimum of each case.
    taxes : (D, N) array
        Money; negative where a user is paid.
    """

    game: BayesianGame
    draws: NDArray
    odds: NDArray
    efforts: NDArray
    taxes: NDArray

    def given_type(self, values):
        """The expectation of `values` (D, N) for each type of its user, (N, K)."""
        return _given(self.game, self.draws, self.odds, values)

    def decided_costs(self):
        """g_i if user i reports type a and has type b, in expectation: (N, K, K) at [i, a, b]."""
        return _burdens(self, np.zeros_like(self.taxes), self.game.chances)

    def lying_gains(self):
        """What type b of user i gains by reporting a while all others are truthful, (N, K, K)."""
        burdens = _burdens(self, self.taxes, self.game.chances)
        return np.einsum("ibb->ib", burdens)[:, None, :] - burdens

    def interim_costs(self):
        """What every type bears, g_i + t_i, if all are truthful: (N, K)."""
        return np.einsum("ibb->ib", _burdens(self, self.taxes, self.game.chances))


def efficient(game, tax=None):
    """The `DirectMechanism` with the optimum of each draw, and taxes `tax(known game, x)` (N,)."""
    draws, odds = draws_of(game)
    known = [game.known(draw) for draw in draws]
    efforts = np.array([social_optimum(each).x for each in known])
    taxes = np.zeros(efforts.shape)
    if tax is not None:
        taxes = np.array([tax(each, x) for each, x in zip(known, efforts, strict=True)])
    return DirectMechanism(game, draws, odds, efforts, taxes)


def expected_externality(game):
    """The mechanism of d'Aspremont and Gerard-Varet for a `BayesianGame`.

    Reporting type k, user i pays what the others then bear in expectation, and receives an equal
    share of what each of them pays. Efficient, Bayesian incentive compatible, balanced in every
    draw. It solves K**N games. Needs two users or more.
    """
    plain = efficient(game)
    costs = np.array(
        [game.known(d).costs(x) for d, x in zip(plain.draws, plain.efforts, strict=True)]
    )
    others = costs.sum(axis=1, keepdims=True) - costs
    return balanced(plain, plain.given_type(others))


def balanced(mechanism, expected):
    """The same efforts with taxes that sum to their mean in every draw.

    `expected` (N, K) is what every type pays, but for a constant for each user: what the users'
    own reports bring in beyond its mean is shared out equally among the others.
    """
    n = mechanism.game.n
    own = expected[np.arange(n), mechanism.draws]
    surplus = own - (mechanism.game.chances * expected).sum(axis=1)
    others = surplus.sum(axis=1, keepdims=True) - surplus
    mean = (mechanism.game.chances * expected).sum(axis=1)
    taxes = surplus - others / (n - 1) + mean - mean.mean()
    return DirectMechanism(
        mechanism.game, mechanism.draws, mechanism.odds, mechanism.efforts, taxes
    )


def pesim_reports(game):
    """PESIM played by reports: each follows the protocol as the type that it reports.

    The protocol ends at the optimum of the reported draw and at the taxes (12) there.
    """
    return efficient(game, equilibrium_taxes)


def report_equilibria(mechanism):
    """The pure Bayesian equilibria in reports: a list of (N, K) arrays, and expected social costs.

    Entry [i, k] is what type k of user i reports. Goes through all (K**K)**N profiles; raises
    ValueError beyond 4096 of them.
    """
    game = mechanism.game
    strategies = np.array(list(itertools.product(range(game.kinds), repeat=game.kinds)))
    if len(strategies) ** game.n > MOST_DRAWS:
        raise ValueError(
            f"mechanism: got {len(strategies) ** game.n} profiles; allowed: at most {MOST_DRAWS}"
        )
    found, costs = [], []
    for picked in itertools.product(range(len(strategies)), repeat=game.n):
        told = strategies[list(picked)]
        heard = np.zeros(told.shape)
        np.add.at(heard, (np.arange(game.n)[:, None], told), game.chances)
        burdens = _burdens(mechanism, mechanism.taxes, heard)
        now = np.take_along_axis(burdens, told[:, None, :], axis=1)[:, 0]
        if (now <= burdens.min(axis=1) + 1e-12).all():
            decided = _burdens(mechanism, np.zeros_like(mechanism.taxes), heard)
            borne = np.take_along_axis(decided, told[:, None, :], axis=1)[:, 0]
            found.append(told)
            costs.append(float((game.chances * borne).sum()))
    return found, np.array(costs)


def _given(game, draws, odds, values):
    """As `DirectMechanism.given_type`."""
    kinds = np.arange(game.kinds)
    hits = draws[:, :, None] == kinds
    return np.einsum("d,dn,dnk->nk", odds, values, hits) / game.chances


def _burdens(mechanism, taxes, heard):
    """g_i + t_i if user i reports a and has type b, (N, K, K), when j reports l with heard[j, l].

    Efforts follow reports; risk and bill for effort follow the true type.
    """
    game, draws = mechanism.game, mechanism.draws
    each = heard[np.arange(game.n), draws]
    bare = np.exp(-mechanism.efforts @ game.weights.T)
    total = np.zeros((game.n, game.kinds, game.kinds))
    for user in range(game.n):
        odds = np.delete(each, user, axis=1).prod(axis=1)
        hits = odds[:, None] * (draws[:, user, None] == np.arange(game.kinds))
        left, effort, tax = (
            hits.T @ values[:, user] for values in (bare, mechanism.efforts, taxes)
        )
        total[user] = np.outer(left, game.losses[user]) + np.outer(effort, game.unit_costs[user])
        total[user] += tax[:, None]
    return total
