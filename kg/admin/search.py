"""Finding entities by a few words: the likeliest first, at one scan of the names."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from catalog.text_limits import one_line
from kg.models import Entity, Fact

WORD_LIMIT = 8
LENGTH_LIMIT = 100
#: A search among facts looks at those of so many entities; more would be no search any more.
ENTITY_LIMIT = 300


def entities_find(
    words: str, entities: QuerySet[Entity] | None = None, *, kinds: Sequence[str] = ()
) -> QuerySet[Entity]:
    """Entities whose name or key holds every word.

    First the exact name, then names that begin so, then those in which a word does, then others.
    """
    found = Entity.objects.all() if entities is None else entities
    if kinds:
        found = found.filter(kind__in=kinds)
    text = one_line(words.replace("\x00", ""))[:LENGTH_LIMIT].strip()
    if not text:
        return found.order_by("name", "key")
    for word in text.split(" ")[:WORD_LIMIT]:
        found = found.filter(Q(name__icontains=word) | Q(key__icontains=word))
    place = Case(
        When(Q(name__iexact=text) | Q(key__iexact=text), then=Value(0)),
        When(name__istartswith=text, then=Value(1)),
        When(name__icontains=f" {text}", then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    return found.annotate(place=place).order_by("place", "name", "key")


def facts_about(words: str, facts: QuerySet[Fact]) -> QuerySet[Fact]:
    """Facts with one of the likeliest entities on either side, read through the sides' indexes."""
    if not words.strip():
        return facts
    found = list(entities_find(words).values_list("pk", flat=True)[:ENTITY_LIMIT])
    return facts.filter(Q(subject__in=found) | Q(object__in=found))


def fact_counts(entities: Sequence[Entity]) -> dict[int, tuple[int, int]]:
    """Accepted and proposed facts on either side of each entity; two queries."""
    counts: dict[int, list[int]] = {entity.pk: [0, 0] for entity in entities}
    for side in ("subject", "object"):
        rows = (
            Fact.objects.filter(**{f"{side}__in": list(counts)})
            .exclude(status=Fact.Status.REJECTED)
            .order_by()
            .values_list(side, "status")
            .annotate(number=Count("pk"))
        )
        for pk, status, number in rows:
            counts[pk][status == Fact.Status.PROPOSED] += number
    return {pk: (accepted, proposed) for pk, (accepted, proposed) in counts.items()}
