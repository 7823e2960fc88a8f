"""Pair counts against the plain definition, averaged over every order of the ties."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.candidates.ledger import UNITS
from recommender.candidates.pairs import follow_counts
from recommender.contracts import InteractionLog


def log_of(times, items=None, weights=None):
    count = len(times)
    return InteractionLog(
        np.zeros(count, np.int32),
        np.arange(count, dtype=np.int32) if items is None else np.array(items, np.int32),
        np.ones(count, np.float32) if weights is None else np.array(weights, np.float32),
        np.array(times, np.int64),
        1,
        count,
    )


@settings(deadline=None)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=3), st.sampled_from([0.4, 0.8]))
def test_counts_are_the_mean_over_all_orders_of_the_ties(sizes, decay):
    times = [time for time, size in enumerate(sizes) for _ in range(size)]
    count = len(times)
    total, orders = np.zeros((count, count)), 0
    for order in itertools.permutations(range(count)):
        if all(times[a] <= times[b] for a, b in itertools.pairwise(order)):
            orders += 1
            for one, two in itertools.combinations(range(count), 2):
                total[order[one], order[two]] += decay ** (two - one - 1)
    found = follow_counts(log_of(times), decay=decay, window=100).toarray() / UNITS
    np.testing.assert_allclose(found, total / orders, atol=2e-6)


def test_pairs_too_far_apart_are_left_out():
    found = follow_counts(log_of([1, 2, 3, 4]), decay=0.5, window=2).toarray() / UNITS
    np.testing.assert_allclose(found, [[0, 1, 0.5, 0], [0, 0, 1, 0.5], [0, 0, 0, 1], [0, 0, 0, 0]])


def test_weak_events_make_weak_pairs_and_repetitions_none():
    found = follow_counts(
        log_of([1, 2, 3], items=[0, 0, 1], weights=[1.0, 0.5, 0.5]), decay=0.5, window=8
    )
    assert found.toarray()[:2, :2].tolist() == [[0, 0.25 * UNITS + 0.25 * UNITS], [0, 0]]


def test_shoppers_do_not_mix():
    log = InteractionLog(
        np.array([0, 1], np.int32), np.array([0, 1], np.int32), np.ones(2, np.float32),
        np.array([5, 5], np.int64), 2, 2,
    )  # fmt: skip
    assert follow_counts(log, decay=0.8, window=8).nnz == 0
