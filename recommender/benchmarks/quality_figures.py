"""Figures of one measured part, by name, and their mean and spread over the seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from recommender.benchmarks.quality_ranking import Outcome
from recommender.benchmarks.quality_sources import BLEND
from recommender.contracts import ItemTable, Longs
from recommender.learning import metrics
from recommender.learning.splits import Holdout
from recommender.ranking.blend import BlendWeights

#: An item with fewer training interactions is cold.
COLD = 5
CUTS = (5, 10)
#: Lists judged at once for diversity; bounds the memory for their vectors.
CHUNK = 4_000


@dataclass(frozen=True, slots=True)
class Part:
    """What was measured at one seed under one order of the ties; goes through JSON unchanged."""

    figures: Mapping[str, float]
    weights: Mapping[str, BlendWeights] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain mappings."""
        weights = {name: blend.as_json() for name, blend in self.weights.items()}
        return {"figures": dict(self.figures), "weights": weights}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what ``as_json`` made."""
        weights = {name: BlendWeights.from_json(one) for name, one in stored["weights"].items()}
        return cls(stored["figures"], weights)


def accuracy(outcomes: Mapping[str, Outcome], suffix: str = "") -> dict[str, float]:
    """HR and NDCG at 5 and 10 of each name with seen items kept, and without them (``.excl``)."""
    return {
        key: value
        for name, outcome in outcomes.items()
        for kind, ranks in ((suffix, outcome.ranks), (f"{suffix}.excl", outcome.ranks_unseen))
        for key, value in _cuts(name, ranks, kind)
    }


def _cuts(name: str, ranks: Longs, suffix: str) -> list[tuple[str, float]]:
    return [
        pair
        for at in CUTS
        for pair in (
            (f"{name}.hr_at_{at}{suffix}", metrics.hit_rate(ranks, at)),
            (f"{name}.ndcg_at_{at}{suffix}", metrics.ndcg(ranks, at)),
        )
    ]


def details(
    outcomes: Mapping[str, Outcome], test: Holdout, popularity: Longs, items: ItemTable
) -> dict[str, float]:
    """MRR, kinds of tests and the lists of each name, and what the blend loses without a part."""
    cold = popularity[test.targets] < COLD
    tied = np.asarray(test.tied, bool)
    kinds = {".same_day": tied, ".later_day": ~tied, ".cold": cold, ".warm": ~cold}
    figures = {f"tests{kind}": float(mask.sum()) for kind, mask in kinds.items()}
    figures["tests"] = float(len(test))
    for name, outcome in outcomes.items():
        figures[f"{name}.mrr"] = metrics.mrr(outcome.ranks)
        for kind, mask in kinds.items():
            figures |= dict(_cuts(name, outcome.ranks[mask], kind))
        figures |= {
            f"{name}.{kind}": value for kind, value in _lists(outcome, popularity, items).items()
        }
        if BLEND in outcomes and name.startswith("without_"):
            loss, error = paired_loss(outcomes[BLEND].ranks, outcome.ranks)
            figures[f"{name}.ndcg_at_10_lost"] = loss
            figures[f"{name}.ndcg_at_10_lost_se"] = error
    return figures


def _lists(outcome: Outcome, popularity: Longs, items: ItemTable) -> dict[str, float]:
    lists = outcome.lists
    chunks = [lists[start : start + CHUNK] for start in range(0, len(lists), CHUNK)]
    diversity = np.average(
        [metrics.diversity(chunk, items.vectors) for chunk in chunks],
        weights=[len(chunk) for chunk in chunks],
    )
    return {
        "coverage_at_10": metrics.coverage(lists, len(items)),
        "diversity_at_10": float(diversity),
        "novelty_at_10": metrics.novelty(lists, popularity),
    }


def paired_loss(whole: Longs, part: Longs, at: int = 10) -> tuple[float, float]:
    """How much NDCG the second ranks lack, and its standard error over the tests."""

    def gains(ranks: Longs) -> npt.NDArray[np.float64]:
        return np.where(ranks < at, 1.0 / np.log2(ranks + 2.0), 0.0)

    difference = gains(whole) - gains(part)
    if len(difference) < 2:
        return float(difference.mean()) if len(difference) else 0.0, 0.0
    return float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(len(difference)))


def over_seeds(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each figure, and with several seeds its standard deviation as ``.sd``."""
    figures: dict[str, float] = {}
    for key in parts[0]:
        values = np.array([part[key] for part in parts], np.float64)
        figures[key] = float(values.mean())
        if len(parts) > 1 and _has_spread(key):
            figures[f"{key}.sd"] = float(values.std(ddof=1))
    return figures


def _has_spread(key: str) -> bool:
    return ".hr_at_" in key or (".ndcg_at_" in key and "_lost" not in key)
