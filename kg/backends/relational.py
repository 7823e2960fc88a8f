"""Accepted facts read from the relational record.

Walks run on primary keys inside covering indexes and meet the tables only for what is shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from kg.backends.batches import batched
from kg.backends.walks import NO_HUB, millionths
from kg.models import Entity, Fact, Predicate
from kg.protocol import Edge, Node

#: Values in one statement.
CHUNK = 5_000
STREAM = 5_000
COLUMNS = ("subject__key", "predicate__key", "object__key", "confidence")


class RelationalStore:
    """Indexed look-ups of facts by either end; a question costs a handful of statements."""

    def nodes(self, keys: Collection[str]) -> dict[str, Node]:
        """The entities among the keys."""
        rows: list[tuple[str, str, str]] = []
        for part in batched(keys, CHUNK):
            found = Entity.objects.filter(key__in=part).order_by()
            rows += found.values_list("key", "kind", "name")
        return {key: Node(key, kind, name) for key, kind, name in rows}

    def ends_of(
        self, keys: Collection[str], predicates: Sequence[str], limit: int, *, widest: int
    ) -> list[Node]:
        """The first ``limit`` entities that one fact joins to any of the keys; see FactStore."""
        known = self._ids(keys)
        degrees = self._degrees(list(known.values())) if widest < NO_HUB else {}
        ids = [number for number in known.values() if degrees.get(number, 0) <= widest]
        chosen = _predicate_ids(predicates)
        if not ids or chosen == []:
            return []
        narrowed = f" AND predicate_id IN ({_marks(chosen)})" if chosen else ""
        # PostgreSQL sorts text by the database's language unless it is told otherwise.
        collation = ' COLLATE "C"' if connection.vendor == "postgresql" else ""
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                SELECT key{collation}, kind, name FROM kg_entity WHERE id IN (
                    SELECT object_id FROM kg_fact
                    WHERE subject_id IN ({_marks(ids)}) AND status = %s{narrowed}
                    UNION
                    SELECT subject_id FROM kg_fact
                    WHERE object_id IN ({_marks(ids)}) AND status = %s{narrowed}
                ) ORDER BY 1 LIMIT %s
                """,
                [*ids, ACCEPTED, *(chosen or ()), *ids, ACCEPTED, *(chosen or ()), limit],
            )
            return [Node(*row) for row in cursor.fetchall()]

    def edges_of(self, keys: Collection[str], predicates: Sequence[str]) -> list[Edge]:
        """Facts that touch any of the keys."""
        ids = list(self._ids(keys).values())
        facts = _accepted(predicates)
        edges = _edges(facts.filter(subject_id__in=ids))
        return edges + _edges(facts.filter(object_id__in=ids))

    def edges_among(self, keys: Collection[str], predicates: Sequence[str]) -> list[Edge]:
        """Facts with both ends in the collection."""
        known = self._ids(keys)
        names = {number: key for key, number in known.items()}
        ids = list(names)
        labels = dict(Predicate.objects.order_by().values_list("pk", "key"))
        rows = (
            _accepted(predicates)
            .filter(subject_id__in=ids, object_id__in=ids)
            .values_list("subject_id", "predicate_id", "object_id", "confidence")
        )
        return [Edge(names[s], labels[p], names[o], confidence) for s, p, o, confidence in rows]

    def edges_between(
        self, one: Collection[str], other: Collection[str], predicates: Sequence[str]
    ) -> list[Edge]:
        """Facts with one end in either collection."""
        near, far = list(self._ids(one).values()), list(self._ids(other).values())
        facts = _accepted(predicates)
        # Two statements: an OR of both directions makes SQLite try every pair twice.
        edges = _edges(facts.filter(subject_id__in=near, object_id__in=far))
        return edges + _edges(facts.filter(subject_id__in=far, object_id__in=near))

    def degrees(self, keys: Collection[str]) -> dict[str, int]:
        """How many facts touch each key."""
        ids = self._ids(keys)
        counts = self._degrees(list(ids.values()))
        return {key: counts[number] for key, number in ids.items()}

    def _degrees(self, ids: Sequence[int]) -> dict[int, int]:
        counts: dict[int, int] = defaultdict(int)
        for end in ("subject_id", "object_id"):
            for part in batched(ids, CHUNK):
                with connection.cursor() as cursor:
                    cursor.execute(
                        f"SELECT {end}, COUNT(*) FROM kg_fact "
                        f"WHERE {end} IN ({_marks(part)}) AND status = %s GROUP BY {end}",
                        [*part, ACCEPTED],
                    )
                    for number, count in cursor.fetchall():
                        counts[number] += count
        return counts

    def spread(
        self, weights: Mapping[str, int], predicates: Sequence[str]
    ) -> dict[str, tuple[str, int]]:
        """One step along facts in either direction; see FactStore."""
        by_id = {number: weights[key] for key, number in self._ids(weights).items()}
        facts = _accepted(predicates)
        sums: dict[int, int] = defaultdict(int)
        for near, far in (("subject_id", "object_id"), ("object_id", "subject_id")):
            rows = facts.filter(**{f"{near}__in": list(by_id)})
            for start, end, confidence in rows.values_list(near, far, "confidence"):
                sums[end] += by_id[start] * millionths(confidence)
        reached: dict[str, tuple[str, int]] = {}
        for part in batched(sums, CHUNK):
            found = Entity.objects.filter(pk__in=part).order_by()
            for number, key, kind in found.values_list("pk", "key", "kind"):
                reached[key] = (kind, sums[number])
        return reached

    def edges(self, predicates: Sequence[str]) -> Iterator[Edge]:
        """All facts in order; databases sort text each in its own way, so Python does it."""
        return iter(sorted(_edges(_accepted(predicates))))

    def edges_streamed(self) -> Iterator[Edge]:
        """All facts in the order of their primary key, without holding them all."""
        rows = _accepted(()).order_by("pk").values_list(*COLUMNS)
        return (Edge(*row) for row in rows.iterator(STREAM))

    def nodes_streamed(self) -> Iterator[Node]:
        """All entities in the order of their primary key."""
        rows = Entity.objects.order_by("pk").values_list("key", "kind", "name")
        return (Node(*row) for row in rows.iterator(STREAM))

    def facts_accepted(self, identities: set[tuple[str, str, str]]) -> list[Edge]:
        """Those of the facts (subject, predicate, object) that are accepted."""
        found: list[Edge] = []
        for part in batched(sorted({subject for subject, _, _ in identities}), CHUNK):
            edges = _edges(_accepted(()).filter(subject__key__in=part))
            found += [e for e in edges if (e.subject, e.predicate, e.object) in identities]
        return found

    def _ids(self, keys: Collection[str]) -> dict[str, int]:
        ids: dict[str, int] = {}
        for part in batched(keys, CHUNK):
            ids |= Entity.objects.filter(key__in=part).order_by().values_list("key", "pk")
        return ids


ACCEPTED = Fact.Status.ACCEPTED.value


def _accepted(predicates: Sequence[str]) -> QuerySet[Fact]:
    facts = Fact.objects.filter(status=ACCEPTED).order_by()
    return facts.filter(predicate__key__in=predicates) if predicates else facts


def _predicate_ids(predicates: Sequence[str]) -> list[int] | None:
    """Primary keys of the named predicates; None where all are meant."""
    if not predicates:
        return None
    return list(Predicate.objects.filter(key__in=predicates).values_list("pk", flat=True))


def _edges(facts: QuerySet[Fact]) -> list[Edge]:
    return [Edge(*row) for row in facts.values_list(*COLUMNS)]


def _marks(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))
