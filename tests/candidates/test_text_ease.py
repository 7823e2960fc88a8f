"""Text EASE against ordinary EASE regressions in which every word is one more shopper."""

import numpy as np

from recommender.candidates import TextEase
from recommender.candidates.lexical import tfidf
from recommender.contracts import History, InteractionLog, ItemTable

TEXTS = ("red polish", "red lacquer", "blue soap", "blue shampoo", "green soap", "red soap")


def items_of(texts):
    count = len(texts)
    return ItemTable(
        tuple(map(str, range(count))), texts, ("",) * count, ("",) * count,
        np.zeros((count, 0), np.float32),
    )  # fmt: skip


def log_of(matrix):
    shoppers, items = np.nonzero(matrix)
    return InteractionLog(
        shoppers.astype(np.int32), items.astype(np.int32), np.ones(len(items), np.float32),
        np.arange(len(items), dtype=np.int64) * 60, *matrix.shape,
    )  # fmt: skip


def test_each_word_acts_as_one_more_shopper():
    x = (np.random.default_rng(0).random((30, 6)) < 0.4).astype(np.float64)
    source = TextEase(regularisation=3.0, history_decay=1.0, text_weight=4.0, common=1.0)
    source.fit(log_of(x), items_of(TEXTS))
    words = tfidf(items_of(TEXTS), 0.6, 1.0).toarray().astype(np.float64)
    rows = np.vstack([x, 2.0 * words.T])
    expected = np.zeros((6, 6))
    for j in range(6):
        others = np.delete(np.arange(6), j)
        a = rows[:, others]
        expected[others, j] = np.linalg.solve(a.T @ a + 3.0 * np.eye(5), a.T @ rows[:, j])
    np.testing.assert_allclose(source.weights, expected, atol=1e-4)


def test_an_item_that_nobody_has_taken_is_proposed_for_its_words():
    x = np.zeros((8, 6))
    x[:, [0, 2]] = 1.0
    x[:4, 1] = 1.0
    source = TextEase(regularisation=1.0, common=1.0)
    source.fit(log_of(x), items_of(TEXTS))
    scores = source.score([History.of([3])])[0]
    assert scores.argmax() == 2  # the other blue one, though nobody took number three


def test_items_without_words_or_shoppers_stay_out_of_the_solve():
    x = np.zeros((4, 3))
    x[:, 0] = 1.0
    source = TextEase(common=1.0)
    source.fit(log_of(x), items_of(("", "", "soap")))
    assert source.members.tolist() == [0, 2]
