"""Work that only one process may do at a time, wherever it runs on the shared volume."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings


class BusyError(Exception):
    """Another process is at it."""


#: How often somebody who waits looks whether the lock is free.
LOOK_SECONDS = 0.1


@contextmanager
def one_at_a_time(name: str, *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock of that name; the system releases the lock of a process that is killed.

    Raises:
        BusyError: another process holds it, and still did after ``wait_seconds``.
    """
    folder = Path(settings.MODEL_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".{name}.lock").open("w") as handle:
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise BusyError(name) from None
                time.sleep(LOOK_SECONDS)
        yield
