"""Content: items whose text vectors lie where the shopper's purchases lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from recommender.candidates.nearest import (
    EXACT_UP_TO,
    FaissNearest,
    NearestItems,
    NearestSettings,
    load_nearest,
    nearest_items,
)
from recommender.candidates.recency import Reals, history_rows, take_own_part
from recommender.candidates.registry import register
from recommender.candidates.search_space import Real, SearchSpace
from recommender.candidates.storage import (
    load_array,
    load_settings,
    save_array,
    save_settings,
)
from recommender.contracts import Floats, History, InteractionLog, ItemTable

#: How many items an index proposes for a history.
PROPOSALS = 500
#: Rows that are whitened at once; bounds the memory for their doubles.
BLOCK = 65_536
#: An index takes new items in as the last fit would have whitened them, until there are this many
#: times as many items.
REFIT = 1.1


@register
class Content:
    """Cosine of the whitened text vectors with the sum of what the shopper took.

    That an item is like itself says nothing, so an item of the history is compared with the rest
    of it. Raw sentence vectors of one shop share most of their direction; whitening leaves what
    tells the products apart. Beyond ``exact_up_to`` items only the ``proposals`` nearest ones are
    looked up, by an index, and the others score zero.
    """

    name = "content"
    search_space: ClassVar[SearchSpace] = {
        "history_decay": Real(0.05, 1.0),
        "shrinkage": Real(0.0, 0.9),
    }

    def __init__(
        self,
        history_decay: float = 0.6,
        shrinkage: float = 0.0,
        exact_up_to: int = EXACT_UP_TO,
        proposals: int = PROPOSALS,
    ):
        self.history_decay = history_decay
        self.shrinkage = shrinkage
        self.exact_up_to = exact_up_to
        self.proposals = proposals
        self.whitening: Whitening
        self.vectors: Floats
        self.nearest: NearestItems

    def fit(self, log: InteractionLog, items: ItemTable) -> None:
        """Whiten the catalogue's vectors; the log is not needed."""
        self.whitening = Whitening(items.vectors, self.shrinkage)
        self.vectors = self.whitening.apply(items.vectors)
        self.nearest = nearest_items(self.vectors, NearestSettings(self.exact_up_to))

    @property
    def search_report(self) -> Mapping[str, Any]:
        """How the nearest items are found."""
        return self.nearest.report

    def update(self, added: InteractionLog, items: ItemTable) -> None:
        """Whiten again, since new items move mean and spread; an index only takes them in."""
        few = len(items) <= REFIT * self.whitening.learnt_from
        if isinstance(self.nearest, FaissNearest) and few:
            self.vectors = self.whitening.apply(items.vectors)
            self.nearest.grow(self.vectors)
        else:
            self.fit(added, items)

    def forget(self, removed: InteractionLog) -> None:
        """Nothing of any shopper is kept here."""

    def score(self, histories: Sequence[History]) -> Floats:
        """Shape (len(histories), n_items)."""
        near = self.nearest if isinstance(self.nearest, FaissNearest) else None
        return profile_scores(
            self.vectors, histories, self.history_decay, near, proposals=self.proposals
        )

    def save(self, folder: Path) -> None:
        """The whitened vectors, how to whiten more, and the index."""
        names = ("history_decay", "shrinkage", "exact_up_to", "proposals")
        save_settings(folder, {name: getattr(self, name) for name in names})
        save_array(folder, "vectors", self.vectors)
        self.whitening.save(folder)
        self.nearest.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        source = cls(**load_settings(folder))
        source.vectors = load_array(folder, "vectors")
        source.whitening = Whitening.load(folder)
        source.nearest = load_nearest(folder, source.vectors)
        return source


def profile_scores(
    vectors: Floats,
    histories: Sequence[History],
    decay: float,
    nearest: FaissNearest | None = None,
    *,
    proposals: int = PROPOSALS,
) -> Floats:
    """Cosine of each item's vector with the recency-weighted sum of a history's others.

    ``vectors`` has shape (n_items, dimensions), rows of length one, or zero for items that are
    never to be proposed. With ``nearest``, an index over them, only the ``proposals`` nearest items
    of each history score. Scores are not negative, shape (len(histories), n_items).
    """
    rows = history_rows(histories, vectors.shape[0], decay=decay)
    # In double precision the product below would copy the whole matrix at every call.
    profiles = np.asarray(rows @ vectors, np.float32)
    norms = np.linalg.norm(profiles, axis=1)
    norms[norms == 0] = 1.0
    profiles /= norms[:, None]
    scores: Floats
    if nearest is None:
        scores = profiles @ np.asarray(vectors).T
    else:
        scores = np.zeros((len(profiles), vectors.shape[0]), np.float32)
        asked = np.flatnonzero(np.diff(rows.indptr) > 0)
        found, cosines = nearest.search(profiles[asked], proposals)
        for row, near, cosine in zip(asked, found, cosines, strict=True):
            scores[row, near[near >= 0]] = cosine[near >= 0]
    lengths = np.einsum("ij,ij->i", vectors[rows.indices], vectors[rows.indices])
    owners = np.repeat(np.arange(len(histories)), np.diff(rows.indptr))
    take_own_part(scores, owners, rows.indices, rows.data * lengths / norms[owners])
    return scores


class Whitening:
    """Moves vectors to mean zero and equal spread in all directions, then to length one.

    ``shrinkage`` in 0..1 moves the spread towards its mean, which spares the weakest directions.
    Directions without any spread are dropped rather than blown up.
    """

    def __init__(self, vectors: Floats, shrinkage: float = 0.0):
        self.learnt_from, dimensions = vectors.shape
        self.mean: Reals = np.zeros(dimensions)
        self.turn: Reals = np.zeros((dimensions, dimensions))
        if not vectors.size:
            return
        self.mean = vectors.mean(axis=0, dtype=np.float64)
        spread = np.zeros((dimensions, dimensions))
        for start in range(0, len(vectors), BLOCK):
            centred = vectors[start : start + BLOCK] - self.mean
            spread += centred.T @ centred
        values, axes = np.linalg.eigh(spread / len(vectors))
        real = values > 1e-6 * max(float(values[-1]), 1e-12)
        if real.any():
            shrunk = (1.0 - shrinkage) * values[real] + shrinkage * values[real].mean()
            self.turn = (axes[:, real] / np.sqrt(shrunk)) @ axes[:, real].T

    def apply(self, vectors: Floats) -> Floats:
        """The vectors whitened; same shape as the input."""
        whitened = np.zeros(vectors.shape, np.float32)
        for start in range(0, len(vectors) if vectors.size else 0, BLOCK):
            result = (vectors[start : start + BLOCK] - self.mean) @ self.turn
            norms = np.linalg.norm(result, axis=1, keepdims=True)
            whitened[start : start + BLOCK] = result / np.where(norms > 0, norms, 1.0)
        return whitened

    def save(self, folder: Path) -> None:
        """Write mean and turn into the folder."""
        save_array(folder, "whitening.mean", self.mean)
        save_array(folder, "whitening.turn", self.turn)
        save_array(folder, "whitening.learnt_from", np.array([self.learnt_from]))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; models of earlier releases whiten anew at their next update."""
        whitening = cls(np.zeros((0, 0), np.float32))
        if (folder / "whitening.mean.npy").exists():
            whitening.mean = load_array(folder, "whitening.mean")
            whitening.turn = load_array(folder, "whitening.turn")
            whitening.learnt_from = int(load_array(folder, "whitening.learnt_from")[0])
        return whitening


def whitened(vectors: Floats, shrinkage: float = 0.0) -> Floats:
    """Vectors whitened by their own mean and spread; same shape as the input."""
    return Whitening(vectors, shrinkage).apply(vectors)
