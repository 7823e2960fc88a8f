"""The data sets that ``import_dataset`` knows, by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from catalog.datasets import amazon_beauty, completejourney, lastfm, online_retail
from catalog.datasets.dataset import Dataset


class DatasetLoader(Protocol):
    """Reads a data set from a folder, or from an installed package where ``folder`` is None."""

    def __call__(self, folder: Path | None = None, *, end: datetime | None = None) -> Dataset: ...


LOADERS: Final[Mapping[str, DatasetLoader]] = {
    "completejourney": completejourney.load,
    "amazon_beauty": amazon_beauty.load,
    "online_retail": online_retail.load,
    "lastfm": lastfm.load,
}


def load_dataset(name: str, folder: Path | None = None, *, end: datetime | None = None) -> Dataset:
    """The rows of a data set.

    ``end``: the moment before which the last interaction should fall; now where not given.
    Raises ``KeyError`` for an unknown name and ``DatasetMissingError`` where files are missing.
    """
    return LOADERS[name](folder, end=end)
