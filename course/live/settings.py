"""oTree's settings, for `otree prodserver` as well as for `serve.py`."""

import os
import secrets
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The rules of the game are those of the course, its theory that of the library.
sys.path += [str(HERE), str(HERE.parent), str(HERE.parents[1])]


def _secret(path=Path("secret.txt")):
    """A key of this installation's own, kept so that phones are known again after a restart."""
    if not path.exists():
        part = path.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_text(secrets.token_urlsafe(32), encoding="utf-8")
        os.replace(part, path)
    return path.read_text(encoding="utf-8")


SESSION_CONFIGS = [
    {
        "name": "game",
        "display_name": "The security game",
        "app_sequence": ["game"],
        # Sixty phones, two spare seats, and the lecturer.
        "num_demo_participants": 63,
    }
]
SESSION_CONFIG_DEFAULTS = {"real_world_currency_per_point": 1, "participation_fee": 0}
ROOMS = [{"name": "game", "display_name": "The security game"}]

LANGUAGE_CODE = "en"
REAL_WORLD_CURRENCY_CODE = "EUR"
USE_POINTS = True

SECRET_KEY = _secret()
ADMIN_USERNAME = "admin"
ADMIN_PASSWORD = os.environ.get("OTREE_ADMIN_PASSWORD") or SECRET_KEY[:12]
# Nobody sees data or error pages without the password.
AUTH_LEVEL = os.environ.get("OTREE_AUTH_LEVEL", "STUDY")
DEBUG = False
