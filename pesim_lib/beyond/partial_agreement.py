"""One coalition among many who act alone, on networks of any size."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from pesim_lib._checks import efforts_of, quiet, require_weighted_effort, user_index
from pesim_lib.paper.equilibrium import nash_equilibrium, social_optimum
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.risk import WeightedEffort
from pesim_lib.solvers.certificate import TOLERANCE, Equilibrium, certified, natural_residual
from pesim_lib.solvers.general import regret_of

MOST_ROUNDS = 200


@quiet
def coalition_among_loners(
    game: SecurityGame, members: ArrayLike, start: ArrayLike | None = None
) -> Equilibrium:
    """An equilibrium in which `members` minimise the sum of their costs and all others their own.

    The members' joint answer to the others, a convex problem, and the equilibrium of the others
    given the members' efforts, in turn, until both hold at once. Forms no (N, N) array.

    `members` are users (M,), any number of them; `start` are efforts (N,) to begin with, those of
    the Nash equilibrium without. Raises ValueError for other risks than weighted effort, for
    `members` that are no distinct users, or a wrong start; ConvergenceError if nothing is
    certified.
    """
    require_weighted_effort(game)
    users = [user_index("members", user, game.n) for user in np.asarray(members).tolist()]
    if len(set(users)) < len(users):
        raise ValueError(f"members: got {len(users) - len(set(users))} twice; allowed: each once")
    inside = np.zeros(game.n, dtype=bool)
    inside[users] = True
    x = nash_equilibrium(game).x if start is None else efforts_of(game, start)
    residual = _residual(game, inside, x)
    answers = (social_optimum, _Acting(game, inside)), (nash_equilibrium, _Acting(game, ~inside))
    rounds = 0
    while residual > TOLERANCE and rounds < MOST_ROUNDS:
        for solve, side in answers:
            x = side.answer(solve, x)
        residual, rounds = _residual(game, inside, x), rounds + 1
    labels = np.unique(np.where(inside, -1, np.arange(game.n)), return_inverse=True)[1]
    return certified(x, residual, regret_of(game, labels), None, rounds, "coalitions in turn")


class _Acting:
    """The users `who` (N,) of a game, whose efforts answer those of all others."""

    def __init__(self, game, who):
        self.game, self.who = game, who
        weights = sparse.csr_array(game.risk.weights)
        # Others keep an effort for themselves, and with nothing to lose make none.
        own = sparse.diags_array(np.where(who, 0.0, weights.diagonal()))
        self.weights = (weights @ sparse.diags_array(who.astype(float)) + own).tocsr()
        self.weights.eliminate_zeros()

    def answer(self, solve, x):
        """x (N,) with new efforts of `who`: those that `solve` finds, all others' given."""
        if not self.who.any():
            return x
        given = self.game.risk.effort(np.where(self.who, 0.0, x))
        decay = self.game.risk.decay.scaled(self.who.astype(float)).shifted(given)
        part = SecurityGame(WeightedEffort(self.weights, decay), self.game.unit_costs)
        return np.where(self.who, solve(part, start=np.where(self.who, x, 0.0)).x, x)


def _residual(game, inside, x):
    """The residual of `Equilibrium` for efforts x (N,) of one coalition and loners."""
    risk, n = game.risk, game.n
    slope, first = (np.broadcast_to(risk.decay.slope(s), n) for s in (risk.effort(x), 0.0))
    value = np.broadcast_to(risk.decay.value(0.0), n)
    steepness = np.where(value > 0, -first / np.where(value > 0, value, 1.0), 0.0)
    own = np.asarray(risk.weights.diagonal())
    felt = np.where(inside, risk.transposed @ np.where(inside, slope, 0.0), own * slope)
    pooled = sparse.csr_array(risk.transposed) * np.where(inside, steepness, 0.0)[None, :]
    steepest = np.where(inside, pooled.max(axis=1).toarray().ravel(), own * steepness)
    units = np.where(steepest > 0, steepest, 1.0)
    return natural_residual(x * units, 1 + felt / game.unit_costs)
