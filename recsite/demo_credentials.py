"""The file with the demo's log-ins, which ``make setup`` leaves for people and tests.

Never part of a production installation: nothing but the demo reads or writes it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, TypedDict

CREDENTIALS_FILE = Path(__file__).resolve().parents[1] / "demo-credentials.json"


class Login(TypedDict):
    """User name and password of one account."""

    username: str
    password: str


class Credentials(TypedDict):
    """All that is needed to enter by each of the three doors."""

    base_url: str
    api_token: str
    #: External id of the shopper whose history the shopper's log-in has.
    shopper: str
    shopper_login: Login
    merchandiser_login: Login


def credentials_read(path: Path = CREDENTIALS_FILE) -> Credentials | None:
    """The log-ins as they were written, or None where the file is missing or unusable."""
    try:
        found: Any = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    is_whole = isinstance(found, dict) and found.keys() >= Credentials.__annotations__.keys()
    credentials: Credentials | None = found if is_whole else None
    return credentials


def credentials_write(credentials: Credentials, path: Path = CREDENTIALS_FILE) -> None:
    """Replace the file in one step; only its owner may read it."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(json.dumps(credentials, indent=2) + "\n")
    fresh.replace(path)
