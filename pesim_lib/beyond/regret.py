"""What a user could gain at most by another effort, under a scheme: a bound, not a search.

Under every scheme here a user's cost is convex in its own effort, below the effort that the scheme
asks for and from there on; at it the payment may jump. A convex function lies above its secants
continued to either side, so a few values of it bound its minimum from below.
"""

import numpy as np

from pesim_lib._checks import efforts_of, quiet

# The bound exceeds what the best effort found gains by at most this share of the costs compared.
CLOSE = 1e-12
# Where costs still fall after so many doublings of effort, nothing bounds the gain.
DOUBLINGS = 60
# A price of effort, in unit costs, that rounding hides counts as zero.
HIDDEN = 1e-12
ROUNDS = 200


@quiet
def regret(scheme, x=None):
    """What no user can gain more than by another effort of its own at x: an upper bound.

    `x` (N,) defaults to the scheme's equilibrium. The bound is close, to within 1e-12 of the
    costs, and infinite where a user's cost falls for ever. Raises ValueError for a negative x, and
    where the costs met contradict the convexity that the bound rests on.
    """
    game = scheme.game
    x = scheme.x if x is None else efforts_of(game, x)
    return max(_gain(scheme, x, user) for user in range(game.n))


def _gain(scheme, x, user):
    game = scheme.game

    def cost(effort):
        y = np.where(np.arange(game.n) == user, effort, x)
        return -game.utilities(y, scheme.rule(y))[user]

    def price(effort):
        y = np.where(np.arange(game.n) == user, effort, x)
        return cost(effort) - game.risks(y)[user]

    now = cost(x[user])
    top = max(x.max(), game.risks(np.zeros(game.n))[user] / game.unit_costs[user])
    jump = scheme.standard[user]
    least = np.inf
    if jump > 0:
        below = np.nextafter(jump, 0)
        least = _lower_bound(cost, _spread(0.0, below, x[user]), user)
    if scheme.rising[user]:
        least = min(least, cost(jump))
    else:
        last = _rising_end(cost, jump, jump + top)
        if last is not None:
            least = min(least, _lower_bound(cost, _spread(jump, last, x[user]), user))
        elif (price(jump + top) - price(jump)) / top < -HIDDEN * game.unit_costs[user]:
            return np.inf
        else:
            # Effort costs nothing in sum: there is only the risk left to lose.
            least = min(least, price(jump))
    return max(now - least, 0.0)


def _spread(first, last, inner):
    """Efforts from `first` to `last`, dense at both ends, and `inner` if it is between them."""
    share = np.geomspace(1e-9, 0.5, 12)
    share = np.concatenate([[0.0], share, 1 - share[::-1], [1.0]])
    efforts = np.clip(first + share * (last - first), first, last)
    return np.unique(np.append(efforts, inner if first < inner < last else first))


def _rising_end(cost, first, last):
    """An effort of at least `last` beyond which a convex `cost` on [first, oo) rises, or None."""
    before = cost(first)
    for _ in range(DOUBLINGS):
        value = cost(last)
        if value > before:
            return last
        before, last = value, first + 2 * (last - first)
    return None


def _lower_bound(cost, efforts, user):
    """A lower bound of a convex `cost` between the first and the last of `efforts` (M,)."""
    values = np.array([cost(effort) for effort in efforts])
    for _ in range(ROUNDS):
        if len(efforts) < 2:
            return values[0]
        scale = np.abs(values).max()
        _require_convex(efforts, values, scale, user)
        bounds = _below_intervals(efforts, values)
        allowed = CLOSE * scale
        worst = int(bounds.argmin())
        middle = (efforts[worst] + efforts[worst + 1]) / 2
        if values.min() - bounds[worst] <= allowed or not (
            efforts[worst] < middle < efforts[worst + 1]
        ):
            return min(values.min(), bounds[worst])
        efforts = np.insert(efforts, worst + 1, middle)
        values = np.insert(values, worst + 1, cost(middle))
    return min(values.min(), bounds[worst])


def _below_intervals(efforts, values):
    """What a convex function with these values is at least, (M - 1,), on each interval."""
    width = np.diff(efforts)
    slopes = np.diff(values) / width
    # From the left the secant before continues, from the right the one after.
    rise, fall = np.append(-np.inf, slopes[:-1]), np.append(slopes[1:], np.inf)
    left, right = values[:-1], values[1:]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        meeting = np.where(
            np.isinf(rise),
            0.0,
            np.where(np.isinf(fall), width, (right - left - fall * width) / (rise - fall)),
        )
        meeting = np.clip(np.nan_to_num(meeting, nan=0.0), 0.0, width)
        at_meeting = np.maximum(
            np.where(np.isinf(rise), -np.inf, left + rise * meeting),
            np.where(np.isinf(fall), -np.inf, right - fall * (width - meeting)),
        )
    ends = np.minimum(left, right)
    crossing = (rise < 0) & (fall > 0)
    return np.where(crossing, np.minimum(at_meeting, ends), ends)


def _require_convex(efforts, values, scale, user):
    """Raise ValueError where a value lies above the line between its neighbours."""
    share = (efforts[1:-1] - efforts[:-2]) / (efforts[2:] - efforts[:-2])
    line = values[:-2] + share * (values[2:] - values[:-2])
    excess = values[1:-1] - line
    if (excess > 1e-9 * scale).any():
        raise ValueError(
            f"scheme: got a cost of user {user} that is not convex near an effort of "
            f"{efforts[1 + int(excess.argmax())]:g}; allowed: convex on either side of the standard"
        )
