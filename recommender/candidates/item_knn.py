"""Item neighbours: cosine of the shoppers that two items share, shrunk where few do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from recommender.candidates.gram import Gram
from recommender.candidates.recency import history_rows
from recommender.candidates.registry import register
from recommender.candidates.search_space import Real, SearchSpace, Whole
from recommender.candidates.storage import (
    Rows,
    keep_largest,
    load_rows,
    load_settings,
    resized,
    save_rows,
    save_settings,
)
from recommender.contracts import Floats, History, InteractionLog, ItemTable


@register
class ItemKnn:
    """Similarity g_ij / (sqrt(g_ii · g_jj) + shrinkage), zero for an item with itself.

    Each item keeps its ``neighbours`` most similar ones.
    """

    name = "item_knn"
    search_space: ClassVar[SearchSpace] = {
        "shrinkage": Real(0.0, 200.0),
        "history_decay": Real(0.05, 1.0),
        "neighbours": Whole(20, 500, log=True),
    }

    def __init__(self, shrinkage: float = 20.0, history_decay: float = 0.5, neighbours: int = 200):
        self.shrinkage = shrinkage
        self.history_decay = history_decay
        self.neighbours = neighbours
        self.gram: Gram
        self.similar: Rows

    def fit(self, log: InteractionLog, items: ItemTable) -> None:
        """Count and normalise."""
        self.gram = Gram(log)
        self._normalise()

    def update(self, added: InteractionLog, items: ItemTable) -> None:
        """Recount the touched shoppers."""
        self.gram.update(added)
        if len(added):
            self._normalise()
        else:
            self.similar = resized(self.similar, added.n_items, added.n_items)

    def forget(self, removed: InteractionLog) -> None:
        """Recount the touched shoppers without what is removed."""
        self.gram.forget(removed)
        self._normalise()

    def _normalise(self) -> None:
        shares = self.gram.shares()
        norms = np.sqrt(shares.diagonal())
        pairs = shares.tocoo()
        apart = pairs.row != pairs.col
        row, column = pairs.row[apart], pairs.col[apart]
        values = pairs.data[apart] / (norms[row] * norms[column] + self.shrinkage)
        self.similar = sparse.csr_matrix(
            (values.astype(np.float32), (row, column)), shape=shares.shape
        )
        keep_largest(self.similar, self.neighbours)

    def score(self, histories: Sequence[History]) -> Floats:
        """Shape (len(histories), n_items)."""
        rows = history_rows(histories, self.similar.shape[0], decay=self.history_decay)
        scores: Floats = (rows @ self.similar).toarray()
        return scores

    def save(self, folder: Path) -> None:
        """The similarities and the ledger."""
        names = ("shrinkage", "history_decay", "neighbours")
        save_settings(folder, {name: getattr(self, name) for name in names})
        save_rows(folder, "similar", self.similar)
        self.gram.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        source = cls(**load_settings(folder))
        source.similar = load_rows(folder, "similar")
        source.gram = Gram.load(folder)
        return source
