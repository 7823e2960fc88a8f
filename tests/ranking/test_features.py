import numpy as np
import pytest

from recommender.candidates.fact_edges import fact_edges
from recommender.contracts import History, ItemTable
from recommender.ranking.blend import Candidate
from recommender.ranking.features import CandidateFeatures, cases_without, profile_weights
from recommender.ranking.ranker import RankingCases
from tests.candidates.small_graph import make_facts
from tests.candidates.small_graph import make_items as graph_items

DAY = 86_400
SOURCES = ("transitions", "content", "text_ease", "graph")


def make_items():
    vectors = np.array([[2, 1], [0, 1], [1, 1], [1, 1], [1, 1], [1, 1]], np.float32)
    return ItemTable(
        ("comb", "brush", "soap", "cream", "towel", "lamp"),
        ("",) * 6,
        ("Ada", "Ada", "Bea", "Bea", "", ""),
        ("hair", "hair", "bath", "skin", "bath", ""),
        vectors,
    )


def table(features, history, candidates):
    values = features.values(history, candidates)
    assert values.shape == (len(candidates), len(features.names))
    assert values.dtype == np.float32
    return {name: values[:, place].tolist() for place, name in enumerate(features.names)}


def approx(values):
    return pytest.approx(values, rel=1e-5, abs=1e-6)


@pytest.fixture
def features():
    return CandidateFeatures(make_items(), np.array([5, 0, 15, 1, 1, 1]), SOURCES)


POOL = [
    Candidate(1, 1.2, {"transitions": 0.8, "content": 0.4}),
    Candidate(2, 1.0, {"content": 0.4, "text_ease": 0.6}),
    Candidate(0, 0.3, {"graph": 0.3}),
]


def history():
    return History(
        np.array([0, 2, 0], np.int32),
        np.array([1.0, 0.5, 1.0], np.float32),
        np.array([0, 6 * DAY, 8 * DAY]),
        now=11 * DAY,
    )


def test_contributions_and_places_among_the_candidates(features):
    columns = table(features, history(), POOL)
    assert columns["blend"] == approx([1.2, 1.0, 0.3])
    assert columns["blend_place"] == approx([1, 1 / 2, 1 / 3])
    assert columns["transitions"] == approx([0.8, 0, 0])
    assert columns["transitions_place"] == approx([1, 0, 0])
    assert columns["content_place"] == approx([1, 1, 0]), "equals share a place"
    assert columns["graph_place"] == approx([0, 0, 1])


def test_what_is_known_of_the_item_and_what_the_shopper_did(features):
    columns = table(features, history(), POOL)
    assert columns["popularity"] == approx(np.log1p([0, 15, 5]))
    assert columns["knowledge"] == approx([0, 0.75, 0.5])
    assert columns["taken_before"] == approx(np.log1p([0, 1, 2]))
    assert columns["taken_lately"] == approx([0, 1 / 6, 1 / 4]), "five days ago, three days ago"
    assert columns["history_length"] == approx([np.log(4)] * 3)
    assert columns["since_last_days"] == approx([np.log(4)] * 3)


def test_brand_and_group_by_their_weight_in_the_profile(features):
    assert profile_weights(history()) == approx(np.array([0.64, 0.4, 1.0]) / 2.04)
    columns = table(features, history(), POOL)
    assert columns["same_brand"] == approx([1.64 / 2.04, 0.4 / 2.04, 1.64 / 2.04])
    assert columns["same_group"] == approx([1.64 / 2.04, 0.4 / 2.04, 1.64 / 2.04])
    assert columns["last_brand"] == [1, 0, 1]
    nameless = table(features, History.of([4, 5]), [Candidate(5, 1.0), Candidate(4, 1.0)])
    assert nameless["same_brand"] == [0, 0], "items without a brand have no brand in common"
    assert nameless["same_group"] == approx([0, 0.8 / 1.8])


def test_texts_are_compared_without_what_all_share(features):
    # The mean is (1, 1): comb points along (1, 0), brush along (-1, 0), the others nowhere.
    columns = table(features, History.of([0]), [Candidate(1, 1.0), Candidate(0, 1.0)])
    assert columns["text_profile"] == approx([-1, 1])
    assert columns["text_best"] == approx([-1, 0]), "the very same product is no likeness"
    assert columns["text_last"] == approx([-1, 0])


def test_counts_over_the_graph_are_logarithms():
    items = graph_items()
    edges = fact_edges(items, make_facts())
    features = CandidateFeatures(items, np.ones(6, np.int64), SOURCES, edges=edges)
    columns = table(features, History.of([0]), [Candidate(1, 1.0), Candidate(2, 1.0)])
    assert columns["fact_degree"] == approx(np.log1p([3, 3]))
    assert columns["direct_facts"] == approx(np.log1p([1, 0]))
    assert columns["shared_entities"] == approx(np.log1p([1, 0]))
    assert columns["paths_of_3"] == approx(np.log1p([0, 1]))


@pytest.mark.parametrize(
    ("kind", "gone", "blend", "places"),
    [
        (
            "graph",
            {"graph", "graph_place", "same_brand", "paths_of_2", "fact_degree"},
            [1.2, 1.0, 0.0],
            [1, 1 / 2, 0],
        ),
        ("text", {"content", "text_ease", "text_best"}, [0.8, 0.0, 0.3], [1, 0, 1 / 2]),
        (
            "collaborative",
            {"transitions", "text_ease", "popularity", "knowledge"},
            [0.4, 0.4, 0.3],
            [1, 1, 1 / 3],
        ),
    ],
)
def test_cases_without_a_kind_of_knowledge(features, kind, gone, blend, places):
    whole = RankingCases.of(
        features.names,
        [features.values(history(), POOL)] * 2,
        [[1, 2, 0]] * 2,
        [np.array([0, 1, 0], np.float32)] * 2,
        [history()] * 2,
    )
    less = cases_without(whole, SOURCES, kind)
    assert gone <= set(whole.names)
    assert not gone & set(less.names)
    assert less.column("blend") == approx(blend * 2)
    assert less.column("blend_place") == approx(places * 2)
    assert whole.column("blend") == approx([1.2, 1.0, 0.3] * 2), "the cases themselves stay"
    np.testing.assert_array_equal(less.column("taken_before"), whole.column("taken_before"))
    np.testing.assert_array_equal(less.gains, whole.gains)


def test_nothing_known_is_all_zeros_and_no_error():
    bare = ItemTable(("a", "b"), ("",) * 2, ("",) * 2, ("",) * 2, np.zeros((2, 0), np.float32))
    features = CandidateFeatures(bare, np.zeros(2, np.int64), ())
    values = features.values(History.empty(), [Candidate(0, 0.0), Candidate(1, 0.0)])
    assert not values.any()
    assert features.values(History.empty(), []).shape == (0, len(features.names))
