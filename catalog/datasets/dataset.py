"""What every data set hands to the import: rows, and how many of them to expect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from catalog.rows import CatalogueRow, InteractionRow

_WEEK: Final = timedelta(weeks=1)


class DatasetMissingError(Exception):
    """The data set's files are not where they were looked for; the message says which."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A catalogue and what shoppers did with it. The iterators can be read once.

    Products must be imported before interactions. The counts are exact, for progress bars.
    """

    name: str
    products: int
    interactions: int
    catalogue: Iterator[CatalogueRow]
    log: Iterator[InteractionRow]


def whole_weeks_to(last: datetime, end: datetime | None) -> timedelta:
    """How far to move old interactions so that ``last`` falls within the week before ``end``.

    Whole weeks, so that a Saturday's shopping stays a Saturday's and hours stay as they were;
    without them "new" and "trending" would mean a year long past. ``end`` defaults to now.
    """
    gap = (end or datetime.now(UTC)) - last
    return gap - gap % _WEEK


def require_file(folder: Path | None, name: str) -> Path:
    """The path of a data set's file, or an error that names it."""
    if folder is None:
        raise DatasetMissingError(f"this data set needs the folder that holds {name}")
    path = folder / name
    if not path.is_file():
        raise DatasetMissingError(f"{path} does not exist")
    return path
