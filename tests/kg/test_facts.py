"""Facts: what is taken, what is refused and why, and what the outbox and the history keep."""

from __future__ import annotations

import math

import pytest

from kg.entities import NAME_LIMIT, entity_key
from kg.facts import (
    FactRefusedError,
    entity_make,
    entity_rename,
    fact_accept,
    fact_change,
    fact_find,
    fact_reject,
    fact_retract,
    fact_state,
    facts_accept,
    facts_reject,
    facts_retract,
)
from kg.models import Entity, Fact, OutboxEntry, Predicate
from kg.vocabulary import SHIPPED, predicate_save
from recommender.delivery import pool
from users.models import User

ACCEPTED, PROPOSED, REJECTED = Fact.Status.ACCEPTED, Fact.Status.PROPOSED, Fact.Status.REJECTED


def said() -> set[tuple[str, str, str]]:
    return set(
        Fact.objects.filter(status=ACCEPTED).values_list(
            "subject__key", "predicate__key", "object__key"
        )
    )


def refused(field: str, *words: str):
    return pytest.raises(FactRefusedError, match=rf"(?s)^{field}: .*" + ".*".join(words))


# --- entities -------------------------------------------------------------------------------------


def test_an_entity_is_made_once_and_keeps_its_key_when_it_is_renamed(thing):
    meadow = entity_make(kind="brand", name="  Meadow\n Farm ")
    assert (meadow.key, meadow.name) == ("brand:Meadow Farm", "Meadow Farm")
    assert entity_make(kind="brand", name="Meadow Farm").pk == meadow.pk
    entity_rename(entity=meadow, name="Meadow & Sons")
    meadow.refresh_from_db()
    assert (meadow.key, meadow.name) == ("brand:Meadow Farm", "Meadow & Sons")
    assert thing("product:7").product.external_id == "7"


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"kind": "planet", "name": "Mars"}, "kind"),
        ({"kind": "product", "name": "Loose"}, "kind"),
        ({"kind": "brand", "name": " \n"}, "name"),
        ({"kind": "brand", "name": "a\x00b"}, "name"),
        ({"kind": "brand", "name": "a\ud800"}, "name"),
        ({"kind": "brand", "name": "x" * (NAME_LIMIT + 1)}, "name"),
        ({"kind": "brand", "name": "x", "key": "use:x"}, "key"),
        ({"kind": "brand", "name": "x", "key": "brand:"}, "key"),
        ({"kind": "brand", "name": "x", "key": "brand:" + "x" * 250}, "key"),
    ],
)
def test_a_wrong_entity_is_refused_by_the_field(arguments, field):
    with refused(field):
        entity_make(**arguments)
    assert Entity.objects.count() == 0


def test_names_too_long_for_a_key_still_differ_in_it():
    one, two = ("x" * 280 + end for end in "ab")
    keys = {entity_key("concept", one), entity_key("concept", two)}
    assert len(keys) == 2
    assert {len(key) for key in keys} == {255}


# --- refusals -------------------------------------------------------------------------------------


def test_an_unknown_predicate_is_refused_with_those_that_are_known(thing):
    with refused("predicate", "“tastes_like” is not in the vocabulary", "made_by"):
        fact_state(subject=thing("product:1"), predicate="tastes_like", object=thing("brand:M"))


def test_kinds_that_a_predicate_does_not_join_are_refused(thing):
    with refused("object", "“made_by” needs brand here, and “Milk” is category"):
        fact_state(subject=thing("product:1"), predicate="made_by", object=thing("category:Milk"))
    with refused("subject", "needs product"):
        fact_state(subject=thing("brand:M"), predicate="made_by", object=thing("brand:N"))


def test_nothing_is_related_to_itself(thing):
    with refused("object", "“1” cannot be related to itself"):
        fact_state(subject=thing("product:1"), predicate="complements", object=thing("product:1"))


def test_an_unknown_entity_is_named(thing):
    with refused("subject", "There is no entity “product:9”"):
        fact_state(subject="product:9", predicate="made_by", object=thing("brand:M"))
    with refused("object", "There is no entity"):
        fact_state(subject=thing("product:1"), predicate="made_by", object="brand:\x00")


@pytest.mark.parametrize("confidence", [-0.01, 1.01, math.nan, math.inf, True, "1", None])
def test_a_confidence_outside_0_to_1_is_refused(state, confidence):
    with refused("confidence", "from 0 to 1"):
        state("product:1", "made_by", "brand:M", confidence=confidence)
    assert Fact.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value"), [("status", "maybe"), ("source", "hearsay"), ("evidence", "a\x00")]
)
def test_other_wrong_parts_are_refused_by_name(state, field, value):
    with refused(field):
        state("product:1", "made_by", "brand:M", **{field: value})


def test_a_second_object_is_refused_by_the_fact_that_it_contradicts(state):
    first = state("product:1", "made_by", "brand:Meadow")
    with refused("object", "contradicts “1 · made by · Meadow”", "one object only"):
        state("product:1", "made_by", "brand:Hilltop")
    assert said() == {("product:1", "made_by", "brand:Meadow")}
    # Beside it, as a proposal, it may wait for somebody's decision.
    proposal = state("product:1", "made_by", "brand:Hilltop", status=PROPOSED)
    with refused("object", "contradicts"):
        fact_accept(fact=proposal)
    fact_accept(fact=proposal, replace=True)
    assert said() == {("product:1", "made_by", "brand:Hilltop")}
    assert not Fact.objects.filter(pk=first.pk).exists()
    last = Fact.history.filter(id=first.pk).latest()
    assert (last.history_type, last.history_change_reason) == ("-", "replaced by “Hilltop”")


def test_a_hierarchy_that_leads_back_is_refused_and_the_way_named(state):
    for below, above in [("A", "B"), ("B", "C"), ("C", "D")]:
        state(f"category:{below}", "parent_category", f"category:{above}")
    with refused("object", "leads back: “D” → “A” → “B” → “C” → “D”"):
        state("category:D", "parent_category", "category:A")
    with refused("object", "leads back: “B” → “A” → “B”"):
        state("category:B", "parent_category", "category:A", replace=True)
    # B may move elsewhere, and the fact that is replaced does not count against it.
    state("category:B", "parent_category", "category:E", replace=True)
    state("category:D", "parent_category", "category:A")
    assert len(said()) == 4


def test_a_symmetric_functional_predicate_joins_each_side_once(state, thing):
    predicate_save(
        predicate=Predicate(key="twin_of", label="twin of", symmetric=True, functional=True)
    )
    state("concept:a", "twin_of", "concept:b")
    for subject, object in [("c", "a"), ("a", "c"), ("b", "c"), ("c", "b")]:
        with refused("object", "contradicts “a · twin of · b”"):
            state(f"concept:{subject}", "twin_of", f"concept:{object}")
    state("concept:b", "twin_of", "concept:c", replace=True)
    assert said() == {("concept:b", "twin_of", "concept:c")}


# --- stating again --------------------------------------------------------------------------------


def test_a_symmetric_fact_exists_once_whichever_way_it_is_told(state, thing):
    one = state("product:b", "complements", "product:a", confidence=0.5)
    two = state("product:a", "complements", "product:b", confidence=0.75)
    assert one.pk == two.pk
    assert (two.subject.key, two.object.key) == ("product:a", "product:b")
    assert Fact.objects.get().confidence == 0.75
    assert fact_find(subject="product:b", predicate="complements", object="product:a") == one


def test_a_persons_word_stands_above_a_machines(state):
    told = {"subject": "product:1", "predicate": "made_of", "object": "material:oak"}
    mined = {"source": Fact.Source.MINED, "status": PROPOSED}
    fact = state(**told, **mined, confidence=0.6, evidence="Solid oak.")
    assert state(**told, **mined, confidence=0.5, evidence="oak?").evidence == "Solid oak."
    assert state(**told, **mined, confidence=0.7, evidence="All oak.").evidence == "All oak."
    fact_reject(fact=Fact.objects.get(pk=fact.pk))
    assert state(**told, **mined, confidence=0.9).status == REJECTED
    assert state(**told, source=Fact.Source.LOG).status == REJECTED
    person = state(**told, confidence=0.8)
    assert (person.status, person.source) == (ACCEPTED, Fact.Source.MERCHANDISER)
    assert state(**told, source=Fact.Source.CATALOGUE).source == Fact.Source.MERCHANDISER
    assert Fact.objects.count() == 1


def test_stating_the_same_again_leaves_no_history(state):
    state("product:1", "made_by", "brand:M")
    state("product:1", "made_by", "brand:M")
    assert Fact.history.count() == 1


# --- accept, reject, retract, change --------------------------------------------------------------


def test_history_keeps_who_did_what(state):
    editor = User.objects.create_user("editor")
    fact = state("product:1", "made_by", "brand:M", status=PROPOSED, author=editor)
    fact_accept(fact=fact, author=editor, reason="seen on the box")
    fact_retract(fact=fact, author=editor)
    rows = Fact.history.order_by("history_date", "history_id")
    assert [(r.history_type, r.status, r.history_user, r.history_change_reason) for r in rows] == [
        ("+", PROPOSED, editor, "stated"),
        ("~", ACCEPTED, editor, "seen on the box"),
        ("-", ACCEPTED, editor, "retracted"),
    ]
    assert Fact.objects.count() == 0


def test_a_change_is_checked_like_a_statement(state, thing):
    state("product:2", "made_by", "brand:N")
    fact = state("product:1", "made_by", "brand:M", confidence=0.5)
    with refused("confidence"):
        fact_change(fact=fact, confidence=2)
    with refused("object", "needs brand"):
        fact_change(fact=fact, object=thing("category:C"))
    with refused("subject", "no entity"):
        fact_change(fact=fact, subject="product:404")
    with refused("object", "This is a fact already"):
        fact_change(fact=fact, subject=thing("product:2"), object=thing("brand:N"))
    with refused("object", "contradicts “2 · made by · N”"):
        fact_change(fact=fact, subject=thing("product:2"))
    # The fact itself is no obstacle to another brand in its place.
    changed = fact_change(fact=fact, object=thing("brand:O"), evidence=" On the label. ")
    assert (changed.pk, changed.confidence, changed.evidence) == (fact.pk, 0.5, "On the label.")
    assert said() == {("product:1", "made_by", "brand:O"), ("product:2", "made_by", "brand:N")}
    fact_change(fact=changed, subject=thing("product:2"), replace=True)
    assert said() == {("product:2", "made_by", "brand:O")}


def test_a_hierarchy_can_be_turned_round_by_changing_its_one_fact(state, thing):
    fact = state("category:A", "parent_category", "category:B")
    fact_change(fact=fact, subject=thing("category:B"), object=thing("category:A"))
    assert said() == {("category:B", "parent_category", "category:A")}


def test_many_are_accepted_and_those_that_cannot_be_are_named(state):
    state("product:1", "made_by", "brand:M")
    good = state("product:2", "made_by", "brand:M", status=PROPOSED)
    bad = state("product:1", "made_by", "brand:N", status=PROPOSED)
    verdict = facts_accept(facts=Fact.objects.order_by("pk"))
    assert verdict.changed == [good]
    assert [(fact, error.field) for fact, error in verdict.refused] == [(bad, "object")]
    assert len(facts_reject(facts=Fact.objects.all()).changed) == 3
    assert set(Fact.objects.values_list("status", flat=True)) == {REJECTED}
    assert len(facts_retract(facts=Fact.objects.all()).changed) == 3
    assert Fact.objects.count() == 0


# --- the outbox -----------------------------------------------------------------------------------


@pytest.fixture
def orders(settings, monkeypatch) -> list[str]:
    """A graph database is configured; which tasks were ordered of the pool."""
    settings.NEO4J_URL = "bolt://neo4j:secret@127.0.0.1:1"
    ordered: list[str] = []
    monkeypatch.setattr(pool.app, "send_task", lambda task, **options: ordered.append(task))
    return ordered


def waiting() -> list[tuple[str, object]]:
    return [(entry.what, entry.identity) for entry in OutboxEntry.objects.order_by("pk")]


def test_every_change_waits_in_the_outbox_in_its_order(state, orders):
    fact = state("product:1", "made_by", "brand:M")
    told = ("fact", ["product:1", "made_by", "brand:M"])
    assert waiting() == [("entity", "product:1"), ("entity", "brand:M"), told]
    OutboxEntry.objects.all().delete()
    fact_reject(fact=fact)
    fact_accept(fact=fact)
    entity_rename(entity=fact.object, name="Meadow")
    fact_change(fact=fact, object=entity_make(kind="brand", name="N"))
    fact_retract(fact=fact)
    moved = ("fact", ["product:1", "made_by", "brand:N"])
    renamed = ("entity", "brand:M")
    assert waiting() == [told, told, renamed, ("entity", "brand:N"), moved, told, moved]


def test_what_is_refused_leaves_nothing_in_the_outbox(state, orders):
    state("product:1", "made_by", "brand:M")
    before = waiting()
    with pytest.raises(FactRefusedError):
        state("product:1", "made_by", "brand:M", confidence=7)
    assert waiting() == before


def test_the_projection_is_ordered_once_per_transaction(
    state, orders, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(3):
            state(f"product:{number}", "made_by", "brand:M")
    assert orders == ["kg.project"]


def test_without_a_graph_database_nothing_waits(state, settings):
    settings.NEO4J_URL = ""
    state("product:1", "made_by", "brand:M")
    assert waiting() == []


# --- the vocabulary itself ------------------------------------------------------------------------


def test_the_migration_makes_the_shipped_predicates():
    assert set(Predicate.objects.values_list("key", flat=True)) == {spec.key for spec in SHIPPED}
    parent = Predicate.objects.get(key="parent_category")
    assert (parent.functional, parent.acyclic, parent.symmetric) == (True, True, False)
    assert parent.subject_kinds == parent.object_kinds == ["category"]


def test_a_predicate_does_not_get_rules_that_its_facts_break(state):
    state("product:1", "in_category", "category:A")
    state("product:1", "in_category", "category:B")
    for field, change in [
        ("functional", {"functional": True}),
        ("symmetric", {"symmetric": True, "subject_kinds": [], "object_kinds": []}),
        ("subject_kinds", {"subject_kinds": ["brand"]}),
        ("object_kinds", {"object_kinds": ["galaxy"]}),
        ("key", {"key": "inside"}),
    ]:
        predicate = Predicate.objects.get(key="in_category")
        for name, value in change.items():
            setattr(predicate, name, value)
        with refused(field):
            predicate_save(predicate=predicate)
    with refused("acyclic"):
        predicate_save(predicate=Predicate(key="x", label="x", symmetric=True, acyclic=True))


def test_a_predicate_whose_facts_lead_back_becomes_no_hierarchy(state):
    follows = predicate_save(predicate=Predicate(key="follows", label="follows"))
    for below, above in map(tuple, ["xa", "ab", "bc", "ca", "cz"]):
        state(f"concept:{below}", "follows", f"concept:{above}")
    follows.acyclic = True
    with refused("acyclic", "“a” → “b” → “c” → “a”|“b” → “c” → “a” → “b”|“c” → “a” → “b” → “c”"):
        predicate_save(predicate=follows)
    Fact.objects.get(subject__key="concept:c", object__key="concept:a").delete()
    predicate_save(predicate=follows)
    assert Predicate.objects.get(key="follows").acyclic
