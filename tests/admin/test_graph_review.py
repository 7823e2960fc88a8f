"""Judging proposals in a row, with and without JavaScript."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kg.facts import entity_make, fact_state
from kg.models import Fact
from tests.admin.graph_people import client_of
from tests.admin.stock import Stock

REVIEW = "/admin/kg/fact/review/"


@pytest.fixture
def reviewer(db) -> Client:
    return client_of("reviewer")


def proposals(stock: Stock) -> list[Fact]:
    return stock.facts[1::2]


def statuses(facts: list[Fact]) -> list[str]:
    found = dict(Fact.objects.values_list("pk", "status"))
    return [found[fact.pk] for fact in facts]


def rival_of(stock: Stock, **options) -> Fact:
    """A proposal that contradicts the accepted brand of the first product."""
    return fact_state(
        subject=stock.entities[0],
        predicate="made_by",
        object=stock.entities[3],
        source="mined",
        confidence=0.95,
        **options,
    )


def test_a_proposal_stands_beside_its_evidence_and_what_is_known(
    stock: Stock, reviewer: Client
) -> None:
    rival = rival_of(stock, evidence="Made by Brand 6 <b>since</b> 1901.")
    page = reviewer.get(REVIEW)
    first = page.context["proposals"][0]
    assert first.fact == rival
    assert len(first.conflicts) == 1
    assert first.can_replace is True
    assert [(k["relation"], k["same"]) for k in first.known] == [("made by", True)]
    html = page.content.decode()
    assert html.count("<mark>") == 1 + len(proposals(stock))
    assert "&lt;b&gt;since&lt;/b&gt;" in html
    assert 'name="replace"' in html
    assert "/pictures/" in html


def test_one_is_accepted_and_one_rejected_by_plain_form(stock: Stock, reviewer: Client) -> None:
    first, second, third, *_rest = proposals(stock)
    answer = reviewer.post(f"{REVIEW}?order=new", {"accept": first.pk})
    assert (answer.status_code, answer["Location"]) == (302, f"{REVIEW}?order=new")
    reviewer.post(REVIEW, {"reject": second.pk})
    assert statuses([first, second, third]) == ["accepted", "rejected", "proposed"]
    judged = first.history.first()
    assert (judged.history_user.username, judged.status) == ("reviewer", "accepted")
    context = reviewer.get(REVIEW).context
    assert (context["accepted"], context["rejected"], context["waiting"]) == (1, 1, 2)


def test_ticked_proposals_are_judged_together(stock: Stock, reviewer: Client) -> None:
    chosen = proposals(stock)[:3]
    reviewer.post(REVIEW, {"reject": "ticked", "facts": [fact.pk for fact in chosen]})
    assert statuses(proposals(stock)) == ["rejected"] * 3 + ["proposed"]
    # Nothing ticked judges nothing.
    reviewer.post(REVIEW, {"accept": "ticked"})
    assert statuses(proposals(stock)) == ["rejected"] * 3 + ["proposed"]


def test_htmx_gets_the_queue_alone(stock: Stock, reviewer: Client) -> None:
    first = proposals(stock)[0]
    answer = reviewer.post(REVIEW, {"accept": first.pk}, headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert html.lstrip().startswith('<div id="kg-review"')
    assert "<html" not in html
    assert "1 accepted." in html
    assert f"proposal-{first.pk}" not in html


def test_a_contradiction_is_refused_and_replaces_only_when_asked(
    stock: Stock, reviewer: Client
) -> None:
    rival, known = rival_of(stock), stock.facts[0]
    other = proposals(stock)[0]
    page = reviewer.post(REVIEW, {"accept": "ticked", "facts": [rival.pk, other.pk]})
    assert page.status_code == 409
    assert "one object only" in page.context["proposals"][0].conflicts[0]
    assert statuses([rival, known, other]) == ["proposed", "accepted", "accepted"]
    reviewer.post(REVIEW, {"replace": rival.pk})
    assert statuses([rival]) == ["accepted"]
    assert not Fact.objects.filter(pk=known.pk).exists()
    # What was replaced comes back from its history only.
    assert reviewer.get(REVIEW).context["last"] is None


def test_the_last_decision_is_taken_back(stock: Stock, reviewer: Client) -> None:
    chosen = proposals(stock)[:2]
    reviewer.post(REVIEW, {"accept": "ticked", "facts": [fact.pk for fact in chosen]})
    assert reviewer.get(REVIEW).context["last"]["count"] == 2
    # One of them was rejected by somebody else since: that stays.
    Fact.objects.filter(pk=chosen[1].pk).update(status="rejected")
    reviewer.post(REVIEW, {"undo": "1"})
    assert statuses(chosen) == ["proposed", "rejected"]
    reviewer.post(REVIEW, {"undo": "1"})
    assert statuses(chosen) == ["proposed", "rejected"]


def test_what_somebody_else_judged_meanwhile_stays(stock: Stock, reviewer: Client) -> None:
    first = proposals(stock)[0]
    Fact.objects.filter(pk=first.pk).update(status="rejected")
    page = reviewer.post(REVIEW, {"accept": first.pk}, headers={"HX-Request": "true"})
    assert "somebody else" in page.context["said"]
    assert statuses([first]) == ["rejected"]


def test_filters_and_order(stock: Stock, reviewer: Client) -> None:
    rival = rival_of(stock)

    def found(**query: object) -> list[int]:
        return [p.fact.pk for p in reviewer.get(REVIEW, query).context["proposals"]]

    mined = [fact.pk for fact in proposals(stock)]
    assert found(predicate="made_by") == [rival.pk]
    assert found(most="0.9") == mined
    assert found(least="0.9") == [rival.pk]
    assert found(source="import") == []
    assert found()[0] == found(order="new")[0] == rival.pk
    assert found(order="doubtful")[-1] == rival.pk
    # Senseless values narrow nothing and break nothing.
    for query in ({"least": "x"}, {"most": "7"}, {"predicate": "?"}, {"p": "99"}, {"order": "z"}):
        assert len(found(**query)) == 5


def test_strange_decisions_judge_nothing(stock: Stock, reviewer: Client) -> None:
    for given in (
        {"accept": "x"},
        {"accept": "9" * 30},
        {"reject": "-1"},
        {"accept": "ticked", "facts": ["a", ""]},
        {"accept": stock.facts[0].pk},
        {},
    ):
        assert reviewer.post(REVIEW, given).status_code == 302
    assert set(statuses(proposals(stock))) == {"proposed"}


def test_a_hierarchy_shows_the_circle_before_it_is_closed(db, reviewer: Client) -> None:
    low, top = (entity_make(kind="category", name=name) for name in ("Low", "Top"))
    fact_state(subject=low, predicate="parent_category", object=top, status="accepted")
    fact_state(subject=top, predicate="parent_category", object=low, source="mined")
    (proposal,) = reviewer.get(REVIEW).context["proposals"]
    assert "circle" in proposal.conflicts[0]
    page = reviewer.post(REVIEW, {"accept": proposal.fact.pk})
    assert page.status_code == 409
    assert "leads back" in page.context["proposals"][0].conflicts[0]


def test_a_page_costs_the_same_for_twice_the_queue(stock: Stock, reviewer: Client) -> None:
    def cost() -> int:
        reviewer.get(REVIEW)
        with CaptureQueriesContext(connection) as queries:
            assert reviewer.get(REVIEW).status_code == 200
        return len(queries)

    before = cost()
    stock.more(len(stock.products))
    assert cost() == before
    assert before <= 15


def test_the_queue_is_paged(stock: Stock, reviewer: Client) -> None:
    for n in range(21):
        use = entity_make(kind="use", name=f"use {n}")
        fact_state(subject=stock.entities[0], predicate="used_for", object=use, source="mined")
    first = reviewer.get(REVIEW, {"predicate": "used_for"})
    assert len(first.context["proposals"]) == 20
    assert "?predicate=used_for&amp;p=2" in first.content.decode()
    second = reviewer.get(REVIEW, {"predicate": "used_for", "p": 2})
    assert len(second.context["proposals"]) == 1
    # Long lists of what is known are cut.
    assert len(second.context["proposals"][0].known) <= 8


def test_an_empty_queue_says_so(db, reviewer: Client) -> None:
    assert "Nothing waits for you." in reviewer.get(REVIEW).content.decode()


def test_yesterday_is_not_counted_as_today(stock: Stock, reviewer: Client) -> None:
    reviewer.post(REVIEW, {"accept": proposals(stock)[0].pk})
    Fact.history.filter(status="accepted").update(
        history_date=timezone.now() - timedelta(days=1, minutes=1)
    )
    assert reviewer.get(REVIEW).context["accepted"] == 0


def test_the_badge_counts_for_reviewers_alone(stock: Stock, reviewer: Client) -> None:
    address = "/admin/kg/entity/"
    assert "Review proposals" in reviewer.get(address).content.decode()
    assert "Review proposals" not in client_of("editor").get(address).content.decode()
