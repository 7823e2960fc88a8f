import numpy as np
import pytest

from recommender.contracts import History
from recommender.ranking import tune
from recommender.ranking.blend import BlendWeights
from recommender.ranking.tune import (
    NEW_COUNTS,
    TuningCases,
    case_counts,
    gain_at,
    gather_cases,
    new_cases,
    pool_ranks,
    tune_weights,
)


class Fixed:
    """A source whose scores are given."""

    def __init__(self, table):
        self.table = np.asarray(table, np.float32)

    def score(self, histories):
        return self.table[[int(history.items[0]) for history in histories]]


def ask(count):
    return [History.of([case]) for case in range(count)]


def informed(rng, cases, items, targets, signal):
    table = rng.random((cases, items))
    table[np.arange(cases), targets] += signal
    return Fixed(table)


def test_ranks_count_ties_by_half():
    ranks = pool_ranks(np.array([[1.0, 2.0, 1.0, 0.0], [3.0, 1.0, 1.0, 0.0]]))
    assert ranks.tolist() == [1.5, 0.0]
    assert gain_at(np.array([0.0, 1.0, 10.0]), 10) == pytest.approx((1 + 1 / np.log2(3)) / 3)


def test_the_pool_holds_each_sources_best_and_the_target_first():
    one = Fixed([[9, 8, 1, 0, 2]])
    two = Fixed([[0, 1, 4, 3, 2]])
    cases = gather_cases(
        {"one": one, "two": two}, ask(1), np.array([4], np.int32), np.arange(5) / 10, depth=1
    )
    assert cases.scores.shape == (2, 1, 3)
    np.testing.assert_allclose(cases.scores[:, 0, 0], [2 / 9, 0.5])
    np.testing.assert_allclose(sorted(cases.scores[0, 0, 1:]), [1 / 9, 1.0])
    np.testing.assert_allclose(cases.degrees[0], [0.4, 0.0, 0.2])


def test_search_raises_the_informed_source_and_never_ends_below_its_start():
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 60, 300).astype(np.int32)
    sources = {
        "noise": informed(rng, 300, 60, targets, 0.0),
        "good": informed(rng, 300, 60, targets, 0.6),
        "other": informed(rng, 300, 60, targets, 0.4),
    }
    cases = gather_cases(sources, ask(300), targets, np.full(60, 0.5, np.float32))
    start = BlendWeights.of(dict.fromkeys(sources, 1.0))
    begun = gain_at(pool_ranks(cases.scores.sum(axis=0)), 10)
    tuned = tune_weights(cases, start)
    assert tuned.ndcg_at_10 > begun + 0.05
    weight = {name: pair.known + pair.new for name, pair in tuned.weights.sources.items()}
    assert weight["noise"] < weight["other"]
    assert weight["noise"] < weight["good"]


def test_new_items_learn_to_trust_another_source():
    rng = np.random.default_rng(1)
    knowledge = np.repeat([0.0, 1.0], 30).astype(np.float32)
    targets = rng.integers(0, 60, 400).astype(np.int32)
    signal_known = np.where(targets >= 30, 0.8, -0.3)
    signal_new = np.where(targets < 30, 0.8, -0.3)
    sources = {
        "clicks": informed(rng, 400, 60, targets, signal_known),
        "text": informed(rng, 400, 60, targets, signal_new),
    }
    tuned = tune_weights(
        gather_cases(sources, ask(400), targets, knowledge),
        BlendWeights.of({"clicks": 1.0, "text": 1.0}),
    ).weights.sources
    text, clicks = tuned["text"], tuned["clicks"]
    assert text.new * clicks.known > 2 * text.known * clicks.new


def test_cases_that_ask_for_a_new_item_count_more():
    interactions = np.array([0, 4, 5, 200])
    weights = BlendWeights.of({}, half_known=20.0)
    degrees = np.stack([weights.knowledge(interactions), np.zeros(4, np.float32)], axis=1)
    new = new_cases(TuningCases((), np.zeros((0, 4, 2), np.float32), degrees), 20.0)
    assert new.tolist() == [True, True, False, False]
    assert case_counts(new).tolist() == [NEW_COUNTS, NEW_COUNTS, 1.0, 1.0]
    # Ranks 0 and 1: with counts of 1 and 3 the gain is (1 · 1 + 3 · 1/log2(3)) / 4.
    gain = gain_at(np.array([0.0, 1.0]), 10, np.array([1.0, 3.0]))
    assert gain == pytest.approx((1 + 3 / np.log2(3)) / 4)


def test_new_items_are_not_traded_away_for_a_little_more_of_the_others(monkeypatch):
    """One source lifts every new item, which helps 40 cases and costs 60 others."""
    rng = np.random.default_rng(8)
    n_items, cases = 40, 100
    is_new = np.arange(n_items) < 20
    targets = np.where(np.arange(cases) < 40, rng.integers(0, 20, cases), 0).astype(np.int32)
    targets[40:] = rng.integers(20, 40, 60)
    base = rng.random((cases, n_items)) + 0.8 * (np.arange(n_items)[None, :] == targets[:, None])
    sources = {"base": Fixed(base), "lift": Fixed(np.repeat([is_new], cases, axis=0))}
    pool = gather_cases(
        sources, ask(cases), targets, np.where(is_new, 0.0, 1.0).astype(np.float32), depth=40
    )
    start = BlendWeights.of({"base": 1.0, "lift": 0.1})
    told = tune_weights(pool, start, searches=1)
    monkeypatch.setattr(tune, "NEW_COUNTS", 1.0)
    counted_alike = tune_weights(pool, start, searches=1)
    assert told.new_cases == counted_alike.new_cases == 40
    assert counted_alike.weights.sources["lift"].new == 0
    assert told.weights.sources["lift"].new > 0
    assert told.new_ndcg_at_10 > counted_alike.new_ndcg_at_10 + 0.02
    assert told.ndcg_at_10 > counted_alike.ndcg_at_10 - 0.005


def test_tuning_stops_when_its_time_is_up():
    rng = np.random.default_rng(2)
    targets = rng.integers(0, 30, 50).astype(np.int32)
    sources = {"a": informed(rng, 50, 30, targets, 0.5)}
    cases = gather_cases(sources, ask(50), targets, np.ones(30, np.float32))
    start = BlendWeights.of({"a": 3.0})
    tuned = tune_weights(cases, start, budget_s=0.0)
    assert tuned.trials == 0
    assert tuned.weights == BlendWeights.of({"a": 1.0})


def test_tuning_repeats_itself():
    rng = np.random.default_rng(3)
    targets = rng.integers(0, 30, 80).astype(np.int32)
    sources = {name: informed(rng, 80, 30, targets, 0.3) for name in "abc"}
    cases = gather_cases(sources, ask(80), targets, rng.random(30).astype(np.float32))
    start = BlendWeights.of(dict.fromkeys("abc", 1.0))
    assert tune_weights(cases, start).weights == tune_weights(cases, start).weights
