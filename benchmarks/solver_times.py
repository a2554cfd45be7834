"""How fast the solvers are, and how far they reach: `make benchmark` renews chapters/solvers.csv.

Side by side: every solver gets the same games, in one run, with one BLAS thread. All residuals are
computed here, by one function for the optimum and one for the equilibrium, and mean what
`Equilibrium.residual` means. A game's time is the best of several runs where they are short. Times
and residuals of a row are medians over its games. Beyond 80,000 users pesim_lib takes products on
all processors.

Alone: what no other solver here reaches, with the largest memory allocated on the way.
"""

import argparse
import csv
import os
import platform
import tracemalloc
import warnings
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter

for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np  # noqa: E402
from quantecon.optimize import lcp_lemke  # noqa: E402
from scipy import sparse  # noqa: E402
from scipy.optimize import minimize  # noqa: E402
from tqdm import tqdm  # noqa: E402

from pesim_lib import (  # noqa: E402
    ConvergenceError,
    Exponential,
    SecurityGame,
    WeightedEffort,
    exit_equilibria,
    local_equilibrium_messages,
    local_outcome,
    nash_equilibrium,
    social_optimum,
)

TABLE = Path(__file__).parent.parent / "chapters/solvers.csv"
PACKAGES = ("numpy", "scipy", "cvxpy-base", "clarabel", "ecos", "scs", "casadi", "quantecon")
COLUMNS = (
    "task", "solver", "n", "links", "games", "solved", "time_ms", "residual", "memory_mb",
)  # fmt: skip
CERTIFIED = 1e-9
SIDE_BY_SIDE = (10, 100, 1000)
ALONE = (1_000, 10_000, 100_000, 1_000_000)


@dataclass(frozen=True, eq=False)
class Problem:
    """A weighted-effort game with exponential decay, its W, the diagonal of W and its costs."""

    game: SecurityGame
    weights: object
    diagonal: np.ndarray
    costs: np.ndarray


def sparse_problem(n, seed, strength=0.9):
    """Five random links a user, whose weights sum to `strength`; 1 on the diagonal."""
    random = np.random.default_rng(seed)
    shares = random.dirichlet(np.ones(5), n) * strength
    rows = np.repeat(np.arange(n), 5)
    others = (rows + random.integers(1, n, 5 * n)) % n
    weights = sparse.csr_array((shares.ravel(), (rows, others)), (n, n)) + sparse.eye_array(n)
    return _problem(weights.tocsr(), random)


def dense_problem(n, seed, strength):
    """Everybody linked with everybody, weights of a row summing to `strength`; 1 on the diagonal.

    Without dominance from strength 1 on: there may be many equilibria, and solvers may fail.
    """
    random = np.random.default_rng(seed)
    weights = random.random((n, n))
    np.fill_diagonal(weights, 0.0)
    weights *= strength / weights.sum(axis=1, keepdims=True)
    return _problem(weights + np.eye(n), random)


def _problem(weights, random):
    costs = 10.0 ** random.uniform(-2, -0.1, weights.shape[0])
    game = SecurityGame(WeightedEffort(weights, Exponential()), costs)
    return Problem(game, weights, np.ones(len(costs)), costs)


def optimum_residual(problem, x):
    """max_k |min(x_k, dG/dx_k / c_k)|: a decay length is 1 here."""
    values = 1 - problem.weights.T @ np.exp(-(problem.weights @ x)) / problem.costs
    return np.abs(np.minimum(x, values)).max()


def equilibrium_residual(problem, x):
    """max_k |min(x_k, dg_k/dx_k / c_k)|."""
    values = 1 - np.exp(-(problem.weights @ x)) / problem.costs
    return np.abs(np.minimum(x, values)).max()


def optimum_by_pesim_lib(problem):
    return lambda: social_optimum(problem.game).x


def optimum_by_lbfgsb(**options):
    def prepare(problem):
        weights, costs = problem.weights, problem.costs
        transposed = weights.T.tocsr()

        def cost(x):
            risks = np.exp(-(weights @ x))
            return risks.sum() + costs @ x, costs - transposed @ risks

        def solve():
            start, bounds = np.zeros(len(costs)), [(0, None)] * len(costs)
            return minimize(
                cost, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options
            ).x

        return solve

    return prepare


def optimum_by_cvxpy(solver, **options):
    # The tests have neither cvxpy nor its solvers.
    def prepare(problem):
        import cvxpy

        def solve():
            x = cvxpy.Variable(len(problem.costs), nonneg=True)
            cost = cvxpy.sum(cvxpy.exp(-(problem.weights @ x))) + problem.costs @ x
            with warnings.catch_warnings():
                # That it may be inaccurate; the residual says by how much.
                warnings.simplefilter("ignore")
                try:
                    cvxpy.Problem(cvxpy.Minimize(cost)).solve(solver=solver, **options)
                except cvxpy.SolverError as error:
                    raise ConvergenceError(solver, np.inf) from error
            if x.value is None:
                raise ConvergenceError(solver, np.inf)
            return np.maximum(x.value, 0.0)

        return solve

    return prepare


def optimum_by_ipopt(**options):
    # CasADi brings Ipopt, and derivatives of its own.
    def prepare(problem):
        import casadi

        silent = {"print_time": False, "ipopt.print_level": 0, "ipopt.sb": "yes"}
        asked = {f"ipopt.{name}": value for name, value in options.items()}
        weights = casadi.DM(sparse.csc_matrix(problem.weights))

        def solve():
            x = casadi.MX.sym("x", len(problem.costs))
            cost = casadi.sum1(casadi.exp(-(weights @ x))) + casadi.dot(problem.costs, x)
            solver = casadi.nlpsol("optimum", "ipopt", {"x": x, "f": cost}, silent | asked)
            return np.maximum(solver(x0=0.0, lbx=0.0)["x"].full().ravel(), 0.0)

        return solve

    return prepare


def equilibrium_by_pesim_lib(problem):
    return lambda: nash_equilibrium(problem.game).x


def equilibrium_by_lemke(problem):
    """0 <= x, 0 <= W x - log(1/c), complementary: a user wants the effective effort log(1/c)."""
    matrix = problem.weights.toarray() if sparse.issparse(problem.weights) else problem.weights

    def solve():
        return lcp_lemke(matrix, np.log(problem.costs), max_iter=10**6).z

    return solve


OPTIMUM = {
    "pesim_lib": optimum_by_pesim_lib,
    "L-BFGS-B": optimum_by_lbfgsb(maxiter=10**5, maxfun=10**6),
    "tight L-BFGS-B": optimum_by_lbfgsb(ftol=0, gtol=1e-12, maxiter=10**5, maxfun=10**6),
    "Clarabel": optimum_by_cvxpy("CLARABEL"),
    "tight Clarabel": optimum_by_cvxpy(
        "CLARABEL", tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12, accept_unknown=True
    ),
    "ECOS": optimum_by_cvxpy("ECOS"),
    "tight ECOS": optimum_by_cvxpy("ECOS", abstol=1e-12, reltol=1e-12, feastol=1e-12),
    "SCS": optimum_by_cvxpy("SCS"),
    "tight SCS": optimum_by_cvxpy("SCS", eps_abs=1e-12, eps_rel=1e-12, max_iters=10_000),
    "Ipopt": optimum_by_ipopt(),
    "tight Ipopt": optimum_by_ipopt(tol=1e-12, bound_relax_factor=0.0),
}
EQUILIBRIUM = {"pesim_lib": equilibrium_by_pesim_lib, "Lemke": equilibrium_by_lemke}


def side_by_side(task, solvers, problems, residual):
    """One row of the table for each solver."""
    for solver, prepare in solvers.items():
        times, residuals = [], []
        for problem in problems:
            seconds, x = _timed(prepare(problem))
            times.append(seconds)
            residuals.append(np.inf if x is None else residual(problem, x))
        yield {
            "task": task,
            "solver": solver,
            "n": len(problems[0].costs),
            "links": _links(problems[0]),
            "games": len(problems),
            "solved": sum(r <= CERTIFIED for r in residuals),
            "time_ms": 1000 * median(times),
            "residual": median(residuals),
        }


def alone(task, problem, work, residual=None):
    """One row: the time of `work()`, and in a second run the peak of memory."""
    seconds, x = _timed(work)
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {
        "task": task,
        "solver": "pesim_lib",
        "n": len(problem.costs),
        "links": _links(problem),
        "games": 1,
        "solved": int(x is not None),
        "time_ms": 1000 * seconds,
        "residual": "" if residual is None else residual(problem, x),
        "memory_mb": peak / 1e6,
    }


def _timed(solve, enough=0.5, most=20):
    """The shortest of up to `most` runs within `enough` seconds, and the answer, or None."""
    times, x = [], None
    while len(times) < most and sum(times) < enough:
        start = perf_counter()
        with suppress(ConvergenceError):
            x = solve()
        times.append(perf_counter() - start)
    return min(times), x


def _links(problem):
    return sparse.csr_array(problem.weights).nnz - len(problem.costs)


def rows(largest=ALONE[-1], seeds=5):
    """All rows of the table, as they are measured."""
    for n in (n for n in SIDE_BY_SIDE if n <= largest):
        problems = [sparse_problem(n, seed) for seed in range(seeds)]
        yield from side_by_side("optimum", OPTIMUM, problems, optimum_residual)
        yield from side_by_side("equilibrium", EQUILIBRIUM, problems, equilibrium_residual)
    for n in (n for n in (10_000, 100_000) if n <= largest):
        quick = {name: OPTIMUM[name] for name in ("pesim_lib", "L-BFGS-B", "tight L-BFGS-B")}
        yield from side_by_side("optimum", quick, [sparse_problem(n, 0)], optimum_residual)
    for strength in (2, 4):
        problems = [dense_problem(60, seed, strength) for seed in range(10)]
        task = f"equilibrium at row sums of {strength}"
        yield from side_by_side(task, EQUILIBRIUM, problems, equilibrium_residual)
    for n in (n for n in ALONE if n <= largest):
        problem = sparse_problem(n, 0)
        solve = optimum_by_pesim_lib(problem)
        yield alone("optimum alone", problem, solve, optimum_residual)
        solve = equilibrium_by_pesim_lib(problem)
        yield alone("equilibrium alone", problem, solve, equilibrium_residual)
        # What both are made of.
        yield alone("one product", problem, lambda p=problem: p.weights @ p.costs)
    for n in (n for n in ALONE[:3] if n <= largest):
        problem = sparse_problem(n, 0)

        def settle(game=problem.game):
            return local_outcome(local_equilibrium_messages(game)).x

        yield alone("local PESIM", problem, settle, optimum_residual)
    for n in (n for n in ALONE[:2] if n <= largest):
        problem = dense_problem(n, 0, 0.9) if n == 1000 else sparse_problem(n, 0)
        name = "dense exits" if n == 1000 else "sparse exits"
        yield alone(name, problem, lambda game=problem.game: exit_equilibria(game))


def write(table, results, packages=PACKAGES):
    """The table `table`, row by row, after a comment with `packages` and the machine."""
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    machine = f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start"
    with table.open("w", encoding="utf-8", newline="") as file:
        python = f"Python {platform.python_version()}"
        file.write(f"# make benchmark, with {python}, {versions}, {machine}\n")
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        for row in results:
            short = {k: f"{v:.3g}" if isinstance(v, float) else v for k, v in row.items()}
            writer.writerow(short)
            file.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument("--largest", type=int, default=ALONE[-1], help="number of users")
    arguments = parser.parse_args()
    # Large products are for all processors; tasks of `make` set one.
    os.environ.pop("OMP_NUM_THREADS", None)
    write(arguments.table, tqdm(rows(arguments.largest), unit=" rows"))
    print(arguments.table.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
