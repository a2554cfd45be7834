"""The same lesson on PostgreSQL, by one setting."""

import asyncio
import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from live_server import Server
from records import read_groups
from whole_class import WholeClass

# As root the database's server runs as Debian's user for it; it refuses root.
USER = {"user": "postgres"} if os.geteuid() == 0 else {}


@pytest.fixture
def database():
    """The address of an empty database on loopback; skipped where no server is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    programs = found[-1] if found else Path(shutil.which("initdb") or "").parent
    if not (programs / "initdb").exists():
        pytest.skip("needs PostgreSQL's server: apt-get install postgresql")
    # Not below pytest's folder, which only its own user may enter.
    folder = tempfile.mkdtemp()
    if USER:
        shutil.chown(folder, USER["user"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(name, *options):
        command = [programs / name, "-D", f"{folder}/data", *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **USER)

    run("initdb", "--auth=trust", "--username=game")
    where = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder}"
    run("pg_ctl", "-w", "-l", f"{folder}/log", "-o", where, "start")
    yield f"postgresql://game@127.0.0.1:{port}/postgres"
    run("pg_ctl", "-w", "-m", "fast", "stop")
    shutil.rmtree(folder)


def test_a_lesson_runs_on_postgresql_and_leaves_sqlite_alone(database, tmp_path):
    server = Server(tmp_path, DATABASE_URL=database)
    sheets = asyncio.run(WholeClass(server, 12, reliable=False).play())
    server.stop()
    assert server.complaints() == []
    assert read_groups(sheets["groups.csv"]).aside == ()
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as unused:
        assert unused.execute("select count(*) from sqlite_master").fetchone() == (0,)
