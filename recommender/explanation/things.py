"""Products as evidence knows them, read from the catalogue."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from catalog.models import AttributeType, Product, Review
from recommender.explanation.facts import Thing, quotable

#: Reviews of one product that are looked through for a sentence.
REVIEWS_READ = 5


def things_read(products: Collection[str]) -> dict[str, Thing]:
    """The products that the shop shows, by external id, in two queries."""
    told = set(
        AttributeType.objects.filter(kind=AttributeType.Kind.TEXT, is_facet=True)
        .order_by()
        .values_list("key", flat=True)
    )
    rows = (
        Product.objects.filter(external_id__in=set(products))
        .exclude(status=Product.Status.DRAFT)
        .order_by()
        .values_list("external_id", "title", "brand__name", "category__name", "attributes")
    )
    return {
        external_id: Thing(
            external_id,
            title,
            brand or "",
            category or "",
            _readable({k: v for k, v in (attributes or {}).items() if k in told}),
            _word((attributes or {}).get("size")),
        )
        for external_id, title, brand, category, attributes in rows
    }


def _readable(attributes: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Words that two things can have in common; that both measure 8 oz means little."""
    return tuple(
        (key, value)
        for key, value in sorted(attributes.items())
        if isinstance(value, str) and value and not any(sign.isdigit() for sign in value)
    )


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""


def review_sentences(products: Collection[str]) -> dict[str, list[str]]:
    """Sentences of good reviews that can be quoted, by product, the newest first; one query."""
    rows = (
        Review.objects.filter(
            product__external_id__in=set(products), rating__gte=4, status=Review.Status.PUBLISHED
        )
        .exclude(text="")
        .order_by("-created_at")
        .values_list("product__external_id", "text")
    )
    found: dict[str, list[str]] = {}
    for product, text in rows[: REVIEWS_READ * max(1, len(products))]:
        sentences = [
            one.strip() for one in text.replace("! ", "!\n").replace(". ", ".\n").split("\n")
        ]
        found.setdefault(product, []).extend(one for one in sentences if quotable(one))
    return found
