"""Accepted facts read from the relational record."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar

from django.db.models import Count, QuerySet

from kg.models import Entity, Fact
from kg.protocol import Edge, Node

Item = TypeVar("Item")

#: Keys in one statement: SQLite binds a limited number of values.
CHUNK = 400
STREAM = 5_000
COLUMNS = ("subject__key", "predicate__key", "object__key", "confidence")


class RelationalStore:
    """Indexed look-ups of facts by either end; a question costs a handful of statements."""

    def nodes(self, keys: Collection[str]) -> dict[str, Node]:
        """The entities among the keys."""
        rows: list[tuple[str, str, str]] = []
        for part in _chunks(keys):
            found = Entity.objects.filter(key__in=part).order_by()
            rows += found.values_list("key", "kind", "name")
        return {key: Node(key, kind, name) for key, kind, name in rows}

    def edges_of(self, keys: Collection[str], predicates: Sequence[str]) -> list[Edge]:
        """Facts that touch any of the keys."""
        edges: list[Edge] = []
        for ids in _chunks(self._ids(keys)):
            for end in ("subject_id__in", "object_id__in"):
                edges += _edges(_accepted(predicates).filter(**{end: ids}))
        return edges

    def edges_between(
        self, one: Collection[str], other: Collection[str], predicates: Sequence[str]
    ) -> list[Edge]:
        """Facts with one end in either collection."""
        smaller, larger = sorted((set(one), set(other)), key=len)
        return [
            edge
            for edge in self.edges_of(smaller, predicates)
            if (edge.subject in smaller and edge.object in larger)
            or (edge.object in smaller and edge.subject in larger)
        ]

    def degrees(self, keys: Collection[str]) -> dict[str, int]:
        """How many facts touch each key."""
        degrees: dict[str, int] = {}
        for part in _chunks(keys):
            names = dict(Entity.objects.filter(key__in=part).order_by().values_list("pk", "key"))
            degrees |= dict.fromkeys(names.values(), 0)
            for end in ("subject_id", "object_id"):
                counted = (
                    _accepted(())
                    .filter(**{f"{end}__in": list(names)})
                    .values_list(end)
                    .annotate(count=Count("pk"))
                )
                for entity, count in counted:
                    degrees[names[entity]] += count
        return degrees

    def keys_of_kind(self, keys: Collection[str], kind: str) -> set[str]:
        """Those of the keys that are entities of this kind."""
        found: set[str] = set()
        for part in _chunks(keys):
            found |= set(
                Entity.objects.filter(key__in=part, kind=kind)
                .order_by()
                .values_list("key", flat=True)
            )
        return found

    def edges(self, predicates: Sequence[str]) -> Iterator[Edge]:
        """All facts in order; databases sort text each in its own way, so Python does it."""
        return iter(sorted(_edges(_accepted(predicates))))

    def edges_streamed(self) -> Iterator[Edge]:
        """All facts in the order of their primary key, without holding them all."""
        rows = _accepted(()).order_by("pk").values_list(*COLUMNS)
        return (Edge(*row) for row in rows.iterator(STREAM))

    def _ids(self, keys: Collection[str]) -> list[int]:
        ids: list[int] = []
        for part in _chunks(keys):
            ids += Entity.objects.filter(key__in=part).order_by().values_list("pk", flat=True)
        return ids


def _accepted(predicates: Sequence[str]) -> QuerySet[Fact]:
    facts = Fact.objects.filter(status=Fact.Status.ACCEPTED).order_by()
    return facts.filter(predicate__key__in=predicates) if predicates else facts


def _edges(facts: QuerySet[Fact]) -> list[Edge]:
    return [Edge(*row) for row in facts.values_list(*COLUMNS)]


def _chunks(values: Collection[Item]) -> Iterator[list[Item]]:
    ordered = list(values)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]
