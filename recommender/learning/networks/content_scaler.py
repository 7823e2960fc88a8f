"""Content vectors made fit for a linear layer: without mean, equal spread, length one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from recommender.candidates.storage import load_array, save_array
from recommender.contracts import Floats, ItemTable

#: Directions with less spread than this share of the largest are dropped as noise.
LEAST_SPREAD = 1e-6
#: Text, image, audio.
KINDS = 3


def content_of(items: ItemTable) -> tuple[Floats, ...]:
    """The kinds of content vectors of a table: text, image, audio."""
    return (items.vectors, items.image_vectors, items.audio_vectors)


def scaled_content(scalers: Sequence[ContentScaler], items: ItemTable) -> tuple[Floats, ...]:
    """The kinds of content vectors of a table, each by its scaler: (n_items, kept)."""
    return tuple(
        scaler.apply(vectors) for scaler, vectors in zip(scalers, content_of(items), strict=True)
    )


def save_scalers(folder: Path, scalers: Sequence[ContentScaler]) -> None:
    """Write the scalers of all kinds, in the order of ``content_of``."""
    for place, scaler in enumerate(scalers):
        scaler.save(folder, f"content{place}")


def load_scalers(folder: Path) -> tuple[ContentScaler, ...]:
    """Read what ``save_scalers`` wrote."""
    return tuple(ContentScaler.load(folder, f"content{place}") for place in range(KINDS))


@dataclass(frozen=True, slots=True)
class ContentScaler:
    """Whitening learnt once, so that items which come later are measured alike.

    ``mean`` has shape (dimensions,), ``axes`` (dimensions, kept); both are half-precision numbers.
    """

    mean: Floats
    axes: Floats

    @classmethod
    def fit(cls, vectors: Floats, most: int) -> Self:
        """Learn from the rows that are there; keep at most ``most`` directions."""
        there = vectors[np.abs(vectors).max(axis=1, initial=0.0) > 0].astype(np.float64)
        if not there.size:
            return cls(_half(np.zeros(vectors.shape[1])), _half(np.zeros((vectors.shape[1], 0))))
        mean = there.mean(axis=0)
        spread, directions = np.linalg.eigh((there - mean).T @ (there - mean) / len(there))
        real = np.flatnonzero(spread > LEAST_SPREAD * max(float(spread[-1]), 1e-12))[-most:]
        # Only the ratios of the axes count, since rows are scaled to length one.
        axes = directions[:, real] * np.sqrt(spread[real].min(initial=np.inf) / spread[real])
        return cls(_half(mean), _half(axes))

    def apply(self, vectors: Floats) -> Floats:
        """Shape (n, kept); rows of length one, or zero where nothing is known.

        A kind of content that was not there at the fit, or is not there now, says nothing.
        """
        if not self.axes.shape[1] or not vectors.shape[1]:
            return np.zeros((len(vectors), self.axes.shape[1]), np.float32)
        if vectors.shape[1] != len(self.mean):
            raise ValueError(
                f"content vectors have {vectors.shape[1]} dimensions, not {len(self.mean)} as the "
                "model was fitted with"
            )
        there = np.abs(vectors).max(axis=1, initial=0.0) > 0
        scaled = (vectors - self.mean) @ self.axes * there[:, None]
        norms = np.linalg.norm(scaled, axis=1, keepdims=True)
        result: Floats = np.ascontiguousarray(scaled / np.where(norms > 0, norms, 1), np.float32)
        return result

    def save(self, folder: Path, name: str) -> None:
        """Two small arrays in half precision."""
        save_array(folder, f"{name}.mean", self.mean.astype(np.float16))
        save_array(folder, f"{name}.axes", self.axes.astype(np.float16))

    @classmethod
    def load(cls, folder: Path, name: str) -> Self:
        """Read what ``save`` wrote."""
        mean, axes = (load_array(folder, f"{name}.{part}") for part in ("mean", "axes"))
        return cls(mean.astype(np.float32), axes.astype(np.float32))


def _half(values: np.ndarray) -> Floats:
    return values.astype(np.float16).astype(np.float32)
