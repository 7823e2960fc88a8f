"""Recording events through REST: verdict by verdict, and nothing that breaks the batch."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.events.models import Event
from tests.api.conftest import assert_problem
from users.models import Consent, ConsentDecision, Shopper

PATH = "/api/v1/events/"


def event(**changes) -> dict:
    return {
        "id": "e1",
        "shopper": "anna",
        "product": "p1",
        "type": "purchase",
        "value": 2,
        "time": "2026-01-31T12:00:00Z",
        **changes,
    }


def recorded(client_id: str = "e1") -> Event:
    return Event.objects.get(origin="client", client_id=client_id)


def test_an_event_is_recorded_as_it_was_told(api, small_shop):
    answer = api.events(event(time="2025-10-31T13:00:00+01:00"))
    assert answer == {
        "accepted": 1,
        "duplicate": 0,
        "refused": 0,
        "verdicts": [{"id": "e1", "status": "accepted", "field": "", "detail": ""}],
    }
    row = recorded()
    assert row.shopper.external_id == "anna"
    assert row.product is not None
    assert row.product.external_id == "p1"
    assert (row.type, row.value) == ("purchase", 2.0)
    assert row.time == datetime(2025, 10, 31, 12, tzinfo=UTC)


def test_search_impression_and_the_optional_fields_are_kept(api, small_shop):
    trace = "3f1c2f0e-7c53-4f0b-9a0e-0a9b8f6f2c11"
    api.events(
        {"id": "s", "shopper": "anna", "type": "search", "query": "oat milk"},
        {"id": "i", "shopper": "anna", "type": "impression", "product": "p2", "trace": trace,
         "rank": 3},
    )  # fmt: skip
    assert (recorded("s").query, recorded("s").product) == ("oat milk", None)
    assert (str(recorded("i").trace), recorded("i").rank) == (trace, 3)
    assert timezone.now() - recorded("i").time < timedelta(minutes=1)


def test_sending_a_batch_twice_records_it_once(api, small_shop):
    assert api.events(event(), event(id="e2"))["accepted"] == 2
    again = api.events(event(), event(id="e2"), event(id="e3"), event(id="e3"))
    assert [v["status"] for v in again["verdicts"]] == [
        "duplicate",
        "duplicate",
        "accepted",
        "duplicate",
    ]
    assert Event.objects.filter(origin="client").count() == 3


def test_two_clients_may_use_the_same_ids(api, make_api, small_shop):
    other = make_api(name="other")
    assert api.events(event())["accepted"] == other.events(event())["accepted"] == 1


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ("text", ""),
        (None, ""),
        ([event()], ""),
        (17, ""),
        ({}, "id"),
        (event(id=""), "id"),
        (event(id=None), "id"),
        (event(id="x" * 101), "id"),
        (event(id={"a": 1}), "id"),
        (event(id="nul\x00byte"), "id"),
        (event(id="half \ud800"), "id"),
        (event(id=True), "id"),
        (event(type="bought"), "type"),
        (event(type=None), "type"),
        (event(type=["purchase"]), "type"),
        (event(shopper=""), "shopper"),
        (event(shopper="s" * 101), "shopper"),
        (event(shopper="nobody"), "shopper"),
        (event(shopper=[]), "shopper"),
        (event(product="nothing-of-ours"), "product"),
        (event(product=""), "product"),
        (event(product={}), "product"),
        (event(product="p1\x00"), "product"),
        (event(value="2"), "value"),
        (event(value=True), "value"),
        (event(value=-1), "value"),
        (event(value=float("nan")), "value"),
        (event(value=float("inf")), "value"),
        (event(value=10**400), "value"),
        (event(type="rating", value=6), "value"),
        (event(type="rating", value=None), "value"),
        (event(time="yesterday"), "time"),
        (event(time="2026-02-31T12:00:00Z"), "time"),
        (event(time="0001-01-01T00:00:00+14:00"), "time"),
        (event(time="1999-12-31T00:00:00Z"), "time"),
        (event(time="2999-01-01T00:00:00Z"), "time"),
        (event(time=1e300), "time"),
        (event(time=float("nan")), "time"),
        (event(time=True), "time"),
        (event(trace="not a uuid"), "trace"),
        (event(trace=5), "trace"),
        (event(rank=0), "rank"),
        (event(rank=1.5), "rank"),
        (event(rank=10**30), "rank"),
        (event(type="search", product=None, query=""), "query"),
        (event(type="search", query="q" * 201), "query"),
    ],
)
def test_one_bad_event_is_refused_with_its_field_and_harms_no_other(api, small_shop, bad, field):
    answer = api.events(event(id="before"), bad, event(id="after"))
    assert [v["status"] for v in answer["verdicts"]] == ["accepted", "refused", "accepted"]
    assert (answer["accepted"], answer["refused"]) == (2, 1)
    assert answer["verdicts"][1]["field"] == field
    assert answer["verdicts"][1]["detail"]
    assert Event.objects.filter(origin="client").count() == 2


def test_a_number_of_absurd_length_refuses_only_its_event(api, small_shop):
    batch = json.dumps({"events": [event(), event(id="e2", value="@")]}).replace(
        '"@"', "9" * 10_000
    )
    answer = api.client.post(PATH, batch, content_type="application/json").json()
    assert [v["status"] for v in answer["verdicts"]] == ["accepted", "refused"]


def test_ids_may_be_numbers_and_times_seconds(api, small_shop):
    Shopper.objects.create(external_id="2375", consent=Consent.GRANTED)
    assert api.events(event(id=7, shopper=2375, time=1_750_000_000))["accepted"] == 1
    assert recorded("7").time == datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC)


def test_a_time_without_an_offset_is_utc(api, small_shop):
    assert api.events(event(time="2025-06-15T15:06:40"))["accepted"] == 1
    assert recorded().time == datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], ""),
        ("text", ""),
        (None, ""),
        (5, ""),
        ({}, "events"),
        ({"events": None}, "events"),
        ({"events": {}}, "events"),
        ({"events": "e"}, "events"),
        ({"event": [event()]}, "events"),
    ],
)
def test_a_malformed_envelope_is_a_400_that_names_what_is_missing(api, body, field):
    answer = api.client.post(PATH, json.dumps(body), content_type="application/json")
    assert_problem(answer, 400, field=field)


def test_a_thousand_events_are_taken_and_one_more_is_not(api, small_shop):
    batch = [event(id=f"e{n}") for n in range(1001)]
    assert_problem(api.post(PATH, {"events": batch}), 413, field="events", limit=1000)
    assert Event.objects.filter(origin="client").count() == 0
    assert api.events(*batch[:1000])["accepted"] == 1000


def test_the_number_of_queries_does_not_grow_with_the_batch(
    api, small_shop, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12):
        api.events(*[event(id=f"e{n}", product=f"p{n % 12}") for n in range(300)])


def test_without_consent_nothing_is_recorded(api, small_shop):
    Shopper.objects.filter(external_id="anna").update(consent=Consent.WITHDRAWN)
    Shopper.objects.filter(external_id="ben").update(consent=Consent.UNKNOWN)
    answer = api.events(event(), event(id="e2", shopper="ben"), event(id="e3", shopper="cleo"))
    assert [v["status"] for v in answer["verdicts"]] == ["refused", "refused", "accepted"]
    assert answer["verdicts"][0]["field"] == "shopper"
    assert Event.objects.filter(origin="client").count() == 1


def test_a_token_that_attests_consent_brings_new_shoppers_but_overrules_no_withdrawal(
    make_api, small_shop
):
    Shopper.objects.filter(external_id="anna").update(consent=Consent.WITHDRAWN)
    attesting = make_api(attests_consent=True)
    answer = attesting.events(event(), event(id="e2", shopper="dora"))
    assert [v["status"] for v in answer["verdicts"]] == ["refused", "accepted"]
    assert Shopper.objects.get(external_id="dora").consent == Consent.GRANTED
    assert ConsentDecision.objects.get(shopper__external_id="dora").source == "client"


@pytest.mark.parametrize(
    "text",
    ["'; DROP TABLE users_shopper; --", "<script>alert(1)</script>", "%s %(x)s {0}", "../.."],
)
def test_text_that_looks_like_an_injection_is_only_text(make_api, small_shop, text):
    attesting = make_api(attests_consent=True)
    answer = attesting.events(
        event(id=text, shopper=text), {"id": "s", "shopper": text, "type": "search", "query": text}
    )
    assert answer["accepted"] == 2
    assert recorded(text).shopper.external_id == text
    assert recorded("s").query == text
    assert Shopper.objects.filter(external_id="anna").exists()


def test_refusals_are_told_in_the_language_that_was_asked_for(api, small_shop):
    answer = api.post(PATH, {"events": [{}]}, headers={"accept-language": "zh-Hans"})
    assert answer["Content-Language"] == "zh-hans"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=[]), max_size=20)
    | st.sampled_from(["anna", "p1", "purchase", "search", "rating", "2026-01-31T12:00:00Z"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
NEARLY = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ["id", "shopper", "product", "type", "value", "time", "query", "trace", "rank"], JSON
    ),
)
PROBABLE = st.builds(lambda changes: event() | changes, NEARLY)


@given(st.lists(PROBABLE | NEARLY | JSON, max_size=6))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_the_events_are_each_gets_a_verdict(api, small_shop, events):
    answer = api.events(*events)
    assert len(answer["verdicts"]) == len(events)
    counts = [answer[name] for name in ("accepted", "duplicate", "refused")]
    assert sum(counts) == len(events)
    for verdict in answer["verdicts"]:
        assert (verdict["detail"] != "") == (verdict["status"] == "refused")


@given(JSON)
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_the_body_is_it_is_answered(api, small_shop, body):
    answer = api.client.post(PATH, json.dumps(body), content_type="application/json")
    assert answer.status_code in {200, 400, 413}


@given(st.binary(max_size=200))
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_the_bytes_are_they_are_answered(api, small_shop, body):
    answer = api.client.post(PATH, body, content_type="application/json")
    assert answer.status_code in {200, 400}
