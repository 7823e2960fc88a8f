import math

import numpy as np
import pytest

from recommender.candidates import Content, Lexical, Popular
from recommender.candidates.content import whitened
from recommender.candidates.lexical import tfidf
from recommender.contracts import History, InteractionLog, ItemTable

DAY = 86_400


def items_of(texts, vectors=None, brands=None, groups=None):
    count = len(texts)
    return ItemTable(
        tuple(map(str, range(count))), tuple(texts), brands or ("",) * count,
        groups or ("",) * count,
        np.zeros((count, 0), np.float32) if vectors is None else vectors.astype(np.float32),
    )  # fmt: skip


def no_log(n_items):
    none = np.zeros(0, np.int32)
    return InteractionLog(none, none, none.astype(np.float32), none.astype(np.int64), 0, n_items)


def test_whitened_vectors_have_equal_spread_in_every_direction():
    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(4000, 3)) @ np.array([[3, 1, 0], [0, 0.5, 0.2], [0, 0, 0.1]]) + 7.0
    white = whitened(mixed.astype(np.float32))
    np.testing.assert_allclose(np.linalg.norm(white, axis=1), 1.0, rtol=1e-5)
    # On the unit sphere in three dimensions each direction holds a third.
    np.testing.assert_allclose(white.T @ white / 4000, np.eye(3) / 3, atol=0.02)


def test_directions_without_spread_are_not_blown_up():
    vectors = np.zeros((10, 4), np.float32)
    vectors[:, 0] = np.arange(10)
    white = whitened(vectors)
    np.testing.assert_allclose(white[:, 1:], 0.0, atol=1e-5)
    assert np.isfinite(whitened(np.ones((5, 3), np.float32))).all()


def test_an_item_is_compared_with_the_rest_of_the_history():
    vectors = np.random.default_rng(1).normal(size=(30, 4))
    source = Content(history_decay=1.0)
    source.fit(no_log(30), items_of(["x"] * 30, vectors))
    unit = source.vectors.astype(np.float64)
    scores = source.score([History.of([3, 8])])[0]
    profile = unit[3] + unit[8]
    expected = np.maximum(unit @ profile / np.linalg.norm(profile), 0)
    expected[[3, 8]] = max(unit[3] @ unit[8] / np.linalg.norm(profile), 0)
    np.testing.assert_allclose(scores, expected, atol=1e-5)


def test_words_weigh_by_rarity_and_common_ones_say_nothing():
    texts = ["soap rose", "soap mint mint", "soap rose", "soap tea"]
    rows = tfidf(items_of(texts), 0.6, 0.5).toarray()
    # Tokens in the order of the alphabet: mint, rose, tea; soap is in all four.
    assert rows.shape == (4, 3)
    np.testing.assert_allclose(rows, [[0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], rtol=1e-6)
    mixed = tfidf(items_of(["rose mint mint", "rose", "tea"]), 0.6, 1.0).toarray()[0]
    mint, rose = (1 + math.log(2)) * math.log(4), math.log(2)
    np.testing.assert_allclose(
        mixed[:2], np.array([mint, rose]) / math.hypot(mint, rose), rtol=1e-6
    )


def test_brand_and_group_are_tokens_of_their_own():
    items = items_of(["a", "b", "c"], brands=("Opi", "OPI", ""), groups=("", "g", "g"))
    source = Lexical(common=1.0)
    source.fit(no_log(3), items)
    scores = source.score([History.of([1])])[0]
    assert scores[0] > 0
    assert scores[2] > 0
    assert scores[1] == pytest.approx(0.0, abs=1e-6)


def test_popularity_halves_with_its_half_life():
    log = InteractionLog(
        np.array([0, 0, 0], np.int32), np.array([0, 1, 1], np.int32), np.ones(3, np.float32),
        np.array([0, 20 * DAY, 10 * DAY], np.int64)[[0, 2, 1]], 1, 3,
    )  # fmt: skip
    source = Popular(half_life_days=10.0)
    source.fit(log, items_of(["a", "b", "c"]))
    np.testing.assert_allclose(
        source.score([History.empty()])[0], [0.25 / 1.5, 1.0, 0.0], rtol=1e-6
    )
