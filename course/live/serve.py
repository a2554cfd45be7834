"""Start the live game: `make live`.

    serve.py [--new] [--port 8000] [--host 0.0.0.0] [--address http://192.0.2.7:8000]

Continues the lesson that is in the database, after a stop or a crash, too; begins a new one with
--new, or if the last one has ended. Prints the address for the phones with its QR code, and the
lecturer's own link.
"""

import argparse
import os
import socket
from pathlib import Path

PARTICIPANTS = 63


def main():
    options = _options()
    # oTree looks for its project, and keeps the database, where it is started.
    os.chdir(Path(__file__).parent)
    os.environ.setdefault("OTREE_PRODUCTION", "1")
    address = options.address or f"http://{own_address(options.host)}:{options.port}"
    os.environ["LIVE_ADDRESS"] = address.rstrip("/")
    prepare_sqlite()

    from otree.main import setup

    setup()
    code = lecturer_code(options.new)
    announce(address, code)

    # Without oTree's worker for timeouts: no page has one, and a second process on SQLite locks it.
    from otree.cli.prodserver1of2 import run_asgi_server

    run_asgi_server(options.host, options.port)


def prepare_sqlite():
    """Let readers and the writer of the SQLite file not wait for each other."""
    if os.environ.get("DATABASE_URL", "sqlite").startswith("sqlite"):
        from otree.database import sqlite_disk_conn

        sqlite_disk_conn.execute("pragma journal_mode = wal")
        sqlite_disk_conn.execute("pragma busy_timeout = 30000")


def lecturer_code(new):
    """The lecturer's code in the lesson to play, which is created unless one is under way."""
    from otree.database import session_scope
    from otree.room import ROOM_DICT
    from otree.session import create_session

    with session_scope():
        room = ROOM_DICT["game"]
        session = room.get_session()
        if new or session is None or _has_ended(session):
            session = create_session("game", num_participants=PARTICIPANTS, room_name="game")
        return max(session.get_participants(), key=lambda each: each.id_in_session).code


def _has_ended(session):
    from game import Subsession

    return Subsession.objects_get(session=session).part == "end"


def own_address(host):
    """This machine's address as its network knows it; nothing is sent to find it."""
    if host != "0.0.0.0":
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return probe.getsockname()[0]


def announce(address, code):
    import segno

    join = f"{address}/room/game"
    segno.make(f"{join}?welcome_page_ok=1").terminal(compact=True)
    print(f"Phones:   {join}")
    print(f"Lecturer: {address}/InitializeParticipant/{code}  (keep it: projector and buttons)")
    print("Stop with Ctrl-C; the next start goes on where you stopped.", flush=True)


def _options():
    parser = argparse.ArgumentParser(description="Start the live game.")
    parser.add_argument("--new", action="store_true", help="begin a new lesson")
    parser.add_argument("--host", default="0.0.0.0")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--address", help="the address that phones can reach")
    return parser.parse_args()


if __name__ == "__main__":
    main()
