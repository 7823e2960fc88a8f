"""Entities in the admin: finding them, their page, and what lies around them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kg.admin.evidence import evidence_marked
from kg.admin.search import entities_find
from kg.facts import entity_make, fact_state
from kg.models import Entity, Fact
from tests.admin.graph_people import client_of
from tests.admin.stock import Stock

LIST = "/admin/kg/entity/"
AROUND = "/admin/kg/entity/neighbourhood/"
FIND = "/admin/kg/entity/find/"
SCRIPT = "<script>alert(1)</script>"


def page_of(entity: Entity) -> str:
    return reverse("admin:kg_entity_change", args=[entity.pk])


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def join(subject: Entity, predicate: str, object: Entity, **options) -> Fact:
    return fact_state(
        subject=subject, predicate=predicate, object=object,
        **{"status": Fact.Status.ACCEPTED, **options},
    )  # fmt: skip


# --- finding ------------------------------------------------------------------------------------


def test_the_likeliest_stand_first(db) -> None:
    names = ["Aluminium foil", "Olive oil", "Oil", "Toilet soap", "Oil of olives"]
    for name in names:
        entity_make(kind="material", name=name)
    found = [entity.name for entity in entities_find("oil")]
    assert found == ["Oil", "Oil of olives", "Olive oil", "Aluminium foil", "Toilet soap"]
    assert [e.name for e in entities_find("oLIVE  oil")] == ["Olive oil", "Oil of olives"]
    assert entities_find("material:oil", kinds=["material"])[0].name == "Oil"
    assert list(entities_find("oil", kinds=["use"])) == []


def test_the_list_is_searched_and_narrowed(stock: Stock, boss_client: Client) -> None:
    page = boss_client.get(LIST, {"q": "material"})
    assert {e.kind for e in page.context["cl"].result_list} == {"material"}
    page = boss_client.get(LIST, {"kind__exact": "brand"})
    assert len(page.context["cl"].result_list) == len(stock.brands)


@pytest.mark.parametrize("words", ["\x00", "%", "_", "'", "x" * 10_000, "“ ”", "a b c d e f g h i"])
def test_strange_words_break_neither_list_nor_picker(
    stock: Stock, boss_client: Client, words: str
) -> None:
    assert boss_client.get(LIST, {"q": words}).status_code in {200, 302}
    answer = boss_client.get(FIND, {"term": words, "page": "x", "predicate": "9" * 30})
    assert answer.status_code == 200


def test_the_picker_offers_the_kinds_that_fit(stock: Stock, boss_client: Client) -> None:
    fact = stock.facts[0]
    given = {"predicate": fact.predicate_id, "side": "object", "term": ""}
    answer = boss_client.get(FIND, given).json()
    assert len(answer["results"]) == len(stock.brands)
    assert all(result["text"].endswith("· brand") for result in answer["results"])
    assert answer["pagination"] == {"more": False}


def test_the_picker_turns_pages(db, boss_client: Client) -> None:
    for number in range(25):
        entity_make(kind="use", name=f"Use {number:02}")
    first = boss_client.get(FIND, {"term": "use"}).json()
    second = boss_client.get(FIND, {"term": "use", "page": "2"}).json()
    assert (len(first["results"]), first["pagination"]["more"]) == (20, True)
    assert second["results"][0]["text"] == "Use 20 · use"
    assert (len(second["results"]), second["pagination"]["more"]) == (5, False)


# --- the page -----------------------------------------------------------------------------------


def test_the_page_shows_facts_in_both_directions(stock: Stock, boss_client: Client) -> None:
    thing, maker = stock.entities[:2]
    out, into = boss_client.get(page_of(thing)).context["lists"]
    assert [row["words"] for row in out["rows"]] == ["made by", "made of"]
    assert into["rows"] == []
    out, into = boss_client.get(page_of(maker)).context["lists"]
    assert [(row["words"], row["other"]) for row in into["rows"]] == [("makes", thing)]


def test_a_page_costs_the_same_for_twice_the_facts(stock: Stock, boss_client: Client) -> None:
    thing = stock.entities[0]
    for n in range(5):
        join(thing, "used_for", entity_make(kind="use", name=f"use {n}"))
        join(thing, "complements", stock.entities[2])
    address, around = page_of(thing), f"{AROUND}?key={thing.key}&hops=1"
    before = queries(boss_client, address), queries(boss_client, around)
    for n in range(5, 15):
        join(thing, "used_for", entity_make(kind="use", name=f"use {n}"))
    stock.more(4)
    for other in stock.entities[8::2]:
        join(thing, "complements", other)
    assert (queries(boss_client, address), queries(boss_client, around)) == before
    assert max(before) <= 20


def test_facts_are_turned_page_by_page(stock: Stock, boss_client: Client) -> None:
    maker = stock.entities[1]
    for n in range(45):
        join(maker, "related_to", entity_make(kind="concept", name=f"idea {n:02}"))
    pages = [boss_client.get(page_of(maker), {"out": p}).context["lists"][0] for p in "123"]
    assert [len(page["rows"]) for page in pages] == [20, 20, 5]
    seen = {row["other"].name for page in pages for row in page["rows"]}
    assert len(seen) == 45
    wrong = boss_client.get(page_of(maker), {"out": "x", "in": "-1"})
    assert wrong.context["lists"][0]["page"].number == 1


def test_html_in_a_name_stays_text(stock: Stock, boss_client: Client) -> None:
    idea = entity_make(kind="concept", name=SCRIPT)
    join(stock.entities[0], "related_to", idea)
    pages = [
        LIST, page_of(idea), page_of(stock.entities[0]), "/admin/kg/fact/",
        "/admin/kg/historicalfact/", f"/admin/kg/fact/add/?object={idea.pk}",
    ]  # fmt: skip
    for address in pages:
        html = boss_client.get(address).content.decode()
        assert SCRIPT not in html, address
        assert "&lt;script&gt;alert(1)" in html, address


def test_an_entity_is_added_and_renamed(stock: Stock, boss_client: Client) -> None:
    added = boss_client.post(f"{LIST}add/", {"kind": "use", "name": " camping \n trips "})
    assert added.status_code == 302
    entity = Entity.objects.get(key="use:camping trips")
    boss_client.post(page_of(entity), {"name": "Camping", "_continue": "1"})
    entity.refresh_from_db()
    assert (entity.key, entity.name) == ("use:camping trips", "Camping")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "use", "name": "x" * 10_000}, "name"),
        ({"kind": "use", "name": "  "}, "name"),
        ({"kind": "use", "name": "a\x00b"}, "name"),
        ({"kind": "product", "name": "Tea"}, "kind"),
        ({"kind": "planet", "name": "Mars"}, "kind"),
        ({"kind": "material", "name": "material X"}, "name"),
    ],
)
def test_a_wrong_entity_is_told_at_its_field(
    db, boss_client: Client, given: dict[str, str], field: str
) -> None:
    entity_make(kind="material", name="Material X")
    page = boss_client.post(f"{LIST}add/", given)
    assert page.status_code == 200
    assert list(page.context["adminform"].form.errors) == [field]
    assert Entity.objects.count() == 1


def test_a_name_that_is_too_long_is_not_taken(stock: Stock, boss_client: Client) -> None:
    thing = stock.entities[0]
    page = boss_client.post(page_of(thing), {"name": "x" * 10_000})
    assert list(page.context["adminform"].form.errors) == ["name"]
    assert Entity.objects.get(pk=thing.pk).name == thing.name


# --- the neighbourhood --------------------------------------------------------------------------


def test_the_neighbourhood_holds_names_pictures_and_words(
    stock: Stock, boss_client: Client
) -> None:
    thing, maker = stock.entities[:2]
    found = boss_client.get(AROUND, {"key": maker.key}).json()
    assert found["centre"] == maker.key
    assert [node["key"] for node in found["nodes"]] == [maker.key, thing.key]
    assert found["nodes"][1]["picture"].startswith("/pictures/")
    assert found["nodes"][1]["page"] == page_of(thing)
    (edge,) = found["edges"]
    assert (edge["subject"], edge["object"]) == (thing.key, maker.key)
    assert (edge["label"], edge["back"], edge["certainty"]) == ("made by", "makes", "100 %")
    # The material is only proposed, so it is not in the graph.
    assert found["truncated"] is False


def test_hops_and_relations_narrow_the_neighbourhood(stock: Stock, boss_client: Client) -> None:
    thing, maker, other = stock.entities[:3]
    join(other, "substitutes", thing)

    def keys(**query) -> set[str]:
        answer = boss_client.get(AROUND, {"key": maker.key, **query}).json()
        return {node["key"] for node in answer["nodes"]}

    assert keys() == {maker.key, thing.key}
    assert keys(hops=2) == {maker.key, thing.key, other.key}
    assert keys(hops=2, predicate="made_by") == {maker.key, thing.key}
    assert keys(predicate=["substitutes", "made_of"]) == {maker.key}


def test_a_hub_is_cut_and_says_so(stock: Stock, boss_client: Client) -> None:
    maker = stock.entities[1]
    for n in range(70):
        join(maker, "related_to", entity_make(kind="concept", name=f"idea {n:02}"))
    found = boss_client.get(AROUND, {"key": maker.key}).json()
    assert found["truncated"] is True
    assert len(found["nodes"]) in {60, 61}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"key": "use:nothing"}, 404),
        ({"key": ""}, 404),
        ({"key": "a\x00b"}, 404),
        ({"key": "x" * 10_000}, 404),
        ({"hops": "9"}, 400),
        ({"hops": "-1"}, 400),
        ({"predicate": "'; DROP TABLE kg_fact"}, 400),
    ],
)
def test_a_wrong_question_gets_a_reason(
    stock: Stock, boss_client: Client, query: dict[str, str], status: int
) -> None:
    answer = boss_client.get(AROUND, {"key": stock.entities[0].key, **query})
    assert answer.status_code == status
    assert answer.json()["error"]


@pytest.mark.parametrize("role", ["viewer", "editor", "reviewer"])
def test_everyone_around_the_graph_sees_it(stock: Stock, role: str) -> None:
    client = client_of(role)
    thing = stock.entities[0]
    assert client.get(page_of(thing)).status_code == 200
    assert client.get(AROUND, {"key": thing.key}).status_code == 200
    may_edit = role != "viewer"
    assert client.get(f"{LIST}add/").status_code == (200 if may_edit else 403)
    renamed = client.post(page_of(thing), {"name": "Other"}).status_code
    assert renamed == (302 if may_edit else 403)
    assert client.post(f"{LIST}{thing.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_member_of_no_group_sees_nothing(stock: Stock, django_user_model) -> None:
    user = django_user_model.objects.create_user("nobody", password="x", is_staff=True)
    client = Client()
    client.force_login(user)
    for address in (LIST, AROUND, FIND, page_of(stock.entities[0]), "/admin/kg/fact/review/"):
        assert client.get(address).status_code == 403, address


# --- evidence -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("evidence", "name", "marked"),
    [
        ("Made of  Olive oil.", "olive oil", "Made of  <mark>Olive oil</mark>."),
        ("With oil of olives", "olive oil", "With <mark>oil</mark> of <mark>olives</mark>"),
        ("For moisturizing skin", "moisturize", "For <mark>moisturizing</mark> skin"),
        ("a <b> & c", "b", "a &lt;<mark>b</mark>&gt; &amp; c"),
        ("nothing of it", "cotton", "nothing of it"),
        ("50% (a+b)", "(a+b)", "50% <mark>(a+b)</mark>"),
        ("", "cotton", ""),
    ],
)
def test_the_mined_words_are_marked(evidence: str, name: str, marked: str) -> None:
    assert evidence_marked(evidence, name) == marked
