"""Call functions in processes of their own, so that a submission can cost only itself."""

import multiprocessing
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed

# Processes are forked from one that has imported what takes seconds, where the system can do that.
METHODS = multiprocessing.get_all_start_methods()
CONTEXT = multiprocessing.get_context("forkserver" if "forkserver" in METHODS else "spawn")
CONTEXT.set_forkserver_preload(["nbgrader.apps", "pesim_lib"])


class ApartError(Exception):
    """Why a call has no result."""


def call_apart(function, *given, seconds):
    """What `function(*given)` returns, from a process of its own.

    Raises ApartError for an exception there, for a process that ends without a word, and after so
    many seconds. What the process prints is lost.
    """
    receiver, sender = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_answer, args=(sender, function, given))
    process.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            process.terminate()
            raise ApartError(f"took longer than {seconds:g} seconds")
        result, error = receiver.recv()
    except (EOFError, OSError):
        process.join()
        raise ApartError(f"ended without a word, exit code {process.exitcode}") from None
    finally:
        receiver.close()
        _end(process)
    if error:
        raise ApartError(error)
    return result


def each_apart(function, names, *given, jobs, seconds):
    """Call `function(name, *given)` apart for each name, `jobs` at a time.

    Yields the name and a future, in the order in which they end.
    """
    pool = ThreadPoolExecutor(jobs)
    calls = {
        pool.submit(call_apart, function, name, *given, seconds=seconds): name for name in names
    }
    try:
        for call in as_completed(calls):
            yield calls[call], call
    finally:
        # Whoever interrupts a class does not wait for the rest of it.
        pool.shutdown(cancel_futures=True)


def _answer(sender, function, given):
    # So that whatever the call has started is ended with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (1, 2):
        os.dup2(nothing, number)
    try:
        sender.send((function(*given), ""))
    except Exception as error:
        sender.send((None, f"{type(error).__name__}: {error}"))


def _end(process):
    """Wait until the process has ended, make it end if it does not."""
    process.join(10)
    process.kill()
    process.join()
    process.close()
