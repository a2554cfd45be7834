"""Where the browser for the site's tests comes from."""

import os

import chromium as browsers
import pytest


class Machine:
    """A pretended machine: which commands exist, and which of them succeed."""

    def __init__(self, commands=(), succeeds=(), brings=None):
        self.commands, self.succeeds, self.brings = set(commands), succeeds, brings
        self.ran = []

    def which(self, name):
        return f"/usr/bin/{name}" if name in self.commands else None

    def run(self, command, **_):
        self.ran.append(command)
        worked = any(word in command for word in self.succeeds)
        if worked and self.brings:
            self.commands.add(self.brings)
        return type("Done", (), {"returncode": 0 if worked else 1})

    def find(self):
        return browsers.find_browser(self.which, lambda path: False, self.run)


def test_the_machines_own_browser_comes_first(monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    machine = Machine(commands=["chromium-browser"])
    assert machine.find() == "/usr/bin/chromium-browser"
    assert machine.ran == []


def test_the_package_manager_comes_last_and_failure_says_what_to_install(monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    machine = Machine(commands=["apt-get"], succeeds=["install"], brings=None)
    machine.succeeds = ["apt-get"]
    machine.brings = "chromium"
    assert machine.find() == "/usr/bin/chromium"
    assert machine.ran[0][1:3] == ["-m", "playwright"]
    with pytest.raises(RuntimeError, match="install one"):
        Machine().find()


def test_a_named_browser_is_taken(monkeypatch):
    monkeypatch.setenv("CHROMIUM", os.devnull)
    assert Machine().find() == os.devnull
