"""Work in blocks, on as many workers as the caller's joblib settings name, or here."""

import os
from contextlib import nullcontext
from importlib.util import find_spec


def processors():
    """How many threads one piece of work may take here.

    OMP_NUM_THREADS says so where it is set, as joblib and Dask do for their workers; else as many
    as there are processors for this process.
    """
    told = os.environ.get("OMP_NUM_THREADS", "")
    if told.isdecimal() and int(told) > 0:
        return int(told)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_parallel(work, game, point, blocks):
    """[work(game, point, block) for each of `blocks`], by joblib where it is installed."""
    if find_spec("joblib") is None:
        return [_alone(work, game, point, block) for block in blocks]
    from joblib import Parallel, delayed

    return Parallel()(delayed(_alone)(work, game, point, block) for block in blocks)


def _alone(work, game, point, block):
    """One block, by one thread: workers that each take all of them get in each other's way."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        threadpool_limits = nullcontext
    with threadpool_limits(1):
        return work(game, point, block)
