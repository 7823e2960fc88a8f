"""Choosing, for each place of a slate, the plain reason that its evidence supports.

An explanation is a template's name with its arguments; ``recommender.delivery.words`` says it in
the reader's language. Nothing is claimed that the slate's own provenance does not hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
#: Sources that link items to items, so that a single deed can be named as the cause.
LINKING_SOURCES = (
    "transitions",
    "text_transitions",
    "ease",
    "text_ease",
    "item_knn",
    "content",
    "lexical",
    "graph",
    "multimodal",
)
CONTENT_SOURCES = frozenset({"content", "lexical", "multimodal"})


def reason_for_home(
    sources: Mapping[str, float],
    cause: tuple[str, EventType] | None,
    path: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Why an item stands on the home slate; ``cause`` is the deed that speaks most for it.

    ``path`` are the facts that lead from there to the item, where the graph proposes it most.
    """
    if cause is not None and cause[1] in BECAUSE:
        if path:
            return {
                "template": "graph-path",
                "product": cause[0],
                "because": BECAUSE[cause[1]],
                "path": [dict(step) for step in path],
            }
        return {"template": BECAUSE[cause[1]], "product": cause[0]}
    # That a language model moved it up is no reason of its own.
    if set(sources) - {"language_model"} <= {"popular"}:
        return {"template": "popular"}
    return {"template": "your-taste"}


def reason_for_related(
    scenario: Scenario,
    product: str,
    sources: Mapping[str, float],
    path: Sequence[Mapping[str, Any]] = (),
    shared: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """Why an item stands beside a product: alike in what it is, or taken by the same people.

    ``path`` is the fact that joins the two, where the graph proposes it most; ``shared`` says what
    both have ("brand" or "category") and its name.
    """
    if path:
        return {
            "template": "graph-path",
            "product": product,
            "path": [dict(step) for step in path],
        }
    if scenario is Scenario.COMPLEMENTARY:
        return {"template": "taken-with", "product": product}
    strongest = max(sources, key=lambda name: sources[name], default="")
    if strongest == "lexical" and shared is not None:
        return {"template": "shares", "product": product, "by": shared[0], "name": shared[1]}
    if strongest in CONTENT_SOURCES:
        return {"template": "similar-to", "product": product}
    return {"template": "same-shoppers", "product": product}
