"""The facts behind a place, from the model's graph to words."""

from __future__ import annotations

import numpy as np
import pytest

from catalog.models import Product
from kg.facts import entity_make, fact_state
from kg.models import Fact
from kg.vocabulary import vocabulary_make
from recommender.candidates import Graph
from recommender.contracts import EventType, InteractionLog, Scenario, SlateRequest
from recommender.delivery.fact_walks import Place, walk_places
from recommender.delivery.words import explanation_products, explanation_words
from recommender.explanation.evidence import fact_path
from recommender.explanation.standing import facts_standing
from recommender.explanation.templates import reason_for_home, reason_for_related
from recommender.explanation.walks import facts_of, standing_paths
from recommender.features.shopper_state import Deed, ShopperState
from recommender.pipeline import slate_build
from recommender.policy.buy_again import Purchases
from recommender.ranking.blend import BlendWeights
from recommender.ranking.model import BlendedModel
from tests.candidates.small_graph import ITEMS, make_facts, make_items

NOW = 1_700_000_000
TITLES = {item: item.capitalize() for item in ITEMS}


@pytest.fixture
def model() -> BlendedModel:
    """The small graph as the only source: whatever is proposed, the graph proposes it."""
    log = InteractionLog(
        np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32),
        np.zeros(0, np.int64), 0, len(ITEMS),
    )  # fmt: skip
    items = make_items(groups=("hair", "hair", "bath", "bath", "bath", ""))
    graph = Graph()
    graph.take_facts(make_facts())
    graph.fit(log, items)
    return BlendedModel(
        items, {"graph": graph}, BlendWeights.of({"graph": 1.0}), np.ones(len(ITEMS), np.int64)
    )


def slate(model, scenario=Scenario.HOME, product="", standing=None):
    at = NOW - 90 * 86_400
    state = ShopperState(
        "anna", (Deed("comb", EventType.PURCHASE, 1.0, at),), {"comb": Purchases(1, at, at)}
    )
    return slate_build(
        SlateRequest(scenario, shopper="anna", product=product), state=state, model=model,
        model_version="v1", unavailable=lambda products: [], length=6, scored_at=NOW,
        standing=standing,
    )  # fmt: skip


def reasons(slate):
    return {item.product: item.explanation for item in slate.items}


def test_a_path_says_each_fact_and_what_stands_there(model):
    path = fact_path(model, "brush", "soap")
    assert [(s["predicate"], s["forward"], s["key"]) for s in path] == [
        ("", True, "product:brush"),
        ("used_for", True, "use:cleaning"),
        ("used_for", False, "product:soap"),
    ]
    assert facts_of(path) == {
        ("product:brush", "used_for", "use:cleaning"),
        ("product:soap", "used_for", "use:cleaning"),
    }
    assert fact_path(model, "comb", "lamp") == []
    assert fact_path(model, "comb", "unknown") == []


def test_the_catalogues_own_table_needs_no_fact(model):
    path = fact_path(model, "cream", "towel")
    assert path[1]["key"] == "category:bath"
    assert facts_of(path) == set()


def test_home_explains_by_the_walk_that_the_graph_took(model):
    found = reasons(slate(model))["brush"]
    assert (found["template"], found["product"]) == ("graph-path", "comb")
    assert found["because"] == "because-bought"
    assert explanation_words(found, TITLES) == "Goes with Comb"
    assert explanation_products(found) == ["comb", "brush"]


def test_a_fact_that_was_taken_back_is_not_told(model):
    asked = []

    def nothing_stands(facts):
        asked.append(set(facts))
        return set()

    found = reasons(slate(model, standing=nothing_stands))
    assert found["brush"] == {"template": "because-bought", "product": "comb"}
    assert len(asked) == 1
    assert ("product:comb", "complements", "product:brush") in asked[0]


def test_one_fact_taken_back_spares_the_other_walks():
    def step(predicate, key):
        return {"predicate": predicate, "forward": True, "told": True, "key": key}

    paths = {
        "x": [step("", "product:a"), step("complements", "product:x")],
        "y": [step("", "product:a"), step("complements", "product:y")],
    }
    kept = standing_paths(paths, lambda facts: {f for f in facts if f[2] == "product:y"})
    assert list(kept) == ["y"]
    assert standing_paths(paths, None) == paths
    assert standing_paths({}, lambda facts: pytest.fail("nothing is claimed")) == {}


def test_shelves_take_what_the_facts_state(model):
    beside = slate(model, Scenario.COMPLEMENTARY, "comb")
    # Both are for hair, which would bar the brush if no fact said that they go together.
    assert [item.product for item in beside.items] == ["brush"]
    assert set(beside.items[0].sources) == {"graph"}
    words = explanation_words(beside.items[0].explanation, TITLES)
    assert words == "Goes with Comb"
    alike = slate(model, Scenario.SIMILAR, "cream")
    assert [item.product for item in alike.items] == ["soap"]
    assert explanation_words(alike.items[0].explanation, TITLES) == "Can take the place of Cream"
    assert not slate(model, Scenario.COMPLEMENTARY, "cream").items


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ([("bought_with", "comb", "")], "Often bought together with Brush"),
        ([("also_bought", "comb", "")], "Buyers of Brush also bought this"),
        ([("made_by", "", "Ada"), ("made_by", "comb", "")], "Also by Ada, like Brush"),
        ([("in_category", "", "Hair"), ("in_category", "comb", "")], "Also Hair, like Brush"),
        ([("made_of", "", "wood"), ("made_of", "comb", "")], "Made of wood, like Brush"),
        (
            [("related_to", "", "calm"), ("related_to", "comb", "")],
            "Has “calm” in common with Brush",
        ),
        (
            [("complements", "soap", ""), ("made_by", "", "A"), ("made_by", "comb", "")],
            "Because you like Brush",
        ),
    ],
)
def test_a_walk_in_one_sentence(path, sentence):
    steps = [{"predicate": "", "name": "", "product": "brush"}]
    steps += [{"predicate": p, "name": name, "product": product} for p, product, name in path]
    explanation = {
        "template": "graph-path", "product": "brush", "because": "because-liked", "path": steps,
    }  # fmt: skip
    assert explanation_words(explanation, TITLES) == sentence


def test_a_walk_whose_start_has_no_title_any_more_is_not_told():
    explanation = {"template": "graph-path", "product": "gone", "path": [{}, {}]}
    assert explanation_words(explanation, {}) == "Chosen from what you viewed and bought"


def test_shared_brand_and_category_are_named_where_words_proposed_the_item():
    words = {"lexical": 0.6, "content": 0.5}
    brand = reason_for_related(Scenario.SIMILAR, "comb", words, shared=("brand", "Ada"))
    assert brand == {"template": "shares", "product": "comb", "by": "brand", "name": "Ada"}
    assert explanation_words(brand, {}) == "Also by Ada"
    group = reason_for_related(Scenario.SIMILAR, "comb", words, shared=("category", "Hair"))
    assert explanation_words(group, {}) == "Also Hair"
    meaning = reason_for_related(
        Scenario.SIMILAR, "comb", {"lexical": 0.2, "content": 0.5}, shared=("brand", "Ada")
    )
    assert meaning == {"template": "similar-to", "product": "comb"}
    beside = reason_for_related(Scenario.COMPLEMENTARY, "comb", words, shared=("brand", "Ada"))
    assert beside == {"template": "taken-with", "product": "comb"}


def test_without_a_deed_there_is_no_walk_to_tell():
    assert reason_for_home({"graph": 1.0}, None, [{"key": "x"}]) == {"template": "your-taste"}


@pytest.fixture
def recorded(db) -> None:
    vocabulary_make()
    things = {
        external_id: entity_make(
            kind="product",
            name=external_id,
            product=Product.objects.create(external_id=external_id, title=external_id),
        )
        for external_id in ("a", "b")
    }
    ada = entity_make(kind="brand", name="Ada")
    fact_state(subject=things["a"], predicate="made_by", object=ada, status=Fact.Status.ACCEPTED)
    fact_state(subject=things["b"], predicate="made_by", object=ada, status=Fact.Status.PROPOSED)


def test_only_accepted_facts_stand(recorded, django_assert_num_queries):
    wanted = {
        ("product:a", "made_by", "brand:Ada"),
        ("product:b", "made_by", "brand:Ada"),
        ("product:a", "made_by", "brand:Nobody"),
    }
    with django_assert_num_queries(1):
        assert facts_standing(wanted) == {("product:a", "made_by", "brand:Ada")}


def test_the_walk_is_read_with_the_labels_of_the_vocabulary(recorded, django_assert_num_queries):
    explanation = {
        "template": "graph-path",
        "path": [
            {"predicate": "", "forward": True, "name": "", "product": "a"},
            {"predicate": "made_by", "forward": True, "name": "Ada", "product": ""},
            {"predicate": "made_by", "forward": False, "name": "", "product": "b"},
        ],
    }
    with django_assert_num_queries(1):
        places = walk_places("b", explanation, {"a": "Comb", "b": "Brush"})
    assert places == (
        Place("", "Comb"), Place("made by", "Ada"), Place("makes", "Brush", is_item=True),
    )  # fmt: skip
    assert walk_places("b", explanation, {"a": "Comb"}) == ()
    with django_assert_num_queries(0):
        assert walk_places("b", {"template": "popular"}, {}) == ()
