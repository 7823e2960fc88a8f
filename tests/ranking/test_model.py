import json
from dataclasses import replace

import numpy as np
import pytest

from recommender.contracts import History, InteractionLog, ItemTable
from recommender.learning.fit import FitSettings, FittedModel, fit_model
from recommender.ranking.blend import BlendWeights
from recommender.ranking.model import BlendedModel, ModelFolderError


def make_items(count=12):
    vectors = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)[:count]
    return ItemTable(
        tuple(f"p{n}" for n in range(count)),
        tuple(f"{'tea' if n % 2 else 'cake'} number{n}" for n in range(count)),
        ("",) * count,
        tuple("tea" if n % 2 else "cake" for n in range(count)),
        vectors,
    )


def make_log(n_items=12, n_shoppers=40):
    """Shopper s takes s, s+1, s+2, s+3 (modulo the items), a day apart."""
    shoppers = np.repeat(np.arange(n_shoppers), 4)
    steps = np.tile(np.arange(4), n_shoppers)
    return InteractionLog(
        shoppers.astype(np.int32),
        ((shoppers + steps) % n_items).astype(np.int32),
        np.ones(len(shoppers), np.float32),
        (steps * 86_400).astype(np.int64),
        n_shoppers,
        n_items,
    )


@pytest.fixture
def fitted():
    return fit_model(make_log(), make_items(), FitSettings(tune_from=10_000))


def test_a_shopper_gets_what_followed(fitted):
    found = fitted.model.candidates(History.of([3, 4]), 3, exclude_indices=[3, 4])
    assert found[0].item == 5
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)
    for candidate in found:
        assert sum(candidate.sources.values()) == pytest.approx(candidate.score, rel=1e-5)


def test_an_unknown_shopper_gets_the_popular_items(fitted):
    found = fitted.model.candidates(History.empty(), 4)
    assert len(found) == 4
    assert all(set(c.sources) == {"popular"} for c in found)


def test_the_popular_items_answer_where_no_weighted_source_can(fitted):
    found = fitted.model.candidates(History.empty(), 4, weights=BlendWeights.of({"ease": 1.0}))
    assert all(set(c.sources) == {"popular"} for c in found)
    assert len(found) == 4


def test_complementary_items_are_of_another_group_and_similar_ones_never_the_item(fitted):
    complements = fitted.model.related(4, "complementary", 20)
    assert complements
    assert {fitted.model.items.groups[c.item] for c in complements} == {"tea"}
    assert complements[0].item in (3, 5)
    similar = fitted.model.related(4, "similar", 20)
    assert 4 not in {c.item for c in similar}
    assert "content" in similar[0].sources or "lexical" in similar[0].sources
    assert all(c.item != 6 for c in fitted.model.related(4, "similar", 20, [6]))


class Neighbours:
    """Proposes the same scores for whatever is asked."""

    name = "item_knn"

    def __init__(self, *scores):
        self.scores = np.array([scores], np.float32)

    def score(self, histories):
        return np.repeat(self.scores, len(histories), axis=0)


def test_what_goes_with_everything_steps_back_behind_what_goes_with_this():
    items = make_items(5)
    items = ItemTable(items.ids, items.texts, items.brands, ("",) * 5, items.vectors)
    model = BlendedModel(
        items,
        {"item_knn": Neighbours(0.0, 1.0, 0.5, 0.2, 0.9)},
        BlendWeights.of({"item_knn": 1.0}),
        popularity=np.array([10, 5_980, 80, 5, 380]),
    )

    # Divided by the roots of 6,000, 100, 25 and 400: .0129, .05, .04, .045; then scaled.
    beside = model.related(0, "complementary")
    assert [c.item for c in beside] == [2, 4, 3, 1]
    # The weight slides from .4 for a new item to .8 for a known one.
    knowledge = np.array([80 / 85, 380 / 385, 0.5, 5_980 / 5_985])
    assert [c.score for c in beside] == pytest.approx(
        np.array([1.0, 0.9, 0.8, 20 / np.sqrt(6_000)]) * (0.4 + 0.4 * knowledge)
    )
    assert [c.item for c in model.related(0, "similar")] == [1, 4, 2, 3]


def test_items_without_a_group_are_not_rivals_of_each_other():
    items = make_items()
    items = ItemTable(items.ids, items.texts, items.brands, ("",) * 12, items.vectors)
    model = fit_model(make_log(), items, FitSettings(tune_from=10_000)).model
    assert model.related(4, "complementary", 3)


def test_a_product_that_the_model_does_not_have_is_refused(fitted):
    with pytest.raises(IndexError, match="no item 12"):
        fitted.model.related(12)
    assert fitted.model.index("p3") == 3
    assert fitted.model.index("unheard-of") is None


def test_a_model_read_back_answers_the_same(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    again = FittedModel.load(tmp_path / "model")
    assert again.fit_seconds == fitted.fit_seconds
    history = History.of([3, 4])
    assert again.model.candidates(history, 6) == fitted.model.candidates(history, 6)
    assert again.model.related(2, "complementary") == fitted.model.related(2, "complementary")
    assert again.model.items.ids == fitted.model.items.ids
    np.testing.assert_array_equal(again.model.items.vectors, fitted.model.items.vectors)
    np.testing.assert_array_equal(again.model.popularity, fitted.model.popularity)


def test_a_model_saved_before_there_were_pictures_is_read(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    for name in ("image_vectors", "audio_vectors"):
        (tmp_path / "model" / f"{name}.npy").unlink()
    assert BlendedModel.load(tmp_path / "model").items.image_vectors.shape == (12, 0)


def test_pictures_and_sounds_are_read_back(fitted, tmp_path):
    pictures = np.eye(12, 4, dtype=np.float32)
    fitted.model.items = replace(fitted.model.items, image_vectors=pictures)
    fitted.save(tmp_path / "model")
    again = BlendedModel.load(tmp_path / "model").items
    np.testing.assert_array_equal(again.image_vectors, pictures)
    assert again.audio_vectors.shape == (12, 0)


def test_a_model_is_not_written_over_another(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    with pytest.raises(ModelFolderError, match="not empty"):
        fitted.save(tmp_path / "model")


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "weights.json").unlink(),
        lambda folder: (folder / "items.json").write_text("{"),
        lambda folder: (folder / "sources.json").write_text(json.dumps(["oracle"])),
        lambda folder: np.save(folder / "popularity.npy", np.zeros(3, np.int64)),
        lambda folder: (folder / "vectors.npy").write_bytes(b"no array"),
    ],
)
def test_a_broken_folder_is_refused(fitted, tmp_path, damage):
    fitted.save(tmp_path / "model")
    damage(tmp_path / "model")
    with pytest.raises(ModelFolderError, match="no complete model"):
        BlendedModel.load(tmp_path / "model")


def test_new_items_and_interactions_are_learnt_and_forgotten_exactly(tmp_path):
    first, items = make_log(), make_items()
    fit_model(first, items, FitSettings(tune_from=10_000)).save(tmp_path / "model")
    model = BlendedModel.load(tmp_path / "model")
    before = model.candidates(History.of([3]), 12)
    # Fifteen newcomers take item 3 and then the new item 12.
    count = 15
    added = InteractionLog(
        np.repeat(np.arange(40, 40 + count), 2).astype(np.int32),
        np.tile([3, 12], count).astype(np.int32),
        np.ones(2 * count, np.float32),
        np.tile([0, 86_400], count).astype(np.int64),
        40 + count,
        13,
    )
    seconds = model.update(added, make_items(13))
    assert set(seconds) == set(model.sources)
    assert model.index("p12") == 12
    assert model.popularity[12] == count
    found = {c.item: c for c in model.candidates(History.of([3]), 12)}
    assert found[12].sources["transitions"] > 0
    model.forget(added)
    assert model.popularity[12] == 0
    after = {c.item: c for c in model.candidates(History.of([3]), 13, exclude_indices=[12])}
    # The new item's words and vector stay in the catalogue and move what is made of them.
    for one in before:
        for name in {"transitions", "item_knn", "sessions", "popular"} & set(one.sources):
            assert after[one.item].sources[name] == pytest.approx(one.sources[name], rel=1e-4)
