"""Pairs are of one shopper and near each other; the order inside a basket decides nothing."""

from __future__ import annotations

import numpy as np

from recommender.contracts import InteractionLog
from recommender.learning.networks.neighbour_pairs import NeighbourPairs

DAY = 86_400


def make_log(rows: list[tuple[int, int, int]]) -> InteractionLog:
    """Rows of shopper, item, day."""
    table = np.array(rows)
    return InteractionLog(
        table[:, 0].astype(np.int32),
        table[:, 1].astype(np.int32),
        np.full(len(rows), 0.5, np.float32),
        table[:, 2].astype(np.int64) * DAY,
        int(table[:, 0].max()) + 1,
        20,
    )


LOG = make_log(
    [(0, 1, 0), (0, 2, 0), (0, 3, 1), (0, 4, 2), (0, 5, 3), (1, 6, 0), (2, 7, 0), (2, 7, 1)]
)


def seen_pairs(pairs: NeighbourPairs) -> set[tuple[int, int]]:
    found = set()
    for epoch in range(60):
        for batch in pairs(epoch, np.random.default_rng(epoch)):
            found |= set(zip(batch["items"].tolist(), batch["others"].tolist(), strict=True))
    return found


def test_pairs_are_of_one_basket_or_of_neighbouring_ones():
    assert seen_pairs(NeighbourPairs(LOG, window=1, batch_size=4)) == {
        (1, 2), (1, 3), (2, 1), (2, 3), (3, 2), (3, 4), (4, 3), (4, 5), (5, 4),
    }  # fmt: skip


def test_a_wider_window_reaches_further_and_never_another_shopper():
    found = seen_pairs(NeighbourPairs(LOG, window=9, batch_size=3))
    assert found == {(a, b) for a in range(1, 6) for b in range(1, 6) if a != b}


def test_a_pair_speaks_as_strongly_as_both_events_together():
    batches = list(NeighbourPairs(LOG, window=3, batch_size=100)(0, np.random.default_rng(0)))
    assert {float(weight) for batch in batches for weight in batch["weights"]} == {0.25}


def test_the_order_inside_a_basket_decides_nothing():
    swapped = make_log(
        [(0, 2, 0), (0, 1, 0), (0, 3, 1), (0, 4, 2), (0, 5, 3), (1, 6, 0), (2, 7, 0), (2, 7, 1)]
    )
    one, two = (
        NeighbourPairs(log, window=2, batch_size=2)(0, np.random.default_rng(3))
        for log in (LOG, swapped)
    )
    for left, right in zip(one, two, strict=True):
        assert {k: v.tolist() for k, v in left.items()} == {k: v.tolist() for k, v in right.items()}


def test_frequencies_sum_to_one():
    frequency = NeighbourPairs(LOG, window=1, batch_size=2).frequency()
    assert frequency.sum() == 1.0
    assert frequency[7] == 0.25
