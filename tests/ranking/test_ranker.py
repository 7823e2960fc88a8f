import numpy as np
import pytest

from recommender.contracts import History
from recommender.ranking.item_vectors import item_vectors, rating_vectors
from recommender.ranking.ranker import RankingCases, answer_ranks
from tests.learning.test_fit import world
from tests.ranking.cases import make_cases


def test_cases_are_taken_and_joined_row_by_row():
    cases = make_cases(5, 3)
    some = cases.take(np.array([3, 1]))
    assert len(some) == 2
    np.testing.assert_array_equal(some.features[:3], cases.features[9:12])
    np.testing.assert_array_equal(some.items[3:], cases.items[3:6])
    assert some.histories == (cases.histories[3], cases.histories[1])
    both = some.joined(cases.take(np.array([0])))
    assert both.bounds.tolist() == [0, 3, 6, 9]
    np.testing.assert_array_equal(both.gains[6:], cases.gains[:3])
    with pytest.raises(ValueError, match="different columns"):
        both.joined(RankingCases.of(("other",), [], [], [], []))


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="one item and one gain"):
        RankingCases(
            ("a",), np.zeros((2, 1), np.float32), np.array([0, 2]), np.zeros(1, np.int32),
            np.zeros(2, np.float32), (History.empty(),),
        )  # fmt: skip
    with pytest.raises(ValueError, match="one column a name"):
        RankingCases(
            ("a",), np.zeros((2, 2), np.float32), np.array([0, 2]), np.zeros(2, np.int32),
            np.zeros(2, np.float32), (History.empty(),),
        )  # fmt: skip


def test_the_best_answer_is_ranked_and_a_missing_one_is_nowhere():
    cases = RankingCases.of(
        ("a",),
        [np.zeros((4, 1), np.float32)] * 2,
        [[0, 1, 2, 3]] * 2,
        [np.array([0, 1, 0, 0.3], np.float32), np.zeros(4, np.float32)],
        [History.empty()] * 2,
    )
    assert cases.answered().tolist() == [True, False]
    scores = np.array([0.9, 0.1, 0.5, 0.5, 1, 2, 3, 4], np.float32)
    ranks = answer_ranks(scores, cases)
    assert ranks.tolist() == [1.5, np.inf], "0.9 before it, 0.5 shared with another"


def test_items_taken_by_the_same_people_have_near_rating_vectors():
    log, _ = world(200, 30)
    vectors = rating_vectors(log, width=8)
    assert vectors.shape == (30, 8)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-5)
    near = vectors @ vectors.T
    assert near[10, 11] > near[10, 14] > near[10, 25]
    np.testing.assert_allclose(rating_vectors(log, width=8), vectors, atol=1e-6)


def test_without_a_graph_there_are_no_relation_vectors():
    log, _ = world(20, 30)
    vectors = item_vectors(log, None, width=4)
    assert vectors.relation.shape == (30, 0)
    assert vectors.rating.shape == (30, 4)
