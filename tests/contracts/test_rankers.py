"""What every ranker keeps, whichever it is."""

import numpy as np
import pytest

from recommender.contracts import History
from recommender.learning.networks.fusion_ranker import FusionRanker
from recommender.ranking.lambdarank import LambdaRank
from recommender.ranking.ranker import RANKERS, Ranker, answer_ranks, ranker_class, scores_of
from recommender.ranking.tune import gain_at
from recommender.ranking.unranked import Unranked
from tests.ranking.cases import COLUMNS, make_cases, make_items, make_vectors

MAKE = {
    "none": Unranked,
    "fusion": lambda: FusionRanker(dim=4, hidden=16, epochs=6, learning_rate=0.02, dropout=0.0),
    "lambdarank": lambda: LambdaRank(
        {"min_data_in_leaf": 5, "num_leaves": 4, "learning_rate": 0.2}, rounds=30, threads=1
    ),
}


@pytest.fixture(params=RANKERS)
def name(request):
    return request.param


@pytest.fixture
def fitted(name):
    ranker = MAKE[name]()
    ranker.fit(make_cases(seed=1), make_cases(40, seed=2), make_vectors(), make_items())
    return ranker


def asked(ranker, case=0, cases=None):
    cases = cases or make_cases(3, seed=3)
    rows = slice(cases.bounds[case], cases.bounds[case + 1])
    columns = [COLUMNS.index(column) for column in ranker.columns]
    return cases.features[rows][:, columns], cases.items[rows], cases.histories[case]


def test_it_is_known_by_its_name(name, fitted):
    assert isinstance(fitted, Ranker)
    assert fitted.name == name
    assert ranker_class(name) is type(fitted)
    assert set(fitted.columns) <= set(COLUMNS)


def test_scores_are_finite_and_one_per_candidate(fitted):
    scores = fitted.score(*asked(fitted))
    assert scores.shape == (12,)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()


def test_the_order_of_the_candidates_does_not_matter(fitted):
    features, items, history = asked(fitted)
    turned = fitted.score(features[::-1].copy(), items[::-1].copy(), history)
    np.testing.assert_allclose(turned[::-1], fitted.score(features, items, history), rtol=1e-5)


def test_no_candidate_and_no_history_are_answered(fitted):
    features, items, history = asked(fitted)
    assert fitted.score(features[:0], items[:0], history).shape == (0,)
    assert np.isfinite(fitted.score(features, items, History.empty())).all()


def test_read_back_it_scores_the_same(fitted, tmp_path):
    fitted.save(tmp_path)
    again = type(fitted).load(tmp_path)
    again.take_items(make_items())
    assert again.columns == fitted.columns
    np.testing.assert_array_equal(again.score(*asked(again)), fitted.score(*asked(fitted)))


def test_items_may_come_after_the_fit(fitted):
    features, items, history = asked(fitted)
    before = fitted.score(features, items, history)
    fitted.take_items(make_items(40))
    np.testing.assert_allclose(fitted.score(features, items, history), before, rtol=1e-5)
    items = items.copy()
    items[3] = 39
    assert np.isfinite(fitted.score(features, items, history)).all()


def test_the_same_data_give_the_same_ranker(name, fitted):
    again = MAKE[name]()
    again.fit(make_cases(seed=1), make_cases(40, seed=2), make_vectors(), make_items())
    np.testing.assert_array_equal(again.score(*asked(again)), fitted.score(*asked(fitted)))


def test_what_is_learnt_beats_the_blend_where_there_is_a_clue(name, fitted):
    cases = make_cases(60, seed=4)
    plain = gain_at(answer_ranks(cases.column("blend"), cases), 10)
    own = gain_at(answer_ranks(scores_of(fitted, cases), cases), 10)
    assert own == pytest.approx(plain) if name == "none" else own > plain + 0.15


@pytest.mark.parametrize("which", ["fusion", "lambdarank"])
def test_without_an_answer_there_is_nothing_to_learn(which):
    empty = make_cases(5, unanswered=5)
    with pytest.raises(ValueError, match="cases with an answer"):
        MAKE[which]().fit(empty, make_cases(5), make_vectors(), make_items())


def _cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    ("which", "damage"),
    [
        ("fusion", lambda folder: (folder / "weights.npz").write_bytes(b"no weights")),
        ("fusion", lambda folder: _cut(folder / "weights.npz")),
        ("fusion", lambda folder: (folder / "settings.json").write_text("{")),
        ("fusion", lambda folder: (folder / "rating.npy").unlink()),
        ("lambdarank", lambda folder: (folder / "trees.txt").write_text("no trees")),
        ("lambdarank", lambda folder: _cut(folder / "trees.txt")),
        ("lambdarank", lambda folder: (folder / "trees.txt").unlink()),
    ],
)
def test_a_damaged_folder_is_refused(which, damage, tmp_path):
    ranker = MAKE[which]()
    ranker.fit(make_cases(seed=1), make_cases(40, seed=2), make_vectors(), make_items())
    ranker.save(tmp_path)
    damage(tmp_path)
    with pytest.raises((ValueError, OSError)):
        type(ranker).load(tmp_path)


def test_an_unknown_ranker_is_refused_with_the_known_ones():
    with pytest.raises(KeyError, match=r"no ranker named 'oracle'; known: none, fusion"):
        ranker_class("oracle")


def test_fusion_refuses_items_that_are_not_those_of_its_fit():
    ranker = MAKE["fusion"]()
    ranker.fit(make_cases(seed=1), make_cases(40, seed=2), make_vectors(), make_items())
    with pytest.raises(ValueError, match="knows 30 items, the model 20"):
        ranker.take_items(make_items(20))
    with pytest.raises(ValueError, match="widths"):
        ranker.take_items(make_items(30, width=7))


def test_fusion_keeps_its_word_without_a_kind_of_vector():
    ranker = FusionRanker(dim=4, hidden=8, epochs=1, use_text=False)
    ranker.fit(make_cases(seed=1), make_cases(40, seed=2), make_vectors(), make_items())
    features, items, history = asked(ranker)
    before = ranker.score(features, items, history)
    ranker.take_items(make_items(width=9))
    np.testing.assert_array_equal(ranker.score(features, items, history), before)
