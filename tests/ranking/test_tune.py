import numpy as np
import pytest

from recommender.contracts import History
from recommender.ranking.blend import BlendWeights
from recommender.ranking.tune import gain_at, gather_cases, pool_ranks, tune_weights


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
