"""Large sparse games, hard small ones, and certificates that nothing should fool."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from games import residual, weighted_games
from hypothesis import given, settings
from scipy import sparse
from scipy.optimize import minimize

from pesim_lib import (
    ConvergenceError,
    Exponential,
    SecurityGame,
    TotalEffort,
    WeightedEffort,
    best_deviation,
    coalition_equilibrium,
    equilibrium_messages,
    exit_equilibria,
    nash_equilibria,
    nash_equilibrium,
    price_of_anarchy,
    social_optimum,
)
from pesim_lib.solvers import general
from pesim_lib.solvers.matrices import in_blocks
from pesim_lib.solvers.network import network
from pesim_lib.solvers.newton_cg import _without_traces
from pesim_lib.solvers.parallel import processors
from pesim_lib.solvers.sweeps import best_response_sweeps, dominance, grouped_sweeps

# Rounding in a sum of N terms may take what was certified a little above the tolerance.
CERTIFIED = 2e-9


def sparse_game(n, seed=0, strength=0.9, degree=5):
    """Each user depends on `degree` random others with weights that sum to `strength`."""
    random = np.random.default_rng(seed)
    rows = np.repeat(np.arange(n), degree)
    others = (rows + random.integers(1, n, degree * n)) % n
    shares = random.dirichlet(np.ones(degree), n) * strength
    weights = sparse.csr_array((shares.ravel(), (rows, others)), (n, n)) + sparse.eye_array(n)
    return exponential_game(weights, 10.0 ** random.uniform(-2, -0.1, n))


def exponential_game(weights, costs, losses=1.0):
    return SecurityGame(WeightedEffort(weights, Exponential(losses)), costs)


def certified(solve, game):
    """Whether `solve` certified its answer; asserts that what it certified is one."""
    try:
        found = solve(game)
    except ConvergenceError:
        return False
    assert found.residual <= 1e-9
    assert (found.x >= 0).all()
    assert residual(game, found.x, solve is social_optimum) <= CERTIFIED
    return True


def peak(work, *arguments):
    """The most memory (bytes) allocated at any time during `work(*arguments)`."""
    tracemalloc.start()
    try:
        work(*arguments)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


SOLVERS = [social_optimum, nash_equilibrium]


@pytest.mark.parametrize("solve", SOLVERS)
def test_a_hundred_thousand_users_are_certified(solve):
    game = sparse_game(100_000)
    assert certified(solve, game)
    assert solve is social_optimum or nash_equilibrium(game).unique


@pytest.mark.parametrize("solve", SOLVERS)
def test_memory_grows_with_the_links_and_not_with_their_square(solve):
    solve(sparse_game(500))
    small, large = (peak(solve, sparse_game(n)) for n in (5_000, 20_000))
    assert large < 5 * small
    assert large < 20_000**2 * 8 / 30


def test_all_exits_need_their_table_and_the_same_room_beside_it_for_any_size(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    # Sizes that fill the blocks in which exits are solved.
    games = [sparse_game(n) for n in (512, 1_024)]
    small, large = (peak(exit_equilibria, game) for game in games)
    assert large - small < 1.5 * 8 * (1_024**2 - 512**2)


@settings(max_examples=40, deadline=None)
@given(weighted_games(least=2, most=8))
def test_newton_cg_and_the_dense_newton_method_find_optima_of_equal_cost(game):
    ours, theirs = social_optimum(game), general.equilibrium(game, np.zeros(game.n, dtype=int))
    assert game.social_cost(ours.x) == pytest.approx(game.social_cost(theirs.x), rel=1e-9)


@pytest.mark.parametrize("n", [5, 30, 200])
def test_newton_cg_is_never_dearer_than_l_bfgs_b(n):
    game = sparse_game(n, seed=n)
    theirs = minimize(
        game.social_cost,
        np.zeros(n),
        jac=lambda x: game.unit_costs + game.risk_jacobian(x).sum(axis=0),
        method="L-BFGS-B",
        bounds=[(0, None)] * n,
        options={"ftol": 0, "gtol": 1e-10},
    )
    ours = game.social_cost(social_optimum(game).x)
    assert ours <= theirs.fun * (1 + 1e-12)
    assert ours == pytest.approx(theirs.fun, rel=1e-7)


@pytest.mark.parametrize("strength", [0.9, 4.0])
@pytest.mark.parametrize("n", [5, 30, 200])
def test_lemke_s_solution_is_ours_where_one_exists_and_certified_where_many_do(n, strength):
    quantecon = pytest.importorskip("quantecon.optimize")
    game = sparse_game(n, seed=n, strength=strength)
    ours = nash_equilibrium(game)
    theirs = quantecon.lcp_lemke(game.risk.dense_weights(), np.log(game.unit_costs), max_iter=10**6)
    assert residual(game, ours.x, together=False) <= CERTIFIED
    if ours.unique:
        assert theirs.success
        np.testing.assert_allclose(ours.x, theirs.z, atol=1e-8)
    else:
        assert strength == 4.0


@pytest.mark.parametrize("row_sum", [2, 4, 8, 30])
def test_hard_dense_games_of_sixty_users_are_solved(row_sum):
    for seed in range(3):
        assert certified(nash_equilibrium, dense_game(60, row_sum, seed))


def dense_game(n, row_sum, seed):
    random = np.random.default_rng(seed)
    weights = random.random((n, n))
    np.fill_diagonal(weights, 0.0)
    weights *= row_sum / weights.sum(axis=1, keepdims=True)
    return exponential_game(weights + np.eye(n), 10.0 ** random.uniform(-2, -0.1, n))


def nearly_singular(random, n):
    """All rows but for the 12th digit alike."""
    return np.ones((n, n)) + 1e-12 * random.random((n, n)), 0.5 + 0.4 * random.random(n), 1.0


def nearly_singular_and_sparse(random, n):
    """Pairs who protect each other all but as well as themselves."""
    pair = sparse.csr_array([[1.0, 1.0 - 1e-13], [1.0 - 1e-13, 1.0]])
    return sparse.kron(sparse.eye_array(n // 2), pair).tocsr(), random.uniform(0.1, 0.9, n), 1.0


def costs_over_24_decades(random, n):
    return _some(random, n), 10.0 ** random.uniform(-12, 12, n), 1.0


def tiny_losses(random, n):
    return _some(random, n), 1e-150 * random.uniform(0.1, 0.9, n), 1e-150


def huge_losses(random, n):
    return _some(random, n), 1e150 * random.uniform(0.1, 0.9, n), 1e150


def losses_over_300_decades(random, n):
    return _some(random, n), random.uniform(0.1, 0.9, n), 10.0 ** random.uniform(-150, 150, n)


def disconnected_users(random, n):
    return np.eye(n), random.uniform(0.1, 2.0, n), 1.0


def ties(random, n):
    """All alike, so that every threshold is met exactly by everybody."""
    return np.ones((n, n)), np.full(n, 1.0), 1.0


def a_user_nobody_helps(random, n):
    weights = _some(random, n)
    weights[0, 1:] = 0.0
    return weights, random.uniform(0.1, 0.9, n), 1.0


def users_who_cannot_be_told_apart(random, n):
    """Equal columns: whose effort it is makes no difference to anybody."""
    weights = _some(random, n)
    weights[:, 1] = weights[:, 0]
    weights[:2, :2] = 1.0
    return weights, np.append([0.3, 0.3], random.uniform(0.1, 0.9, n - 2)), 1.0


def weights_over_16_decades(random, n):
    weights = 10.0 ** random.uniform(-16, 0, (n, n))
    np.fill_diagonal(weights, 1.0)
    return weights, random.uniform(0.01, 0.9, n), 1.0


def a_user_who_hardly_helps_itself(random, n):
    weights = _some(random, n)
    weights[0, 0] = 1e-12
    return weights, random.uniform(0.01, 0.9, n), 1.0


def _some(random, n):
    weights = random.random((n, n)) * (random.random((n, n)) < 0.3)
    np.fill_diagonal(weights, 1.0)
    return weights


ADVERSARIES = [
    nearly_singular,
    nearly_singular_and_sparse,
    costs_over_24_decades,
    tiny_losses,
    huge_losses,
    losses_over_300_decades,
    disconnected_users,
    ties,
    a_user_nobody_helps,
    users_who_cannot_be_told_apart,
    weights_over_16_decades,
    a_user_who_hardly_helps_itself,
]


@pytest.mark.parametrize("adversary", ADVERSARIES)
@pytest.mark.parametrize("solve", SOLVERS)
@pytest.mark.parametrize("n", [4, 40])
def test_a_certificate_holds_in_extended_precision_or_the_solver_raises(adversary, solve, n):
    random = np.random.default_rng(n)
    games = [exponential_game(*adversary(random, n)) for _ in range(3)]
    # At least one, or solvers that always raise would pass.
    assert sum(certified(solve, game) for game in games) > 0


def test_a_proof_of_uniqueness_is_a_vector_that_anybody_can_check():
    game = sparse_game(5_000)
    weights = game.risk.weights
    v = dominance(weights)
    own = weights.diagonal()
    assert (v > 0).all()
    assert (weights @ v - own * v < own * v).all()


def test_there_is_no_proof_where_others_weigh_as_much_as_oneself():
    pair = np.array([[1.0, 2.0], [0.5, 1.0]])
    assert dominance(pair) is None
    assert dominance(pair - [[0, 0.1], [0, 0]]) is not None
    assert nash_equilibrium(exponential_game([[1, 2], [2, 1]], [0.4, 0.4])).unique is False


def test_full_best_responses_run_in_circles_where_cautious_ones_arrive():
    matrix, offset = np.array([[1.0, 0.9, 0.9], [0.9, 1.0, 0.9], [0.9, 0.9, 1.0]]), -np.ones(3)
    _, hasty, _ = best_response_sweeps(matrix, offset, pace=1.0, sweeps=9)
    x, cautious, _ = best_response_sweeps(matrix, offset, pace=0.2, sweeps=300)
    assert hasty > 0.1
    assert cautious <= 1e-9
    np.testing.assert_allclose(matrix @ x, 1.0, atol=1e-9)


def test_groups_in_turn_take_fewer_sweeps_to_the_same_efforts_from_any_start():
    game = sparse_game(3_000)
    matrix, offset = game.risk.weights, np.log(game.unit_costs)
    plain, _, sweeps = best_response_sweeps(matrix, offset)
    for start in (None, 5 * np.ones(game.n)):
        x, fewer = grouped_sweeps(matrix, offset, start)
        np.testing.assert_allclose(x, plain, atol=1e-11)
        assert ((x > 0) == (plain > 0)).all()
        assert fewer < 0.7 * sweeps


def test_products_in_blocks_are_those_of_the_matrix(monkeypatch):
    matrix = sparse_game(100_001, degree=5).risk.weights
    x = np.random.default_rng(0).random((len(matrix.indptr) - 1, 1))
    for count in (2, 3):
        monkeypatch.setenv("OMP_NUM_THREADS", str(count))
        blocks = in_blocks(matrix)
        assert len(blocks.blocks) == count
        np.testing.assert_array_equal(blocks @ x, matrix @ x)
        np.testing.assert_array_equal(blocks @ x[:, 0], matrix @ x[:, 0])
        np.testing.assert_allclose(blocks.back(x[:, 0]), matrix.T @ x[:, 0], rtol=1e-14)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert len(in_blocks(matrix).blocks) == 1
    few, full = matrix[:10], np.eye(2)
    assert in_blocks(few) is few
    assert in_blocks(full) is full


@pytest.mark.parametrize("told", ["", "0", "all", None])
def test_without_a_number_of_threads_work_takes_the_processors_of_this_process(monkeypatch, told):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if told is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", told)
    monkeypatch.setattr("os.sched_getaffinity", lambda process: {0, 2, 5}, raising=False)
    assert processors() == 3
    monkeypatch.delattr("os.sched_getaffinity")
    monkeypatch.setattr("os.cpu_count", lambda: 7)
    assert processors() == 7
    monkeypatch.setattr("os.cpu_count", lambda: None)
    assert processors() == 1


def test_an_effort_that_only_others_feel_is_not_taken_for_none():
    """User 1 hardly protects itself: its own decay length is 10^14 times the others'."""
    game = exponential_game(np.array([[1e-14, 0.6], [0.03, 1e-14]]), [0.03, 0.08])
    optimum = social_optimum(game)
    assert optimum.x[1] == pytest.approx(np.log(0.6 / 0.08) / 0.6)
    assert price_of_anarchy(game).ratio == pytest.approx(1.4265466805)
    helper = np.eye(4)
    helper[0, 0], helper[1, 0] = 1e-14, 1.0
    game = exponential_game(helper, [1e-3, 0.5, 0.5, 0.5])
    alone = np.log(2) * np.array([0, 1, 1, 1])
    np.testing.assert_allclose(exit_equilibria(game)[1].x, alone, atol=1e-9)
    np.testing.assert_allclose(coalition_equilibrium(game, [[1], [0, 2, 3]]).x, alone, atol=1e-9)


def test_a_trace_of_effort_that_does_not_pay_is_removed_before_certifying():
    net = network(exponential_game(np.eye(2), [5.0, 0.5]))
    x, residuals = _without_traces(net, np.array([[1e-12], [np.log(2)]]), np.ones(1), None)
    assert x[0] == 0
    assert x[1] == np.log(2)
    assert residuals[0] <= 1e-15


def test_a_price_below_one_is_refused_and_not_rounded_up(monkeypatch):
    game = sparse_game(20)
    dear = replace(social_optimum(game), x=np.full(20, 9.0))
    monkeypatch.setattr("pesim_lib.paper.price_of_anarchy.social_optimum", lambda game: dear)
    with pytest.raises(ConvergenceError, match="an equilibrium is cheaper"):
        price_of_anarchy(game)


def test_uniqueness_of_the_optimum_does_not_depend_on_units():
    pair = np.array([[1.0, 2.0], [2.0, 1.0]])
    game = SecurityGame(
        WeightedEffort(sparse.block_diag([pair, 1e-17 * pair]), Exponential(1, [1, 1, 1e17, 1e17])),
        np.full(4, 0.5),
    )
    assert social_optimum(game).unique


def test_nobody_gains_at_prices_that_leave_a_user_next_to_no_benefit_of_its_own():
    weights = np.array([[1.0, 0, 0], [1, 1, 0], [0, 0.5, 1]])
    game = SecurityGame(WeightedEffort(weights, Exponential(1.0, [20, 1, 1])), [0.13, 0.2, 0.08])
    messages = equilibrium_messages(game)
    assert [best_deviation(game, messages, user).gain for user in range(3)] == [0, 0, 0]


def decaying(n):
    """Everybody protects everybody, the less the further away: a positive definite W."""
    return np.exp(-np.abs(np.subtract.outer(np.arange(n), np.arange(n))) / 5)


UNIQUE = {
    "barely dominant": lambda: sparse_game(3_000, strength=0.999),
    "positive definite": lambda: exponential_game(decaying(400), np.full(400, 0.3)),
    "a chain": lambda: exponential_game(
        sparse.eye_array(1_000) + 2 * sparse.eye_array(1_000, k=1), np.full(1_000, 0.3)
    ),
}


@pytest.mark.parametrize("name", UNIQUE)
def test_a_large_game_proved_to_have_one_equilibrium_is_solved(name):
    game = UNIQUE[name]()
    assert certified(nash_equilibrium, game)
    assert nash_equilibrium(game).unique


def test_lemke_solves_sparse_games_of_hundreds_that_sweeps_do_not():
    for seed in range(2):
        assert certified(nash_equilibrium, sparse_game(400, seed, strength=4.0))


def test_losses_and_rates_over_six_decades_are_certified_at_scale():
    n = 5_000
    random = np.random.default_rng(0)
    decay = Exponential(10.0 ** random.uniform(-3, 3, n), 10.0 ** random.uniform(-1, 1, n))
    weights = sparse_game(n, strength=2.0).risk.weights
    game = SecurityGame(WeightedEffort(weights, decay), 10.0 ** random.uniform(-4, 1, n))
    optimum = social_optimum(game)
    assert optimum.residual <= 1e-9
    values = game.unit_costs + weights.T @ decay.slope(weights @ optimum.x)
    assert (values >= -1e-8 * game.unit_costs).all()
    assert (np.abs(values[optimum.x > 0]) <= 1e-8 * game.unit_costs[optimum.x > 0]).all()


def pairs(count):
    """Pairs who protect each other twice as well as themselves: three equilibria each."""
    weights = sparse.kron(sparse.eye_array(count), sparse.csr_array([[1.0, 2.0], [2.0, 1.0]]))
    return exponential_game(weights, np.full(2 * count, 0.3))


@pytest.mark.parametrize("count", [200, 20_000])
def test_a_game_with_too_many_equilibria_to_list_has_honest_bounds(count):
    found = price_of_anarchy(pairs(count))
    one = price_of_anarchy(pairs(1))
    assert not found.exact
    assert one.exact
    assert 1 < found.ratio <= one.ratio + 1e-9 <= found.upper


def test_a_list_that_was_cut_short_says_so():
    n = 40
    # Users who differ a little: of equal ones a single order is searched.
    game = exponential_game(2 * np.ones((n, n)) - np.eye(n), np.linspace(0.3, 0.301, n))
    found = nash_equilibria(game, branches=5_000)
    assert not found.complete
    assert len(found) > 10
    result = price_of_anarchy(game, branches=5_000)
    assert not result.exact
    assert result.ratio < result.upper


def test_large_games_outside_what_is_solved_sparsely_are_refused_by_name():
    game, apart = sparse_game(2_001), np.arange(2_001)
    with pytest.raises(ValueError, match=r"game\.n: got 2001; allowed: at most 2000"):
        general.equilibrium(game, apart)


def test_total_effort_of_a_hundred_thousand_users_needs_no_table():
    game = SecurityGame(TotalEffort(100_000, Exponential()), np.linspace(0.1, 0.9, 100_000))
    assert peak(social_optimum, game) < 100 * 100_000 * 8
    assert social_optimum(game).x.sum() == pytest.approx(np.log(1e5 / 0.1))
    assert nash_equilibrium(game).x.sum() == pytest.approx(np.log(1 / 0.1))
    assert peak(price_of_anarchy, game) < 100 * 100_000 * 8
