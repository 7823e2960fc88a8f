"""Content: items whose text vectors lie where the shopper's purchases lie."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from recommender.candidates.recency import history_rows, take_own_part
from recommender.candidates.registry import register
from recommender.candidates.search_space import Real, SearchSpace
from recommender.candidates.storage import (
    load_array,
    load_settings,
    save_array,
    save_settings,
)
from recommender.contracts import Floats, History, InteractionLog, ItemTable


@register
class Content:
    """Cosine of the whitened text vectors with the sum of what the shopper took.

    That an item is like itself says nothing, so an item of the history is compared with the rest
    of it. Raw sentence vectors of one shop share most of their direction; whitening leaves what
    tells the products apart.
    """

    name = "content"
    search_space: ClassVar[SearchSpace] = {
        "history_decay": Real(0.05, 1.0),
        "shrinkage": Real(0.0, 0.9),
    }

    def __init__(self, history_decay: float = 0.6, shrinkage: float = 0.0):
        self.history_decay = history_decay
        self.shrinkage = shrinkage
        self.vectors: Floats

    def fit(self, log: InteractionLog, items: ItemTable) -> None:
        """Whiten the catalogue's vectors; the log is not needed."""
        self.vectors = whitened(items.vectors, self.shrinkage)

    def update(self, added: InteractionLog, items: ItemTable) -> None:
        """Whiten again, since new items move mean and spread."""
        self.fit(added, items)

    def forget(self, removed: InteractionLog) -> None:
        """Nothing of any shopper is kept here."""

    def score(self, histories: Sequence[History]) -> Floats:
        """Shape (len(histories), n_items)."""
        rows = history_rows(histories, self.vectors.shape[0], decay=self.history_decay)
        # In double precision the product below would copy the whole matrix at every call.
        profiles = np.asarray(rows @ self.vectors, np.float32)  # (histories, dimensions)
        norms = np.linalg.norm(profiles, axis=1)
        norms[norms == 0] = 1.0
        scores: Floats = (profiles / norms[:, None]) @ np.asarray(self.vectors).T
        lengths = np.einsum("ij,ij->i", self.vectors[rows.indices], self.vectors[rows.indices])
        owners = np.repeat(np.arange(len(histories)), np.diff(rows.indptr))
        take_own_part(scores, owners, rows.indices, rows.data * lengths / norms[owners])
        return scores

    def save(self, folder: Path) -> None:
        """The whitened vectors."""
        save_settings(folder, {"history_decay": self.history_decay, "shrinkage": self.shrinkage})
        save_array(folder, "vectors", self.vectors)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        source = cls(**load_settings(folder))
        source.vectors = load_array(folder, "vectors")
        return source


def whitened(vectors: Floats, shrinkage: float = 0.0) -> Floats:
    """Vectors with mean zero and equal spread in all directions, then scaled to length one.

    ``shrinkage`` in 0..1 moves the spread towards its mean, which spares the weakest directions.
    Directions without any spread are dropped rather than blown up. Same shape as the input.
    """
    if not vectors.size:
        return np.zeros(vectors.shape, np.float32)
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    spread, axes = np.linalg.eigh(centred.T @ centred / len(vectors))
    real = spread > 1e-6 * max(float(spread[-1]), 1e-12)
    shrunk = (1.0 - shrinkage) * spread[real] + shrinkage * spread[real].mean() if real.any() else 1
    result = centred @ (axes[:, real] / np.sqrt(shrunk)) @ axes[:, real].T
    norms = np.linalg.norm(result, axis=1, keepdims=True)
    unit: Floats = np.ascontiguousarray(result / np.where(norms > 0, norms, 1.0), np.float32)
    return unit
