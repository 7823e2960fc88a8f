"""Semantic IDs: each item as a few codes, so that alike items begin alike.

Residual k-means: the first code names the nearest of a few hundred centroids, the second the
centroid nearest to what the first left over, and so on; a last code tells apart the items whose
other codes are equal. After Rajput et al., "Recommender Systems with Generative Retrieval"
(TIGER, NeurIPS 2023), who learn the codes with an RQ-VAE; residual k-means takes seconds, repeats
exactly and cannot collapse onto a few codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from recommender.candidates.storage import load_array, load_settings, save_array, save_settings
from recommender.contracts import Floats, Ints, Longs

#: Vectors that a codebook is learnt from at most; more change it by noise.
LEARNT_FROM = 100_000

Mask = npt.NDArray[np.bool_]


class IdSpaceFullError(ValueError):
    """There are more items than the codes can name."""


@dataclass(slots=True)
class SemanticIds:
    """The codebooks, and the ID of every item so far.

    ``codes`` has shape (n_items, levels + 1). A code is in 0 .. alphabet - 2; the first code
    ``alphabet - 1`` is reserved for items that got no place by their vector: those without any,
    and those whose place is full. They are numbered in the order in which they came. The ID of an
    item never changes as others are added.
    """

    #: One array per level, (n_centroids, dimensions).
    codebooks: tuple[Floats, ...]
    alphabet: int
    codes: Ints
    _taken: dict[tuple[int, ...], int] = field(init=False, repr=False)
    _unplaced: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._taken = {}
        placed = self.codes[:, 0] != self.alphabet - 1
        for prefix in map(tuple, self.codes[placed, :-1].tolist()):
            self._taken[prefix] = self._taken.get(prefix, 0) + 1
        self._unplaced = int((~placed).sum())

    def __len__(self) -> int:
        return int(self.codes.shape[0])

    @property
    def depth(self) -> int:
        """Codes per ID, the last one included."""
        return len(self.codebooks) + 1

    @classmethod
    def fit(
        cls, vectors: Floats, *, levels: int = 3, size: int = 256, rounds: int = 25, seed: int = 0
    ) -> Self:
        """Learn the codebooks and give each row of (n_items, dimensions) its ID.

        A row of zeros is an item without a vector. There are at most ``size`` codes a level, and
        fewer where fewer than four items would share one. Raises ValueError for NaN or infinity.
        """
        known = _usable(vectors)
        rng = np.random.default_rng(seed)
        rest = vectors[known].astype(np.float32)
        count = min(size, max(1, len(rest) // 4))
        codebooks: list[Floats] = []
        for _ in range(levels):
            centroids = k_means(rest, count, rounds, rng)
            if len(rest):
                rest = rest - centroids[nearest(rest, centroids)]
            codebooks.append(centroids)
        empty = np.zeros((0, levels + 1), np.int32)
        ids = cls(tuple(codebooks), size + 1, empty)
        ids.extend(vectors)
        return ids

    def extend(self, vectors: Floats) -> Ints:
        """Give further items their IDs through the stored codebooks; returns the new codes."""
        if vectors.shape[1] != self.codebooks[0].shape[1]:
            raise ValueError(
                f"item vectors have {vectors.shape[1]} dimensions, "
                f"the codebooks {self.codebooks[0].shape[1]}"
            )
        known = _usable(vectors)
        fresh = np.zeros((len(vectors), self.depth), np.int32)
        fresh[known, :-1] = self.quantise(vectors[known])
        for row, has_vector in enumerate(known.tolist()):
            prefix = tuple(fresh[row, :-1].tolist())
            taken = self._taken.get(prefix, 0)
            if has_vector and taken < self.alphabet - 1:
                fresh[row, -1] = taken
                self._taken[prefix] = taken + 1
            else:
                fresh[row] = self._next_unplaced()
        self.codes = np.concatenate([self.codes, fresh])
        return fresh

    def quantise(self, vectors: Floats) -> Ints:
        """The codes of all levels but the last, shape (n_vectors, levels)."""
        rest = vectors.astype(np.float32)
        codes = np.zeros((len(vectors), len(self.codebooks)), np.int32)
        for level, centroids in enumerate(self.codebooks):
            codes[:, level] = nearest(rest, centroids)
            rest = rest - centroids[codes[:, level]]
        return codes

    def _next_unplaced(self) -> Sequence[int]:
        base, number = self.alphabet - 1, self._unplaced
        if number >= base ** (self.depth - 1):
            raise IdSpaceFullError(f"{number} items without a place of their own are too many")
        digits = [number // base**place % base for place in reversed(range(self.depth - 1))]
        self._unplaced += 1
        return [base, *digits]

    def save(self, folder: Path) -> None:
        """Codebooks and codes."""
        save_settings(folder, {"alphabet": self.alphabet, "levels": len(self.codebooks)})
        for level, centroids in enumerate(self.codebooks):
            save_array(folder, f"codebook{level}", centroids)
        save_array(folder, "codes", self.codes)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        settings = load_settings(folder)
        codebooks = tuple(
            np.array(load_array(folder, f"codebook{level}")) for level in range(settings["levels"])
        )
        return cls(codebooks, int(settings["alphabet"]), np.array(load_array(folder, "codes")))


def _usable(vectors: Floats) -> Mask:
    """Which rows hold a vector; raises ValueError that names the first broken one."""
    if vectors.ndim != 2:
        raise ValueError(f"item vectors need two dimensions, not {vectors.ndim}")
    broken = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(broken):
        raise ValueError(f"the vector of item {broken[0]} holds NaN or infinity")
    known: Mask = (vectors != 0).any(axis=1)
    return known


def nearest(vectors: Floats, centroids: Floats, block: int = 8192) -> Longs:
    """Index of the centroid nearest to each vector, the first one among equals."""
    found = np.zeros(len(vectors), np.int64)
    lengths = (centroids**2).sum(axis=1)
    for start in range(0, len(vectors), block):
        part = vectors[start : start + block]
        found[start : start + block] = (lengths - 2.0 * (part @ centroids.T)).argmin(axis=1)
    return found


def k_means(vectors: Floats, count: int, rounds: int, rng: np.random.Generator) -> Floats:
    """Lloyd's algorithm from random vectors; shape (count, dimensions).

    A centroid that loses all its vectors moves to the vector that is farthest from its own.
    """
    if not len(vectors):
        return np.zeros((count, vectors.shape[1]), np.float32)
    if len(vectors) > LEARNT_FROM:
        vectors = vectors[np.sort(rng.choice(len(vectors), LEARNT_FROM, replace=False))]
    centroids = vectors[np.sort(rng.choice(len(vectors), count, replace=False))].copy()
    for _ in range(rounds):
        owners = nearest(vectors, centroids)
        sizes = np.bincount(owners, minlength=count)
        sums = np.zeros(centroids.shape, np.float64)
        order = np.argsort(owners, kind="stable")
        filled = np.flatnonzero(sizes)
        starts = np.concatenate([[0], np.cumsum(sizes[filled])[:-1]])
        sums[filled] = np.add.reduceat(vectors[order], starts, axis=0, dtype=np.float64)
        moved = (sums / np.maximum(sizes, 1)[:, None]).astype(np.float32)
        empty = np.flatnonzero(sizes == 0)
        if len(empty):
            gaps = ((vectors - moved[owners]) ** 2).sum(axis=1)
            moved[empty] = vectors[np.argsort(-gaps, kind="stable")[: len(empty)]]
        if np.array_equal(moved, centroids):
            break
        centroids = moved
    return centroids
