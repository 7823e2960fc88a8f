"""The knowledge graph in a fitted model."""

import numpy as np
import pytest

from catalog.models import Product
from kg.facts import entity_make, fact_state
from kg.models import Fact
from kg.vocabulary import vocabulary_make
from recommender.contracts import History, InteractionLog, TripleTable
from recommender.learning.fit import FitSettings, KnownFacts, fit_model
from recommender.learning.update import learn
from recommender.ranking.model import BlendedModel
from recommender.registry.versions import model_folder
from tests.candidates.small_graph import ITEMS, make_facts, make_items


def test_tuning_sees_the_facts_as_they_were_and_the_served_model_as_they_are():
    shoppers = np.repeat(np.arange(40), 4)
    log = InteractionLog(
        shoppers.astype(np.int32),
        ((shoppers + np.tile(np.arange(4), 40)) % len(ITEMS)).astype(np.int32),
        np.ones(160, np.float32),
        np.tile(np.arange(4), 40) * 86_400,
        40,
        len(ITEMS),
    )
    asked: list[int] = []

    def as_of(earlier: InteractionLog) -> TripleTable:
        asked.append(len(earlier))
        return TripleTable.empty()

    fitted = fit_model(
        log,
        make_items(),
        FitSettings(sources={"graph": {}, "popular": {}}, tune_from=100, tune_seconds=2),
        KnownFacts(make_facts(), as_of),
    )
    assert asked == [120], "each shopper's last interaction is unknown to the tuning"
    # Without facts the graph proposed nothing, so no weight of it could have helped.
    assert fitted.validation["cases"] == 40
    served = fitted.model.sources["graph"]
    assert len(served.facts) == len(make_facts())
    assert served.score([History.of([0])])[0][1] > 0


@pytest.mark.django_db(transaction=True)
def test_what_merchandisers_accept_is_in_the_next_model(small_shop, tmp_path, settings):
    settings.MODEL_DIR, settings.SNAPSHOT_DIR = tmp_path / "models", tmp_path / "snapshots"
    vocabulary_make()
    oat, tea = (
        entity_make(kind="product", name=product.title, product=product)
        for product in Product.objects.filter(external_id__in=["p0", "p10"]).order_by("pk")
    )
    fact_state(subject=oat, predicate="complements", object=tea, status=Fact.Status.ACCEPTED)
    version = learn(minimum_events=0)
    assert version is not None
    assert version.settings["facts"] == 1
    model = BlendedModel.load(model_folder(version))
    milk = model.index("p0")
    assert milk is not None
    beside = model.related(milk, "complementary")
    assert model.items.ids[beside[0].item] == "p10"
    assert beside[0].sources["graph"] >= 1.5
