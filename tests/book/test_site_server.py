"""`make serve`: for this machine alone, and with a plain word for a busy port."""

import gzip
import socket
from urllib.request import urlopen

import pytest
import site_server


def test_the_site_is_served_to_this_machine_alone():
    with site_server.server(0) as site:
        assert site.server_address[0] == "127.0.0.1"


def test_a_busy_port_is_said_without_a_traceback():
    with site_server.server(0) as site, pytest.raises(SystemExit) as left:
        site_server.main(site.server_port)
    assert f"PORT: got {site.server_port} (" in str(left.value)


def test_the_server_gives_a_file_and_its_port_is_free_again_afterwards(tmp_path, monkeypatch):
    monkeypatch.setattr(site_server, "SITE", tmp_path)
    (tmp_path / "page.html").write_text("here", encoding="utf-8")
    with site_server.serve() as address:
        port = int(address.rsplit(":", 1)[1])
        assert urlopen(f"{address}/page.html").read() == b"here"
    with socket.socket() as free:
        assert free.connect_ex(("127.0.0.1", port))


def test_the_measured_server_sends_text_gzipped_and_pictures_as_they_are(tmp_path, monkeypatch):
    monkeypatch.setattr(site_server, "SITE", tmp_path)
    (tmp_path / "page.html").write_text("here" * 100, encoding="utf-8")
    (tmp_path / "picture.png").write_bytes(b"there")
    with (
        site_server.serve(site_server.PackingHandler) as address,
        urlopen(f"{address}/page.html") as page,
        urlopen(f"{address}/picture.png") as picture,
    ):
        assert page.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(page.read()) == b"here" * 100
        assert picture.headers["Content-Encoding"] is None
        assert picture.read() == b"there"
