"""The interactions that a source has learnt, and what an addition or a removal changes.

A statistic that is a sum over shoppers is updated exactly by subtracting what the touched
shoppers contributed before and adding what they contribute now. The ledger supplies both sides.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np

from recommender.candidates.storage import load_array, save_array
from recommender.contracts import InteractionLog, Longs

#: Contributions are whole multiples of this fraction, held as integers: sums of integers do not
#: depend on their order, so that what is subtracted again leaves nothing behind.
UNITS = 1_000_000


class Ledger:
    """A multiset of interactions, sorted by shopper, time, item and weight."""

    def __init__(self, log: InteractionLog):
        self.log = _sorted(log)

    def add(self, added: InteractionLog) -> tuple[InteractionLog, InteractionLog]:
        """Take in interactions; returns the touched shoppers' log before and after."""
        before = self._of(added)
        n_shoppers = max(self.log.n_shoppers, added.n_shoppers)
        n_items = max(self.log.n_items, added.n_items)
        self.log = _sorted(_joined(self.log, added, n_shoppers, n_items))
        return before, self._of(added)

    def remove(self, removed: InteractionLog) -> tuple[InteractionLog, InteractionLog]:
        """Take out interactions, each as often as named; returns the log before and after.

        Raises ValueError if one of them is not here: it was never learnt.
        """
        before = self._of(removed)
        keep = np.ones(len(self.log), bool)
        keep[_positions(self.log, _sorted(removed))] = False
        self.log = self.log.take(keep)
        return before, self._of(removed)

    def _of(self, other: InteractionLog) -> InteractionLog:
        return self.log.take(np.isin(self.log.shoppers, np.unique(other.shoppers)))

    def save(self, folder: Path) -> None:
        """Write the log's columns into the folder."""
        for name in ("shoppers", "items", "weights", "times"):
            save_array(folder, f"log.{name}", getattr(self.log, name))
        save_array(folder, "log.sizes", np.array([self.log.n_shoppers, self.log.n_items]))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the columns; they stay on disk until something changes."""
        ledger = cls.__new__(cls)
        sizes = load_array(folder, "log.sizes")
        ledger.log = InteractionLog(
            load_array(folder, "log.shoppers"),
            load_array(folder, "log.items"),
            load_array(folder, "log.weights"),
            load_array(folder, "log.times"),
            n_shoppers=int(sizes[0]),
            n_items=int(sizes[1]),
        )
        return ledger


def _sorted(log: InteractionLog) -> InteractionLog:
    order = np.lexsort((log.weights, log.items, log.times, log.shoppers))
    return log.take(order)


def _joined(
    one: InteractionLog, two: InteractionLog, n_shoppers: int, n_items: int
) -> InteractionLog:
    return InteractionLog(
        np.concatenate([one.shoppers, two.shoppers]),
        np.concatenate([one.items, two.items]),
        np.concatenate([one.weights, two.weights]),
        np.concatenate([one.times, two.times]),
        n_shoppers,
        n_items,
    )


def _positions(log: InteractionLog, wanted: InteractionLog) -> Longs:
    """Where each wanted row stands in a sorted log; equal rows take successive places."""
    kind = [("shopper", "i4"), ("time", "i8"), ("item", "i4"), ("weight", "f4")]

    def keys(rows: InteractionLog) -> np.ndarray:
        table = np.empty(len(rows), kind)
        table["shopper"], table["time"] = rows.shoppers, rows.times
        table["item"], table["weight"] = rows.items, rows.weights
        return table

    # Structured arrays compare slowly, so only the touched shoppers' rows are looked at.
    near = np.flatnonzero(np.isin(log.shoppers, np.unique(wanted.shoppers)))
    ours, theirs = keys(log.take(near)), keys(wanted)
    first = np.searchsorted(ours, theirs)
    repeats = np.arange(len(theirs)) - np.searchsorted(theirs, theirs)
    places = first + repeats
    inside = places < len(ours)
    if not inside.all() or not np.array_equal(ours[places], theirs):
        raise ValueError("an interaction to be forgotten was never learnt")
    return near[places].astype(np.int64)
