"""Importing interactions: into the event log once each, with consent, the bad rows named."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.importing import ImportReport, interaction_rows_import, interactions_import
from catalog.models import Product
from catalog.rows import InteractionRow
from recommender.contracts import EventType
from recommender.events.models import Event
from users.models import Consent, ConsentDecision, Shopper

pytestmark = pytest.mark.django_db

HEADER = "id,shopper,product,type,value,time,query\n"


@pytest.fixture(autouse=True)
def tea():
    return Product.objects.create(external_id="T1", title="Tea")


def imported(data: str, format: str = "csv", **options: Any) -> ImportReport:
    return interactions_import(
        io.BytesIO(data.encode()), format=format, **{"name": "shop", **options}
    )


def problems(report: ImportReport) -> list[str]:
    return [str(problem) for problem in report.problems]


GOOD = HEADER + (
    "e1,ann,T1,purchase,2,2025-01-31T12:00:00+01:00,\n"
    "e2,ann,T1,rating,4.5,1738324800,\n"
    "e3,bob,T1,view,,2025-01-31,\n"
    "e4,bob,,search,,2025-01-31 10:00,green tea\n"
)


def test_interactions_become_events_of_consenting_shoppers(tea):
    began = timezone.now()
    report = imported(GOOD)
    assert (report.created, report.unchanged, problems(report)) == (4, 0, [])
    events = {e.client_id: e for e in Event.objects.select_related("shopper")}
    first = events["e1"]
    assert (first.origin, first.type, first.value, first.product_id) == (
        "import:shop",
        "purchase",
        2.0,
        tea.pk,
    )
    assert first.time == datetime(2025, 1, 31, 11, tzinfo=UTC)
    assert events["e2"].time == datetime(2025, 1, 31, 12, tzinfo=UTC)
    assert (events["e3"].value, events["e3"].time.hour) == (None, 0)
    assert (events["e4"].product_id, events["e4"].query) == (None, "green tea")
    for shopper in Shopper.objects.all():
        assert shopper.consent == Consent.GRANTED
        assert shopper.last_event_at is not None
        assert shopper.last_event_at >= began
        decision = ConsentDecision.objects.get(shopper=shopper)
        assert (decision.consent, decision.source) == (Consent.GRANTED, "import")


def test_importing_again_adds_only_what_is_new():
    imported(GOOD)
    seen = dict(Shopper.objects.values_list("external_id", "last_event_at"))
    report = imported(GOOD + "e5,ann,T1,like,,2025-02-01T00:00:00Z,\n")
    assert (report.created, report.unchanged) == (1, 4)
    assert Event.objects.count() == 5
    assert ConsentDecision.objects.count() == 2
    now = dict(Shopper.objects.values_list("external_id", "last_event_at"))
    # Only who has news is stale.
    assert now["ann"] > seen["ann"]
    assert now["bob"] == seen["bob"]
    # Another origin has ids of its own.
    assert imported(GOOD, name="other").created == 4


def test_without_ids_equal_interactions_are_one():
    row = "ann,T1,view,2025-01-31T12:00:00Z\n"
    data = "shopper,product,type,time\n" + row + row + row.replace("12:", "13:")
    report = imported(data)
    assert (report.created, report.unchanged, problems(report)) == (2, 1, [])
    assert (imported(data).created, imported(data).unchanged) == (0, 3)
    assert Event.objects.count() == 2


#: The same in every process of a parallel run, which names tests by it.
FUTURE = "2999-01-31T00:00:00+00:00"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("e,ann,X9,view,,2025-01-31,", "product: “X9” is not in the catalogue"),
        ("e,ann,,view,,2025-01-31,", "product: is needed"),
        ("e,,T1,view,,2025-01-31,", "shopper: is needed"),
        ("e,ann,T1,,,2025-01-31,", "type: is needed"),
        ("e,ann,T1,stare,,2025-01-31,", None),
        ("e,ann,T1,rating,7,2025-01-31,", "value: must be from 1 to 5"),
        ("e,ann,T1,rating,,2025-01-31,", "value: is needed for the type “rating”"),
        ("e,ann,T1,purchase,-1,2025-01-31,", "value: must be from 0 to 1e+06"),
        ("e,ann,T1,purchase,two,2025-01-31,", "value: must be a number such as 12.50"),
        ("e,ann,T1,view,1e999,2025-01-31,", "value: must be a finite number"),
        (f"e,ann,T1,view,,{FUTURE},", "time: lies in the future"),
        ("e,ann,T1,view,,1969-12-31,", "time: lies before the year 1970"),
        (
            "e,ann,T1,view,,yesterday,",
            "time: must be a time such as 2025-01-31T12:00:00Z, or seconds since 1970",
        ),
        ("e,ann,T1,view,,,", "time: is needed"),
        ("e,ann,T1,search,,2025-01-31,", None),
        (f"{'e' * 101},ann,T1,view,,2025-01-31,", "id: has 101 characters; the limit is 100"),
        (f"e,{'a' * 101},T1,view,,2025-01-31,", "shopper: has 101 characters; the limit is 100"),
        ("e,a\0n,T1,view,,2025-01-31,", "shopper: contains a NUL byte"),
        ("g1,ann,T1,view,,2025-01-31,", "id: stands on line 2 already"),
        ("e,wil,T1,view,,2025-01-31,", "shopper: “wil” has not agreed to being recorded"),
        ("e,una,T1,view,,2025-01-31,", "shopper: “una” has not agreed to being recorded"),
    ],
)
def test_a_bad_row_is_named_and_the_good_ones_taken_or_none_when_strict(row, expected):
    Shopper.objects.create(external_id="wil", consent=Consent.WITHDRAWN)
    Shopper.objects.create(external_id="una")
    good = "{},ann,T1,view,,2025-01-31,\n"
    data = HEADER + good.format("g1") + row + "\n" + good.format("g2")
    strict = imported(data, strict=True)
    assert not strict.written
    assert Event.objects.count() == ConsentDecision.objects.count() == 0
    report = imported(data)
    assert report.created == 2
    assert set(Event.objects.values_list("client_id", flat=True)) == {"g1", "g2"}
    for problem in (*strict.problems, *report.problems):
        assert problem.line == 3
        assert expected is None or str(problem) == f"line 3: {expected}"
    assert len(strict.problems) == len(report.problems) == 1
    assert Shopper.objects.get(external_id="wil").last_event_at is None


def test_a_bad_row_brings_no_shopper_into_being():
    imported(HEADER + "e,new,X9,view,,2025-01-31,\n")
    assert not Shopper.objects.exists()


def test_wrong_header_and_trial_run():
    report = imported("user,item\na,b\n")
    assert problems(report) == [
        "line 1: shopper: the column is missing; the header has: user, item"
    ]
    report = imported(GOOD, dry_run=True)
    assert (report.created, report.written) == (4, False)
    assert Event.objects.count() == Shopper.objects.count() == 0


def test_data_set_rows_are_checked_too():
    time = datetime(1998, 5, 1, tzinfo=UTC)
    rows = [
        InteractionRow("a", "ann", "T1", EventType.PURCHASE, 1.0, time),
        InteractionRow("b", "ann", "X9", EventType.PURCHASE, 1.0, time),
        InteractionRow("c", "ann", "T1", EventType.RATING, 7.0, time),
    ]
    report = interaction_rows_import(rows, name="set")
    assert report.created == 1
    assert problems(report) == [
        "line 2: product: “X9” is not in the catalogue",
        "line 3: value: must be from 1 to 5",
    ]


cell = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        ["T1", "ann", "view", "rating", "search", "3", "2025-01-31", "0001-01-01T00:00+23:00"]
    ),
)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"type": st.sampled_from([*EventType, "x"]) | cell},
            optional=dict.fromkeys(("id", "shopper", "product", "value", "time", "query"), cell),
        ),
        max_size=5,
    )
)
def test_any_rows_are_imported_or_named(rows):
    Event.objects.all().delete()
    data = "".join(json.dumps(row) + "\n" for row in rows)
    report = imported(data, "jsonl")
    assert Event.objects.count() == report.created
    bad = {problem.line for problem in report.problems}
    assert report.created + report.unchanged + len(bad) == max(len(rows), 1)
    assert imported(data, "jsonl").created == 0
