"""Message-exchange processes: how PESIM's messages might reach an equilibrium, Section VI."""

import numpy as np

from pesim_lib._checks import finite_array, user_count, user_index
from pesim_lib.beyond.local_pesim import links
from pesim_lib.beyond.play import _best_responses, _play
from pesim_lib.beyond.protocol import _protocol, speakers
from pesim_lib.paper.risk import WeightedEffort


def exchange(
    game,
    process="protocol",
    penalty=None,
    damping=1.0,
    rounds=2000,
    tolerance=1e-11,
    local=False,
    loss=0.0,
    delay=0,
    frozen=None,
    start=None,
    seed=0,
    accelerate=True,
):
    """Exchange messages round by round from proposals `start` (N, N), zero by default.

    Parameters
    ----------
    process : "protocol", "play" or "best response"
        The protocol uses only g_i at user i. In play prices are correct, the Lindahl prices, and
        stay so, and every user replies to the others' last proposals. In best response a reply is
        a whole message, prices too, and the first prices are the equilibrium's.
    penalty : float > 0 or None
        In the protocol a fixed weight r, or one that adapts. In play the weight p of
        |x_i - x_{i+1}|^2, or no penalty.
    damping : float in (0, 1]
        In play, the share of the way to its reply that each user goes.
    local : bool
        In the protocol, only stakeholders speak about an effort (weighted effort), as `links` says.
    loss : float in [0, 1)
        In the protocol, the chance that a user's proposal is lost. Its z_i stays as it was.
    delay : int >= 0
        In the protocol, how many rounds late proposals arrive. States then go only
        1 / (1 + delay) of the way.
    frozen : dict of user -> (N,) array, or None
        In the protocol, users who always propose the same.
    accelerate : bool
        Whether the protocol extrapolates. It does not where messages are lost or late.

    Raises ValueError for N < 3 or arguments other than these, ConvergenceError if a user's reply
    or the optimum cannot be certified. Not to converge is a result, not an error.
    """
    n = game.n
    processes = ("protocol", "play", "best response")
    if process not in processes:
        raise ValueError(f"process: got {process!r}; allowed: {', '.join(processes)}")
    if penalty is not None and not (np.isfinite(penalty) and penalty > 0):
        raise ValueError(f"penalty: got {penalty}; allowed: > 0, or None")
    if not 0 < damping <= 1:
        raise ValueError(f"damping: got {damping}; allowed: above 0, up to 1")
    if not 0 <= loss < 1:
        raise ValueError(f"loss: got {loss}; allowed: from 0, below 1")
    if isinstance(delay, bool) or not isinstance(delay, int | np.integer) or delay < 0:
        raise ValueError(f"delay: got {delay!r}; allowed: an integer >= 0")
    if loss and delay:
        raise ValueError(f"delay: got {delay} with loss {loss}; allowed: one of the two")
    if local and not isinstance(game.risk, WeightedEffort):
        raise ValueError("local: got True with a custom risk; allowed: weighted effort")
    user_count("rounds", rounds)
    if n < 3:
        raise ValueError(f"N: got {n} users; allowed: N >= 3")
    if start is not None:
        start = finite_array("start", start, shape=(n, n))
    if process == "protocol":
        frozen = {
            user_index("frozen", user, n): finite_array("frozen", proposal, shape=(n,))
            for user, proposal in (frozen or {}).items()
        }
        pairs = links(game) if local else speakers(game, frozen)
        state = np.zeros(len(pairs.users)) if start is None else start[pairs.users, pairs.efforts]
        accelerate = accelerate and not (loss or delay)
        random = np.random.default_rng(seed)
        return _protocol(
            game,
            pairs,
            local,
            state,
            penalty,
            rounds,
            tolerance,
            loss,
            delay,
            frozen,
            accelerate,
            random,
        )
    start = np.zeros((n, n)) if start is None else start
    if process == "play":
        return _play(game, penalty, damping, rounds, tolerance, start)
    return _best_responses(game, rounds, tolerance, start)
