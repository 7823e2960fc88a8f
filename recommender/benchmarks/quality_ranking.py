"""Where every source and every blend puts the items that were taken: each batch scored once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from tqdm.auto import tqdm

from recommender.contracts import CandidateSource, Floats, Ints, Longs
from recommender.learning import metrics
from recommender.learning.splits import Holdout
from recommender.ranking.blend import BlendWeights, row_scaled

BATCH = 500
LENGTH = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """Ranks of the test items by one source or blend, shape (n_cases,), and its lists."""

    ranks: Longs
    ranks_unseen: Longs  # the same with the shopper's own items left out of the ranking
    lists: Ints  # (n_cases, LENGTH), seen items kept


def rank_tests(
    sources: Mapping[str, CandidateSource],
    blends: Mapping[str, BlendWeights],
    test: Holdout,
    popularity: Longs,
    *,
    seed: int,
    progress: bool = False,
    label: str = "test",
) -> dict[str, Outcome]:
    """Outcomes by name, the blends first. The sources score each batch once for all blends."""
    rng = np.random.default_rng(seed)
    parts: dict[str, list[Outcome]] = {name: [] for name in (*blends, *sources)}
    starts = range(0, len(test), BATCH)
    for start in tqdm(starts, desc=label, unit="batch", disable=not progress):
        histories = test.histories[start : start + BATCH]
        targets = test.targets[start : start + BATCH]
        owners = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
        seen = np.concatenate([history.items for history in histories])
        scores = {name: source.score(histories) for name, source in sources.items()}
        for name, score in _with_blends(scores, blends, popularity):
            parts[name].append(
                Outcome(
                    metrics.target_ranks(score, targets, rng),
                    metrics.unseen_ranks(score, targets, owners, seen, rng),
                    metrics.top_items(score, LENGTH),
                )
            )
    return {name: _joined(outcomes) for name, outcomes in parts.items()}


def _with_blends(
    scores: Mapping[str, Floats], blends: Mapping[str, BlendWeights], popularity: Longs
) -> Iterator[tuple[str, Floats]]:
    """Each blend's scores and then each source's; one blend in memory at a time."""
    weighted = {name for weights in blends.values() for name in weights.sources}
    scaled = {name: row_scaled(scores[name]) for name in weighted}
    for blend, weights in blends.items():
        known = weights.knowledge(popularity)
        total = np.zeros_like(next(iter(scores.values())))
        part = np.empty_like(total)
        for name, weight in weights.sources.items():
            if weight.known or weight.new:
                slope = (weight.new + (weight.known - weight.new) * known).astype(np.float32)
                np.multiply(scaled[name], slope, out=part)
                total += part
        yield blend, total
    yield from scores.items()


def _joined(parts: Sequence[Outcome]) -> Outcome:
    return Outcome(
        np.concatenate([part.ranks for part in parts]),
        np.concatenate([part.ranks_unseen for part in parts]),
        np.concatenate([part.lists for part in parts]),
    )
