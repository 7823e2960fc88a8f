"""Where items lie before they are quantised: what their texts say, and with what they are taken.

A new item has no second half yet: it takes that of the items whose texts are nearest.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from recommender.candidates.nearest import nearest_items
from recommender.candidates.storage import load_array, load_settings, save_array, save_settings
from recommender.contracts import Floats, InteractionLog, ItemTable, Longs

#: Below this many shoppers or items a dense decomposition is as fast and needs no start vector.
DENSE_BELOW = 500


@dataclass(slots=True)
class ItemSpace:
    """Content of length one, then company of length at most ``balance``, item by item.

    An item about which nothing is known has a row of zeros.
    """

    mean: Floats  # (text dimensions,)
    projection: Floats  # (text dimensions, content dimensions)
    vectors: Floats  # (n_items, content dimensions + company dimensions)
    neighbours: int
    #: Neighbours with a company of their own, so that new items do not learn from each other.
    n_fitted: int

    @property
    def content_dims(self) -> int:
        return int(self.projection.shape[1])

    @classmethod
    def fit(
        cls,
        log: InteractionLog,
        items: ItemTable,
        *,
        content_dims: int = 128,
        company_dims: int = 64,
        balance: float = 1.0,
        whitening: float = 1.0,
        neighbours: int = 10,
        doubt: float = 3.0,
        seed: int = 0,
    ) -> Self:
        """Learn both halves; ``doubt`` interactions' worth of the neighbours is mixed in.

        ``whitening`` in 0..1 says how far the spread of the texts' directions is made equal.
        """
        mean, projection = _principal(items.vectors, content_dims, whitening)
        content = _content(items.vectors, mean, projection)
        company = company_vectors(log, company_dims, seed)
        counts = np.bincount(log.items, minlength=len(items)).astype(np.float32)[:, None]
        space = cls(mean, projection, content, neighbours, len(items))
        borrowed = space._borrow(content, content, company, own=True)
        known = (borrowed != 0).any(axis=1, keepdims=True)
        mixed = np.where(
            known, (counts * company + doubt * borrowed) / np.maximum(counts + doubt, 1e-9), company
        )
        space.vectors = np.concatenate([content, balance * mixed], axis=1).astype(np.float32)
        return space

    def extend(self, items: ItemTable) -> Floats:
        """Vectors for the items appended to the table since, which are kept and returned."""
        added = items.vectors[len(self.vectors) :]
        if added.shape[1] != len(self.mean):
            raise ValueError(
                f"item vectors have {added.shape[1]} dimensions, the model {len(self.mean)}"
            )
        content = _content(added, self.mean, self.projection)
        known = self.vectors[: self.n_fitted]
        dims = self.content_dims
        company = self._borrow(content, known[:, :dims], known[:, dims:])
        fresh = np.concatenate([content, company], axis=1).astype(np.float32)
        self.vectors = np.concatenate([self.vectors, fresh])
        return fresh

    def _borrow(
        self, asking: Floats, content: Floats, company: Floats, *, own: bool = False
    ) -> Floats:
        """Mean company of the nearest items that have one; zeros where there are none."""
        result = np.zeros((len(asking), company.shape[1]), np.float32)
        lenders = np.flatnonzero((company != 0).any(axis=1) & (content != 0).any(axis=1))
        count = min(self.neighbours, len(lenders) - int(own))
        asked = np.flatnonzero((asking != 0).any(axis=1))
        if count < 1:
            return result
        nearest = nearest_items(np.ascontiguousarray(content[lenders]))
        for start in range(0, len(asked), 2048):
            rows = asked[start : start + 2048]
            found, cosine = nearest.search(asking[rows], count + int(own))
            weight = np.where(found >= 0, np.maximum(cosine, 0.0) ** 3 + 1e-6, 0.0)
            if own:  # nobody is a neighbour of itself
                itself = lenders[found] == rows[:, None]
                weight[itself] = 0.0
                weight[~itself.any(axis=1), -1] = 0.0
            weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1e-9)
            result[rows] = np.einsum("ij,ijd->id", weight, company[lenders[found]])
        return result

    def save(self, folder: Path) -> None:
        """All arrays."""
        save_settings(folder, {"neighbours": self.neighbours, "n_fitted": self.n_fitted})
        for name in ("mean", "projection", "vectors"):
            save_array(folder, name, getattr(self, name))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        mean, projection, vectors = (
            load_array(folder, name) for name in ("mean", "projection", "vectors")
        )
        return cls(mean, projection, vectors, **load_settings(folder))


def _principal(vectors: Floats, dims: int, whitening: float) -> tuple[Floats, Floats]:
    """Mean and projection onto the directions of largest spread, the spread made equal."""
    have = (vectors != 0).any(axis=1) if vectors.shape[1] else np.zeros(len(vectors), bool)
    if not have.any():
        return np.zeros(vectors.shape[1], np.float32), np.zeros((vectors.shape[1], 0), np.float32)
    mean = vectors[have].mean(axis=0, dtype=np.float64)
    centred = vectors[have] - mean
    spread, axes = np.linalg.eigh(centred.T @ centred / len(centred))
    real = np.flatnonzero(spread > 1e-6 * max(float(spread[-1]), 1e-12))[::-1][:dims]
    projection = axes[:, real] / spread[real] ** (whitening / 2)
    return mean.astype(np.float32), np.ascontiguousarray(projection, np.float32)


def _content(vectors: Floats, mean: Floats, projection: Floats) -> Floats:
    """Projected texts of length one; zeros for an item without a text vector."""
    have = (vectors != 0).any(axis=1, keepdims=True) if vectors.shape[1] else None
    if have is None:
        return np.zeros((len(vectors), 0), np.float32)
    content = np.where(have, (vectors - mean) @ projection, 0.0)
    norms = np.linalg.norm(content, axis=1, keepdims=True)
    return np.asarray(content / np.where(norms > 0, norms, 1.0), np.float32)


def company_vectors(log: InteractionLog, dims: int, seed: int = 0) -> Floats:
    """Items in the space of who takes them, of length one: (n_items, at most ``dims``).

    Singular vectors of the matrix of shoppers and items, each item's column divided by the root
    of its count, so that being taken by everybody counts for little. Zeros for items never taken.
    """
    taken = sparse.csr_matrix(
        (np.ones(len(log), np.float64), (log.shoppers, log.items)),
        shape=(log.n_shoppers, log.n_items),
    )
    taken.sum_duplicates()
    taken.data[:] = 1.0
    counts = np.asarray(taken.sum(axis=0)).ravel()
    taken.data /= np.sqrt(counts[taken.indices])
    dims = min(dims, *(size - 1 for size in taken.shape))
    if dims < 1 or not taken.nnz:
        return np.zeros((log.n_items, 0), np.float32)
    if min(taken.shape) <= DENSE_BELOW:
        _, values, right = np.linalg.svd(taken.toarray(), full_matrices=False)
        values, right = values[:dims], right[:dims]
    else:
        start = np.random.default_rng(seed).normal(size=min(taken.shape))
        _, values, right = svds(taken, k=dims, v0=start)
    vectors = right.T * values
    vectors[counts == 0] = 0.0
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(norms > 1e-9, norms, 1.0), np.float32)


def interaction_counts(log: InteractionLog) -> Longs:
    """Interactions per item, (n_items,)."""
    return np.bincount(log.items, minlength=log.n_items).astype(np.int64)
