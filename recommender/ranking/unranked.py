"""The blend's own order, as a ranker: what the others have to beat."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from recommender.contracts import Floats, History, Ints, ItemTable
from recommender.ranking.ranker import BLEND, ItemVectors, RankingCases


class Unranked:
    """Every candidate is as good as its sources' contributions add up to."""

    name = "none"
    reads_history = False
    columns: tuple[str, ...] = (BLEND,)

    def fit(
        self, cases: RankingCases, held_out: RankingCases, vectors: ItemVectors, items: ItemTable
    ) -> None:
        """Nothing is learnt here."""

    def score(self, features: Floats, items: Ints, history: History) -> Floats:
        """The sums, shape (n_candidates,)."""
        sums: Floats = features[:, 0].copy()
        return sums

    def take_items(self, items: ItemTable) -> None:
        """Nothing is kept of the items."""

    def save(self, folder: Path) -> None:
        """Nothing needs to be written."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Nothing needs to be read."""
        return cls()
