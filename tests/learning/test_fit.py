import json
from dataclasses import replace

import numpy as np
import pytest

from recommender.candidates.nearest import NearestSettings
from recommender.contracts import History, InteractionLog, ItemTable
from recommender.learning.fit import (
    DEFAULT_WEIGHTS,
    FitSettings,
    FittedModel,
    default_sources,
    fit_model,
)
from recommender.ranking.blend import BlendWeights


def world(n_shoppers, n_items=30):
    """Everybody walks up the items; texts and popularity tell nothing."""
    rng = np.random.default_rng(0)
    shoppers = np.repeat(np.arange(n_shoppers), 5)
    start = np.repeat(rng.integers(0, n_items, n_shoppers), 5)
    steps = np.tile(np.arange(5), n_shoppers)
    log = InteractionLog(
        shoppers.astype(np.int32),
        ((start + steps) % n_items).astype(np.int32),
        np.ones(len(shoppers), np.float32),
        (steps * 3600).astype(np.int64),
        n_shoppers,
        n_items,
    )
    vectors = rng.normal(size=(n_items, 8)).astype(np.float32)
    names = tuple(f"thing{n}" for n in range(n_items))
    return log, ItemTable(names, names, ("",) * n_items, ("",) * n_items, vectors)


def test_little_data_keeps_the_default_weights():
    log, items = world(20)
    fitted = fit_model(log, items, FitSettings(tune_from=200))
    assert fitted.validation == {}
    assert fitted.model.weights == BlendWeights.of(dict(DEFAULT_WEIGHTS))


def test_more_data_tunes_them_and_serves_with_everything_learnt():
    log, items = world(120)
    fitted = fit_model(log, items, FitSettings(tune_from=200, tune_seconds=20))
    assert fitted.validation["cases"] == 120
    assert fitted.validation["ndcg_at_10"] > 0.9
    assert set(fitted.fit_seconds) == set(DEFAULT_WEIGHTS)
    assert fitted.model.popularity.sum() == len(log)
    assert fitted.model.candidates(History.of([7]), 1, [7])[0].item == 8


def test_only_the_configured_sources_are_fitted():
    log, items = world(20)
    settings = FitSettings(sources={"popular": {"half_life_days": 3.0}, "ease": {}})
    model = fit_model(log, items, settings).model
    assert set(model.sources) == {"popular", "ease"}
    assert model.sources["popular"].half_life_days == 3.0


def test_a_shop_may_ask_for_more_sources_than_the_default_ones():
    asked = default_sources(12.0, extra=("generative", "popular"))
    assert asked["generative"] == {"max_seconds": 12.0}
    assert asked["multimodal"] == {"max_seconds": 6.0}
    assert set(asked) == {*default_sources(), "generative"}
    with pytest.raises(ValueError, match=r"no source named oracle; known: .*generative"):
        default_sources(extra=("oracle",))


def test_a_large_catalogue_is_searched_by_an_index_whose_recall_is_recorded(tmp_path):
    log, items = world(60, n_items=120)
    settings = FitSettings(
        sources={
            name: default_sources(exact_up_to=50, solved_items=40)[name]
            for name in ("content", "text_transitions", "text_ease", "popular")
        },
        nearest=NearestSettings(exact_up_to=50),
    )
    fitted = fit_model(log, items, settings)
    assert fitted.model.sources["text_ease"].weights.shape == (40, 40)
    fitted.save(tmp_path / "model")
    stored = json.loads((tmp_path / "model" / "fit.json").read_text())["nearest"]
    for search in ("texts", "content"):
        assert stored[search]["kind"] == "faiss"
        assert stored[search]["recall_at_10"] >= 0.95
        assert 0.0 < stored[search]["recall_at_100"] <= 1.0
    again = FittedModel.load(tmp_path / "model").model
    asked = items.vectors[:5]
    for one, other in zip(
        again.nearest.search(asked, 9), fitted.model.nearest.search(asked, 9), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    grown = world(60, n_items=130)[1]
    grown.vectors[125] *= 50.0
    nothing = np.zeros(0, np.int32)
    again.sources.pop("text_ease")
    again.update(
        InteractionLog(
            nothing, nothing, nothing.astype(np.float32), nothing.astype(np.int64), 0, 130
        ),
        replace(grown, vectors=np.concatenate([items.vectors, grown.vectors[120:]])),
    )
    found, _ = again.nearest.search(grown.vectors[125:126], 1)
    assert found.tolist() == [[125]]


def test_a_small_catalogue_is_searched_exactly():
    log, items = world(20)
    fitted = fit_model(log, items, FitSettings(sources={"content": {}}))
    assert fitted.searches() == {
        "texts": {"kind": "exact", "items": 30},
        "content": {"kind": "exact", "items": 30},
    }
