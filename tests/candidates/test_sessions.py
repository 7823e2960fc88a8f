import math

import numpy as np
import pytest

from recommender.candidates import SessionKnn
from recommender.candidates.storage import keep_largest, sparse
from recommender.contracts import History, InteractionLog, ItemTable

NAMES = tuple("abcdef")
ITEMS = ItemTable(NAMES, NAMES, NAMES, NAMES, np.zeros((6, 0), np.float32))


def log_of(*sequences):
    shoppers = np.repeat(np.arange(len(sequences)), [len(s) for s in sequences])
    items = np.concatenate(sequences)
    return InteractionLog(
        shoppers.astype(np.int32), items.astype(np.int32), np.ones(len(items), np.float32),
        np.arange(len(items), dtype=np.int64), len(sequences), 6,
    )  # fmt: skip


def fitted(log, **settings):
    source = SessionKnn(**settings)
    source.fit(log, ITEMS)
    return source


def test_similar_sessions_vote_by_rarity_over_the_root_of_their_length():
    source = fitted(log_of([0, 1], [0, 2, 3], [4, 5]), history_decay=1.0)
    scores = source.score([History.of([0])])[0]
    rarity = math.log1p(3 / 2)
    np.testing.assert_allclose(
        scores, [0, rarity / math.sqrt(2), rarity / math.sqrt(3), rarity / math.sqrt(3), 0, 0],
        rtol=1e-6,
    )  # fmt: skip


def test_an_item_of_the_history_is_voted_for_by_the_others_only():
    source = fitted(log_of([0, 1, 2]), history_decay=1.0)
    scores = source.score([History.of([0, 1])])[0]
    vote = math.log1p(1.0) / math.sqrt(3)
    np.testing.assert_allclose(scores, [vote, vote, 2 * vote, 0, 0, 0], rtol=1e-5)


def test_a_session_with_nothing_new_takes_no_neighbours_place():
    # The first session is the shopper's own trace: most similar, and of no use.
    source = fitted(log_of([0, 1], [0, 1, 2], [0, 3]), neighbours=1)
    scores = source.score([History.of([0, 1])])[0]
    assert scores[2] > 0
    assert scores[3] == 0


def test_long_histories_are_cut():
    source = fitted(log_of([0, 1, 2, 3, 4]), longest=2)
    assert source.sessions.toarray().tolist() == [
        [1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 1, 0],
    ]  # fmt: skip


def test_old_items_fade_without_error():
    source = fitted(log_of([0, 1], [2, 3], [4, 5]), history_decay=0.3)
    history = History.of([2] + [4] * 120)
    assert source.score([history])[0][5] > 0


@pytest.mark.parametrize(("count", "kept"), [(1, [0]), (2, [0, 2]), (9, [0, 1, 2, 3])])
def test_among_equals_the_first_stays(count, kept):
    matrix = sparse.csr_matrix(np.array([[3.0, 1.0, 2.0, 1.0]]))
    keep_largest(matrix, count)
    assert matrix.indices.tolist() == kept
