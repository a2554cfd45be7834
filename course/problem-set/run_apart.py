"""Run a submission's answers in a process of their own, and the tests here.

A test calls an answer by sending its arguments and gets numbers back. So what an answer does to its
own process (replace numpy's functions, read globals, end it, never return) reaches no test.
"""

import base64
import json
import os
import pickle
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor
from traitlets import Float

PROGRAM = Path(__file__).with_name("answers_process.py")
FUNCTION = re.compile(r"^def (\w+)\(", re.MULTILINE)
# Seconds of work in which a new process must have imported what it needs.
START = 60
# Seconds count as long as the process works. Of those in which it waits, or in which others keep
# the machine busy, only one in so many counts: a crowded machine must cost nobody points.
PATIENCE = 4
LONGEST_REPLY = 20_000_000


class AnswerError(Exception):
    """What went wrong in the student's process: `ename`, `evalue`, `text`."""

    def __init__(self, ename, evalue, text):
        super().__init__(evalue)
        self.ename, self.evalue, self.text = ename, evalue, text


class Ended(AnswerError):
    """The student's process has ended, or was ended because it did not answer."""


class Answers:
    """The cells that a student wrote, executed in `folder` by a process that may end at any time.

    A process that ends is replaced by a new one, in which the earlier cells run again, all but the
    one that ended it.
    """

    def __init__(self, folder):
        self.folder, self.process, self.cells, self.spent = folder, None, [], 0.0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._stop()

    def run(self, code, seconds):
        """Execute a cell; returns what it printed, raises AnswerError for its error."""
        said = self._ask({"run": code}, seconds)
        self.cells.append((code, seconds))
        if "error" in said:
            raise AnswerError(**said["error"])
        return said["printed"]

    def call(self, name, given, named, seconds):
        """What the function `name` returns, as an array of numbers or None."""
        arguments = base64.b64encode(pickle.dumps((given, named))).decode()
        said = self._ask({"call": name, "arguments": arguments}, seconds)
        if "error" in said:
            raise AnswerError(**said["error"])
        return None if said["value"] is None else np.array(said["value"], dtype=float)

    def _ask(self, request, seconds):
        if self.process is None:
            self._start()
        return self._exchange(request, seconds)

    def _start(self):
        """A new process in which the earlier cells have run, but for those that would end it."""
        cells, self.cells = self.cells, []
        self._open()
        for code, seconds in cells:
            try:
                self._exchange({"run": code}, seconds)
                self.cells.append((code, seconds))
            except Ended:
                self._start()

    def _open(self):
        self.process = subprocess.Popen(
            [sys.executable, PROGRAM],
            cwd=self.folder,
            env=_environment(self.folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.replies = queue.Queue()
        threading.Thread(target=_read, args=(self.process, self.replies), daemon=True).start()
        self._reply(START)

    def _exchange(self, request, seconds):
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            self._stop()
            raise _ended("EndOfProcess", "This code ended the process it runs in.") from None
        return self._reply(seconds)

    def _reply(self, seconds):
        line = self._line(seconds)
        try:
            said = json.loads(line)
            if not isinstance(said, dict):
                raise ValueError
        except ValueError:
            self._stop()
            raise _ended("EndOfProcess", "This code ended the process it runs in.") from None
        return said

    def _line(self, seconds):
        """The next line of the process, which may spend so many seconds; notes what it spent."""
        began, worked = time.monotonic(), _work(self.process)
        while True:
            try:
                line = self.replies.get(timeout=0.1)
            except queue.Empty:
                line = None
            self.spent = max(_work(self.process) - worked, (time.monotonic() - began) / PATIENCE)
            if line is not None:
                return line
            if self.spent > seconds:
                self._stop()
                message = "This code was stopped, as it took too long."
                raise _ended("TimeoutError", message)

    def _stop(self):
        if self.process is None:
            return
        if hasattr(os, "killpg"):
            # Its children, too.
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                pipe.close()
        self.process = None


def _work(process):
    """Seconds of processor time that a process has had; 0 once it has ended."""
    try:
        times = psutil.Process(process.pid).cpu_times()
    except psutil.Error:
        return 0.0
    return times.user + times.system


def _ended(ename, message):
    return Ended(ename, message, f"{ename}: {message}")


def _read(process, replies):
    """Hand on lines until the process ends; an end, or a line too long, is an empty line."""
    with suppress(OSError, ValueError):
        while (line := process.stdout.readline(LONGEST_REPLY)).endswith(b"\n"):
            replies.put(line)
    replies.put(b"")


def _environment(folder):
    """The variables that Python needs, and none that says where the course is."""
    kept = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    variables = {name: os.environ[name] for name in kept if name in os.environ}
    return variables | {"HOME": str(folder), "IPYTHONDIR": str(folder), "MPLBACKEND": "agg"}


def test_outputs(code, name, setup, functions, answers, seconds):
    """The outputs of a test cell, run here in names of its own.

    `setup` is the code that every test starts from; each of `functions` asks the student's process,
    all of them together for at most `seconds`.
    """
    left = seconds

    def asking(function):
        def ask(*given, **named):
            nonlocal left
            value = answers.call(function, given, named, left)
            left -= answers.spent
            return value

        return ask

    space = {"__name__": "__main__"}
    exec(setup, space)
    space |= {function: asking(function) for function in functions}
    try:
        exec(compile(code, f"<{name}>", "exec"), space)
    except AnswerError as error:
        return [_error(error)]
    except Exception as error:
        kind, message = type(error).__name__, str(error)
        return [_error(AnswerError(kind, message, f"{kind}: {message}"))]
    return []


def _error(error):
    return new_output(
        "error", ename=error.ename, evalue=error.evalue, traceback=error.text.splitlines()
    )


def student_outputs(code, answers, seconds):
    """The outputs of a cell that the student wrote."""
    try:
        printed = answers.run(code, seconds)
    except AnswerError as error:
        return [_error(error)]
    return [new_output("stream", name="stdout", text=printed)] if printed else []


class RunApart(NbGraderPreprocessor):
    """Executes a submission in the place of nbgrader's `Execute`.

    Its locked cells must be the lecturer's own, which nbgrader's `OverwriteCells` sees to.
    """

    timeout = Float(30, help="Seconds of work for one cell.").tag(config=True)

    def preprocess(self, nb, resources):
        setup, functions = "", _asked_functions(resources["nbgrader"])
        with tempfile.TemporaryDirectory() as folder:
            _copy_files(Path(resources["metadata"]["path"]), Path(folder))
            with Answers(folder) as answers:
                for cell in nb.cells:
                    if cell.cell_type != "code":
                        continue
                    if not utils.is_grade(cell):
                        cell.outputs = student_outputs(cell.source, answers, self.timeout)
                        if utils.is_locked(cell):
                            setup += f"{cell.source}\n"
                        continue
                    name = cell.metadata.nbgrader["grade_id"]
                    cell.outputs = test_outputs(
                        cell.source, name, setup, functions, answers, self.timeout
                    )
                    # Later cells of the student may use the names of a test that it could see.
                    if answers.process is not None:
                        student_outputs(visible_part(cell), answers, self.timeout)
        return nb, resources


def visible_part(cell):
    """The source of a test cell without its hidden tests."""
    copy = cell.copy()
    ClearHiddenTests()._remove_hidden_test_region(copy)
    return copy.source


def _asked_functions(submission):
    """The names of the functions that answer cells ask for, as the gradebook stores these cells."""
    with Gradebook(submission["db_url"]) as gradebook:
        notebook = gradebook.find_notebook(submission["notebook"], submission["assignment"])
        return [
            name
            for cell in notebook.source_cells
            if cell.cell_type == "code" and not cell.locked
            for name in FUNCTION.findall(cell.source)
        ]


def _copy_files(source, target):
    """What lies beside the notebook; not the notebook, which holds the hidden tests."""
    for path in source.iterdir():
        if path.is_file() and path.suffix != ".ipynb":
            shutil.copy(path, target)
