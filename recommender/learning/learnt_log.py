"""What a model has learnt, by external id, and how that differs from what the record says now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recommender.contracts import InteractionLog, Ints, Longs

#: The file in a model's folder.
FILE = "learnt.parquet"
#: The beginning of what an erased shopper is called while a model still knows them: no external id
#: begins so.
ERASED = "\0erased "
N_ITEMS = b"n_items"


@dataclass(frozen=True, slots=True)
class LearntLog:
    """The interactions that a model has learnt; ``shoppers`` names their shoppers.

    An erased shopper leaves an empty place without a name.
    """

    shoppers: tuple[str, ...]
    log: InteractionLog

    def __post_init__(self) -> None:
        if len(self.shoppers) != self.log.n_shoppers:
            raise ValueError("a learnt log needs one name per shopper")
        empty = self.shoppers.count("")
        if len(set(self.shoppers)) != len(self.shoppers) - max(empty - 1, 0):
            raise ValueError("a learnt log names each shopper once")
        if empty and any(not self.shoppers[one] for one in np.unique(self.log.shoppers)):
            raise ValueError("an interaction of a learnt log belongs to a shopper without a name")

    def save(self, folder: Path) -> None:
        """Write ``learnt.parquet`` into the folder: one row for each shopper."""
        bounds = pa.array(self.log.bounds().astype(np.int32))
        columns = {"shopper": pa.array(self.shoppers, pa.string())}
        for name in ("items", "weights", "times"):
            values = pa.array(np.asarray(getattr(self.log, name)))
            columns[name] = pa.ListArray.from_arrays(bounds, values)
        table = pa.table(columns).replace_schema_metadata({N_ITEMS: str(self.log.n_items)})
        pq.write_table(table, folder / FILE, compression="zstd")

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """Read what ``save`` wrote; None for a model that does not say what it has learnt."""
        if not (folder / FILE).exists():
            return None
        table = pq.read_table(folder / FILE).combine_chunks()
        (items, lengths), (weights, _), (times, _) = (
            _flat(table, name) for name in ("items", "weights", "times")
        )
        owners = np.repeat(np.arange(table.num_rows), lengths).astype(np.int32)
        n_items = int(table.schema.metadata[N_ITEMS])
        log = InteractionLog(owners, items, weights, times, table.num_rows, n_items)
        return cls(tuple(table["shopper"].to_pylist()), log)


@dataclass(frozen=True, slots=True)
class Change:
    """What to forget and what to learn, over one numbering of shoppers that is the earlier one's.

    Known shoppers keep their index, new ones follow at the end, and those who are gone leave an
    empty place. ``now`` is all that is to be known afterwards, in that numbering.
    """

    removed: InteractionLog
    added: InteractionLog
    now: LearntLog

    @property
    def shoppers(self) -> tuple[str, ...]:
        """The names behind the indices, empty for those who are gone."""
        return self.now.shoppers

    def __bool__(self) -> bool:
        return bool(len(self.removed) or len(self.added))


def difference(before: LearntLog, after: LearntLog) -> Change:
    """What has to be forgotten and learnt on the way from one record to another.

    Interactions are told apart by shopper, item, time and weight, and counted: one that is there
    twice more is added twice. An item's index means the same in both.
    """
    shoppers, moved = _one_numbering(before.shoppers, after.shoppers)
    n_items = max(before.log.n_items, after.log.n_items)
    parts = (
        (before.log, before.log.shoppers, -1),
        (after.log, moved[after.log.shoppers], 1),
    )
    log = InteractionLog(
        np.concatenate([owners for _, owners, _ in parts]).astype(np.int32),
        np.concatenate([part.items for part, _, _ in parts]),
        np.concatenate([part.weights for part, _, _ in parts]),
        np.concatenate([part.times for part, _, _ in parts]),
        len(shoppers),
        n_items,
    )
    signs = np.concatenate([np.full(len(part), sign) for part, _, sign in parts])
    order = np.lexsort((log.weights, log.items, log.times, log.shoppers))
    log, signs = log.take(order), signs[order]
    first = np.ones(len(log), bool)
    for column in (log.shoppers, log.times, log.items, log.weights):
        first[1:] &= column[1:] == column[:-1]
    first[1:] = ~first[1:]
    starts = np.flatnonzero(first)
    surplus = np.add.reduceat(signs, starts) if len(starts) else np.zeros(0, np.int64)
    return Change(
        removed=log.take(np.repeat(starts, np.maximum(-surplus, 0))),
        added=log.take(np.repeat(starts, np.maximum(surplus, 0))),
        now=LearntLog(shoppers, log.take(np.flatnonzero(signs > 0))),
    )


def stand_among(rows: Sequence[np.ndarray], others: Sequence[np.ndarray]) -> np.ndarray:
    """Which of the rows, given by columns, are also among the others, shape (n_rows,)."""
    columns = [np.concatenate(pair) for pair in zip(others, rows, strict=True)]
    order = np.lexsort(columns)
    fresh = np.ones(len(order), bool)
    fresh[1:] = np.any([column[order][1:] != column[order][:-1] for column in columns], axis=0)
    # Rows that are alike get one number.
    numbers = np.empty(len(order), np.int64)
    numbers[order] = np.cumsum(fresh)
    count = len(others[0])
    return np.isin(numbers[count:], numbers[:count])


def _one_numbering(before: tuple[str, ...], after: tuple[str, ...]) -> tuple[tuple[str, ...], Ints]:
    """The names in the numbering of ``before``, and where it has the shoppers of ``after``."""
    there = set(after)
    names = [name if name in there else "" for name in before]
    places = {name: place for place, name in enumerate(names) if name}
    moved = np.zeros(len(after), np.int32)
    for place, name in enumerate(after):
        if name and name not in places:
            places[name] = len(names)
            names.append(name)
        moved[place] = places.get(name, 0)  # Nothing belongs to a place without a name.
    return tuple(names), moved


def _flat(table: pa.Table, name: str) -> tuple[Any, Longs]:
    """All values of a column of lists, and the length of each list."""
    lists = table[name].chunk(0) if table.num_rows else pa.array([], table[name].type)
    return np.asarray(lists.flatten()), np.asarray(lists.value_lengths(), np.int64)
