"""The evidence behind places of slates, read from the catalogue as it is now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from recommender.delivery.words import explanation_products
from recommender.explanation.facts import Evidence, evidence_of
from recommender.explanation.things import review_sentences, things_read

#: A product, its stored explanation, and what each source contributed.
Place = tuple[str, Mapping[str, Any], Mapping[str, float]]


def evidence_read(places: Iterable[Place], *, quoted: bool = True) -> dict[str, Evidence]:
    """The evidence of those places about which something can be written, by product.

    A product's first place counts. A constant number of queries; reviews are read where one may be
    ``quoted``.
    """
    told = list(places)
    if not told:
        return {}
    products = {product for product, _, _ in told}
    named = {
        name for _product, explanation, _ in told for name in explanation_products(explanation)
    }
    things = things_read(products | named)
    reviews = review_sentences(products) if quoted else {}
    found: dict[str, Evidence] = {}
    for product, explanation, sources in told:
        evidence = evidence_of(
            product, explanation, things, sources=sources, reviews=reviews.get(product, ())
        )
        if evidence is not None and not evidence.problem:
            found.setdefault(product, evidence)
    return found
