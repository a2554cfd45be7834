"""Best replies of the unregulated game, round after round: where users settle, and where not.

Section II of the paper reads the Nash equilibrium as the point to which such a process converges.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pesim_lib._checks import (
    efforts_of,
    positive_array,
    quiet,
    require_weighted_effort,
    user_count,
    user_index,
)
from pesim_lib._sealed import Sealed
from pesim_lib.paper.equilibrium import solver
from pesim_lib.paper.game import SecurityGame
from pesim_lib.solvers.sweeps import share_radius

# Cycles of more rounds are not looked for.
LONGEST = 60
# In a cycle some round moves efforts by so many tolerances: else it may be a slow way to rest.
MOVES = 1e6


@dataclass(frozen=True, eq=False)
class BestReplies(Sealed):
    """Efforts round by round, and how they end.

    Attributes
    ----------
    path : (T + 1, N) array
        The start, then everybody's efforts after each of T rounds.
    period : int or None
        1 if the last round changed nothing, p > 1 if efforts come back after p rounds, None if
        neither was seen.

    Examples
    --------
    Three users who all expect the others to do nothing, and then to do everything.

    >>> from pesim_lib import best_replies
    >>> from pesim_lib.paper.examples import total_effort_game
    >>> best_replies(total_effort_game(n=3)).path.round(4)
    array([[0.    , 0.    , 0.    ],
           [0.6931, 0.5978, 0.5108],
           [0.    , 0.    , 0.    ]])
    """

    path: np.ndarray
    period: int | None

    @property
    def x(self):
        """The last efforts, (N,)."""
        return self.path[-1]

    @property
    def rounds(self):
        """T, the number of rounds."""
        return len(self.path) - 1


@quiet
def best_replies(
    game: SecurityGame,
    in_turn: bool = False,
    start: ArrayLike | None = None,
    held: Collection[int] = (),
    rounds: int = 1000,
    tolerance: float = 1e-12,
) -> BestReplies:
    """Everybody plays its best response to the others' last efforts, again and again.

    Until efforts repeat those of an earlier round, of the 60 last ones, or for `rounds` rounds.

    Parameters
    ----------
    game : SecurityGame
    in_turn : bool
        All at once, or one after the other, users 0 to N-1 in each round.
    start : (N,) array, optional
        Efforts from which to begin; by default nobody does anything.
    held : collection of int, optional
        Users who keep the effort of the start.
    rounds : int
    tolerance : float
        Efforts that differ by less, over one plus the largest, are the same.

    Returns
    -------
    BestReplies

    Raises
    ------
    ValueError
        For a start of the wrong shape or negative, users not in 0..N-1, or limits that are not
        positive.

    Examples
    --------
    In turn the cheapest user, who moves first, does what all want, and nobody adds to it.

    >>> from pesim_lib import best_replies
    >>> from pesim_lib.paper.examples import total_effort_game
    >>> game = total_effort_game(n=3)
    >>> best_replies(game).period, best_replies(game, in_turn=True).period
    (2, 1)
    >>> best_replies(game, in_turn=True).x.round(4)
    array([0.6931, 0.    , 0.    ])
    """
    x = np.zeros(game.n) if start is None else np.array(efforts_of(game, start))
    fixed = {user_index("held", user, game.n) for user in held}
    moving = [user for user in range(game.n) if user not in fixed]
    rounds = user_count("rounds", rounds)
    tolerance = float(positive_array("tolerance", tolerance, ()))
    answer, path = solver(game).best_response, [x]
    for _ in range(rounds):
        seen, x = x, x.copy()
        for user in moving:
            x[user] = answer(game, user, x if in_turn else seen)
        path.append(x)
        same = tolerance * (1 + x.max())
        distances = np.abs(np.array(path[-2 : -LONGEST - 2 : -1]) - x).max(axis=1)
        back = np.flatnonzero(distances <= same)
        if back.size and (back[0] == 0 or distances[0] > MOVES * same):
            return BestReplies(np.array(path), int(back[0]) + 1)
    return BestReplies(np.array(path), None)


@quiet
def reply_radius(game: SecurityGame) -> float:
    """The spectral radius of w_ij / w_ii without the diagonal: below 1, all best replies settle.

    Raises ValueError unless the game has weighted effort.
    """
    return share_radius(require_weighted_effort(game).dense_weights())
