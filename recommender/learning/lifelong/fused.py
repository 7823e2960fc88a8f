"""The product's default: nearest sessions and spectral vectors together."""

from __future__ import annotations

from dataclasses import dataclass, field

import numba
import numpy as np

from recommender.contracts import Floats, Ints, Longs
from recommender.learning.lifelong.protocol import Sessions
from recommender.learning.lifelong.session_knn import SessionKNN, SessionKNNSettings
from recommender.learning.lifelong.spectral import BLOCK, Spectral, SpectralSettings
from recommender.learning.lifelong.top_items import top_items


@dataclass(frozen=True, slots=True, kw_only=True)
class FusedSettings:
    """Both parts, and how much the neighbours and the session itself add to the cosines."""

    knn: SessionKNNSettings = field(default_factory=SessionKNNSettings)
    spectral: SpectralSettings = field(default_factory=SpectralSettings)
    #: An item's share of the neighbours' first ``knn_items`` counts with its square root.
    knn_items: int = 100
    knn_weight: float = 4.0
    #: Added for an item that the session has already.
    in_session: float = 0.4


class Fused:
    """Cosines, plus the root of each item's share among the neighbours; a ``LifelongMethod``."""

    def __init__(self, settings: FusedSettings | None = None):
        self.settings = settings or FusedSettings()
        self.knn = SessionKNN(self.settings.knn)
        self.spectral = Spectral(self.settings.spectral)

    def update(self, sessions: Sessions, n_items: int) -> None:
        """Both parts take in the period."""
        self.knn.update(sessions, n_items)
        self.spectral.update(sessions, n_items)

    def recommend(self, prefixes: Sessions, count: int) -> Ints:
        """The best of the sum over all items."""
        blocks = [np.empty((0, count), np.int32)]
        for begin in range(0, len(prefixes), BLOCK):
            block = prefixes.slice(begin, min(begin + BLOCK, len(prefixes)))
            scores = self.spectral.questions(block) @ self.spectral.vectors.T
            items, said = self.knn.scored(block, self.settings.knn_items)
            shares = said / np.maximum(said.sum(axis=1, keepdims=True), 1e-12)
            voices = np.float32(self.settings.knn_weight) * np.sqrt(shares)
            add_voices(scores, items, voices.astype(np.float32))
            add_own(scores, block.starts, block.items, self.settings.in_session)
            blocks.append(top_items(scores, count))
        return np.concatenate(blocks)

    @property
    def stored_bytes(self) -> int:
        """What both parts keep."""
        return self.knn.stored_bytes + self.spectral.stored_bytes


def of_seed(seed: int) -> Fused:
    """The seed draws the columns of the spectral part."""
    return Fused(FusedSettings(spectral=SpectralSettings(seed=seed)))


@numba.njit(cache=True, nogil=True)
def add_voices(scores: Floats, items: Ints, voices: Floats) -> None:
    """Add each row's few values to its scores; -1 stands for no item."""
    for row in range(items.shape[0]):
        for at in range(items.shape[1]):
            if items[row, at] >= 0:
                scores[row, items[row, at]] += voices[row, at]


@numba.njit(cache=True, nogil=True)
def add_own(scores: Floats, starts: Longs, items: Ints, amount: float) -> None:
    """Add ``amount`` once to every item of the row's own session."""
    for row in range(len(starts) - 1):
        for at in range(starts[row], starts[row + 1]):
            repeated = False
            for earlier in range(starts[row], at):
                repeated |= items[earlier] == items[at]
            if not repeated:
                scores[row, items[at]] += amount
