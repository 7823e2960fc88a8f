"""Transitions: what was taken after what, alone and spread over items whose texts are alike."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self
from zlib import crc32

import numpy as np
from scipy import sparse

from recommender.candidates.content import REFIT, Whitening
from recommender.candidates.ledger import UNITS, Ledger
from recommender.candidates.nearest import (
    EXACT_UP_TO,
    ExactNearest,
    FaissNearest,
    NearestSettings,
    nearest_items,
)
from recommender.candidates.pairs import follow_counts
from recommender.candidates.recency import history_rows
from recommender.candidates.registry import register
from recommender.candidates.search_space import Real, SearchSpace, Whole
from recommender.candidates.storage import (
    Rows,
    load_array,
    load_rows,
    load_settings,
    resized,
    save_array,
    save_rows,
    save_settings,
)
from recommender.contracts import Floats, History, InteractionLog, Ints, ItemTable


@register
class Transitions:
    """M = (forward + backward · forwardᵀ) / in-weight^damping, applied to the newest items most.

    ``gap_decay`` is what one interaction in between costs a pair, ``window`` how many may lie in
    between, ``history_decay`` what one newer item costs an older one when scoring.
    """

    name = "transitions"
    search_space: ClassVar[SearchSpace] = {
        "gap_decay": Real(0.1, 1.0),
        "window": Whole(1, 20),
        "backward": Real(0.0, 1.0),
        "damping": Real(0.0, 0.6),
        "history_decay": Real(0.05, 1.0),
    }

    def __init__(
        self,
        gap_decay: float = 0.8,
        window: int = 8,
        backward: float = 0.5,
        damping: float = 0.1,
        history_decay: float = 0.4,
    ):
        self.gap_decay = gap_decay
        self.window = window
        self.backward = backward
        self.damping = damping
        self.history_decay = history_decay
        self.ledger: Ledger
        self.matrix: Rows

    def fit(self, log: InteractionLog, items: ItemTable) -> None:
        """Count all pairs."""
        self.ledger = Ledger(log)
        self.follows = self._count(self.ledger.log)
        self._normalise()

    @cached_property
    def follows(self) -> Rows:
        """Forward counts in whole 1/UNITS; after a load they follow from the ledger if needed."""
        return self._count(self.ledger.log)

    def update(self, added: InteractionLog, items: ItemTable) -> None:
        """Count the touched shoppers' pairs anew."""
        if not len(added):
            self._widen(added)
            return
        follows = self.follows
        self._change(follows, *self.ledger.add(added))

    def _widen(self, nothing: InteractionLog) -> None:
        """Room for new items: rows and columns of zeros, and nothing to count or divide anew."""
        self.ledger.add(nothing)
        size = self.ledger.log.n_items
        self.matrix = resized(self.matrix, size, size)
        if "follows" in self.__dict__:
            self.follows = resized(self.follows, size, size)

    def forget(self, removed: InteractionLog) -> None:
        """Count the touched shoppers' pairs anew without what is removed."""
        follows = self.follows
        self._change(follows, *self.ledger.remove(removed))

    def _count(self, log: InteractionLog, n_items: int | None = None) -> Rows:
        return follow_counts(log, decay=self.gap_decay, window=self.window, n_items=n_items)

    def _change(self, follows: Rows, before: InteractionLog, after: InteractionLog) -> None:
        size = self.ledger.log.n_items
        gained, lost = self._count(after, size), self._count(before, size)
        self.follows = (resized(follows, size, size) + gained - lost).tocsr()
        self.follows.eliminate_zeros()
        self._normalise()

    def _normalise(self) -> None:
        forward = self.follows.astype(np.float64) / UNITS
        both = (forward + self.backward * forward.T).tocsr()
        into = np.asarray(both.sum(axis=0)).ravel()
        scale = np.where(into > 0, into, 1.0) ** -self.damping
        both.data *= scale[both.indices]
        self.matrix = both.astype(np.float32)
        self.matrix.sort_indices()

    def history(self, histories: Sequence[History]) -> Rows:
        """The recency-weighted histories that this source applies its matrix to."""
        return history_rows(histories, self.matrix.shape[0], decay=self.history_decay)

    def score(self, histories: Sequence[History]) -> Floats:
        """Shape (len(histories), n_items)."""
        scores: Floats = (self.history(histories) @ self.matrix).toarray()
        return scores

    def settings(self) -> dict[str, Any]:
        """What the constructor takes."""
        names = ("gap_decay", "window", "backward", "damping", "history_decay")
        return {name: getattr(self, name) for name in names}

    def save(self, folder: Path) -> None:
        """The matrix, and the ledger that the counts come from."""
        save_settings(folder, self.settings())
        save_rows(folder, "matrix", self.matrix)
        self.ledger.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        source = cls(**load_settings(folder))
        source.matrix = load_rows(folder, "matrix")
        source.ledger = Ledger.load(folder)
        return source


@register
class TextTransitions:
    """Transitions between neighbours in meaning: K·M + M·K, with K the text neighbours.

    What followed items like the shopper's, and items like those that followed them. It speaks for
    items that too few have taken to have transitions of their own. Likeness is that of the
    whitened vectors. Beyond ``exact_up_to`` items an index finds the neighbours.
    """

    name = "text_transitions"
    search_space: ClassVar[SearchSpace] = {
        "neighbours": Whole(5, 100, log=True),
        "power": Real(0.5, 8.0),
    }

    def __init__(
        self,
        neighbours: int = 20,
        power: float = 3.0,
        exact_up_to: int = EXACT_UP_TO,
        **transitions: Any,
    ):
        self.neighbours = neighbours
        self.power = power
        self.exact_up_to = exact_up_to
        self.transitions = Transitions(**transitions)
        self.alike: Rows
        self.whitening: Whitening
        #: Tells whether the vectors are still those that the neighbours were found by.
        self.checksum = 0

    def fit(self, log: InteractionLog, items: ItemTable) -> None:
        """Count pairs and find each item's neighbours."""
        self.transitions.fit(log, items)
        self._find_neighbours(items.vectors, _checksum(items.vectors))

    def update(self, added: InteractionLog, items: ItemTable) -> None:
        """Count the touched shoppers' pairs; find neighbours again if items or texts are new."""
        self.transitions.update(added, items)
        known, vectors = self.alike.shape[0], items.vectors
        checksum = _checksum(vectors)
        if len(items) == known and checksum == self.checksum:
            return
        few = known > self.exact_up_to and len(items) <= REFIT * self.whitening.learnt_from
        if few and _checksum(vectors[:known]) == self.checksum:
            self._add_neighbours(vectors, checksum)
        else:
            self._find_neighbours(vectors, checksum)

    def _find_neighbours(self, vectors: Floats, checksum: int) -> None:
        self.whitening = Whitening(vectors)
        apart = self.whitening.apply(vectors)
        nearest = nearest_items(apart, NearestSettings(self.exact_up_to))
        if isinstance(nearest, FaissNearest):
            self.alike = indexed_neighbours(nearest, apart, self.neighbours, self.power)
        else:
            self.alike = text_neighbours(apart, self.neighbours, self.power)
        self.checksum = checksum

    def _add_neighbours(self, vectors: Floats, checksum: int) -> None:
        """Join the items at the end to the others, both ways, whose neighbours stay as they are."""
        known, size = self.alike.shape[0], len(vectors)
        nearest = ExactNearest(self.whitening.apply(vectors))
        found, cosine = nearest.search(nearest.vectors[known:], self.neighbours + 1)
        cosine[found == np.arange(known, size)[:, None]] = 0.0
        fresh = _likeness(found.astype(np.int32), cosine, self.power, size)
        to_known, among = fresh[:, :known], fresh[:, known:]
        self.alike = sparse.bmat([[self.alike, to_known.T], [to_known, among]], format="csr")
        self.alike.eliminate_zeros()
        self.alike.sort_indices()
        self.checksum = checksum

    def forget(self, removed: InteractionLog) -> None:
        """Count the touched shoppers' pairs anew without what is removed."""
        self.transitions.forget(removed)

    def score(self, histories: Sequence[History]) -> Floats:
        """Shape (len(histories), n_items). The products K·M and M·K are never formed."""
        rows = self.transitions.history(histories)
        follows = self.transitions.matrix
        scores: Floats = ((rows @ self.alike) @ follows + (rows @ follows) @ self.alike).toarray()
        return scores

    def save(self, folder: Path) -> None:
        """The transitions in a folder of their own, and the neighbours."""
        names = ("neighbours", "power", "exact_up_to")
        save_settings(folder, {name: getattr(self, name) for name in names})
        (folder / "transitions").mkdir()
        self.transitions.save(folder / "transitions")
        save_rows(folder, "alike", self.alike)
        self.whitening.save(folder)
        save_array(folder, "alike.checksum", np.array([self.checksum], np.int64))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        source = cls(**load_settings(folder))
        source.transitions = Transitions.load(folder / "transitions")
        source.alike = load_rows(folder, "alike")
        # Models of earlier releases did not keep it: their next update finds the neighbours anew.
        source.whitening = Whitening.load(folder)
        if (folder / "alike.checksum.npy").exists():
            source.checksum = int(load_array(folder, "alike.checksum")[0])
        return source


def _checksum(vectors: Floats) -> int:
    return crc32(vectors.tobytes())


def text_neighbours(vectors: Floats, count: int, power: float, block: int = 2048) -> Rows:
    """The ``count`` nearest other items by cosine, cosine^power, rows summing to one.

    Shape (n_items, n_items); empty where there are no vectors or no cosine above zero.
    """
    n_items = vectors.shape[0]
    count = min(count, n_items - 1)
    if count < 1 or not vectors.shape[1]:
        return sparse.csr_matrix((n_items, n_items), dtype=np.float32)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(norms > 0, norms, 1.0)
    columns = np.zeros((n_items, count), np.int32)
    values = np.zeros((n_items, count), np.float32)
    for start in range(0, n_items, block):
        stop = min(start + block, n_items)
        cosine = unit[start:stop] @ unit.T
        cosine[np.arange(stop - start), np.arange(start, stop)] = -2.0
        best = np.argpartition(-cosine, count - 1, axis=1)[:, :count]
        columns[start:stop] = best
        values[start:stop] = np.take_along_axis(cosine, best, axis=1)
    return _likeness(columns, values, power)


def indexed_neighbours(
    nearest: FaissNearest, vectors: Floats, count: int, power: float, cells: int = 16_000_000
) -> Rows:
    """The same for vectors of length one, looking only into the lists near an item's own.

    ``cells`` bounds the products held at once.
    """
    n_items = vectors.shape[0]
    count = min(count, n_items - 1)
    columns = np.zeros((n_items, count), np.int32)
    values = np.zeros((n_items, count), np.float32)
    for members, around in nearest.lists():
        others = vectors[around]
        block = max(1, cells // len(around))
        for start in range(0, len(members), block):
            asking = members[start : start + block]
            cosine = vectors[asking] @ others.T
            cosine[np.arange(len(asking)), np.searchsorted(around, asking)] = -2.0
            kept = min(count, len(around))
            best = np.argpartition(-cosine, kept - 1, axis=1)[:, :kept]
            columns[asking, :kept] = around[best]
            values[asking, :kept] = np.take_along_axis(cosine, best, axis=1)
    return _likeness(columns, values, power)


def _likeness(columns: Ints, values: Floats, power: float, n_items: int | None = None) -> Rows:
    """Rows of cosine^power that sum to one; both arrays have shape (n_rows, count)."""
    n_rows, count = columns.shape
    values = np.asarray(np.maximum(values, 0.0) ** power, np.float32)
    sums = values.sum(axis=1, keepdims=True)
    values /= np.where(sums > 0, sums, np.float32(1.0))
    matrix = sparse.csr_matrix(
        (values.ravel(), columns.ravel(), np.arange(0, n_rows * count + 1, count)),
        shape=(n_rows, n_items or n_rows),
    )
    matrix.eliminate_zeros()
    matrix.sum_duplicates()
    return matrix
