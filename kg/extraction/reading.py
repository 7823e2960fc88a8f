"""The texts about products, as extractors read them."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.models import Product, Review
from kg.extraction.protocol import Text


def product_texts(products: Sequence[Product]) -> list[Text]:
    """Titles, descriptions and published reviews, product by product; one query for reviews."""
    said: dict[int, list[str]] = {product.pk: [] for product in products}
    reviews = Review.objects.filter(
        product__in=list(said), status=Review.Status.PUBLISHED
    ).order_by("pk")
    for pk, title, text in reviews.values_list("product_id", "title", "text"):
        # A title without a full stop would run on into the text.
        said[pk].append("\n".join(part for part in (title, text) if part))
    texts = []
    for product in products:
        texts.append(Text(product.external_id, "title", product.title))
        if product.description:
            texts.append(Text(product.external_id, "description", product.description))
        texts += [Text(product.external_id, "review", text) for text in said[product.pk] if text]
    return texts
