"""The knowledge graph as models see it: every accepted fact, in columns."""

from __future__ import annotations

import numpy as np

from kg.models import Entity, Fact
from recommender.contracts import TripleTable

#: Rows fetched at once; bounds the memory of a cursor, not that of the table.
CHUNK = 20_000


def facts_state() -> int:
    """A number that rises with every change to a fact by people or files, and by what they judge.

    What catalogue and log say by themselves comes along whenever a model is made, and is not
    worth one of its own.
    """
    by_themselves = (Fact.Source.CATALOGUE, Fact.Source.LOG)
    newest = (
        Fact.history.exclude(source__in=by_themselves)
        .order_by("-history_id")
        .values_list("history_id", flat=True)
        .first()
    )
    return int(newest or 0)


def triples_read() -> TripleTable:
    """All accepted facts in the order in which they were stated, in two queries.

    Facts about products that are no longer sold or not yet are read too: what they have in common
    with others still says something of those.
    """
    subjects: list[int] = []
    objects: list[int] = []
    relations: list[int] = []
    confidences: list[float] = []
    places: dict[int, int] = {}
    predicates: dict[str, int] = {}
    facts = (
        Fact.objects.filter(status=Fact.Status.ACCEPTED)
        .order_by("pk")
        .values_list("subject_id", "predicate__key", "object_id", "confidence")
    )
    for subject, predicate, object, confidence in facts.iterator(chunk_size=CHUNK):
        subjects.append(places.setdefault(subject, len(places)))
        objects.append(places.setdefault(object, len(places)))
        relations.append(predicates.setdefault(predicate, len(predicates)))
        confidences.append(confidence)
    words = [("", "", "")] * len(places)
    entities = Entity.objects.order_by().values_list("pk", "key", "name", "product__external_id")
    for pk, key, name, product in entities.iterator(chunk_size=CHUNK):
        if pk in places:
            words[places[pk]] = (key, name, product or "")
    return TripleTable(
        entities=tuple(key for key, _, _ in words),
        names=tuple(name for _, name, _ in words),
        products=tuple(product for _, _, product in words),
        predicates=tuple(predicates),
        subjects=np.array(subjects, np.int32),
        relations=np.array(relations, np.int32),
        objects=np.array(objects, np.int32),
        confidences=np.array(confidences, np.float32),
    )
