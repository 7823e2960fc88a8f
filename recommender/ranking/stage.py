"""The ranking stage of a model: a ranker with its features and its calibration, as one folder."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np

from recommender.candidates.fact_edges import FactEdges
from recommender.contracts import History, ItemTable, Longs
from recommender.ranking.blend import Candidate
from recommender.ranking.calibrate import Calibration
from recommender.ranking.features import CandidateFeatures
from recommender.ranking.ranker import Ranker, ranker_class
from recommender.ranking.unranked import Unranked

logger = logging.getLogger(__name__)

#: Candidates of the blend that are ordered anew.
DEPTH = 200


@dataclass(slots=True)
class RankingStage:
    """Orders a pool of candidates; ``take_items`` must be called before the first.

    ``sources`` are those whose contributions the ranker has learnt from.
    """

    ranker: Ranker
    calibration: Calibration
    sources: tuple[str, ...]
    half_known: float = 5.0
    features: CandidateFeatures | None = field(default=None, init=False, repr=False)
    _chosen: Longs = field(init=False, repr=False)

    def take_items(self, items: ItemTable, popularity: Longs, edges: FactEdges | None) -> None:
        """Know the model's items as they are now, and what the graph says of them.

        Raises:
            ValueError: the ranker reads a column that is not made.
        """
        if isinstance(self.ranker, Unranked):
            return
        features = CandidateFeatures(
            items, popularity, self.sources, half_known=self.half_known, edges=edges
        )
        missing = sorted(set(self.ranker.columns) - set(features.names))
        if missing:
            raise ValueError(f"the ranker reads columns that are not made: {', '.join(missing)}")
        self._chosen = np.array([features.names.index(name) for name in self.ranker.columns])
        self.ranker.take_items(items)
        self.features = features

    def rank(self, history: History, pool: Sequence[Candidate]) -> list[Candidate]:
        """The pool, best first; score is the share of the pool, with it the probability.

        What each source contributed stays with the candidate. Where the ranker gives something
        that is no number, the pool stays as it is.
        """
        if not pool:
            return []
        if isinstance(self.ranker, Unranked):
            scores = np.array([candidate.score for candidate in pool], np.float32)
        elif self.features is None:
            raise RuntimeError("the ranking stage has not been told of the items")
        else:
            values = self.features.values(history, pool)[:, self._chosen]
            items = np.array([candidate.item for candidate in pool], np.int32)
            scores = self.ranker.score(values, items, history)
            if not np.isfinite(scores).all():
                logger.error("ranker %s gave no numbers; the blend's order stays", self.ranker.name)
                return list(pool)
        shares = self.calibration.share(scores)
        chances = self.calibration.probability(shares)
        return [
            replace(
                pool[place],
                score=float(shares[place]),
                probability=float(chances[place]),
                ranker=self.ranker.name,
            )
            for place in np.argsort(-scores, kind="stable").tolist()
        ]

    def save(self, folder: Path) -> None:
        """Write the stage into a folder that is new or empty."""
        folder.mkdir(parents=True, exist_ok=True)
        plain = {
            "ranker": self.ranker.name,
            "sources": list(self.sources),
            "half_known": self.half_known,
        }
        (folder / "stage.json").write_text(json.dumps(plain, indent=1))
        self.calibration.save(folder / "calibration.json")
        (folder / self.ranker.name).mkdir()
        self.ranker.save(folder / self.ranker.name)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; raises OSError, KeyError, TypeError or ValueError."""
        plain = json.loads((folder / "stage.json").read_text())
        try:
            ranker = ranker_class(plain["ranker"])
        except ImportError as error:
            raise ValueError(f"the ranker {plain['ranker']!r} cannot run here: {error}") from error
        return cls(
            ranker.load(folder / ranker.name),
            Calibration.load(folder / "calibration.json"),
            tuple(plain["sources"]),
            float(plain["half_known"]),
        )
