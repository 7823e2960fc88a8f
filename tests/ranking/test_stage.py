"""The ranking stage inside a model: order, provenance, folder, growth."""

import json

import numpy as np
import pytest

from recommender.contracts import History
from recommender.learning.fit import FitSettings, fit_model
from recommender.ranking.blend import BlendWeights, Candidate
from recommender.ranking.calibrate import Calibration
from recommender.ranking.features import CandidateFeatures
from recommender.ranking.lambdarank import LambdaRank
from recommender.ranking.model import BlendedModel, ModelFolderError
from recommender.ranking.ranker import RankingCases
from recommender.ranking.stage import RankingStage
from recommender.ranking.unranked import Unranked
from tests.ranking.test_model import make_items, make_log

CALIBRATION = Calibration(1.0, np.array([0.0, 1.0]), np.array([0.0, 0.5]))


class ByNumber:
    """Ranks by the item's number and remembers what it was told."""

    name = "by_number"
    columns = ("blend", "popularity")
    reads_history = False

    def __init__(self):
        self.known = []

    def score(self, features, items, history):
        assert features.shape == (len(items), 2)
        return items.astype(np.float32) / 10

    def take_items(self, items):
        self.known.append(len(items))


@pytest.fixture
def fitted():
    sources: dict[str, dict[str, float]] = {
        "transitions": {},
        "item_knn": {},
        "content": {},
        "popular": {},
    }
    return fit_model(make_log(), make_items(), FitSettings(sources=sources, tune_from=10_000))


def with_ranker(model, ranker):
    stage = RankingStage(ranker, CALIBRATION, tuple(model.weights.sources))
    return BlendedModel(model.items, model.sources, model.weights, model.popularity, stage)


def test_the_ranker_decides_the_order_and_the_sources_keep_their_part(fitted):
    plain = {c.item: c for c in fitted.model.candidates(History.of([3, 4]), 12)}
    ranked = with_ranker(fitted.model, ByNumber()).candidates(History.of([3, 4]), 5)
    assert [c.item for c in ranked] == sorted(plain, reverse=True)[:5]
    scores = np.exp(np.array([c.item for c in ranked]) / 10)
    shares = scores / np.exp(np.array(sorted(plain)) / 10).sum()
    assert [c.score for c in ranked] == pytest.approx(shares, rel=1e-5)
    assert [c.probability for c in ranked] == pytest.approx(shares / 2, rel=1e-5)
    assert all(c.ranker == "by_number" and c.sources == plain[c.item].sources for c in ranked)


def test_barred_items_are_not_ranked(fitted):
    model = with_ranker(fitted.model, ByNumber())
    assert 11 not in {c.item for c in model.candidates(History.of([3]), 12, [11])}


@pytest.mark.parametrize("weights", [None, BlendWeights.of({"popular": 1.0})])
def test_strangers_and_other_weights_are_answered_by_the_sum(fitted, weights):
    model = with_ranker(fitted.model, ByNumber())
    history = History.empty() if weights is None else History.of([3])
    found = model.candidates(history, 4, weights=weights)
    assert found == fitted.model.candidates(history, 4, weights=weights)
    assert {c.ranker for c in found} == {""}


def test_without_a_better_ranker_the_order_stays_and_has_chances(fitted):
    model = with_ranker(fitted.model, Unranked())
    plain = fitted.model.candidates(History.of([3, 4]), 6)
    found = model.candidates(History.of([3, 4]), 6)
    assert [c.item for c in found] == [c.item for c in plain]
    assert all(0 < c.probability < 0.5 for c in found)


def test_a_ranker_that_gives_no_numbers_does_not_cost_the_slate(fitted, caplog):
    class Broken(ByNumber):
        name = "broken"

        def score(self, features, items, history):
            return np.where(items == 5, np.nan, 0.0).astype(np.float32)

    found = with_ranker(fitted.model, Broken()).candidates(History.of([3, 4]), 6)
    assert found == fitted.model.candidates(History.of([3, 4]), 6)
    assert "broken gave no numbers" in caplog.text


def test_a_ranker_hears_of_items_that_come_later(fitted):
    ranker = ByNumber()
    model = with_ranker(fitted.model, ranker)
    model.update(make_log(13), make_items(13))
    assert ranker.known == [12, 13]
    assert model.ranking.features.popularity.shape == (13,)


def small_ranker(model):
    columns = CandidateFeatures(model.items, model.popularity, tuple(model.weights.sources)).names
    rng = np.random.default_rng(0)
    cases = RankingCases.of(
        columns,
        [rng.random((10, len(columns))).astype(np.float32) for _ in range(40)],
        [list(range(10))] * 40,
        [(np.arange(10) == rng.integers(10)).astype(np.float32) for _ in range(40)],
        [History.of([1])] * 40,
    )
    ranker = LambdaRank({"min_data_in_leaf": 5, "num_leaves": 4}, rounds=10, threads=1)
    ranker.fit(cases, cases, None, model.items)
    return ranker


def test_a_model_read_back_ranks_the_same(fitted, tmp_path):
    model = with_ranker(fitted.model, small_ranker(fitted.model))
    model.save(tmp_path / "model")
    again = BlendedModel.load(tmp_path / "model")
    assert again.ranking.ranker.name == "lambdarank"
    assert again.candidates(History.of([3, 4]), 8) == model.candidates(History.of([3, 4]), 8)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "stage.json").unlink(),
        lambda folder: (folder / "stage.json").write_text(json.dumps({"ranker": "oracle"})),
        lambda folder: (folder / "calibration.json").write_text("{}"),
        lambda folder: (folder / "lambdarank" / "trees.txt").write_text("tree\nno more"),
        lambda folder: _other_columns(folder / "lambdarank" / "settings.json"),
    ],
)
def test_a_ranker_that_cannot_be_read_makes_the_folder_invalid(fitted, tmp_path, damage):
    with_ranker(fitted.model, small_ranker(fitted.model)).save(tmp_path / "model")
    damage(tmp_path / "model" / "ranker")
    with pytest.raises(ModelFolderError, match="no complete model"):
        BlendedModel.load(tmp_path / "model")


def _other_columns(path):
    settings = json.loads(path.read_text())
    settings["columns"][1] = "shoe_size"
    path.write_text(json.dumps(settings))


def test_an_empty_pool_stays_empty():
    assert RankingStage(Unranked(), CALIBRATION, ()).rank(History.empty(), []) == []


def test_asking_before_the_items_are_known_is_an_error():
    stage = RankingStage(ByNumber(), CALIBRATION, ())
    with pytest.raises(RuntimeError, match="not been told"):
        stage.rank(History.empty(), [Candidate(0, 1.0)])
