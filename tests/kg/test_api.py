"""The graph over REST: found, looked around in, walked, stated, changed; each refusal named."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from catalog.models import Product
from kg import api as kg_api
from kg.catalogue_facts import catalogue_facts_sync
from kg.models import Entity, Fact
from kg.protocol import Edge, GraphPath, Neighbourhood, Node
from tests.api.conftest import api, assert_problem, make_api  # noqa: F401
from tests.shop import SmallShop
from users.models import Consent, Scope, Shopper

ROOT = "/api/v1/graph"


@pytest.fixture
def shop(small_shop: SmallShop) -> SmallShop:
    catalogue_facts_sync()
    return small_shop


def body(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.json()


# --- entities -------------------------------------------------------------------------------------


def test_entities_are_found_by_words_and_kind(api, shop):  # noqa: F811
    found = body(api.get(f"{ROOT}/entities/?q=milk+oat"))["results"]
    assert [(e["key"], e["kind"], e["name"], e["product"]) for e in found] == [
        ("product:p0", "product", "Oat milk, 1 litre", "p0")
    ]
    brands = body(api.get(f"{ROOT}/entities/?kind=brand&q=ar"))["results"]
    assert [e["name"] for e in brands] == ["Orchard", "Harbour"]


def test_pages_of_entities_hold_each_once(api, shop):  # noqa: F811
    address, keys = f"{ROOT}/entities/?limit=7", []
    while address:
        page = body(api.get(address))
        keys += [entity["key"] for entity in page["results"]]
        address = page["next"]
    assert sorted(keys) == sorted(Entity.objects.values_list("key", flat=True))


def test_an_entity_is_read_by_its_encoded_key(api, shop):  # noqa: F811
    path = quote("category:Dairy / Milk", safe="")
    assert body(api.get(f"{ROOT}/entities/{path}/"))["name"] == "Milk"
    assert_problem(api.get(f"{ROOT}/entities/brand:Nobody/"), 404)
    assert_problem(api.get(f"{ROOT}/entities/brand:%00/"), 404)


def test_drafts_are_not_shown(api, shop):  # noqa: F811
    Product.objects.filter(external_id="p0").update(status=Product.Status.DRAFT)
    assert_problem(api.get(f"{ROOT}/entities/product:p0/"), 404)
    assert body(api.get(f"{ROOT}/entities/?q=oat"))["results"] == []
    assert body(api.get(f"{ROOT}/facts/?subject=product:p0"))["results"] == []


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/entities/?kind=planet", "kind"),
        ("/entities/?limit=0", "limit"),
        ("/entities/?cursor=nonsense", "cursor"),
        ("/entities/?q=" + "x" * 301, "q"),
        ("/entities/brand:Meadow/neighbourhood/?hops=4", "hops"),
        ("/entities/brand:Meadow/neighbourhood/?limit=501", "limit"),
        ("/entities/brand:Meadow/neighbourhood/?predicates=made_by,tastes", "predicates"),
        ("/paths/?product=p1", "shopper"),
        ("/paths/?shopper=anna", "product"),
        ("/paths/?shopper=anna&product=p1&hops=5", "hops"),
        ("/facts/?status=maybe", "status"),
        ("/facts/?source=hearsay", "source"),
        ("/facts/?subject=%00", "subject"),
    ],
)
def test_a_wrong_question_names_the_field(api, shop, path, field):  # noqa: F811
    assert_problem(api.get(ROOT + path), 400, field=field)


# --- the graph ------------------------------------------------------------------------------------


class Asked:
    """A graph that answers what it is told to and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple] = []
        self.answer: object = None

    def neighbours(self, key, **options):
        self.asked.append((key, options))
        if self.answer is None:
            raise KeyError(key)
        return self.answer

    def paths(self, starts, target, **options):
        self.asked.append((starts, target, options))
        return self.answer


@pytest.fixture
def graph(monkeypatch) -> Asked:
    asked = Asked()
    monkeypatch.setattr(kg_api, "graph", lambda: asked)
    return asked


def test_a_neighbourhood_is_asked_of_the_graph(api, shop, graph):  # noqa: F811
    graph.answer = Neighbourhood(
        "brand:Meadow",
        (Node("brand:Meadow", "brand", "Meadow"), Node("product:p0", "product", "Oat milk")),
        (Edge("product:p0", "made_by", "brand:Meadow", 0.5),),
        True,
    )
    found = body(
        api.get(f"{ROOT}/entities/brand:Meadow/neighbourhood/?hops=2&limit=9&predicates=made_by")
    )
    assert graph.asked == [("brand:Meadow", {"hops": 2, "limit": 9, "predicates": ["made_by"]})]
    assert found["edges"] == [
        {
            "subject": "product:p0",
            "predicate": "made_by",
            "object": "brand:Meadow",
            "confidence": 0.5,
        }
    ]
    assert [node["key"] for node in found["nodes"]] == ["brand:Meadow", "product:p0"]
    assert (found["centre"], found["truncated"]) == ("brand:Meadow", True)


def test_an_entity_that_the_graph_has_not_heard_of_is_a_404(api, shop, graph):  # noqa: F811
    assert_problem(api.get(f"{ROOT}/entities/brand:Meadow/neighbourhood/"), 404)


def test_paths_start_at_what_the_shopper_did(api, shop, graph):  # noqa: F811
    edges = (
        Edge("product:p9", "made_by", "brand:Harbour"),
        Edge("product:p10", "made_by", "brand:Harbour", 0.5),
    )
    graph.answer = [GraphPath(("product:p9", "brand:Harbour", "product:p10"), edges)]
    found = body(api.get(f"{ROOT}/paths/?shopper=anna&product=p10"))
    starts, target, options = graph.asked[0]
    assert set(starts) == {"product:p0", "product:p4", "product:p7", "product:p9", "product:p11"}
    # The newest basket comes first.
    assert set(starts[:3]) == {"product:p0", "product:p4", "product:p11"}
    assert (target, options) == ("product:p10", {"hops": 3, "limit": 5, "predicates": []})
    (path,) = found["paths"]
    assert [node["name"] for node in path["nodes"]] == [
        "Ground coffee, 500 g",
        "Harbour",
        "Green tea, 20 bags",
    ]
    assert path["confidence"] == 0.5


def test_paths_tell_of_a_shopper_and_need_the_scope_for_it(make_api, shop):  # noqa: F811
    address = f"{ROOT}/paths/?shopper=anna&product=p10"
    answer = make_api(Scope.GRAPH_READ, name="graph only").get(address)
    assert "profile:read" in assert_problem(answer, 403)["detail"]
    both = make_api(Scope.GRAPH_READ, Scope.PROFILE_READ, name="both")
    assert both.get(address).status_code == 200


def test_who_is_unknown_or_withdrew_has_no_paths(api, shop, graph):  # noqa: F811
    Shopper.objects.filter(external_id="ben").update(consent=Consent.WITHDRAWN)
    for shopper in ("nobody", "ben"):
        answer = body(api.get(f"{ROOT}/paths/?shopper={shopper}&product=p10"))
        assert answer == {"shopper": shopper, "product": "p10", "paths": []}
    assert graph.asked == []
    assert_problem(api.get(f"{ROOT}/paths/?shopper=anna&product=nothing"), 404)


# --- facts ----------------------------------------------------------------------------------------

OATS = {
    "subject": "product:p0",
    "predicate": "made_of",
    "object": "material:oats",
    "object_name": "Oats",
    "confidence": 0.9,
    "evidence": "Water, oats (11 %).",
}


def test_a_fact_is_stated_once(api, shop):  # noqa: F811
    made = body(api.post(f"{ROOT}/facts/", OATS), 201)
    assert {name: made[name] for name in OATS} == OATS
    assert (made["status"], made["source"]) == ("proposed", "import")
    again = body(api.post(f"{ROOT}/facts/", OATS), 200)
    assert again["id"] == made["id"]
    assert Fact.objects.filter(predicate__key="made_of").count() == 1
    assert Fact.history.get(id=made["id"]).history_change_reason == "REST: client"
    assert body(api.get(f"{ROOT}/facts/{made['id']}/")) == again


def test_facts_are_listed_by_what_they_say(api, shop):  # noqa: F811
    api.post(f"{ROOT}/facts/", OATS)
    listed = body(api.get(f"{ROOT}/facts/?subject=product:p0&source=catalogue"))["results"]
    assert {(fact["predicate"], fact["object"]) for fact in listed} == {
        ("made_by", "brand:Meadow"),
        ("in_category", "category:Dairy / Milk"),
    }
    proposed = body(api.get(f"{ROOT}/facts/?status=proposed"))["results"]
    assert [fact["object_name"] for fact in proposed] == ["Oats"]
    assert len(body(api.get(f"{ROOT}/facts/?predicate=made_by&limit=5"))["results"]) == 5


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"predicate": "tastes_like"}, "predicate"),
        ({"predicate": ""}, "predicate"),
        ({"object": "brand:Meadow"}, "object"),
        ({"object": "planet:Mars"}, "object"),
        ({"object": "oats"}, "object"),
        ({"subject": "product:missing"}, "subject"),
        ({"subject": 7.5}, "subject"),
        ({"confidence": 1.5}, "confidence"),
        ({"confidence": "high"}, "confidence"),
        ({"confidence": None}, "confidence"),
        ({"status": "maybe"}, "status"),
        ({"source": "catalogue"}, "source"),
        ({"evidence": "x" * 4001}, "evidence"),
        ({"object_name": "x" * 301}, "object_name"),
        ({"replace": "perhaps"}, "replace"),
        ({"predicate": "made_by", "object": "brand:Hilltop", "status": "accepted"}, "object"),
    ],
)
def test_a_fact_that_cannot_be_is_refused_by_the_field(api, shop, changes, field):  # noqa: F811
    before = (Fact.objects.count(), Entity.objects.count())
    assert_problem(api.post(f"{ROOT}/facts/", OATS | changes), 400, field=field)
    assert (Fact.objects.count(), Entity.objects.count()) == before


def test_a_contradiction_replaces_on_demand(api, shop):  # noqa: F811
    answer = api.post(
        f"{ROOT}/facts/",
        {
            "subject": "product:p0",
            "predicate": "made_by",
            "object": "brand:Hilltop",
            "status": "accepted",
            "source": "merchandiser",
            "replace": True,
        },
    )
    assert body(answer, 201)["object"] == "brand:Hilltop"
    made_by = Fact.objects.filter(subject__key="product:p0", predicate__key="made_by")
    assert [fact.object.key for fact in made_by] == ["brand:Hilltop"]


def test_a_fact_is_changed_and_retracted(api, shop):  # noqa: F811
    made = body(api.post(f"{ROOT}/facts/", OATS), 201)
    address = f"{ROOT}/facts/{made['id']}/"
    changed = body(api.patch(address, {"status": "accepted", "confidence": 0.5}))
    assert (changed["status"], changed["confidence"], changed["evidence"]) == (
        "accepted",
        0.5,
        OATS["evidence"],
    )
    assert_problem(api.patch(address, {}), 400, field="")
    assert_problem(api.patch(address, {"confidence": 2}), 400, field="confidence", limit=1)
    assert_problem(api.patch(address, {"confidence": None}), 400, field="confidence")
    assert_problem(api.patch(address, {"object": "material:unheard"}), 400, field="object")
    assert_problem(api.patch(address, [1]), 400, field="")
    assert api.delete(address).status_code == 204
    assert_problem(api.get(address), 404)
    assert_problem(api.delete(address), 404)
    assert_problem(api.get(f"{ROOT}/facts/{10**30}/"), 404)


def test_reading_and_writing_need_their_scopes(make_api, shop):  # noqa: F811
    reader = make_api(Scope.GRAPH_READ, name="reader")
    assert reader.get(f"{ROOT}/entities/").status_code == 200
    problem = assert_problem(reader.post(f"{ROOT}/facts/", OATS), 403)
    assert "graph:write" in problem["detail"]
    writer = make_api(Scope.GRAPH_WRITE, name="writer")
    assert_problem(writer.get(f"{ROOT}/facts/"), 403)
    assert writer.post(f"{ROOT}/facts/", OATS).status_code == 201
    stranger = make_api(Scope.CATALOGUE_READ, name="stranger")
    for path in ("/entities/", "/entities/brand:Meadow/neighbourhood/", "/paths/", "/facts/"):
        assert_problem(stranger.get(ROOT + path), 403)
