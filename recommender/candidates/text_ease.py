"""EASE that also has to explain what is written about the items."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from recommender.candidates.collaborative import Ease
from recommender.candidates.lexical import tfidf
from recommender.candidates.registry import register
from recommender.candidates.search_space import Real, SearchSpace
from recommender.candidates.storage import Rows, load_rows, save_rows
from recommender.contracts import Floats, InteractionLog, ItemTable, Longs


@register
class TextEase(Ease):
    """EASE on interactions and words together: G = XᵀX + w · T Tᵀ, with T the items' TF-IDF rows.

    Each word acts as one more shopper who took the items that it names, so items that nobody has
    taken yet have neighbours too. ``text_weight`` w is worth so many shoppers per item. After
    Jeunen et al., "Closed-form models for collaborative filtering with side-information"
    (RecSys 2020).
    """

    name = "text_ease"
    search_space: ClassVar[SearchSpace] = {
        "regularisation": Real(5.0, 2_000.0, log=True),
        "history_decay": Real(0.05, 1.0),
        "text_weight": Real(0.1, 100.0, log=True),
        "label_weight": Real(0.0, 2.0),
        "common": Real(0.02, 1.0, log=True),
    }

    def __init__(
        self,
        regularisation: float = 100.0,
        history_decay: float = 0.6,
        largest: int = 15_000,
        text_weight: float = 10.0,
        label_weight: float = 0.6,
        common: float = 0.2,
    ):
        super().__init__(regularisation, history_decay, largest)
        self.text_weight = text_weight
        self.label_weight = label_weight
        self.common = common
        self.tokens: Rows

    def fit(self, log: InteractionLog, items: ItemTable) -> None:
        """Count, weigh the words and solve."""
        self.tokens = tfidf(items, self.label_weight, self.common)
        super().fit(log, items)

    def update(self, added: InteractionLog, items: ItemTable) -> None:
        """Recount the touched shoppers, weigh the words of a grown catalogue, solve again."""
        self.tokens = tfidf(items, self.label_weight, self.common)
        super().update(added, items)

    def _usable(self, strength: Longs) -> npt.NDArray[np.bool_]:
        written: npt.NDArray[np.bool_] = np.diff(self.tokens.indptr) > 0
        return super()._usable(strength) | written

    def _dense(self, block: int = 1024) -> Floats:
        dense = super()._dense()
        tokens = self.tokens[self.members]
        columns = tokens.T.tocsr()
        for start in range(0, len(self.members), block):
            rows = tokens[start : start + block]
            dense[start : start + block] += np.float32(self.text_weight) * (rows @ columns)
        return dense

    def settings(self) -> dict[str, Any]:
        """What the constructor takes."""
        names = ("text_weight", "label_weight", "common")
        return super().settings() | {name: getattr(self, name) for name in names}

    def save(self, folder: Path) -> None:
        """As EASE, and the weighted words."""
        super().save(folder)
        save_rows(folder, "tokens", self.tokens)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        source = super().load(folder)
        source.tokens = load_rows(folder, "tokens")
        return source
