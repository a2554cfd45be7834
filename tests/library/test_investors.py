"""Newton's step among the users who invest, in single precision, and what preconditions it."""

import numpy as np
import pytest
from scipy import sparse

from pesim_lib import Exponential, SecurityGame, WeightedEffort, social_optimum
from pesim_lib.solvers import newton_cg
from pesim_lib.solvers.certificate import TOLERANCE
from pesim_lib.solvers.investors import (
    CLUSTER,
    Investors,
    _clusters,
    _unit_columns,
    investors,
    newton_target,
)


def sparse_weights(n, seed=0):
    random = np.random.default_rng(seed)
    links = sparse.random_array((n, n), density=5 / n, rng=random)
    return (0.3 * links + sparse.eye_array(n)).tocsr()


def problem(n=300, seed=0):
    """W' and a point: efforts, gradient, curvature, damping."""
    random = np.random.default_rng(seed)
    outgoing = sparse_weights(n, seed).T.tocsr()
    gradient = 0.1 * random.standard_normal(n)
    return outgoing, (random.random(n), gradient, 10 ** random.uniform(-4, 0, n), np.full(n, 1e-3))


def normal_matrix(columns):
    return (columns.astype(float) @ columns.astype(float).T).toarray()


@pytest.mark.parametrize("scale", [1e-120, 1.0, 1e120])
def test_the_step_is_that_of_the_dense_normal_equations_in_any_unit_of_money(scale):
    outgoing, (x, gradient, curvature, damping) = problem()
    x = x + 1_000
    free = np.arange(len(x)) % 3 > 0
    everybody = Investors(np.arange(len(x)), outgoing)
    point = x, scale * gradient, scale * curvature, scale * damping
    target, known = newton_target(everybody, point, free, 1e-4)
    weights = outgoing.toarray().T[:, free]
    hessian = weights.T * curvature @ weights + np.diag(damping[free])
    step = np.linalg.solve(hessian, -gradient[free])
    np.testing.assert_allclose(target[free] - x[free], step, atol=2e-2 * np.abs(step).max())
    assert (target[~free] == 0).all()
    # So few iterations were not enough.
    assert known.clusters is not None


def test_users_whom_the_step_takes_below_zero_stop_there():
    outgoing, (_, gradient, curvature, damping) = problem()
    x, free = np.full(300, 0.05), np.ones(300, dtype=bool)
    point = x, gradient, curvature, damping
    target, _ = newton_target(Investors(np.arange(300), outgoing), point, free, 1e-4)
    weights = outgoing.toarray().T
    hessian = weights.T * curvature @ weights + np.diag(damping)
    stopped = np.linalg.solve(hessian, -gradient) < -x
    right = -gradient[~stopped] + hessian[np.ix_(~stopped, stopped)] @ x[stopped]
    step = np.linalg.solve(hessian[np.ix_(~stopped, ~stopped)], right)
    assert stopped.any()
    assert (target[stopped] == 0).all()
    aim = x[~stopped] + step
    np.testing.assert_allclose(target[~stopped], aim, atol=2e-2 * np.abs(step).max())


def test_a_user_who_protects_nobody_with_anything_to_lose_stays():
    outgoing, (x, gradient, curvature, damping) = problem()
    reached = outgoing[[7]].indices
    curvature[reached], damping[7] = 0.0, 0.0
    point = x, gradient, curvature, damping
    free = np.ones(300, dtype=bool)
    target, _ = newton_target(Investors(np.arange(300), outgoing), point, free, 1e-3)
    assert target[7] == x[7]


def test_clusters_are_inverted_exactly_and_only_free_users_join_them():
    # Users 0 and 1 protect mostly user 5, users 2 and 3 each other, and user 4 nobody else.
    entries = np.eye(6)
    entries[0, 5] = entries[1, 5] = 9.0
    entries[2, 3] = 1.0
    columns, _ = _unit_columns(sparse.csr_array(entries), np.ones(6), np.zeros(6))
    free = np.array([True, True, True, True, True, False])
    clusters = _clusters(columns, free)
    assert clusters.number[0] == clusters.number[1]
    assert clusters.number[2] == clusters.number[3]
    assert np.bincount(clusters.number).max() == 2
    exact = np.eye(6)
    for pair in ([0, 1], [2, 3]):
        where = np.ix_(pair, pair)
        strong = np.where(columns.toarray() >= 0.4, columns.toarray(), 0.0)[pair]
        block = strong @ strong.T
        np.fill_diagonal(block, 1.0)
        exact[where] = np.linalg.inv(block)
    np.testing.assert_allclose(clusters.inverse.toarray(), exact, rtol=1e-4)


def test_a_cluster_that_lost_a_member_is_left_out_and_many_are_made_anew():
    count = 600
    pairs = sparse.kron(sparse.eye_array(count // 2), np.ones((2, 2))).tocsr()
    columns, _ = _unit_columns(pairs, np.ones(count), np.full(count, 0.1))
    free = np.ones(count, dtype=bool)
    clusters = _clusters(columns, free)
    left = free.copy()
    left[4] = False
    among, before = clusters.among(left).toarray(), clusters.inverse.toarray()
    np.testing.assert_array_equal(among[4:6, 4:6], np.eye(2))
    before[4:6, 4:6] = np.eye(2)
    np.testing.assert_array_equal(among, before)
    left[::10] = False
    assert clusters.among(left) is None


def test_clusters_stay_small_where_many_users_protect_one():
    count = 3 * CLUSTER
    star = np.diag(np.linspace(0.1, 2, count))
    star[:, 0] += 1.0
    columns, _ = _unit_columns(sparse.csr_array(star), np.ones(count), np.zeros(count))
    clusters = _clusters(columns, np.ones(count, dtype=bool))
    assert 1 < np.bincount(clusters.number).max() <= CLUSTER


def test_clusters_take_fewer_iterations():
    outgoing, (_, _, curvature, damping) = problem(500)
    columns, _ = _unit_columns(outgoing, curvature, damping)
    own = normal_matrix(columns)
    np.fill_diagonal(own, 1.0)
    inverse = _clusters(columns, np.ones(500, dtype=bool)).inverse.toarray()
    root = np.linalg.cholesky(inverse)
    assert np.linalg.cond(root.T @ own @ root) < 0.3 * np.linalg.cond(own)


def test_investors_are_kept_until_others_join_or_many_leave():
    outgoing, _ = problem()
    free = np.arange(300) < 200
    known = investors(outgoing, free, np.where(free, 0.0, 1.0))
    assert (known.users == np.flatnonzero(free)).all()
    fewer = np.arange(300) < 195
    assert investors(outgoing, fewer, np.zeros(300), known) is known
    for other in (np.arange(300) < 100, np.arange(300) < 201):
        assert investors(outgoing, other, np.zeros(300), known) is not known
    assert len(investors(outgoing, fewer, np.full(300, 0.01)).users) == 300


def test_large_problems_have_the_optimum_of_small_ones(monkeypatch):
    costs = 10.0 ** np.random.default_rng(0).uniform(-2, -0.1, 500)
    decay = Exponential(np.linspace(0.5, 2, 500), np.linspace(2, 0.5, 500))
    game = SecurityGame(WeightedEffort(sparse_weights(500), decay), costs)
    small = social_optimum(game)
    monkeypatch.setattr(newton_cg, "MODERATE", 100)
    large = social_optimum(game)
    # Smaller games have other methods to fall back on, which would hide a wrong step.
    assert large.method == "Newton-CG"
    assert large.residual <= TOLERANCE / 10
    # Coalitions in turn need two digits more than certified.
    assert social_optimum(game, start=large.x).residual <= TOLERANCE / 100
    np.testing.assert_allclose(large.x, small.x, atol=1e-8)
    assert ((large.x > 0) == (small.x > 0)).all()


def test_a_dense_game_of_many_users_is_solved_like_a_sparse_one(monkeypatch):
    weights, costs = sparse_weights(300), np.full(300, 0.2)
    monkeypatch.setattr(newton_cg, "MODERATE", 100)
    full, few = (
        social_optimum(SecurityGame(WeightedEffort(each, Exponential()), costs))
        for each in (weights.toarray(), weights)
    )
    assert full.method == few.method == "Newton-CG"
    np.testing.assert_allclose(full.x, few.x, atol=1e-8)
