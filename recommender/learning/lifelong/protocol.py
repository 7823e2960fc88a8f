"""What a method that learns period by period takes in and gives out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from recommender.contracts import Ints, Longs


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions one after the other: session ``s`` holds ``items[starts[s]:starts[s + 1]]``.

    ``starts`` has shape (sessions + 1,), ``items`` shape (clicks,), oldest click first. As
    training data the sessions are ordered by their last click; as prefixes to be continued their
    order means nothing.
    """

    starts: Longs
    items: Ints

    def __post_init__(self) -> None:
        if len(self.starts) == 0 or self.starts[0] != 0 or self.starts[-1] != len(self.items):
            raise ValueError("starts must run from 0 to the number of items")

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> Longs:
        """Clicks of every session."""
        return np.diff(self.starts)

    @classmethod
    def of(cls, sessions: Sequence[Sequence[int]]) -> Self:
        """From lists."""
        starts = np.concatenate([[0], np.cumsum([len(session) for session in sessions])])
        items = [item for session in sessions for item in session]
        return cls(starts.astype(np.int64), np.array(items, np.int32))

    def slice(self, begin: int, end: int) -> Sessions:
        """The sessions from ``begin`` up to ``end``."""
        starts = self.starts[begin : end + 1]
        return Sessions(starts - starts[0], self.items[starts[0] : starts[-1]])

    def taken(self, chosen: Longs) -> Sessions:
        """The chosen sessions, in the order chosen."""
        lengths = self.lengths[chosen]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        return Sessions(starts, self.items[np.repeat(self.starts[chosen], lengths) + within])

    def followed_by(self, later: Sessions) -> Sessions:
        """These sessions and then the later ones."""
        starts = np.concatenate([self.starts, later.starts[1:] + self.starts[-1]])
        return Sessions(starts, np.concatenate([self.items, later.items]))


class LifelongMethod(Protocol):
    """Learns one period after the other and continues sessions.

    An item is known by its index, which says nothing else of it: ties are broken by chance.
    """

    def update(self, sessions: Sessions, n_items: int) -> None:
        """Take in the next period; ``n_items`` counts all items seen so far, these included."""

    def recommend(self, prefixes: Sessions, count: int) -> Ints:
        """The ``count`` best next items of every prefix, best first, shape (prefixes, count).

        Items of the prefix itself may be among them. -1 fills up where a method knows no more.
        """

    @property
    def stored_bytes(self) -> int:
        """What the method keeps between updates."""


def no_sessions() -> Sessions:
    """The history before the first period."""
    return Sessions(np.zeros(1, np.int64), np.empty(0, np.int32))
