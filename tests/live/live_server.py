"""The live game's server in a folder of its own, on loopback."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

LIVE = Path(__file__).parents[2] / "course/live"
STARTS = 180
WRONG = re.compile(r"Traceback|locked|Error|\b500\b")
# What asyncio logs when a page is closed before its connection is taken.
LEFT = re.compile(r"Traceback \(most recent call last\):\n(?:  .*\n)+OSError: \[Errno 107\].*\n")


class Server:
    """`serve.py` with its database in `folder`; its output goes to a file there."""

    def __init__(self, folder, **environment):
        self.folder, self.environment = Path(folder), environment
        for source in LIVE.iterdir():
            target = self.folder / source.name
            if not source.name.startswith(("db.", "secret", "__")) and not target.exists():
                target.symlink_to(source)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = self.folder / "server.log"
        self.process = None

    def start(self, *options):
        """Start and wait until it answers; returns the lecturer's address."""
        command = [sys.executable, "serve.py", "--host", "127.0.0.1", "--port", str(self.port)]
        started = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [*command, *options],
                cwd=self.folder,
                env=os.environ | self.environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + STARTS
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    said = self.log.read_bytes()[started:].decode("utf-8")
                    return re.search(r"Lecturer: (\S+)", said)[1]
            time.sleep(0.1)
        raise RuntimeError("the server did not start:\n" + self.log.read_text(encoding="utf-8"))

    def kill(self):
        """End it at once, as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """End it in order; fails if it had logged an error."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def complaints(self):
        """The lines of its log that tell of an error, but for a browser that left at once."""
        log = LEFT.sub("", self.log.read_text(encoding="utf-8"))
        return [line for line in log.splitlines() if WRONG.search(line)]
