"""Random games and messages as hypothesis strategies."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from pesim_lib import Exponential, Messages, PowerLaw, SecurityGame, TotalEffort, WeightedEffort

positive = st.floats(0.05, 5.0)


def vectors(n, elements=positive):
    return arrays(float, n, elements=elements)


@st.composite
def decays(draw, n):
    kind = draw(st.sampled_from([Exponential, PowerLaw]))
    return kind(draw(vectors(n)), draw(vectors(n, st.floats(0.3, 3.0))))


@st.composite
def weighted_games(draw, least=1, most=6):
    n = draw(st.integers(least, most))
    weights = draw(arrays(float, (n, n), elements=st.sampled_from([0.0, 0.2, 0.5, 1.0, 2.0])))
    np.fill_diagonal(weights, draw(vectors(n, st.floats(0.5, 2.0))))
    if draw(st.booleans()):
        weights = sparse.csr_array(weights)
    return SecurityGame(WeightedEffort(weights, draw(decays(n))), draw(vectors(n)))


@st.composite
def total_effort_games(draw, least=1, most=8):
    n = draw(st.integers(least, most))
    costs = draw(vectors(n, st.one_of(positive, st.sampled_from([0.5, 1.0]))))
    return SecurityGame(TotalEffort(n, draw(decays(n))), costs)


def games(least=1, most=6):
    return st.one_of(weighted_games(least, most), total_effort_games(least, most))


@st.composite
def messages(draw, most=7):
    n = draw(st.integers(3, most))
    prices = draw(arrays(float, (n, n), elements=st.floats(0, 10)))
    proposals = draw(arrays(float, (n, n), elements=st.floats(-10, 10)))
    return Messages(prices, proposals)


def residual(game, x, together):
    """The residual of `Equilibrium` with exponential decay of rate 1, in extended precision."""
    weights = sparse.coo_array(game.risk.weights)
    (row, column), value = weights.coords, weights.data.astype(np.longdouble)
    x, costs = x.astype(np.longdouble), game.unit_costs.astype(np.longdouble)
    effort, benefit = np.zeros_like(x), np.zeros_like(x)
    np.add.at(effort, row, value * x[column])
    risks = np.asarray(game.risk.decay.loss, np.longdouble) * np.exp(-effort)
    taken = slice(None) if together else row == column
    np.add.at(benefit, column[taken], (value * risks[row])[taken])
    strongest = np.zeros_like(x)
    np.maximum.at(strongest, column[taken], value[taken])
    return float(np.abs(np.minimum(strongest * x, 1 - benefit / costs)).max())
