"""Whatever is stated, changed and taken back: accepted facts never break the vocabulary."""

from __future__ import annotations

import io
from collections import Counter
from contextlib import suppress
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.conflicts import cycle_among, first_cycle
from kg.exchange import ExchangeFormat
from kg.facts import (
    FactRefusedError,
    entity_make,
    fact_accept,
    fact_change,
    fact_reject,
    fact_retract,
    fact_state,
)
from kg.importing import facts_import
from kg.models import Entity, Fact, Predicate
from kg.vocabulary import predicate_save

#: The world is the same for every example, since each takes its own changes back.
SHARED = [HealthCheck.function_scoped_fixture]
SIZE = 5
entities = st.integers(0, SIZE - 1)
#: A tree, a hierarchy with several parents, twins (one partner each), and friends (any number).
PREDICATES = {
    "below": {"functional": True, "acyclic": True},
    "inside": {"acyclic": True},
    "twin": {"functional": True, "symmetric": True},
    "near": {"symmetric": True},
}
statement = st.tuples(
    st.sampled_from(["state", "propose", "replace", "change", "accept", "reject", "retract"]),
    st.sampled_from(sorted(PREDICATES)),
    entities,
    entities,
)


@pytest.fixture
def world(db) -> list[Entity]:
    for key, rules in PREDICATES.items():
        predicate_save(predicate=Predicate(key=key, label=key, **rules))
    return [entity_make(kind="concept", name=str(number)) for number in range(SIZE)]


def assert_vocabulary_holds() -> None:
    accepted = list(
        Fact.objects.filter(status="accepted").values_list(
            "predicate__key", "subject__key", "object__key"
        )
    )
    for key in ("below", "inside"):
        assert cycle_among(Predicate.objects.get(key=key)) == []
    assert all(n == 1 for n in Counter(s for p, s, _o in accepted if p == "below").values())
    assert all(
        n == 1 for n in Counter(e for p, *sides in accepted if p == "twin" for e in sides).values()
    )
    symmetric = Fact.objects.filter(predicate__key__in=["twin", "near"])
    for subject, object in symmetric.values_list("subject__key", "object__key"):
        assert subject < object
    assert all(subject != object for _p, subject, object in accepted)


def do(verb: str, predicate: str, subject: Entity, object: Entity) -> None:
    fact = Fact.objects.filter(predicate__key=predicate).order_by("pk").first()
    match verb:
        case "state" | "replace" | "propose":
            fact_state(
                subject=subject,
                predicate=predicate,
                object=object,
                status="proposed" if verb == "propose" else "accepted",
                replace=verb == "replace",
            )
        case "change" if fact:
            fact_change(fact=fact, subject=subject, object=object)
        case "accept":
            for proposal in Fact.objects.filter(predicate__key=predicate, status="proposed"):
                with suppress(FactRefusedError):
                    fact_accept(fact=proposal)
        case "reject" if fact:
            fact_reject(fact=fact)
        case "retract" if fact:
            fact_retract(fact=fact)


class RollbackError(Exception):
    """Ends an example, so that the next begins with an empty record."""


@settings(max_examples=60, deadline=None, suppress_health_check=SHARED)
@given(steps=st.lists(statement, max_size=25))
def test_no_sequence_of_changes_breaks_the_vocabulary(world, steps):
    with suppress(RollbackError), transaction.atomic():
        for verb, predicate, subject, object in steps:
            with suppress(FactRefusedError):
                do(verb, predicate, world[subject], world[object])
            assert_vocabulary_holds()
        raise RollbackError


@settings(max_examples=40, deadline=None, suppress_health_check=SHARED)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(sorted(PREDICATES)),
            entities,
            entities,
            st.sampled_from(["accepted", "proposed", "rejected"]),
        ),
        max_size=25,
    )
)
def test_no_file_breaks_the_vocabulary_and_each_row_is_accounted_for(world, rows):
    text = "subject,predicate,object,status\n" + "".join(
        f"concept:{s},{p},concept:{o},{status}\n" for p, s, o, status in rows
    )
    with suppress(RollbackError), transaction.atomic():
        report = facts_import(io.BytesIO(text.encode()), format=ExchangeFormat.CSV)
        assert_vocabulary_holds()
        done = report.created + report.updated + report.unchanged + len(report.problems)
        assert done == len(rows)
        assert Fact.objects.count() == report.created
        # The same file once more finds nothing new.
        facts_import(io.BytesIO(text.encode()), format=ExchangeFormat.CSV)
        assert_vocabulary_holds()
        raise RollbackError


@given(st.dictionaries(entities, st.lists(entities, max_size=3), max_size=SIZE))
def test_a_circle_is_found_exactly_where_there_is_one(above):
    circle = first_cycle(above)

    def reaches(start: int, target: int, seen: set[int]) -> bool:
        for node in above.get(start, ()):
            if node == target or (node not in seen and reaches(node, target, seen | {node})):
                return True
        return False

    assert bool(circle) == any(reaches(node, node, set()) for node in above)
    assert all(b in above[a] for a, b in pairwise(circle))
    assert not circle or circle[0] == circle[-1]
