"""Where every source and every blend puts the items that were taken: each batch scored once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tqdm.auto import tqdm

from recommender.contracts import CandidateSource, Floats, Ints, Longs
from recommender.learning import metrics
from recommender.learning.splits import Holdout
from recommender.ranking.blend import BlendWeights, row_scaled

BATCH = 500
LENGTH = 10
#: How many of each source's best items an ablation ranks: an item outside all of these would have
#: to come among the first ten by many small contributions.
DEPTH = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """Ranks of the test items by one source or blend, shape (n_cases,), and its lists."""

    ranks: Longs
    ranks_unseen: Longs  # the same with the shopper's own items left out of the ranking
    lists: Ints  # (n_cases, LENGTH), seen items kept


@dataclass(frozen=True, slots=True)
class _Batch:
    """The tests that are scored together; the pairs (owners, seen) say who has had what."""

    targets: Ints
    owners: Longs
    seen: Ints


def rank_tests(
    sources: Mapping[str, CandidateSource],
    blends: Mapping[str, BlendWeights],
    test: Holdout,
    popularity: Longs,
    *,
    pooled: Mapping[str, BlendWeights] | None = None,
    seed: int,
    progress: bool = False,
    label: str = "test",
) -> dict[str, Outcome]:
    """Outcomes by name: of the blends, the pooled blends and the sources.

    The sources score each batch once. Blends rank all items, pooled ones the DEPTH best items of
    each source.
    """
    pooled = pooled or {}
    rng = np.random.default_rng(seed)
    parts: dict[str, list[Outcome]] = {name: [] for name in (*blends, *pooled, *sources)}
    starts = range(0, len(test), BATCH)
    for start in tqdm(starts, desc=label, unit="batch", disable=not progress):
        histories = test.histories[start : start + BATCH]
        lengths = [len(history) for history in histories]
        batch = _Batch(
            test.targets[start : start + BATCH],
            np.repeat(np.arange(len(histories)), lengths),
            np.concatenate([history.items for history in histories]),
        )
        scores = {name: source.score(histories) for name, source in sources.items()}
        best = {name: metrics.top_items(score, DEPTH) for name, score in scores.items()}
        for name, score in scores.items():
            parts[name].append(_full(score, batch, best[name][:, :LENGTH], rng))
        weighted = {name for one in (*blends.values(), *pooled.values()) for name in one.sources}
        scaled = {name: row_scaled(scores[name]) for name in weighted}
        for name, weights in blends.items():
            total = _blended(scaled, weights, weights.knowledge(popularity))
            parts[name].append(_full(total, batch, metrics.top_items(total, LENGTH), rng))
        if pooled:
            pool = _pool(scaled, best.values(), batch, popularity)
            for name, weights in pooled.items():
                parts[name].append(pool.outcome(weights, rng))
    return {name: _joined(outcomes) for name, outcomes in parts.items()}


def _full(score: Floats, batch: _Batch, lists: Ints, rng: np.random.Generator) -> Outcome:
    kept, unseen = metrics.kept_and_unseen_ranks(
        score, batch.targets, batch.owners, batch.seen, rng
    )
    return Outcome(kept, unseen, lists)


def _blended(scaled: Mapping[str, Floats], weights: BlendWeights, known: Floats) -> Floats:
    """As ``recommender.ranking.blend.blended``, from scores that are scaled already.

    ``known`` has the shape of the scores, or of one row of them.
    """
    total = np.zeros_like(next(iter(scaled.values())))
    part = np.empty_like(total)
    for name, weight in weights.sources.items():
        if weight.known or weight.new:
            slope = (weight.new + (weight.known - weight.new) * known).astype(np.float32)
            np.multiply(scaled[name], slope, out=part)
            total += part
    return total


@dataclass(frozen=True, slots=True)
class _Pool:
    """Some items of each row, the target in column zero; arrays have shape (n_cases, width)."""

    columns: Longs  # item indices
    real: npt.NDArray[np.bool_]  # False where a row has fewer items
    had: npt.NDArray[np.bool_]  # had by the shopper, and not the target
    scaled: Mapping[str, Floats]
    popularity: Longs
    n_items: int

    def outcome(self, weights: BlendWeights, rng: np.random.Generator) -> Outcome:
        """The target's rank, as if whatever is outside scored zero; ties take a random order."""
        total = _blended(self.scaled, weights, weights.knowledge(self.popularity))
        own = total[:, :1]
        above, equal = (total > own) & self.real, (total == own) & self.real
        ranks = []
        for counted in (self.real, self.real & ~self.had):
            before = np.count_nonzero(above & counted, axis=1)
            tied = np.count_nonzero(equal & counted, axis=1) - 1
            # A target that nobody proposes ties with everything that nobody proposes.
            tied = np.where(own[:, 0] > 0, tied, self.n_items - 1 - before)
            ranks.append((before + rng.integers(0, tied + 1)).astype(np.int64))
        best = metrics.top_items(np.where(self.real, total, -1.0), LENGTH)
        lists = np.take_along_axis(self.columns, best, axis=1).astype(np.int32)
        return Outcome(ranks[0], ranks[1], lists)


def _pool(
    scaled: Mapping[str, Floats], best: Iterable[Ints], batch: _Batch, popularity: Longs
) -> _Pool:
    rows = np.arange(len(batch.targets))
    n_items = len(popularity)
    wanted = np.zeros((len(rows), n_items), bool)
    for items in best:
        np.put_along_axis(wanted, items, True, axis=1)
    wanted[rows, batch.targets] = False
    row, item = np.nonzero(wanted)
    counts = np.bincount(row, minlength=len(rows))
    place = 1 + np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    columns = np.zeros((len(rows), int(counts.max(initial=0)) + 1), np.int64)
    real = np.zeros(columns.shape, bool)
    columns[:, 0], real[:, 0] = batch.targets, True
    columns[row, place], real[row, place] = item, True
    had = np.zeros((len(rows), n_items), bool)
    had[batch.owners, batch.seen] = True
    had[rows, batch.targets] = False
    return _Pool(
        columns,
        real,
        np.take_along_axis(had, columns, axis=1),
        {name: np.take_along_axis(score, columns, axis=1) * real for name, score in scaled.items()},
        popularity[columns],
        n_items,
    )


def _joined(parts: Sequence[Outcome]) -> Outcome:
    return Outcome(
        np.concatenate([part.ranks for part in parts]),
        np.concatenate([part.ranks_unseen for part in parts]),
        np.concatenate([part.lists for part in parts]),
    )
