"""A folder of ``period_N.txt.gz``: interactions cut into periods, for methods that keep learning.

Each line is ``session_id item_id`` in order of time. Sessions are interleaved; an id that comes
back in a later period is another session.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from recommender.contracts import Ints, Longs
from recommender.learning.lifelong.protocol import Sessions

_NAME = re.compile(r"period_(\d+)\.txt\.gz")


@dataclass(slots=True)
class Catalogue:
    """The items seen in training so far; an item's index follows its first appearance."""

    indexes: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.indexes)

    def learn(self, period: Period) -> Sessions:
        """A period as training data; its new items join."""
        known = [self.indexes.setdefault(item, len(self.indexes)) for item in period.items]
        return Sessions(period.starts, np.array(known, np.int32))

    def recognise(self, period: Period) -> Sessions:
        """A period as test data: unseen items are taken out, sessions of one click dropped."""
        found = np.array([self.indexes.get(item, -1) for item in period.items], np.int32)
        owner = np.repeat(np.arange(len(period.starts) - 1), np.diff(period.starts))
        seen = found >= 0
        lengths = np.bincount(owner[seen], minlength=len(period.starts) - 1)
        kept = seen & (lengths[owner] > 1)
        lengths = lengths[lengths > 1]
        return Sessions(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), found[kept])


@dataclass(frozen=True, slots=True)
class Period:
    """One file's sessions, in order of their last click; items by the words in the file."""

    starts: Longs
    items: list[str]


def period_paths(folder: Path) -> list[Path]:
    """The files from period 0 on.

    Raises:
        FileNotFoundError: the folder is missing, or a period is.
        ValueError: there are fewer than two periods.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder")
    found = {
        int(match[1]): path for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))
    }
    for number in range(max(found, default=-1) + 1):
        if number not in found:
            raise FileNotFoundError(f"{folder / f'period_{number}.txt.gz'}: missing")
    if len(found) < 2:
        raise ValueError(f"{folder}: needs period_0.txt.gz, period_1.txt.gz and so on")
    return [found[number] for number in range(len(found))]


def read_period(path: Path) -> Period:
    """The sessions of a file.

    Raises:
        ValueError: a line is not two words, named by its number, or the file is not gzip or empty.
    """
    numbers: dict[str, int] = {}
    owners: list[int] = []
    items: list[str] = []
    for session, item in _lines(path):
        owners.append(numbers.setdefault(session, len(numbers)))
        items.append(item)
    if not items:
        raise ValueError(f"{path}: holds no interaction")
    owner = np.array(owners)
    last = np.zeros(len(numbers), np.int64)
    last[owner] = np.arange(len(owner))
    order = np.argsort(last[owner], kind="stable")
    lengths = np.bincount(owner)[np.argsort(last)]
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return Period(starts, [items[place] for place in order])


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                words = line.split()
                if len(words) != 2:
                    raise ValueError(
                        f"{path}, line {number}: expected a session id and an item id, "
                        f"found {line.strip()[:80]!r}"
                    )
                yield words[0], words[1]
    except (gzip.BadGzipFile, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise ValueError(f"{path}: cannot be read as compressed text ({error})") from error


def all_prefixes(sessions: Sessions) -> tuple[Sessions, Ints]:
    """Every beginning of every session, and the item that came next."""
    lengths = sessions.lengths
    counts = np.maximum(lengths - 1, 0)
    owner = np.repeat(np.arange(len(sessions)), counts)
    sizes = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    begins = sessions.starts[owner]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    within = np.arange(starts[-1]) - np.repeat(starts[:-1], sizes)
    items = sessions.items[np.repeat(begins, sizes) + within]
    return Sessions(starts, items), sessions.items[begins + sizes]
