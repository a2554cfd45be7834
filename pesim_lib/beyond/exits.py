"""What may follow after a user leaves: several exit equilibria, and the range of the gains.

The others' joint answer to the loner's effort is a convex problem, so exit equilibria are the
efforts of the loner that are its best response to that answer: the zeros of one continuous
function of one number. Where what the loner lacks surely falls with its effort there is one.
"""

from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from pesim_lib._checks import quiet, require_three_users, user_count, user_index
from pesim_lib.paper.equilibrium import best_response, coalition_response
from pesim_lib.paper.game import SecurityGame
from pesim_lib.paper.individual_rationality import exit_equilibrium
from pesim_lib.paper.pesim import equilibrium_taxes, social_optimum
from pesim_lib.solvers import general
from pesim_lib.solvers.certificate import ConvergenceError, Equilibria, embed
from pesim_lib.solvers.rational import has_full_rank

# So many others have 3432 pairs of as many rows as columns to look at.
MOST_PROVED = 7


@quiet
def exit_equilibria_of(game: SecurityGame, user: int, grid: int = 33) -> Equilibria:
    """The exit equilibria found after `user` has left, sorted by its effort.

    Where there is provably one, by a closed form or by `has_one_exit`, `.complete` is True. Else,
    between `grid` efforts of the user, up to its best response to nobody's effort, every change of
    sign leads to one; two that lie closer than these can be missed, and where the others have
    several joint answers one of them is taken, so `.complete` is False. Where there is more than
    one, `.unique` of each is False. Takes about 50 `grid` joint answers: for small games. Forms
    (N, N) arrays.

    Raises ValueError for a user not in 0..N-1 or a grid below 1, ConvergenceError if an answer
    cannot be certified.
    """
    user = user_index("user", user, game.n)
    grid = user_count("grid", grid)
    known = exit_equilibrium(game, user)
    if known.unique or has_one_exit(game, user):
        return Equilibria((replace(known, unique=True),), complete=True, continuum=False)
    others = np.delete(np.arange(game.n), user)
    labels = (np.arange(game.n) != user).astype(int)

    def answer(effort):
        return coalition_response(game, others.tolist(), embed(game.n, user, effort)).x

    def excess(effort):
        return best_response(game, user, answer(effort)) - effort

    most = best_response(game, user, np.zeros(game.n))
    efforts = np.linspace(0, most, grid + 1)
    values = np.array([excess(effort) for effort in efforts])
    roots = [effort for effort, value in zip(efforts, values, strict=True) if value == 0]
    for k in np.flatnonzero(values[:-1] * values[1:] < 0):
        roots.append(brentq(excess, efforts[k], efforts[k + 1], xtol=1e-13, rtol=1e-13))
    found = [known]
    for effort in roots:
        try:
            each = general.refined(game, labels, answer(effort), known.unique, 0, "Newton")
        except ConvergenceError:
            continue
        if all(np.abs(each.x - other.x).max() > 1e-7 * (1 + each.x.max()) for other in found):
            found.append(each)
    unique = known.unique if len(found) == 1 else False
    listed = [replace(each, unique=unique) for each in sorted(found, key=lambda each: each.x[user])]
    return Equilibria(tuple(listed), complete=False, continuum=None)


@quiet
def has_one_exit(game: SecurityGame, user: int) -> bool | None:
    """Whether there is one exit equilibrium after `user` has left: True is a proof, else None.

    For weighted effort of at most 8 users. While the others A invest, their joint answer y to an
    effort t of the loner solves W_A' phi'(W_A y + v t) = -c, so it moves by -(W_A' D W_A)^-1 W_A' D
    v with D = diag(phi'') > 0: by Cauchy and Binet a mean of -W_JA^-1 v_J over all J of as many
    rows as A has columns, with weights det(W_JA)^2 times D's entries in J. Where no W_JA^-1 v_J
    takes as much from the loner as it gives itself, what the loner lacks falls with t.
    """
    if game.risk.weights is None or game.n > MOST_PROVED + 1:
        return None
    weights, others = game.risk.dense_weights(), np.delete(np.arange(game.n), user)
    block, felt, given = weights[np.ix_(others, others)], weights[user, others], weights[:, user]
    for size in range(1, len(others) + 1):
        rows = np.array(list(combinations(range(len(others)), size)))
        for columns in rows:
            squares = block[rows[:, :, None], columns]
            lengths = np.linalg.norm(squares, axis=2).prod(axis=1)
            regular = np.abs(np.linalg.det(squares)) > 1e-9 * lengths
            if not regular.any() or any(map(has_full_rank, squares[~regular])):
                return None
            shares = given[others][rows[regular]]
            answers = np.linalg.solve(squares[regular], shares[:, :, None])[:, :, 0]
            if (answers @ felt[columns] >= (1 - 1e-9) * weights[user, user]).any():
                return None
    return True


@quiet
def gain_ranges(game: SecurityGame, grid: int = 33) -> NDArray:
    """What each user gains by staying in PESIM, at least and at most over exit equilibria: (N, 2).

    Over those that `exit_equilibria_of` finds; `participation` compares with one of them.
    Raises ValueError for N < 3.
    """
    require_three_users(game.n)
    x = social_optimum(game).x
    inside = game.utilities(x, equilibrium_taxes(game, x))
    ranges = []
    for user in range(game.n):
        exits = exit_equilibria_of(game, user, grid)
        outside = [game.utilities(each.x)[user] for each in exits]
        ranges.append((inside[user] - max(outside), inside[user] - min(outside)))
    return np.array(ranges)
