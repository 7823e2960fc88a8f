"""What the page of an entity shows beside its form."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page
from django.http import HttpRequest
from django.urls import reverse

from kg.admin.pictures import picture_mark, pictures
from kg.admin.words import entity_address, kind_mark, percent, predicate_words
from kg.models import Entity, Fact, Kind, Predicate
from recsite.admin_pages import CappedPaginator

FACTS_PER_PAGE = 20
DIRECTIONS = ("out", "in")


def entity_context(request: HttpRequest, entity: Entity) -> dict[str, Any]:
    """Facts in both directions (a page of each), and what the picture needs; fixed queries."""
    pages = {direction: _page(request, entity, direction) for direction in DIRECTIONS}
    others = [
        fact.object if direction == "out" else fact.subject
        for direction, page in pages.items()
        for fact in page.object_list
    ]
    found = pictures([entity, *others])
    predicates = list(Predicate.objects.all())
    return {
        "entity": entity,
        "picture": picture_mark(entity, found, 72),
        "kind_mark": kind_mark(entity.kind),
        "product_page": reverse("admin:catalog_product_change", args=[entity.product_id])
        if entity.product_id is not None and request.user.has_perm("catalog.view_product")
        else "",
        "lists": [_facts(page, direction, found) for direction, page in pages.items()],
        "predicates": [(p.key, predicate_words(p)) for p in predicates],
        "kinds": Kind.choices,
        "may_add_facts": request.user.has_perm("kg.add_fact"),
    }


def _page(request: HttpRequest, entity: Entity, direction: str) -> Page[Fact]:
    """A page of the facts of which the entity is the subject (out) or the object (in)."""
    mine = {"subject": entity} if direction == "out" else {"object": entity}
    facts = (
        Fact.objects.filter(**mine)
        .select_related("subject", "predicate", "object")
        .order_by("predicate_id", "-confidence", "pk")
    )
    return CappedPaginator(facts, FACTS_PER_PAGE).get_page(request.GET.get(direction))


def _facts(page: Page[Fact], direction: str, found: dict[int, str]) -> dict[str, Any]:
    rows = []
    for fact in page.object_list:
        other = fact.object if direction == "out" else fact.subject
        rows.append(
            {
                "fact": fact,
                "words": predicate_words(fact.predicate, backwards=direction == "in"),
                "other": other,
                "other_page": entity_address(other),
                "picture": picture_mark(other, found, 36),
                "confidence": percent(fact.confidence),
            }
        )
    return {"direction": direction, "page": page, "rows": rows}
