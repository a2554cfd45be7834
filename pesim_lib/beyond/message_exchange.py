"""Message-exchange processes: how PESIM's messages might reach an equilibrium, Section VI."""

from numpy.typing import ArrayLike

from pesim_lib._checks import finite_array, quiet, require_three_users
from pesim_lib.beyond import play, protocol
from pesim_lib.beyond.trace import Exchange, Stopping
from pesim_lib.paper.game import SecurityGame

# What each process may be told.
OPTIONS = {
    "protocol": ("penalty", "local", "loss", "delay", "seed", "frozen", "accelerate"),
    "play": ("weight", "damping"),
    "best response": (),
}


@quiet
def exchange(
    game: SecurityGame,
    process: str = "protocol",
    *,
    rounds: int = 2000,
    tolerance: float = 1e-11,
    start: ArrayLike | None = None,
    **options,
) -> Exchange:
    """Exchange messages round by round from proposals `start` (N, N), zero by default.

    Forms (N, N) arrays.

    Parameters
    ----------
    game : SecurityGame
    process : "protocol", "play" or "best response"
        The protocol uses only g_i at user i. In play prices are correct, the Lindahl prices, and
        stay so, and every user replies to the others' last proposals. In best response a reply is
        a whole message, prices too, and the first prices are the equilibrium's.
    rounds, tolerance : int, float
        When to end: after so many rounds, or when nothing moves by more.
    start : (N, N) array, optional
        The first proposals.
    **options
        Those of the process, by name.

        - penalty (float > 0 or None): in the protocol, a fixed weight r, or one that adapts.
        - local (bool): in the protocol, only stakeholders speak about an effort (weighted effort),
          as `links` says.
        - loss (float in [0, 1)): in the protocol, the chance that a user's proposal is lost. Its
          state z_i stays as it was.
        - delay (int >= 0): in the protocol, how many rounds late proposals arrive. States then go
          only 1 / (1 + delay) of the way.
        - seed (int): in the protocol, what decides which proposals are lost.
        - frozen (dict of user to (N,) array, or None): in the protocol, users who always propose
          the same.
        - accelerate (bool): whether the protocol extrapolates. It does not where messages are lost
          or late.
        - weight (float > 0 or None): in play, the weight p of the squared distance between the
          proposals of neighbours on the ring, or no such term.
        - damping (float in (0, 1]): in play, the share of the way to its reply that each user goes.

    Returns
    -------
    Exchange
        Not to converge is a result, not an error.

    Raises
    ------
    ValueError
        For N < 3, arguments other than these, or an option of another process.
    ConvergenceError
        If a user's reply or the optimum cannot be certified.

    Examples
    --------
    >>> from pesim_lib import exchange, social_optimum
    >>> from pesim_lib.paper.examples import total_effort_game
    >>> game = total_effort_game(n=3)
    >>> found = exchange(game)
    >>> found.converged, bool(abs(found.x - social_optimum(game).x).max() < 1e-6)
    (True, True)
    """
    if process not in OPTIONS:
        raise ValueError(f"process: got {process!r}; allowed: {', '.join(OPTIONS)}")
    for name in options:
        if name not in OPTIONS[process]:
            allowed = ", ".join(OPTIONS[process]) or "none"
            raise ValueError(f"{name}: got an option that {process!r} has not; allowed: {allowed}")
    require_three_users(game.n)
    stopping = Stopping(rounds, tolerance)
    start = None if start is None else finite_array("start", start, shape=(game.n, game.n))
    if process == "play":
        return play.run(game, start, stopping, **options)
    if process == "best response":
        return play.run_best_responses(game, start, stopping)
    under_way = {name: options.pop(name) for name in ("loss", "delay", "seed") if name in options}
    return protocol.run(game, start, stopping, channel=protocol.Channel(**under_way), **options)
