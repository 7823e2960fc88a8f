"""The best few of many scores, in one pass over each row."""

from __future__ import annotations

import numba
import numpy as np

from recommender.contracts import Floats, Ints


@numba.njit(cache=True, nogil=True)
def chance_of(item: int) -> int:
    """A number that looks drawn by chance and is always the same for an item: it breaks ties.

    Indexes follow an item's first appearance, which must not decide anything.
    """
    return (item * 2654435761) & 0xFFFFFFFF


@numba.njit(cache=True, nogil=True)
def place(item: int, score: float, items: Ints, scores: Floats, filled: int) -> int:
    """Put an item into a list of the best so far, best first; returns how many it holds."""
    count = len(items)
    if filled == count:
        last = filled - 1
        if score < scores[last]:
            return filled
        if score == scores[last] and chance_of(item) >= chance_of(items[last]):
            return filled
        at = last
    else:
        at = filled
        filled += 1
    while at > 0 and (
        score > scores[at - 1]
        or (score == scores[at - 1] and chance_of(item) < chance_of(items[at - 1]))
    ):
        items[at] = items[at - 1]
        scores[at] = scores[at - 1]
        at -= 1
    items[at] = item
    scores[at] = score
    return filled


@numba.njit(cache=True, nogil=True)
def top_items(scores: Floats, count: int) -> Ints:
    """The ``count`` best columns of every row, best first; -1 beyond the last column."""
    best = np.full((scores.shape[0], count), -1, np.int32)
    values = np.empty(count, np.float32)
    for row in range(scores.shape[0]):
        filled = 0
        for item in range(scores.shape[1]):
            if filled < count or scores[row, item] >= values[count - 1]:
                filled = place(item, scores[row, item], best[row], values, filled)
    return best
