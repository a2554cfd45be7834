"""Anderson's extrapolation of an iteration, and what keeps it from doing harm."""

import numpy as np

# How many rounds an extrapolation combines.
MEMORY = 15
# How small a singular value, relative to the largest, it leaves out.
CUTOFF = 1e-8
# How far it may go, in residuals.
REACH = 1e6
# How many times its first value the residual may be, at the start of the sequence below which it
# must keep, and how fast that falls: its sum is finite.
LIMIT, FALL = 100.0, -1.1


class Extrapolation:
    """A combination of the last rounds, in place of the last.

    An extrapolated state stands if its residual keeps below a summable sequence. Otherwise the
    exchange goes back to the plain step.
    """

    def __init__(self):
        self.history, self.plain, self.first, self.stood = [], None, None, 0

    def next(self, state, following):
        """The state after `state`, whose plain step leads to `following`; arrays (M,)."""
        residual = np.linalg.norm(following - state)
        if self.first is None:
            self.first = residual
        if self.plain is not None:
            if residual > LIMIT * self.first * (self.stood + 1) ** FALL:
                self.history, self.plain, plain = [], None, self.plain
                return plain
            self.stood += 1
        self.history = [*self.history[-MEMORY:], (state, following)]
        self.plain = None
        if len(self.history) == 1:
            return following
        states, images = (np.array(column) for column in zip(*self.history, strict=True))
        gaps = images - states
        steps = np.diff(gaps, axis=0)
        weights = np.linalg.lstsq(steps.T, gaps[-1], rcond=CUTOFF)[0]
        extrapolated = images[-1] - weights @ np.diff(images, axis=0)
        if not np.linalg.norm(extrapolated - state) <= REACH * residual:
            return following
        self.plain = following
        return extrapolated
