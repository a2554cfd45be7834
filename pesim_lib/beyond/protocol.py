"""The protocol: consensus ADMM, with a public number z_ik for every user i that speaks of effort k.

User i's price for k is r (z_ik - mean over i), and its next z_ik is z_ik plus what it proposes
less that mean. Arrays of pairs (i, k) are ordered as the links of `local_pesim`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from pesim_lib._checks import count_from_zero, finite_array, user_index
from pesim_lib.beyond.extrapolation import Extrapolation
from pesim_lib.beyond.local_pesim import (
    LocalMessages,
    in_rings,
    links,
    local_outcome,
    local_ring_prices,
)
from pesim_lib.beyond.trace import exchange_of
from pesim_lib.paper.equilibrium import solver
from pesim_lib.paper.pesim import Messages, outcome, ring_prices

# The penalty follows the proposals in each of the first ADAPTED rounds, then every CHECKED rounds,
# and after SETTLED rounds never again: the proof needs an end.
ADAPTED, CHECKED, SETTLED = 30, 30, 300
# The first of them measure the scale of marginal costs instead.
MEASURED = 3
# How much more disagreement counts than movement does.
LEAN = 2.0
# After the first rounds, ratios of the two within this factor of 1 change nothing.
UNCHANGED = 5.0
# Movements below this share of the state are what its mean is rounded by.
ROUNDING = 4 * np.finfo(float).eps


@dataclass(frozen=True)
class Channel:
    """What happens to proposals under way.

    `loss` in [0, 1) is the chance that a user's proposal is lost, `delay` >= 0 how many rounds
    late it arrives: one of the two. `seed` decides which are lost.
    """

    loss: float = 0.0
    delay: int = 0
    seed: int = 0

    def __post_init__(self):
        if not 0 <= finite_array("loss", self.loss, ()) < 1:
            raise ValueError(f"loss: got {self.loss}; allowed: from 0, below 1")
        count_from_zero("delay", self.delay)
        count_from_zero("seed", self.seed)
        if self.loss and self.delay:
            raise ValueError(
                f"delay: got {self.delay} with loss {self.loss}; allowed: one of the two"
            )

    @property
    def perfect(self):
        """Whether every proposal arrives at once."""
        return not (self.loss or self.delay)


@dataclass(frozen=True)
class Penalty:
    """The weight r: `fixed` > 0, or one that adapts where that is None."""

    fixed: float | None = None

    def __post_init__(self):
        if self.fixed is not None and not finite_array("penalty", self.fixed, ()) > 0:
            raise ValueError(f"penalty: got {self.fixed}; allowed: > 0, or None")

    def adapts(self, phase):
        """Whether r may change after this phase, a round or as many as proposals are late."""
        due = phase <= ADAPTED or (phase <= SETTLED and phase % CHECKED == 0)
        return self.fixed is None and due

    def measured(self, weight, moved, steepened):
        """How fast marginal costs change with proposals: a penalty in the right units."""
        moved, steepened = np.linalg.norm(moved), np.linalg.norm(steepened)
        return steepened / moved if min(moved, steepened) > 0 else weight

    def corrected(self, weight, phase, ratio):
        """r where proposals disagree `ratio` times as much as they move: larger if more."""
        ratio = LEAN * ratio
        if phase > ADAPTED and 1 / UNCHANGED < ratio < UNCHANGED:
            return weight
        return weight * np.clip(ratio**0.25, 0.5, 2.0)


def speakers(game, frozen=()):
    """The pairs (i, k) of an exchange, as `Links`: user i has a stake in k's effort, w_ik > 0.

    With a custom risk everybody has a stake in everything, and so have users in `frozen`.
    """
    users, efforts, values = game.risk.stakes()
    says = np.zeros((game.n, game.n), dtype=bool)
    says[users, efforts] = True
    says[list(frozen)] = True
    weights = sparse.coo_array((values, (users, efforts)), shape=says.shape).toarray()
    users, efforts = np.nonzero(says)
    return in_rings(game.n, users, efforts, weights[says])


def run(
    game,
    start,
    stopping,
    *,
    penalty: float | None = None,
    channel: Channel | None = None,
    local: bool = False,
    frozen: Mapping[int, np.ndarray] | None = None,
    accelerate: bool = True,
):
    """The protocol from proposals `start` (N, N), or zero if None, until `stopping` says so."""
    if not hasattr(solver(game), "replies"):
        got = type(game.risk).__name__
        raise ValueError(f"game.risk: got {got}; allowed: a differentiable risk")
    rule, channel = Penalty(penalty), channel or Channel()
    frozen = {
        user_index("frozen", user, game.n): finite_array("frozen", proposal, shape=(game.n,))
        for user, proposal in (frozen or {}).items()
    }
    pairs = links(game) if local else speakers(game, frozen)
    n, users, efforts = game.n, pairs.users, pairs.efforts
    state = np.zeros(len(users)) if start is None else start[users, efforts]
    counts = np.bincount(efforts, minlength=n)
    costs = np.where(users == efforts, game.unit_costs[users], 0.0)
    fixed = {user: users == user for user in frozen}
    random = np.random.default_rng(channel.seed)
    propose = solver(game).replies

    def mean(values):
        return np.bincount(efforts, values, n) / counts

    weight = 1.0 if penalty is None else penalty
    extrapolation, records, under_way = Extrapolation(), [], []
    proposals, slopes, before = np.maximum(state, 0.0), np.zeros_like(state), 0.0
    latest, largest, steepest = np.full_like(state, np.nan), 0.0, 0.0
    for turn in range(1, stopping.rounds + 1):
        agreed = mean(state)[efforts]
        prices = weight * (state - agreed)
        fresh = propose(game, pairs, costs + prices, weight, agreed)
        for user, own in fixed.items():
            fresh[own] = frozen[user][efforts[own]]
        # Marginal costs, but for users who propose nothing and would rather propose less.
        under_way.append((fresh, fresh - agreed, prices + weight * (fresh - agreed)))
        step, known = np.zeros_like(state), (proposals, slopes)
        if len(under_way) > channel.delay:
            received = random.random(n)[users] >= channel.loss
            sent, moves, steep = under_way.pop(0)
            step = np.where(received, moves, 0.0)
            latest = np.where(received, moves, latest)
            proposals, slopes = np.where(received, (sent, steep), known)
        x = mean(proposals)
        spread = np.abs(proposals - x[efforts]).max()
        messages = _messages(pairs, local, prices, proposals, x)
        taxes = (local_outcome if local else outcome)(messages).taxes
        records.append((x, spread, np.abs(prices - before).max(), taxes.sum(), weight))
        before, largest = prices, max(largest, np.abs(proposals).max())
        steepest = max(steepest, np.abs(slopes).max(where=proposals > 0, initial=0.0))
        small = stopping.tolerance * max(np.abs(x).max(), stopping.tolerance * largest)
        small = max(small, ROUNDING * np.abs(state).max())
        rest = np.abs(latest).max()
        if rest <= small and weight * rest <= stopping.tolerance * steepest:
            return exchange_of(records, messages, True)
        following = state + step / (1 + channel.delay)
        phase, within = divmod(turn, 1 + channel.delay)
        if within == 0 and rule.adapts(phase):
            middle, common = mean(following)[efforts], mean(latest)[efforts]
            disagreement, movement = np.linalg.norm(latest - common), np.linalg.norm(common)
            if phase > 1 and np.isfinite(movement) and min(disagreement, movement) > small:
                if phase <= MEASURED:
                    weight = rule.measured(weight, proposals - known[0], slopes - known[1])
                else:
                    weight = rule.corrected(weight, phase, disagreement / movement)
            state = middle + (following - middle) * (records[-1][-1] / weight)
            extrapolation = Extrapolation()
        elif accelerate and channel.perfect:
            state = extrapolation.next(state, following)
        else:
            state = following
    return exchange_of(records, messages, False)


def _messages(pairs, local, prices, proposals, x):
    """Messages with the smallest prices >= 0 that make user i's price for k what it should be.

    Who has no stake in an effort repeats the mean `x` of those who have, so that (6) is `x`.
    """
    if local:
        return LocalMessages(pairs, local_ring_prices(pairs, prices), proposals)
    lindahl, whole = np.zeros((pairs.n, pairs.n)), np.tile(x, (pairs.n, 1))
    lindahl[pairs.users, pairs.efforts] = prices
    whole[pairs.users, pairs.efforts] = proposals
    return Messages(ring_prices(lindahl), whole)
