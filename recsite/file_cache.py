"""Django's file cache, for many entries."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

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
