"""Django's file cache, for many entries, and for counts that several processes share."""

from __future__ import annotations

import fcntl
import pickle
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.filebased import FileBasedCache


class FileCache(FileBasedCache):
    """Looks for entries to drop once in a hundred writes.

    Django lists the whole folder at every write, which costs milliseconds at ten thousand slates.
    """

    def __init__(self, location: str | Path, params: dict[str, Any]) -> None:
        super().__init__(str(location), params)

    def _cull(self) -> None:
        if random.random() < 0.01:
            super()._cull()  # type: ignore[misc]


class CountingFileCache(FileCache):
    """Counts exactly, whichever process counts, and leaves to a count the time it was given.

    Django's file cache reads and writes in two steps, so that one of two counts at the same
    moment is lost, and gives an entry its default time again with every count. Meant for what
    happens seldom: each count takes a lock of the whole folder.
    """

    def add(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        with self._alone():
            return super().add(key, value, timeout, version)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Add to a count.

        :raises ValueError: where there is none, or none any more.
        """
        with self._alone():
            count = self.get(key, version=version)
            if count is None:
                raise ValueError(f"Key '{key}' not found")
            expires_at = self._expires_at(key, version)
            timeout = None if expires_at is None else expires_at - time.time()
            self.set(key, count + delta, timeout, version)
            return int(count + delta)

    def _expires_at(self, key: Any, version: int | None) -> float | None:
        with Path(self._key_to_file(key, version)).open("rb") as file:  # type: ignore[attr-defined]
            found: float | None = pickle.load(file)
            return found

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._createdir()  # type: ignore[attr-defined]
        with (Path(self._dir) / "lock").open("w") as handle:  # type: ignore[attr-defined]
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
