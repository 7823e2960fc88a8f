"""The lock of whoever replaces the live model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from recsite.locks import one_at_a_time

#: The longest that one process may need from reading the live model to replacing it.
WAIT_SECONDS = 300.0


@contextmanager
def publishing(wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Held by whoever replaces the live model, from reading the catalogue to the switch.

    Learning takes minutes and new products are to be met within one, so the two run side by side;
    what this guards is that neither replaces what the other has just added.

    Raises:
        BusyError: somebody else held it for that long.
    """
    with one_at_a_time("publishing", wait_seconds=wait_seconds):
        yield
