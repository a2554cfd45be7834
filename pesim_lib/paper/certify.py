"""Whether efforts, wherever they come from, are an equilibrium: (2), (3) and what lies between."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pesim_lib._checks import efforts_of, quiet
from pesim_lib._sealed import Sealed
from pesim_lib.paper.equilibrium import coalition_labels, coalition_response
from pesim_lib.paper.game import SecurityGame
from pesim_lib.solvers.certificate import TOLERANCE, natural_residual
from pesim_lib.solvers.general import problem

# Of a cost, in proportion, for each user: exponentials of numbers up to 750, and sums.
ROUNDING = 6000 * np.finfo(float).eps


@dataclass(frozen=True, eq=False)
class Certificate(Sealed):
    """What `is_equilibrium` finds; true where the residual is at most 1e-9.

    Attributes
    ----------
    residual : float
        That of `Equilibrium`.
    gain : float
        Money: the most that one coalition would save, in sum, by other efforts of its own.
    regret : float
        Money: none saves more than this, certified as in `Equilibrium`.
    who : tuple of int
        The members of that coalition.

    Examples
    --------
    >>> from pesim_lib import Exponential, SecurityGame, TotalEffort
    >>> from pesim_lib import is_equilibrium, nash_equilibrium
    >>> game = SecurityGame(TotalEffort(2, Exponential()), [0.25, 0.5])
    >>> found = is_equilibrium(game, nash_equilibrium(game).x)
    >>> bool(found), round(found.gain, 9)
    (True, 0.0)
    >>> idle = is_equilibrium(game, [0, 0])
    >>> bool(idle), idle.who, round(idle.gain, 4)
    (False, (0,), 0.4034)
    """

    residual: float
    gain: float
    regret: float
    who: tuple[int, ...]

    def __bool__(self):
        return self.residual <= TOLERANCE


@quiet
def is_equilibrium(
    game: SecurityGame, x: ArrayLike, coalitions: Sequence[Sequence[int]] | None = None
) -> Certificate:
    """Whether nobody gains by leaving efforts x, and who gains most if somebody does.

    Of near ties a small residual says little: what is certified is that x solves the conditions of
    equilibrium up to 1e-9, not that a solution is as near. Forms (N, N) arrays.

    Parameters
    ----------
    game : SecurityGame
    x : (N,) array
        Everybody's efforts.
    coalitions : sequence of sequences of int, optional
        A partition of the users as in `coalition_equilibrium`; by default everybody is alone, as in
        (3), and `[range(N)]` asks for the optimum (2).

    Returns
    -------
    Certificate

    Raises
    ------
    ValueError
        For a negative x or another shape, coalitions that are not a partition, or a risk that is
        not differentiable.
    ConvergenceError
        If the best answer of a coalition cannot be certified.

    Examples
    --------
    >>> import numpy as np
    >>> from pesim_lib import Exponential, SecurityGame, TotalEffort, is_equilibrium
    >>> game = SecurityGame(TotalEffort(2, Exponential()), [0.25, 0.5])
    >>> bool(is_equilibrium(game, [np.log(4), 0]))
    True
    >>> bool(is_equilibrium(game, [np.log(4), 0], [[0, 1]]))
    False
    """
    x = efforts_of(game, x)
    alone = [[user] for user in range(game.n)]
    labels = coalition_labels(game, alone if coalitions is None else coalitions)
    function, _, length = problem(game, labels)
    residual = natural_residual(x / length, function(x / length))
    best, most, who = 0.0, 0.0, ()
    costs = game.costs(x)
    for number in range(labels.max() + 1):
        members = np.flatnonzero(labels == number)
        answer = coalition_response(game, members.tolist(), x)
        after = game.costs(answer.x)[members].sum()
        gain = float(costs[members].sum() - after)
        # The sums' own rounding, and that of the risks in them.
        rounding = ROUNDING * game.n * (costs[members].sum() + after)
        most = max(most, gain + answer.regret + rounding)
        if gain > best or not who:
            best, who = max(gain, 0.0), tuple(members.tolist())
    return Certificate(residual, best, most, who)
