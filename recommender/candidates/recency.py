"""Histories as matrices, with the weight of an item falling with its distance from the end.

Interactions that share a time are one basket whose inner order nobody knows. Every order is
taken as equally likely and the expected weight is used, so that how a file happens to sort such
ties can never be learnt nor matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from recommender.candidates.storage import Rows
from recommender.contracts import Floats, History, Ints, Longs

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Baskets:
    """For each interaction of a concatenation: where its basket begins and ends (exclusive)."""

    first: Longs
    last: Longs

    @property
    def sizes(self) -> Longs:
        return self.last - self.first


def baskets_of(owners: npt.NDArray[np.integer], times: Longs) -> Baskets:
    """Runs of one owner and one time in arrays sorted by both."""
    if not len(times):
        return Baskets(np.zeros(0, np.int64), np.zeros(0, np.int64))
    fresh = np.empty(len(times), bool)
    fresh[0] = True
    fresh[1:] = (owners[1:] != owners[:-1]) | (times[1:] != times[:-1])
    starts = np.flatnonzero(fresh)
    run = np.cumsum(fresh) - 1
    ends = np.append(starts[1:], len(times))
    return Baskets(starts[run].astype(np.int64), ends[run].astype(np.int64))


def expected_decay(sizes: Longs, decay: float) -> Reals:
    """Mean of decay^u over u = 0 .. size-1: a basket member's weight when any order is likely."""
    if decay == 1.0:
        return np.ones(len(sizes), np.float64)
    result: Reals = (1.0 - decay ** sizes.astype(np.float64)) / (sizes * (1.0 - decay))
    return result


def history_rows(
    histories: Sequence[History], n_items: int, *, decay: float = 1.0, longest: int = 200
) -> Rows:
    """Weighted histories, shape (len(histories), n_items).

    An item bought last weighs its event's weight, the one before ``decay`` times as much, and so
    on; repeated items add up. Only the newest ``longest`` interactions count, which bounds the
    time of one score.
    """
    recent = [
        (history.items[-longest:], history.weights[-longest:], history.times[-longest:])
        for history in histories
    ]
    lengths = np.array([len(items) for items, _, _ in recent], np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    if not starts[-1]:
        return sparse.csr_matrix((len(histories), n_items), dtype=np.float32)
    items = np.concatenate([items for items, _, _ in recent])
    weights = np.concatenate([weights for _, weights, _ in recent]).astype(np.float64)
    if decay < 1.0:
        owners = np.repeat(np.arange(len(histories)), lengths)
        baskets = baskets_of(owners, np.concatenate([times for _, _, times in recent]))
        after = starts[owners + 1] - baskets.last
        weights *= decay ** after.astype(np.float64) * expected_decay(baskets.sizes, decay)
    matrix = sparse.csr_matrix(
        (weights.astype(np.float32), items.astype(np.int32), starts.astype(np.int32)),
        shape=(len(histories), n_items),
    )
    matrix.sum_duplicates()
    return matrix


def take_own_part(scores: Floats, owners: Longs, items: Ints, own: Floats) -> None:
    """Subtract what items of the histories said for themselves, in place, leaving nothing below 0.

    ``own`` belongs to the places (owners, items). What is left of a score that was nothing but
    its own part is rounding, and counts as nothing.
    """
    before = scores[owners, items]
    rest = before - own
    rest[rest < 1e-5 * before] = 0.0
    scores[owners, items] = rest
    np.maximum(scores, 0.0, out=scores)
