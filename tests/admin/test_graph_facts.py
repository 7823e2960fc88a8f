"""Facts in the admin: stated, changed, retracted, brought back, by whom it may be done."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from kg.facts import entity_make, fact_accept, fact_reject, fact_retract, fact_state
from kg.models import Entity, Fact, OutboxEntry, Predicate
from tests.admin.graph_people import client_of
from tests.admin.stock import Stock

LIST = "/admin/kg/fact/"
ADD = "/admin/kg/fact/add/"
ROLES = ["viewer", "editor", "reviewer"]


def form_of(
    subject: Entity, predicate: str, object: Entity, /, **changes: object
) -> dict[str, object]:
    return {
        "subject": subject.pk,
        "predicate": Predicate.objects.get(key=predicate).pk,
        "object": object.pk,
        "confidence": "0.9",
        "evidence": "",
        "status": "accepted",
        **changes,
    }


def change_form(fact: Fact, **changes: object) -> dict[str, object]:
    given = form_of(fact.subject, fact.predicate.key, fact.object)
    return {**given, "confidence": fact.confidence, "status": fact.status, **changes}


def page_of(fact: Fact) -> str:
    return reverse("admin:kg_fact_change", args=[fact.pk])


def versions_of(number: int) -> str:
    return reverse("admin:kg_fact_versions", args=[number])


def errors_of(response) -> dict[str, list[str]]:
    assert response.status_code == 200
    return {k: list(v) for k, v in response.context["adminform"].form.errors.items()}


# --- stating and changing -----------------------------------------------------------------------


def test_an_editors_word_counts_at_once(stock: Stock) -> None:
    editor, (thing, _maker, other, *_rest) = client_of("editor"), stock.entities
    given = form_of(other, "complements", thing, evidence=" Tea and biscuits. ")
    assert editor.post(ADD, given).status_code == 302
    fact = Fact.objects.get(predicate__key="complements")
    # Of a symmetric predicate the lesser key stands first.
    assert (fact.subject, fact.object) == (thing, other)
    assert (fact.status, fact.source, fact.confidence) == ("accepted", "merchandiser", 0.9)
    assert (fact.author.username, fact.evidence) == ("editor", "Tea and biscuits.")
    assert fact.history.get().history_user.username == "editor"


def test_what_breaks_the_vocabulary_is_told_at_its_field(stock: Stock, boss_client: Client) -> None:
    thing, maker, other, other_maker = stock.entities[:4]

    def refused(*given: object, **changes: object) -> dict[str, list[str]]:
        return errors_of(boss_client.post(ADD, form_of(*given, **changes)))  # type: ignore[arg-type]

    assert list(refused(maker, "made_by", thing)) == ["subject"]
    assert list(refused(thing, "made_by", other)) == ["object"]
    assert list(refused(thing, "complements", thing)) == ["object"]
    assert "one object only" in refused(thing, "made_by", other_maker)["object"][0]
    assert "on record already" in refused(thing, "made_by", maker)["object"][0]
    assert list(refused(thing, "complements", other, confidence="1.5")) == ["confidence"]
    assert list(refused(thing, "complements", other, confidence="NaN")) == ["confidence"]
    assert list(refused(thing, "complements", other, confidence="much")) == ["confidence"]
    assert list(refused(thing, "complements", other, evidence="x" * 10_000)) == ["evidence"]
    assert list(refused(thing, "complements", other, status="true")) == ["status"]
    assert list(refused(thing, "complements", other, object="999999")) == ["object"]
    assert list(refused(thing, "complements", other, object="9" * 40)) == ["object"]
    assert list(refused(thing, "complements", other, subject="")) == ["subject"]
    assert list(refused(thing, "complements", other, predicate="0")) == ["predicate"]
    assert Fact.objects.count() == len(stock.facts)


def test_a_circle_is_told_with_its_way(stock: Stock, boss_client: Client) -> None:
    top, middle, low = (entity_make(kind="category", name=name) for name in ("A", "B", "C"))
    for below, above in ((low, middle), (middle, top)):
        fact_state(subject=below, predicate="parent_category", object=above, status="accepted")
    errors = errors_of(boss_client.post(ADD, form_of(top, "parent_category", low)))
    assert errors == {"object": ["This leads back: “A” → “C” → “B” → “A”."]}


def test_replacing_retracts_what_contradicts(stock: Stock, boss_client: Client) -> None:
    thing, _maker, _other, other_maker = stock.entities[:4]
    given = form_of(thing, "made_by", other_maker, replace="on")
    assert boss_client.post(ADD, given).status_code == 302
    assert Fact.objects.get(subject=thing, predicate__key="made_by").object == other_maker
    assert Fact.history.filter(id=stock.facts[0].pk, history_type="-").count() == 1


def test_a_change_keeps_the_rest_and_its_reason(stock: Stock) -> None:
    fact = stock.facts[0]
    editor = client_of("editor")
    given = change_form(fact, confidence="0.25", reason="The label says so")
    assert editor.post(page_of(fact), given).status_code == 302
    fact.refresh_from_db()
    assert (fact.confidence, fact.status, fact.source) == (0.25, "accepted", "catalogue")
    newest = fact.history.first()
    assert (newest.history_change_reason, newest.history_user.username) == (
        "The label says so",
        "editor",
    )


def test_an_editor_does_not_judge_by_a_smuggled_field(stock: Stock) -> None:
    proposed = stock.facts[1]
    editor = client_of("editor")
    editor.post(page_of(proposed), change_form(proposed, status="accepted", confidence="0.7"))
    proposed.refresh_from_db()
    assert (proposed.status, proposed.confidence) == ("proposed", 0.7)
    client_of("reviewer").post(page_of(proposed), change_form(proposed, status="accepted"))
    proposed.refresh_from_db()
    assert proposed.status == "accepted"


def test_a_change_into_another_fact_is_refused(stock: Stock, boss_client: Client) -> None:
    first, second = stock.facts[1], stock.facts[3]
    given = change_form(first, subject=second.subject.pk, object=second.object.pk)
    assert list(errors_of(boss_client.post(page_of(first), given))) == ["object"]


def test_every_change_is_told_to_the_graph_database(
    stock: Stock, boss_client: Client, settings
) -> None:
    settings.NEO4J_URL = "bolt://nowhere.invalid:1"
    OutboxEntry.objects.all().delete()
    fact = stock.facts[0]
    boss_client.post(page_of(fact), change_form(fact, confidence="0.5"))
    boss_client.post(f"{LIST}{fact.pk}/delete/", {"post": "yes"})
    identity = [fact.subject.key, "made_by", fact.object.key]
    assert list(OutboxEntry.objects.values_list("what", "identity")) == [("fact", identity)] * 2


# --- who may ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_who_may_do_what(stock: Stock, role: str) -> None:
    client = client_of(role)
    edits, judges = role != "viewer", role == "reviewer"
    fact, proposed = stock.facts[:2]
    assert client.get(LIST).status_code == 200
    assert client.get(page_of(fact)).status_code == 200
    assert client.get(versions_of(fact.pk)).status_code == 200
    assert client.get(ADD).status_code == (200 if edits else 403)
    assert client.get(f"{LIST}import/").status_code == (200 if edits else 403)
    assert client.get(f"{LIST}export/csv/").status_code == 200
    assert client.get(f"{LIST}{fact.pk}/delete/").status_code == (200 if edits else 403)
    assert client.get(f"{LIST}review/").status_code == (200 if judges else 403)
    assert client.post(f"{LIST}review/", {"accept": proposed.pk}).status_code == (
        302 if judges else 403
    )
    changed = client.post(page_of(fact), change_form(fact, confidence="0.5"))
    assert changed.status_code == (302 if edits else 403)
    fact.refresh_from_db()
    proposed.refresh_from_db()
    assert fact.confidence == (0.5 if edits else 1.0)
    assert proposed.status == ("accepted" if judges else "proposed")


@pytest.mark.parametrize("role", ROLES)
def test_bulk_actions_are_offered_to_whom_they_belong(stock: Stock, role: str) -> None:
    client = client_of(role)
    page = client.get(LIST)
    form = page.context["action_form"]
    offered = {name for name, _label in form.fields["action"].choices if name} if form else set()
    expected = {"viewer": set(), "editor": {"retract"}}
    assert offered == expected.get(role, {"accept", "reject", "retract"})
    proposed = stock.facts[1]
    client.post(LIST, {"action": "accept", "_selected_action": [proposed.pk]})
    proposed.refresh_from_db()
    assert proposed.status == ("accepted" if role == "reviewer" else "proposed")


def test_merchandisers_edit_and_do_not_judge(merchandiser_client: Client, stock: Stock) -> None:
    assert merchandiser_client.get(ADD).status_code == 200
    assert merchandiser_client.get(f"{LIST}review/").status_code == 403


# --- the list -----------------------------------------------------------------------------------


def test_the_list_is_narrowed(stock: Stock, boss_client: Client) -> None:
    def found(query: str) -> set[int]:
        return {fact.pk for fact in boss_client.get(f"{LIST}?{query}").context["cl"].result_list}

    made_by = {fact.pk for fact in stock.facts[0::2]}
    made_of = {fact.pk for fact in stock.facts[1::2]}
    assert found("relation=made_by") == made_by
    assert found("status__exact=proposed") == made_of
    assert found("source__exact=mined") == made_of
    assert found("confidence_from=0.9") == made_by
    assert found("confidence_to=0.9") == made_of
    assert found("by=none") == made_by | made_of
    assert found("by=boss") == set()
    assert found(f"q={stock.products[0].title}") == {stock.facts[0].pk, stock.facts[1].pk}
    assert found(f"q={stock.facts[1].object.key}") == {stock.facts[1].pk}
    assert found("q=nothing+like+it") == set()


def test_bulk_retracting_asks_and_gives_the_reason(stock: Stock, boss_client: Client) -> None:
    chosen = [fact.pk for fact in stock.facts[:3]]
    given = {"action": "retract", "_selected_action": chosen}
    page = boss_client.post(LIST, given)
    assert page.status_code == 200
    assert Fact.objects.count() == len(stock.facts)
    done = boss_client.post(LIST, {**given, "confirmed": "1", "reason": "a trial"})
    assert done.status_code == 302
    assert Fact.objects.count() == len(stock.facts) - 3
    gone = Fact.history.filter(history_type="-").values_list("id", "history_change_reason")
    assert set(gone) == {(pk, "a trial") for pk in chosen}


def test_bulk_accepting_says_what_was_refused(stock: Stock, boss_client: Client) -> None:
    thing, _maker, _other, other_maker = stock.entities[:4]
    rival = fact_state(subject=thing, predicate="made_by", object=other_maker, source="mined")
    chosen = [rival.pk, stock.facts[1].pk]
    page = boss_client.post(LIST, {"action": "accept", "_selected_action": chosen}, follow=True)
    said = [str(message) for message in page.context["messages"]]
    assert said[0] == "1 fact changed."
    assert "one object only" in said[1]
    rival.refresh_from_db()
    assert rival.status == "proposed"


# --- history ------------------------------------------------------------------------------------


def test_a_retracted_fact_comes_back(stock: Stock) -> None:
    editor, fact = client_of("editor"), stock.facts[0]
    number = fact.pk
    retracted = editor.post(f"{LIST}{number}/delete/", {"post": "yes", "reason": "by mistake"})
    assert retracted["Location"] == versions_of(number)
    assert not Fact.objects.filter(pk=number).exists()
    page = editor.get(versions_of(number)).content.decode()
    assert "by mistake" in page
    stated = Fact.history.get(id=number, history_type="+")
    restored = editor.post(versions_of(number), {"version": stated.history_id})
    assert restored.status_code == 302
    again = Fact.objects.get(subject=fact.subject, predicate=fact.predicate)
    assert (again.object, again.status, again.source) == (fact.object, "accepted", "catalogue")


def test_a_version_that_contradicts_today_says_so_and_can_replace(
    stock: Stock, boss_client: Client
) -> None:
    fact, other_maker = stock.facts[0], stock.entities[3]
    number = fact.pk
    fact_retract(fact=Fact.objects.get(pk=number))
    fact_state(subject=fact.subject, predicate="made_by", object=other_maker, status="accepted")
    version = Fact.history.get(id=number, history_type="+").history_id
    page = boss_client.post(versions_of(number), {"version": version})
    assert page.status_code == 409
    assert "one object only" in page.content.decode()
    boss_client.post(versions_of(number), {"version": version, "replace": "1"})
    assert Fact.objects.get(subject=fact.subject, predicate=fact.predicate).object == fact.object


def test_only_a_reviewer_goes_back_to_another_judgement(stock: Stock) -> None:
    fact = stock.facts[1]
    fact_accept(fact=fact)
    accepted = fact.history.first().history_id
    fact_reject(fact=fact)
    editor, reviewer = client_of("editor"), client_of("reviewer")
    assert editor.post(versions_of(fact.pk), {"version": accepted}).status_code == 403
    assert reviewer.post(versions_of(fact.pk), {"version": accepted}).status_code == 302
    fact.refresh_from_db()
    assert fact.status == "accepted"


def test_only_a_reviewer_takes_back_a_rejection(stock: Stock) -> None:
    fact = stock.facts[1]
    fact_reject(fact=fact)
    editor, reviewer = client_of("editor"), client_of("reviewer")
    assert editor.get(f"{LIST}{fact.pk}/delete/").status_code == 403
    assert reviewer.get(f"{LIST}{fact.pk}/delete/").status_code == 200
    bulk = {"action": "retract", "_selected_action": [fact.pk], "confirmed": "1", "reason": ""}
    editor.post(LIST, bulk)
    assert Fact.objects.filter(pk=fact.pk).exists()
    reviewer.post(LIST, bulk)
    assert not Fact.objects.filter(pk=fact.pk).exists()


def test_unknown_versions_are_not_found(stock: Stock, boss_client: Client) -> None:
    address = versions_of(stock.facts[0].pk)
    other = Fact.history.get(id=stock.facts[1].pk).history_id
    for version in ("", "x", "9" * 30, str(other)):
        assert boss_client.post(address, {"version": version}).status_code == 404
    for number in ("0", "99999999", "9" * 30):
        assert boss_client.get(f"{LIST}{number}/versions/").status_code == 404


def test_changes_lead_to_the_fact(stock: Stock, boss_client: Client) -> None:
    fact = stock.facts[0]
    fact_retract(fact=Fact.objects.get(pk=fact.pk))
    page = boss_client.get("/admin/kg/historicalfact/?history_type__exact=-")
    (change,) = page.context["cl"].result_list
    opened = boss_client.get(f"/admin/kg/historicalfact/{change.history_id}/change/")
    assert opened.context["fact"] is None
    assert len(opened.context["entries"]) == 2


# --- the vocabulary -----------------------------------------------------------------------------


def predicate_form(predicate: Predicate, **changes: object) -> dict[str, object]:
    flags = {
        name: "on" for name in ("symmetric", "functional", "acyclic") if getattr(predicate, name)
    }
    return {
        "key": predicate.key,
        "label": predicate.label,
        "inverse_label": predicate.inverse_label,
        "description": predicate.description,
        "subject_kinds": predicate.subject_kinds,
        "object_kinds": predicate.object_kinds,
        **flags,
        **changes,
    }


def test_a_predicate_is_added_worded_anew_and_taken_away(stock: Stock) -> None:
    editor = client_of("editor")
    new = Predicate(key="smells_of", label="smells of", subject_kinds=["product"])
    assert editor.post("/admin/kg/predicate/add/", predicate_form(new)).status_code == 302
    made = Predicate.objects.get(key="smells_of")
    assert made.subject_kinds == ["product"]
    address = reverse("admin:kg_predicate_change", args=[made.pk])
    editor.post(address, predicate_form(made, label=" reeks  of "))
    made.refresh_from_db()
    assert made.label == "reeks of"
    delete = reverse("admin:kg_predicate_delete", args=[made.pk])
    assert editor.post(delete, {"post": "yes"}).status_code == 302
    assert not Predicate.objects.filter(key="smells_of").exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"object_kinds": ["material"]}, "object_kinds"),
        ({"subject_kinds": ["brand"]}, "subject_kinds"),
        ({"symmetric": "on"}, "object_kinds"),
        ({"label": "x" * 10_000}, "label"),
        ({"label": ""}, "label"),
        ({"object_kinds": ["planet"]}, "object_kinds"),
    ],
)
def test_a_predicate_in_use_keeps_its_facts_whole(
    stock: Stock, boss_client: Client, changes: dict[str, object], field: str
) -> None:
    made_by = Predicate.objects.get(key="made_by")
    address = reverse("admin:kg_predicate_change", args=[made_by.pk])
    page = boss_client.post(address, predicate_form(made_by, **changes))
    assert list(errors_of(page)) == [field]
    after = Predicate.objects.get(key="made_by")
    assert (after.subject_kinds, after.object_kinds) == (["product"], ["brand"])


def test_what_code_or_facts_stand_on_cannot_be_taken_away(
    stock: Stock, boss_client: Client
) -> None:
    for key in ("made_by", "substitutes"):
        address = reverse("admin:kg_predicate_delete", args=[Predicate.objects.get(key=key).pk])
        assert boss_client.post(address, {"post": "yes"}).status_code == 403
    assert client_of("viewer").get("/admin/kg/predicate/add/").status_code == 403
