"""Work in blocks, on as many workers as the caller's joblib settings name, or here."""

from contextlib import nullcontext
from importlib.util import find_spec


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
