"""Session kNN: what shoppers with a similar session took besides.

After Ludewig and Jannach, "Evaluation of session-based recommendation algorithms" (UMUAI 2018),
with the recency of the asking session's items in the similarity.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from recommender.candidates.ledger import Ledger
from recommender.candidates.recency import history_rows, take_own_part
from recommender.candidates.registry import register
from recommender.candidates.search_space import Real, SearchSpace, Whole
from recommender.candidates.storage import (
    Rows,
    keep_largest,
    load_array,
    load_rows,
    load_settings,
    save_array,
    save_rows,
    save_settings,
)
from recommender.contracts import Floats, History, InteractionLog, ItemTable


@register
class SessionKnn:
    """Similarity: the shared items' recency times their rarity, over the session length's root.

    A shopper's interactions are cut into sessions of at most ``longest`` in a row. The
    ``neighbours`` most similar sessions vote; one that holds nothing beyond the asking history
    (its own trace, above all) does not take a neighbour's place.
    """

    name = "sessions"
    search_space: ClassVar[SearchSpace] = {
        "neighbours": Whole(20, 1_000, log=True),
        "longest": Whole(5, 200, log=True),
        "history_decay": Real(0.05, 1.0),
    }

    def __init__(self, neighbours: int = 200, longest: int = 50, history_decay: float = 0.6):
        self.neighbours = neighbours
        self.longest = longest
        self.history_decay = history_decay
        self.ledger: Ledger
        self.sessions: Rows  # (n_sessions, n_items), ones
        self.holders: Rows  # (n_items, n_sessions), rarity over the root of the length
        self.lengths: Floats  # (n_sessions,)
        self.rarity: Floats  # (n_items,)

    def fit(self, log: InteractionLog, items: ItemTable) -> None:
        """Cut the log into sessions and index them by item."""
        self.ledger = Ledger(log)
        self._index()

    def update(self, added: InteractionLog, items: ItemTable) -> None:
        """Index the grown log: linear in it and free of arithmetic, so as good as in place."""
        self.ledger.add(added)
        self._index()

    def forget(self, removed: InteractionLog) -> None:
        """Index the log without what is removed."""
        self.ledger.remove(removed)
        self._index()

    def _index(self) -> None:
        log = self.ledger.log
        starts = log.bounds()[:-1]
        within = np.arange(len(log)) - starts[log.shoppers]
        fresh = within % self.longest == 0
        session = np.cumsum(fresh) - 1
        count = int(fresh.sum())
        held = sparse.csr_matrix(
            (np.ones(len(log), np.float32), (session, log.items)), shape=(count, log.n_items)
        )  # adding up repetitions, which then count once
        held.data[:] = 1.0
        self.sessions = held
        self.lengths = np.diff(held.indptr).astype(np.float32)
        holders = np.bincount(held.indices, minlength=log.n_items)
        self.rarity = np.log1p(count / np.maximum(holders, 1)).astype(np.float32)
        by_item = held.T.tocsr()
        by_item.data = np.repeat(self.rarity, np.diff(by_item.indptr))
        by_item.data /= np.sqrt(self.lengths[by_item.indices])
        self.holders = by_item

    def score(self, histories: Sequence[History]) -> Floats:
        """Shape (len(histories), n_items)."""
        rows = history_rows(histories, self.holders.shape[0], decay=self.history_decay)
        alike = (rows @ self.holders).tocsr()
        covered = (_ones(rows) @ _ones(self.holders)).tocsr()  # items shared with each session
        covered.data = (covered.data >= self.lengths[covered.indices]).astype(np.float32)
        alike = alike - alike.multiply(covered)
        keep_largest(alike, self.neighbours)
        scores: Floats = (alike @ self.sessions).toarray()
        # An item of the history does not vouch for itself: its own part of the similarity goes.
        voters = _ones(alike)
        voters.data /= np.sqrt(self.lengths[voters.indices])
        own = rows.multiply(voters @ self.sessions).tocoo()
        take_own_part(scores, own.row, own.col, own.data * self.rarity[own.col])
        return scores

    def save(self, folder: Path) -> None:
        """The index both ways and the ledger."""
        save_settings(
            folder,
            {
                "neighbours": self.neighbours,
                "longest": self.longest,
                "history_decay": self.history_decay,
            },
        )
        save_rows(folder, "sessions", self.sessions)
        save_rows(folder, "holders", self.holders)
        save_array(folder, "lengths", self.lengths)
        save_array(folder, "rarity", self.rarity)
        self.ledger.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        source = cls(**load_settings(folder))
        source.sessions = load_rows(folder, "sessions")
        source.holders = load_rows(folder, "holders")
        source.lengths = load_array(folder, "lengths")
        source.rarity = load_array(folder, "rarity")
        source.ledger = Ledger.load(folder)
        return source


def _ones(matrix: Rows) -> Rows:
    """The same places, all one."""
    return sparse.csr_matrix(
        (np.ones(matrix.nnz, np.float32), matrix.indices, matrix.indptr), shape=matrix.shape
    )
