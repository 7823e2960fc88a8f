"""New and changed products in the live model, without any training."""

from __future__ import annotations

import time

import numpy as np
import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Product
from catalog.services import product_save
from kg.catalogue_facts import catalogue_facts_sync
from kg.facts import fact_state
from recommender.contracts import History
from recommender.features.media_vectors import vector_packed
from recommender.features.models import MediaVector
from recommender.learning import growth, update
from recommender.learning.growth import model_grow
from recommender.learning.learnt_log import LearntLog, difference
from recommender.learning.publish import publishing
from recommender.learning.update import learn
from recommender.ranking.model import BlendedModel, ModelFolderError
from recommender.registry.models import ModelVersion
from recommender.registry.served_version import DamagedModelError
from recommender.registry.versions import (
    LIVE_KEY,
    ForeignModelError,
    model_activate,
    model_folder,
    model_live,
)
from recsite.locks import BusyError, one_at_a_time
from tests.shop import BASKETS

pytestmark = pytest.mark.django_db(transaction=True)


class WordEncoder:
    """A text's vector from its words alone, and a note of every text that was asked for."""

    checksum = "words"
    dimensions = 6

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.known: dict[str, np.ndarray] = {}

    def encode(self, texts):
        for text in texts:
            if text not in self.known:
                self.asked.append(text)
                rows = [
                    np.random.default_rng(list(word.encode())).normal(size=self.dimensions)
                    for word in text.lower().split()
                ]
                total = np.sum(rows, axis=0)
                self.known[text] = (total / np.linalg.norm(total)).astype(np.float32)
        return np.stack([self.known[text] for text in texts])


@pytest.fixture
def encoder(monkeypatch) -> WordEncoder:
    made = WordEncoder()
    for module in ("growth", "update"):
        monkeypatch.setattr(f"recommender.learning.{module}.item_encoder", lambda **_: made)
    return made


@pytest.fixture
def live(small_shop, encoder) -> ModelVersion:
    version = learn(minimum_events=0)
    assert version is not None
    encoder.asked.clear()
    return version


def add_tea(external_id: str = "tea") -> Product:
    return product_save(
        product=Product(external_id=external_id, title="Green tea, loose", price=3, stock=5),
        brand="Harbour",
        category=["Pantry", "Tea"],
    )


def loaded(version: ModelVersion) -> BlendedModel:
    return BlendedModel.load(model_folder(version))


def test_a_new_product_is_proposed_by_what_it_is(live, encoder):
    assert model_grow() is None
    add_tea()
    grown = model_grow()
    assert grown is not None
    assert model_live() == grown
    assert (grown.parent, grown.watermark) == (live, live.watermark)
    told = {name: grown.settings[name] for name in ("kind", "items", "added", "changed")}
    assert told == {"kind": "growth", "items": 13, "added": 1, "changed": 0}
    assert encoder.asked == ["Green tea, loose. Harbour. Pantry, Tea"]

    # What was learnt from interactions stays known, by the shoppers' names.
    learnt = LearntLog.load(model_folder(grown))
    assert set(learnt.shoppers) == set(BASKETS)
    assert len(learnt.log) == loaded(live).popularity.sum() == 25
    assert not difference(LearntLog.load(model_folder(live)), learnt)
    model = loaded(grown)
    tea, other_tea, bread = (model.positions[p] for p in ("tea", "p10", "p4"))
    assert model.popularity[tea] == 0
    assert model.items.ids[:12] == loaded(live).items.ids
    after_tea = model.candidates(History.of([other_tea]), 3, [other_tea])
    assert tea in [c.item for c in after_tea]
    assert tea not in [c.item for c in model.candidates(History.of([bread]), 3, [bread])]
    assert model.related(other_tea, "similar", 1)[0].item == tea
    # The facts about it were taken in too: its brand makes the coffee as well.
    assert model.sources["graph"].score([History.of([tea])])[0][model.index("p9")] > 0


def test_what_was_known_before_is_proposed_as_before(live):
    add_tea()
    grown = loaded(model_grow())
    before = loaded(live)
    history = [History.of([0, 4])]
    for name in ("transitions", "item_knn", "sessions", "popular"):
        np.testing.assert_array_equal(
            grown.sources[name].score(history)[:, :12], before.sources[name].score(history)
        )


def test_a_changed_text_is_taken_in_and_a_changed_price_is_not_worth_a_version(live, encoder):
    honey = Product.objects.get(external_id="p11")
    honey.price = 9
    product_save(product=honey)
    assert model_grow() is None
    honey.title = "Green tea honey"
    product_save(product=honey)
    grown = model_grow()
    assert (grown.settings["added"], grown.settings["changed"]) == (0, 1)
    assert encoder.asked == ["Green tea honey. Orchard. Pantry, Spreads"]
    model = loaded(grown)
    assert "tea" in model.items.texts[11]
    tea = [History.of([10])]
    for name in ("content", "lexical", "text_ease", "text_transitions"):
        again = loaded(live).sources[name].score(tea)
        assert not np.array_equal(model.sources[name].score(tea), again), name


def picture_of(external_id: str, place: int) -> None:
    MediaVector.objects.create(
        product=Product.objects.get(external_id=external_id),
        kind=MediaVector.Kind.IMAGE,
        source="drawing",
        content=f"content of {external_id}",
        encoder="eyes",
        vector=vector_packed(np.eye(4, dtype=np.float32)[place]),
    )


def test_a_picture_that_came_later_is_taken_in(small_shop, encoder):
    picture_of("p0", 0)
    live = learn(minimum_events=0)
    assert model_grow() is None
    picture_of("p9", 1)
    grown = model_grow()
    assert (grown.parent, grown.settings["added"], grown.settings["changed"]) == (live, 0, 1)
    pictures = loaded(grown).items.image_vectors
    np.testing.assert_array_equal(pictures[[0, 9]], np.eye(4)[:2])
    assert np.abs(pictures).sum() == 2
    assert model_grow() is None


def test_nothing_new_costs_three_queries(live):
    model_grow()
    with CaptureQueriesContext(connection) as queries:
        assert model_grow() is None
    assert len(queries) == 3


def test_a_fact_that_somebody_states_counts_without_training(live):
    catalogue_facts_sync()
    assert model_grow() is None  # What the catalogue says was known already.
    fact_state(
        subject="product:p4", predicate="complements", object="product:p10", status="accepted"
    )
    grown = model_grow()
    assert grown is not None
    assert (grown.settings["added"], grown.settings["changed"]) == (0, 0)
    model = loaded(grown)
    bread, tea = model.positions["p4"], model.positions["p10"]
    assert model.related(bread, "complementary", 1)[0].item == tea
    assert model_grow() is None


def test_a_product_that_was_withdrawn_keeps_its_place(live):
    Product.objects.filter(external_id="p3").update(status=Product.Status.DRAFT)
    add_tea()
    grown = loaded(model_grow())
    assert grown.items.ids == (*loaded(live).items.ids, "tea")
    assert grown.items.texts[3].startswith("Strawberry yoghurt")


def test_before_the_first_training_there_is_nothing_to_grow(small_shop, encoder):
    assert model_grow() is None
    assert ModelVersion.objects.count() == 0


def test_products_wait_for_training_when_the_encoder_is_another(live, encoder):
    add_tea()
    encoder.checksum = "other"
    assert model_grow() is None
    assert model_live() == live


def test_growing_goes_on_while_training_runs_and_training_keeps_what_was_added(live, monkeypatch):
    with one_at_a_time("learning"):
        add_tea()
        grown = model_grow()
    assert grown is not None

    fit_model, growth_during_fit = update.fit_model, None

    def slow_fit(*arguments):
        fitted = fit_model(*arguments)
        add_tea("late")
        nonlocal growth_during_fit
        growth_during_fit = model_grow()
        return fitted

    monkeypatch.setattr(update, "fit_model", slow_fit)
    learnt = learn(minimum_events=0)
    assert growth_during_fit is not None
    assert model_live() == learnt
    assert {"tea", "late"} <= set(loaded(learnt).items.ids)
    assert learnt.settings["items"] == 14
    assert learnt.settings["kind"] == "training"


def test_whoever_publishes_keeps_others_waiting(live):
    add_tea()
    with publishing():
        began = time.monotonic()
        with pytest.raises(BusyError), publishing(wait_seconds=0.3):
            pass
        assert 0.3 <= time.monotonic() - began < 2.0
    assert model_grow() is not None


def test_a_failure_is_not_repeated_every_few_seconds(live, monkeypatch):
    add_tea()
    calls = []

    def broken(*_, **__):
        calls.append(1)
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(growth, "model_publish", broken)
        with pytest.raises(OSError, match="full"):
            model_grow()
        assert model_grow() is None
    assert calls == [1]
    assert model_live() == live
    cache.delete(growth.SETTLED_KEY)
    assert model_grow() is not None


def test_many_additions_leave_the_learnt_versions_to_go_back_to(live):
    for number in range(5):
        add_tea(f"tea{number}")
        assert model_grow() is not None
    kept = [v for v in ModelVersion.objects.order_by("created_at") if model_folder(v).is_dir()]
    assert kept[0] == live
    assert [v.settings.get("added") for v in kept[1:]] == [1, 1]
    assert kept[-1] == model_live()


def test_a_model_of_another_catalogue_is_refused_and_the_live_one_stays(live):
    add_tea()
    grown = model_grow()
    # The same files under a catalogue in which every product has another name.
    for product in Product.objects.all():
        Product.objects.filter(pk=product.pk).update(external_id=f"other-{product.external_id}")
    with pytest.raises(ForeignModelError, match=r"another catalogue: of 12 products .* 0 are"):
        model_activate(version=live)
    live.refresh_from_db()
    assert live.status == ModelVersion.Status.REFUSED
    assert model_live() == grown


def test_a_damaged_live_model_is_not_grown(live):
    weights = model_folder(live) / "weights.json"
    weights.write_text(weights.read_text() + " ")
    add_tea()
    with pytest.raises(DamagedModelError, match="have changed"):
        model_grow()
    assert ModelVersion.objects.count() == 1


def test_a_source_of_another_model_is_refused(live):
    add_tea()
    grown, old = model_folder(model_grow()), model_folder(live)
    for file in (old / "sources" / "content").iterdir():
        (grown / "sources" / "content" / file.name).write_bytes(file.read_bytes())
    with pytest.raises(ModelFolderError, match="content scores 12 items of 13"):
        BlendedModel.load(grown)


def test_the_cache_may_forget_which_model_is_live(live):
    cache.delete(LIVE_KEY)
    add_tea()
    assert model_grow() is not None
