"""Recording events: every verdict, idempotence, consent, and what it costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as trial
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from recommender.contracts import EventType
from recommender.events.models import Event
from recommender.events.record import BATCH_LIMIT, EventInput, events_record
from tests.shop import SmallShop
from users.models import Consent, ConsentDecision, Shopper


def event(**changes) -> EventInput:
    return EventInput(**{"id": "e1", "type": "view", "shopper": "anna", "product": "p1", **changes})


def record(*events: EventInput, **options):
    return events_record(origin="test-client", events=events, **options)


def test_an_accepted_event_is_in_the_log_as_it_was_told(small_shop: SmallShop):
    at = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
    trace = "12345678-1234-5678-1234-567812345678"
    verdicts = record(event(type="purchase", value=3, time=at, trace=trace, rank=2))
    assert [(v.id, v.status) for v in verdicts] == [("e1", "accepted")]
    row = Event.objects.get(origin="test-client", client_id="e1")
    assert (row.shopper, row.product) == (small_shop.shoppers["anna"], small_shop.products[1])
    assert (row.type, row.value, row.time, str(row.trace), row.rank) == (
        "purchase", 3.0, at, trace, 2,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field", "word"),
    [
        ({"id": ""}, "id", "100"),
        ({"id": "x" * 101}, "id", "100"),
        ({"type": "stare"}, "type", "purchase"),
        ({"shopper": ""}, "shopper", "100"),
        ({"shopper": "nobody"}, "shopper", "unknown"),
        ({"product": ""}, "product", "view"),
        ({"product": "no such"}, "product", "catalogue"),
        ({"type": "search", "product": "", "query": "  "}, "query", "words"),
        ({"type": "search", "product": "", "query": "x" * 201}, "query", "200"),
        ({"type": "rating"}, "value", "rating"),
        ({"type": "rating", "value": 6}, "value", "5"),
        ({"value": float("nan")}, "value", "number"),
        ({"value": float("inf")}, "value", "number"),
        ({"time": datetime(2026, 1, 1)}, "time", "UTC"),  # noqa: DTZ001
        ({"time": datetime(2999, 1, 1, tzinfo=UTC)}, "time", "future"),
        ({"time": datetime(1999, 1, 1, tzinfo=UTC)}, "time", "2000"),
        ({"trace": "not a uuid"}, "trace", "UUID"),
        ({"rank": 0}, "rank", "1"),
    ],
)
def test_a_bad_event_is_refused_with_its_field_and_reason(small_shop, changes, field, word):
    before = Event.objects.count()
    (verdict,) = record(event(**changes))
    assert (verdict.status, verdict.field) == ("refused", field)
    assert word in verdict.reason
    assert Event.objects.count() == before


def test_one_bad_event_does_not_harm_the_others(small_shop):
    verdicts = record(event(id="a"), event(id="b", product="no such"), event(id="c"))
    assert [v.status for v in verdicts] == ["accepted", "refused", "accepted"]
    assert set(Event.objects.filter(origin="test-client").values_list("client_id", flat=True)) == {
        "a", "c",
    }  # fmt: skip


def test_the_same_id_counts_once_within_and_across_batches_but_per_origin(small_shop):
    assert [v.status for v in record(event(), event())] == ["accepted", "duplicate"]
    assert [v.status for v in record(event(type="click"))] == ["duplicate"]
    (other,) = events_record(origin="other-client", events=[event()])
    assert other.status == "accepted"
    assert Event.objects.filter(client_id="e1").count() == 2


def test_repeating_a_refused_event_is_refused_for_the_same_reason(small_shop):
    verdicts = record(event(product="no such"), event(product="no such"))
    assert [(v.status, v.field) for v in verdicts] == [("refused", "product")] * 2


@pytest.mark.parametrize("consent", [Consent.UNKNOWN, Consent.WITHDRAWN])
def test_nothing_is_logged_without_consent_whatever_the_client_attests(small_shop, consent):
    Shopper.objects.filter(external_id="anna").update(consent=consent)
    (verdict,) = record(event(), attests_consent=True)
    assert (verdict.status, verdict.field) == ("refused", "shopper")
    assert not Event.objects.filter(origin="test-client").exists()


def test_a_client_that_attests_consent_brings_new_shoppers_with_proof(small_shop):
    (verdict,) = record(event(shopper="dora"), attests_consent=True)
    assert verdict.status == "accepted"
    dora = Shopper.objects.get(external_id="dora")
    assert dora.consent == Consent.GRANTED
    assert ConsentDecision.objects.get(shopper=dora).source == "test-client"


def test_an_event_of_an_unknown_product_brings_nobody_into_being(small_shop):
    record(event(shopper="dora", product="no such"), attests_consent=True)
    assert not Shopper.objects.filter(external_id="dora").exists()


def test_an_event_outdates_the_slates_but_an_impression_does_not(small_shop):
    record(event(id="seen", type="impression"))
    assert Shopper.objects.get(external_id="anna").last_event_at is None
    before = timezone.now()
    record(event())
    changed_at = Shopper.objects.get(external_id="anna").last_event_at
    assert changed_at is not None
    assert changed_at >= before


def test_a_batch_costs_as_many_queries_as_one_event(small_shop, django_assert_num_queries):
    def batch(start: int, size: int) -> list[EventInput]:
        return [
            event(id=f"{start + n}", product=f"p{n % 12}", shopper=["anna", "ben"][n % 2])
            for n in range(size)
        ]

    # savepoint and its release; products, shoppers, known ids, insert, slates outdated
    with django_assert_num_queries(7):
        record(*batch(0, 1))
    with django_assert_num_queries(7):
        record(*batch(1000, 75))


def test_more_than_the_limit_is_an_error_of_the_caller(small_shop):
    with pytest.raises(ValueError, match="1000"):
        record(*[event(id=str(n)) for n in range(BATCH_LIMIT + 1)])


class AnyInput(TestCase):
    """Whatever is thrown at the log, each event gets a verdict and accepted ones are stored."""

    @classmethod
    def setUpTestData(cls) -> None:
        SmallShop.make()

    @trial(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(
            st.builds(
                EventInput,
                id=st.text(max_size=4) | st.just("x" * 101),
                type=st.sampled_from([*EventType, "stare", ""]),
                shopper=st.sampled_from(["anna", "ben", "nobody", ""]),
                product=st.sampled_from(["p1", "p2", "no such", ""]),
                value=st.none() | st.floats() | st.integers(-10, 10).map(float),
                query=st.text(max_size=5),
                time=st.none()
                | st.datetimes(timezones=st.just(UTC))
                | st.just(timezone.now() - timedelta(days=1)),
                trace=st.sampled_from(["", "x", "12345678-1234-5678-1234-567812345678"]),
                rank=st.none() | st.integers(-1, 40_000),
            ),
            max_size=12,
        )
    )
    def test_each_gets_a_verdict(self, events: list[EventInput]) -> None:
        before = Event.objects.count()
        verdicts = record(*events)
        assert [v.id for v in verdicts] == [e.id for e in events]
        accepted = [v for v in verdicts if v.status == "accepted"]
        assert Event.objects.count() - before == len(accepted)
        assert all(v.field and v.reason for v in verdicts if v.status == "refused")
