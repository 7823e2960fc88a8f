"""Choosing, for each place of a slate, the plain reason that its evidence supports.

An explanation is a template's name with its arguments; ``recommender.delivery.words`` says it in
the reader's language. Nothing is claimed that the slate's own provenance does not hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recommender.contracts import EventType, Scenario

#: What the shopper did with the product that led to the item.
BECAUSE: Mapping[EventType, str] = {
    EventType.PURCHASE: "because-bought",
    EventType.LIKE: "because-liked",
    EventType.RATING: "because-rated",
    EventType.REVIEW: "because-rated",
    EventType.CART: "because-in-cart",
    EventType.CLICK: "because-viewed",
    EventType.VIEW: "because-viewed",
}
CONTENT_SOURCES = frozenset({"content", "lexical"})


def reason_for_home(
    sources: Mapping[str, float], cause: tuple[str, EventType] | None
) -> dict[str, Any]:
    """Why an item stands on the home slate; ``cause`` is the deed that speaks most for it."""
    if cause is not None and cause[1] in BECAUSE:
        return {"template": BECAUSE[cause[1]], "product": cause[0]}
    if set(sources) <= {"popular"}:
        return {"template": "popular"}
    return {"template": "your-taste"}


def reason_for_related(
    scenario: Scenario, product: str, sources: Mapping[str, float]
) -> dict[str, Any]:
    """Why an item stands beside a product: alike in what it is, or taken by the same people."""
    if scenario is Scenario.COMPLEMENTARY:
        return {"template": "taken-with", "product": product}
    strongest = max(sources, key=lambda name: sources[name], default="")
    if strongest in CONTENT_SOURCES:
        return {"template": "similar-to", "product": product}
    return {"template": "same-shoppers", "product": product}
