"""Work that only one process may do at a time, wherever it runs on the shared volume."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings


class BusyError(Exception):
    """Another process is at it."""


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Hold the lock of that name; the system releases the lock of a process that is killed.

    Raises:
        BusyError: another process holds it.
    """
    folder = Path(settings.MODEL_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".{name}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(name) from None
        yield
