"""The process in which a student's cells run; run_apart.py starts it and asks it.

Each request and each reply is one line of JSON. What the student's code prints goes to no pipe.
Nothing that this process says is trusted: it can only lie about its own answers.
"""

import base64
import io
import json
import os
import pickle
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout, suppress

import numpy as np
from IPython.core.interactiveshell import InteractiveShell

MOST_TEXT = 20_000
MEMORY = 4 << 30


def main():
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)
    limit_memory()
    sys.path.insert(0, os.getcwd())
    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    # Errors go into the reply, not to the screen.
    shell._showtraceback = lambda *details: None
    reply(replies, {})
    for line in requests:
        request = json.loads(line)
        if "run" in request:
            reply(replies, run(shell, request["run"]))
        else:
            given, named = pickle.loads(base64.b64decode(request["arguments"]))
            reply(replies, call(shell, request["call"], given, named))


def limit_memory():
    """Cap the address space where the system can."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def reply(replies, content):
    replies.write(json.dumps(content).encode() + b"\n")
    replies.flush()


class Screen(io.StringIO):
    """Keeps the first `MOST_TEXT` characters of what is printed."""

    def write(self, text):
        super().write(text[: max(MOST_TEXT - self.tell(), 0)])
        return len(text)


def run(shell, code):
    """Execute a cell; what it printed, and its error if it ended in one."""
    screen = Screen()
    with redirect_stdout(screen), redirect_stderr(screen):
        result = shell.run_cell(code)
    failed = result.error_before_exec or result.error_in_exec
    return {"printed": screen.getvalue()} | (described(failed) if failed else {})


def call(shell, name, given, named):
    """The value of the student's function as numbers in nested lists, or its error."""
    try:
        with redirect_stdout(Screen()), redirect_stderr(Screen()):
            if name not in shell.user_ns:
                raise NameError(f"name '{name}' is not defined")
            value = shell.user_ns[name](*given, **named)
        return {"value": None if value is None else numbers(value)}
    except BaseException as error:
        return described(error)


def numbers(value):
    try:
        return np.asarray(value, dtype=float).tolist()
    except (TypeError, ValueError):
        kind = type(value).__name__
        raise TypeError(f"Your function returns a {kind} that is not made of numbers.") from None


def described(error):
    """The error as a notebook stores it, without this file's lines."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename != __file__ and "IPython" not in frame.filename
    ]
    last = traceback.format_exception_only(error)
    lines = [*traceback.format_list(frames), *last]
    text = "".join(lines)[-MOST_TEXT:]
    return {"error": {"ename": type(error).__name__, "evalue": str(error)[:1000], "text": text}}


if __name__ == "__main__":
    main()
