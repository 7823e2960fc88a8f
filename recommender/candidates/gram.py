"""How often items were taken by the same shoppers, kept as integers so that it updates exactly."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from scipy import sparse

from recommender.candidates.ledger import Ledger
from recommender.candidates.storage import Rows, resized
from recommender.contracts import InteractionLog

#: One full interaction in a shopper's row; weaker events are whole fractions of it.
FULL = 1000


class Gram:
    """XᵀX over shoppers, where x is min(1, sum of the event weights) in units of 1/FULL.

    Only the ledger is kept on disk: the counts follow from it in less time than reading them
    would take, and a process that merely serves never needs them.
    """

    def __init__(self, log: InteractionLog):
        self.ledger = Ledger(log)

    @cached_property
    def counts(self) -> Rows:
        """Shape (n_items, n_items), int64."""
        return _gram(self.ledger.log)

    def update(self, added: InteractionLog) -> None:
        """Add interactions; the item range may have grown."""
        if not len(added) and "counts" not in self.__dict__:
            self.ledger.add(added)
            return
        counts = self.counts
        self._change(counts, *self.ledger.add(added))

    def forget(self, removed: InteractionLog) -> None:
        """Subtract interactions that were added before."""
        counts = self.counts
        self._change(counts, *self.ledger.remove(removed))

    def _change(self, counts: Rows, before: InteractionLog, after: InteractionLog) -> None:
        size = self.ledger.log.n_items
        changed = resized(counts, size, size) + _gram(after, size) - _gram(before, size)
        changed.eliminate_zeros()
        self.counts = changed.tocsr()

    def shares(self) -> Rows:
        """The Gram matrix in units of whole interactions, float32."""
        return (self.counts * (1.0 / FULL**2)).astype(np.float32)

    def save(self, folder: Path) -> None:
        """Write the ledger into the folder."""
        self.ledger.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        gram = cls.__new__(cls)
        gram.ledger = Ledger.load(folder)
        return gram


def _gram(log: InteractionLog, n_items: int | None = None) -> Rows:
    size = log.n_items if n_items is None else n_items
    strength = np.rint(log.weights.astype(np.float64) * FULL).astype(np.int64)
    rows = sparse.csr_matrix(
        (strength, (log.shoppers, log.items)), shape=(log.n_shoppers, size)
    )  # duplicates add up
    np.minimum(rows.data, FULL, out=rows.data)
    product: Rows = (rows.T @ rows).tocsr()
    product.sort_indices()
    return product
