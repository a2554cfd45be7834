"""What an exchange of messages leaves: its end, and what happened in each round."""

from dataclasses import dataclass

import numpy as np

from pesim_lib._checks import at_least_zero, finite_array, positive_array, user_count
from pesim_lib._sealed import Sealed
from pesim_lib.beyond.local_pesim import LocalMessages
from pesim_lib.paper.pesim import Messages, mean_proposal, outcome


@dataclass(frozen=True)
class Stopping:
    """When an exchange ends: after `rounds`, or when nothing moves by more than `tolerance`."""

    rounds: int = 2000
    tolerance: float = 1e-11

    def __post_init__(self):
        user_count("rounds", self.rounds)
        positive_array("tolerance", self.tolerance, ())


@dataclass(frozen=True, eq=False)
class Trace(Sealed):
    """What happened in each of T rounds.

    Attributes
    ----------
    efforts : (T, N) array
        The mean proposals, (6). In play they may be negative, and efforts are then zero.
    spread : (T,) array
        The largest distance between a proposal and the mean.
    movement : (T,) array
        The largest change of a price per unit of effort, from the last round.
    balance : (T,) array
        The sum of the taxes (7), zero but for rounding.
    penalty : (T,) array
        The weight of the penalty.

    Examples
    --------
    >>> from pesim_lib import exchange
    >>> from pesim_lib.paper.examples import total_effort_game
    >>> exchange(total_effort_game(n=3), rounds=4).trace.efforts.shape
    (4, 3)
    """

    efforts: np.ndarray
    spread: np.ndarray
    movement: np.ndarray
    balance: np.ndarray
    penalty: np.ndarray


@dataclass(frozen=True, eq=False)
class Exchange(Sealed):
    """Where an exchange of messages ended.

    Attributes
    ----------
    x : (N,) array
        The mean of the last proposals.
    messages : Messages or LocalMessages
        The last ones; local ones of a local exchange.
    rounds : int
        How many there were.
    converged : bool
        Whether proposals agreed and came to rest within the tolerance.
    trace : Trace
        Every round.

    Examples
    --------
    >>> from pesim_lib import exchange
    >>> from pesim_lib.paper.examples import total_effort_game
    >>> found = exchange(total_effort_game(n=3), rounds=4)
    >>> found.rounds, found.converged
    (4, False)
    """

    x: np.ndarray
    messages: Messages | LocalMessages
    rounds: int
    converged: bool
    trace: Trace

    def rounds_to(self, x, tolerance=1e-6):
        """The first round from which all efforts stay within `tolerance` max(x) of `x` (N,).

        None if the last round does not.
        """
        x = finite_array("x", x, shape=self.x.shape)
        tolerance = at_least_zero("tolerance", tolerance)
        error = np.abs(self.trace.efforts - x).max(axis=1)
        far = np.flatnonzero(~(error <= tolerance * max(np.abs(x).max(), 1e-300)))
        first = far[-1] + 2 if len(far) else 1
        return int(first) if first <= self.rounds else None


def record(messages, change, penalty):
    """One round of a `Trace` of `Messages`, after which prices have moved by `change`."""
    mean = mean_proposal(messages.proposals)
    spread = np.abs(messages.proposals - mean).max()
    return mean, spread, change, outcome(messages).taxes.sum(), penalty


def exchange_of(records, messages, converged):
    """The `Exchange` that left `records`, one row of a `Trace` for each round."""
    trace = Trace(*(np.array(column) for column in zip(*records, strict=True)))
    return Exchange(trace.efforts[-1], messages, len(records), converged, trace)
