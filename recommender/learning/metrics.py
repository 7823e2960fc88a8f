"""Ranking metrics. A rank is the number of items placed before the one that was taken."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recommender.contracts import Floats, Ints, Longs

Reals = npt.NDArray[np.float64]


def kept_and_unseen_ranks(
    scores: Floats,
    targets: Ints,
    owners: Longs,
    items: npt.NDArray[np.integer],
    rng: np.random.Generator,
) -> tuple[Longs, Longs]:
    """Target ranks among all items, and with what a shopper has had left out of the ranking.

    The pairs (owners, items) say who had what. A target that was had before stays: it is the
    answer. Both have shape (n_cases,); ties take a random order.
    """
    pairs = np.unique(np.stack([owners, np.asarray(items, np.int64)], axis=1), axis=0)
    row, item = pairs[pairs[:, 1] != targets[pairs[:, 0]]].T
    own = scores[np.arange(len(targets)), targets]
    before, tied = _places(scores, own)
    kept: Longs = before + rng.integers(0, tied + 1)
    size = len(targets)
    before = before - np.bincount(row[scores[row, item] > own[row]], minlength=size)
    tied = tied - np.bincount(row[scores[row, item] == own[row]], minlength=size)
    unseen: Longs = before + rng.integers(0, tied + 1)
    return kept, unseen


def _places(scores: Floats, own: Floats) -> tuple[Longs, Longs]:
    """How many items of each row score more than its target, and how many others as much."""
    before = np.count_nonzero(scores > own[:, None], axis=1)
    tied = np.count_nonzero(scores == own[:, None], axis=1) - 1
    return np.asarray(before, np.int64), np.asarray(tied, np.int64)


def target_ranks(scores: Floats, targets: Ints, rng: np.random.Generator) -> Longs:
    """How many items each row places before its target, shape (n_cases,).

    Items that tie with the target take a random order, so that the catalogue's order never helps.
    """
    before, tied = _places(scores, scores[np.arange(len(targets)), targets])
    ranks: Longs = before + rng.integers(0, tied + 1)
    return ranks


def hit_rate(ranks: Longs, at: int) -> float:
    """Share of cases whose target is among the first ``at`` (HR@k, recall@k of one target)."""
    return float(np.mean(ranks < at)) if len(ranks) else 0.0


def recall(ranks: Longs, at: int) -> float:
    """Share of what was taken that stands among the first ``at``: with one target a case, HR@k."""
    return hit_rate(ranks, at)


def precision(ranks: Longs, at: int) -> float:
    """Share of the first ``at`` that was taken: with one target a case, HR@k / k."""
    return hit_rate(ranks, at) / at


def ndcg(ranks: Longs, at: int) -> float:
    """Mean of 1 / log2(rank + 2) over targets among the first ``at``; with one target per case."""
    return (
        float(np.mean(np.where(ranks < at, 1.0 / np.log2(ranks + 2.0), 0.0))) if len(ranks) else 0.0
    )


def mrr(ranks: Longs, at: int | None = None) -> float:
    """Mean of 1 / (rank + 1), zero beyond ``at`` where it is given."""
    gains = 1.0 / (ranks + 1.0)
    if at is not None:
        gains = np.where(ranks < at, gains, 0.0)
    return float(np.mean(gains)) if len(ranks) else 0.0


def top_items(scores: Floats, count: int) -> Ints:
    """The ``count`` best items of each row, best first, shape (n_cases, count)."""
    count = min(count, scores.shape[1])
    best = np.argpartition(-scores, count - 1, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
    return np.take_along_axis(best, order, axis=1).astype(np.int32)


def coverage(lists: Ints, n_items: int) -> float:
    """Share of the catalogue that appears in at least one list."""
    return float(len(np.unique(lists)) / n_items) if n_items else 0.0


def diversity(lists: Ints, vectors: Floats) -> float:
    """Mean over lists of 1 - cosine over all pairs in the list; vectors have length one.

    Uses sum of pairwise products = (|sum of vectors|² - sum of squared lengths) / 2.
    """
    count = lists.shape[1]
    if count < 2 or not len(lists):
        return 0.0
    lengths = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)
    # One place of the list after the other spares the memory of all vectors of all lists.
    together = vectors[lists[:, 0]].astype(np.float64)  # (n_lists, dimensions)
    for place in range(1, count):
        together += vectors[lists[:, place]]
    pairs = float(np.einsum("ij,ij->", together, together) - lengths[lists].sum())
    return float(1.0 - pairs / len(lists) / (count * (count - 1)))


def novelty(lists: Ints, popularity: Longs) -> float:
    """Mean of -log2 of the share of all interactions that each shown item has, in bits.

    Items without any interaction count as if they had one.
    """
    counts = np.maximum(popularity, 1)
    information: Reals = -np.log2(counts / counts.sum())
    return float(information[lists].mean()) if lists.size else 0.0
