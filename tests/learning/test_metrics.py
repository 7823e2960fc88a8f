"""Metrics against their definitions, written out item by item."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.learning import metrics


def ranks_of(*ranks):
    return np.array(ranks, np.int64)


def test_hit_rate_ndcg_and_mrr_of_known_ranks():
    ranks = ranks_of(0, 1, 9, 10)
    assert metrics.hit_rate(ranks, 10) == 0.75
    assert metrics.hit_rate(ranks, 1) == 0.25
    assert metrics.ndcg(ranks, 10) == pytest.approx((1 + 1 / math.log2(3) + 1 / math.log2(11)) / 4)
    assert metrics.mrr(ranks) == pytest.approx((1 + 1 / 2 + 1 / 10 + 1 / 11) / 4)
    assert metrics.mrr(ranks, 10) == pytest.approx((1 + 1 / 2 + 1 / 10) / 4)


def test_no_cases_give_zero():
    none = ranks_of()
    assert metrics.hit_rate(none, 5) == metrics.ndcg(none, 5) == metrics.mrr(none) == 0.0


@settings(deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 12), st.integers(2, 40))
def test_ranks_equal_a_sort_by_score_where_nothing_ties(seed, cases, items):
    rng = np.random.default_rng(seed)
    scores = rng.permuted(np.tile(np.arange(items, dtype=np.float32), (cases, 1)), axis=1)
    targets = rng.integers(0, items, cases).astype(np.int32)
    expected = [
        sorted(range(items), key=lambda item: -row[item]).index(target)
        for row, target in zip(scores, targets, strict=True)
    ]
    assert metrics.target_ranks(scores, targets, rng).tolist() == expected


def test_ties_take_every_place_alike_and_repeat_with_the_seed():
    scores = np.zeros((8000, 4), np.float32)
    scores[:, 0] = 1.0
    targets = np.full(8000, 2, np.int32)
    ranks = metrics.target_ranks(scores, targets, np.random.default_rng(0))
    shares = np.bincount(ranks, minlength=4) / 8000
    assert shares[0] == 0.0
    np.testing.assert_allclose(shares[1:], 1 / 3, atol=0.02)
    again = metrics.target_ranks(scores, targets, np.random.default_rng(0))
    np.testing.assert_array_equal(ranks, again)


def test_top_items_come_best_first():
    scores = np.array([[0.1, 0.9, 0.5], [3.0, 1.0, 2.0]], np.float32)
    assert metrics.top_items(scores, 2).tolist() == [[1, 2], [0, 2]]
    assert metrics.top_items(scores, 9).tolist() == [[1, 2, 0], [0, 2, 1]]


def test_coverage_counts_each_item_once():
    assert metrics.coverage(np.array([[0, 1], [1, 2]], np.int32), 12) == 0.25


def test_diversity_is_the_mean_distance_over_all_pairs():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(9, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    lists = np.array([[0, 1, 2], [3, 7, 8]], np.int32)
    pairs = [
        1 - vectors[row[a]] @ vectors[row[b]] for row in lists for a, b in ((0, 1), (0, 2), (1, 2))
    ]
    assert metrics.diversity(lists, vectors) == pytest.approx(float(np.mean(pairs)), rel=1e-5)
    assert metrics.diversity(lists[:, :1], vectors) == 0.0


def test_novelty_is_the_mean_information_of_the_shown_items():
    popularity = np.array([4, 2, 1, 1], np.int64)
    assert metrics.novelty(np.array([[0, 1], [2, 3]], np.int32), popularity) == pytest.approx(
        (1 + 2 + 3 + 3) / 4
    )
