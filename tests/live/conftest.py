"""Servers for the tests of the live game, which run in its own environment: `make live-test`."""

import pytest
from live_server import Server


@pytest.fixture
def server(tmp_path):
    """A server that is not yet started; the test fails if it has logged an error."""
    server = Server(tmp_path)
    yield server
    server.stop()
    assert server.complaints() == [], server.log.read_text(encoding="utf-8")
