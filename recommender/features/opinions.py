"""What shoppers said of products by like, dislike and hide: of two words the newer counts."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from recommender.contracts import REJECTIONS, EventType
from recommender.events.models import Event

OPINIONS = (EventType.LIKE, *sorted(REJECTIONS))


def _words(shoppers: Collection[str]) -> QuerySet[Event]:
    """What these shoppers said of products, oldest first."""
    return (
        Event.objects.filter(
            shopper__external_id__in=shoppers, type__in=[kind.value for kind in OPINIONS]
        )
        .exclude(product=None)
        .order_by("time", "pk")
    )


def opinions_read(shoppers: Collection[str]) -> dict[str, EventType]:
    """The newest word of these shoppers (external ids) on each product, oldest word first."""
    if not shoppers:
        return {}
    newest: dict[str, EventType] = {}
    for product, word in _words(shoppers).values_list("product__external_id", "type"):
        newest.pop(product, None)
        newest[product] = EventType(word)
    return newest


def rejected_products(shoppers: Collection[str]) -> frozenset[str]:
    """External ids of what these shoppers do not want to see."""
    words = opinions_read(shoppers)
    return frozenset(product for product, word in words.items() if word in REJECTIONS)


def rejections(shoppers: Collection[str]) -> dict[str, frozenset[str]]:
    """The same shopper by shopper, in one query; who rejected nothing is left out."""
    if not shoppers:
        return {}
    words = _words(shoppers).values_list("shopper__external_id", "product__external_id", "type")
    newest: dict[str, dict[str, EventType]] = {}
    for shopper, product, word in words:
        newest.setdefault(shopper, {})[product] = EventType(word)
    return {
        shopper: frozenset(product for product, word in said.items() if word in REJECTIONS)
        for shopper, said in newest.items()
    }
