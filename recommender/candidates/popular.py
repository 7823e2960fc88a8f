"""What many take now: interactions counted with a half-life."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from recommender.candidates.ledger import Ledger
from recommender.candidates.registry import register
from recommender.candidates.search_space import Real, SearchSpace
from recommender.candidates.storage import (
    load_array,
    load_settings,
    save_array,
    save_settings,
)
from recommender.contracts import Floats, History, InteractionLog, ItemTable

DAY = 86_400


@register
class Popular:
    """Decayed counts, the highest scaled to one; the same for every shopper, known or not."""

    name = "popular"
    search_space: ClassVar[SearchSpace] = {"half_life_days": Real(1.0, 2_000.0, log=True)}

    def __init__(self, half_life_days: float = 60.0):
        self.half_life_days = half_life_days
        self.ledger: Ledger
        self.counts: Floats

    def fit(self, log: InteractionLog, items: ItemTable) -> None:
        """Count as of the newest interaction."""
        self.ledger = Ledger(log)
        self._count()

    def update(self, added: InteractionLog, items: ItemTable) -> None:
        """Add interactions; older ones fade if the new ones are newer."""
        self.ledger.add(added)
        self._count()

    def forget(self, removed: InteractionLog) -> None:
        """Count without what is removed."""
        self.ledger.remove(removed)
        self._count()

    def _count(self) -> None:
        log = self.ledger.log
        newest = int(log.times.max()) if len(log) else 0
        age_days = (newest - log.times) / DAY
        # log2(3e-38): less would be zero in float32, and an old favourite would be unknown.
        faded = np.maximum(-age_days / self.half_life_days, -120.0)
        counts = np.bincount(log.items, log.weights * 2.0**faded, minlength=log.n_items)
        highest = counts.max(initial=0.0)
        self.counts = (counts / highest if highest > 0 else counts).astype(np.float32)

    def score(self, histories: Sequence[History]) -> Floats:
        """Shape (len(histories), n_items)."""
        return np.repeat(self.counts[None, :], len(histories), axis=0)

    def save(self, folder: Path) -> None:
        """The counts and the ledger."""
        save_settings(folder, {"half_life_days": self.half_life_days})
        save_array(folder, "counts", self.counts)
        self.ledger.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        source = cls(**load_settings(folder))
        source.counts = load_array(folder, "counts")
        source.ledger = Ledger.load(folder)
        return source
