"""Reading all that the page of one product shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from catalog.models import AttributeType, Media, Product, Review
from catalog.selectors import category_breadcrumbs, product_reviews
from recommender.delivery.opinions import opinion_get
from recommender.delivery.shelves import product_shelves
from recommender.feedback.opinions import opinions_summary
from users.visitor import Visitor

REVIEWS_LENGTH = 10
#: Fewer than this are said in figures: it helps to decide.
LOW_STOCK = 5


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """A fact about a product, ready to read."""

    label: str
    value: str


def product_for_page(external_id: str) -> Product | None:
    """A product that shoppers may see, with brand, category and media; two queries."""
    return (
        Product.objects.filter(external_id=external_id, status=Product.Status.ACTIVE)
        .select_related("brand", "category")
        .prefetch_related("media")
        .first()
    )


def product_page(
    product: Product, *, visitor: Visitor, reviews_page: str, image: str
) -> dict[str, Any]:
    """The page's values."""
    images = [m for m in product.media.all() if m.kind == Media.Kind.IMAGE]
    chosen = next((m for m in images if str(m.pk) == image), images[0] if images else None)
    reviews: Paginator[Review] = Paginator(product_reviews(product), REVIEWS_LENGTH)
    opinion = opinion_get(
        shopper=visitor.shopper if visitor.may_be_recorded else None, product=product
    )
    return {
        "product": product,
        "images": images,
        "image": chosen,
        "sounds": [m for m in product.media.all() if m.kind == Media.Kind.AUDIO],
        "breadcrumbs": category_breadcrumbs(product.category) if product.category else [],
        "attributes": attribute_rows(product.attributes),
        "low_stock": LOW_STOCK,
        "opinion": opinion.value if opinion else "",
        "shelves": product_shelves(visitor, product),
        "reviews": reviews.get_page(reviews_page),
        "rating_shares": rating_shares(product),
        "opinions": opinions_summary(product),
    }


def rating_shares(product: Product) -> list[tuple[int, int, str]]:
    """For five stars down to one: stars, how many reviews, and their share as a length."""
    counts = dict(
        product.reviews.filter(status=Review.Status.PUBLISHED)
        .order_by()
        .values_list("rating")
        .annotate(n=Count("pk"))
    )
    whole = sum(counts.values()) or 1
    return [
        (stars, counts.get(stars, 0), f"{100 * counts.get(stars, 0) / whole:.0f}%")
        for stars in range(5, 0, -1)
    ]


def attribute_rows(attributes: Mapping[str, Any]) -> Sequence[AttributeRow]:
    """Attributes with their labels and units, by label; one query, none without attributes."""
    if not attributes:
        return []
    types = {t.key: t for t in AttributeType.objects.filter(key__in=list(attributes))}
    rows = []
    for key, value in attributes.items():
        kind = types.get(key)
        label = kind.label if kind else key.replace("_", " ").capitalize()
        unit = f"\u00a0{kind.unit}" if kind and kind.unit else ""
        rows.append(AttributeRow(label, attribute_words(value, kind) + unit))
    return sorted(rows, key=lambda row: row.label)


def attribute_words(value: Any, kind: AttributeType | None = None) -> str:
    """An attribute's value in the reader's way of writing numbers, dates and truth."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, int | float):
        return number_format(value)
    if kind is not None and kind.kind == AttributeType.Kind.DATE:
        try:
            return date_format(date.fromisoformat(str(value)))
        except ValueError:
            return str(value)
    return str(value)
