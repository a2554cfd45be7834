"""Who takes part though it knows only its own type, and whether money can keep every type in."""

import numpy as np
from scipy.optimize import brentq

from pesim_lib.beyond.direct_mechanism import balanced, efficient
from pesim_lib.beyond.private_costs import all_draws
from pesim_lib.paper.decay import Exponential
from pesim_lib.paper.equilibrium import social_optimum
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.risk import TotalEffort, WeightedEffort
from pesim_lib.solvers.certificate import TOLERANCE, ConvergenceError


def bayesian_exit_costs(game):
    """What every type bears in the Bayesian exit equilibrium after its user has left, (N, K).

    The others know each other's types and minimise the sum of their costs in each case; they know
    of the loner's type, and it of theirs, the chances alone. Raises ConvergenceError if no
    equilibrium is found.
    """
    return np.array([_exit(game, user) for user in range(game.n)])


def largest_payments(game):
    """The most that every type can be made to pay, (N, K), in money.

    Under the optimum of each draw, if truth is to be best and every type is to bear no more than
    in the exit equilibrium. A type pays at most what leaves it as well off as leaving, or as lying
    and paying what that type pays at most: the shortest path through the lies.
    """
    decided = efficient(game).decided_costs()
    own = np.einsum("ibb->ib", decided)
    lengths = np.swapaxes(decided - own[:, None, :], 1, 2)
    for middle in range(game.kinds):
        through = lengths[:, :, middle, None] + lengths[:, middle, None, :]
        lengths = np.minimum(lengths, through)
    return (lengths + (bayesian_exit_costs(game) - own)[:, None, :]).min(axis=2)


def largest_budget(game):
    """The largest expected budget of an efficient, truthful scheme that every type joins.

    A balanced one exists exactly where this is not negative.
    """
    return float((game.chances * largest_payments(game)).sum())


def keeping_mechanism(game):
    """The balanced mechanism that shares `largest_budget` equally.

    Raises ValueError where that budget is negative.
    """
    budget = largest_budget(game)
    if budget < 0:
        raise ValueError(f"game: got a largest budget of {budget:g}; allowed: >= 0")
    return balanced(efficient(game), largest_payments(game) - budget / game.n)


def pivotal_budget(game):
    """The expected budget of the Pivotal mechanism with the largest constants that all types join.

    User i pays the others' costs less a constant, the least at which no type of it prefers to
    leave.
    """
    plain = efficient(game)
    total = np.array(
        [game.known(d).social_cost(x) for d, x in zip(plain.draws, plain.efforts, strict=True)]
    )
    all_costs = plain.given_type(np.tile(total[:, None], game.n))
    constants = (all_costs - bayesian_exit_costs(game)).max(axis=1)
    return float((game.n - 1) * (plain.odds @ total) - constants.sum())


def _exit(game, user):
    """What each type of `user` bears outside, (K,)."""
    others = np.delete(np.arange(game.n), user)
    draws = all_draws(game.n - 1, game.kinds)
    odds = game.chances[others, draws].prod(axis=1)
    own, weights = game.weights[user, user], game.weights[np.ix_(others, others)]
    losses, costs = game.losses[others, draws], game.unit_costs[others, draws]

    def reply(log_left):
        wanted = np.log(own * game.losses[user] / game.unit_costs[user]) + log_left
        return np.maximum(wanted, 0.0) / own

    def answer(log_left):
        """log M of the loner once the others have answered its reply to `log_left`."""
        parts = np.exp(-np.outer(game.weights[others, user], reply(log_left)))
        helped = parts @ game.chances[user]
        left = [
            np.exp(-game.weights[user, others] @ _joint(game, weights, helped * loss, cost))
            for loss, cost in zip(losses, costs, strict=True)
        ]
        return np.log(odds @ np.array(left))

    low = answer(-np.inf)
    log_left = low
    if answer(low) > low:
        # The loner's efforts rise with what is left of its risk, and the others' fall with them.
        log_left = brentq(lambda m: answer(m) - m, low, 0.0, xtol=1e-14) if answer(0.0) < 0 else 0.0
    x = reply(log_left)
    miss = abs(answer(log_left) - log_left)
    if not miss <= TOLERANCE:
        raise ConvergenceError("bayesian_exit_costs", miss)
    return game.losses[user] * np.exp(log_left - own * x) + game.unit_costs[user] * x


def _joint(game, weights, losses, costs):
    """The efforts (N - 1,) that are best for users with these losses and costs together."""
    decay = Exponential(losses)
    risk = TotalEffort(len(costs), decay) if game.shared else WeightedEffort(weights, decay)
    return social_optimum(SecurityGame(risk, costs)).x
