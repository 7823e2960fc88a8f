"""Reads of the record of facts."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from catalog.models import Product
from catalog.text_limits import text_problem
from kg.entities import product_key
from kg.models import Entity, Fact
from recommender.contracts import EVENT_WEIGHTS, REJECTIONS
from recommender.events.models import Event
from users.models import Consent, Shopper

#: How much of a shopper's history speaks for walks to a product, newest first.
HISTORY_PRODUCTS = 50
#: Events that are looked through for so many different products.
_HISTORY_EVENTS = 500


def entities_visible() -> QuerySet[Entity]:
    """What clients may know of: drafts of products are not among it."""
    return Entity.objects.exclude(product__status=Product.Status.DRAFT).select_related("product")


def entities_find(*, query: str = "", kind: str = "") -> QuerySet[Entity]:
    """Visible entities whose name holds the words, in no particular order."""
    found = entities_visible()
    for word in query.split()[:10]:
        found = found.filter(name__icontains=word)
    return found.filter(kind=kind) if kind else found


def entity_by_key(key: str) -> Entity | None:
    """The visible entity with a key, if there is one."""
    return None if text_problem(key) else entities_visible().filter(key=key).first()


def facts_visible() -> QuerySet[Fact]:
    """Facts that are not about drafts, with all that is shown of them loaded."""
    draft = Q(subject__product__status=Product.Status.DRAFT) | Q(
        object__product__status=Product.Status.DRAFT
    )
    return Fact.objects.exclude(draft).select_related("subject", "predicate", "object")


def shopper_history_keys(shopper: Shopper | None, *, without: str = "") -> list[str]:
    """Keys of the products that a shopper acted on and did not turn down, newest first.

    ``without`` is the external id of a product to leave out. Somebody who is unknown or has
    withdrawn consent has no history.
    """
    if shopper is None or shopper.consent == Consent.WITHDRAWN:
        return []
    kinds = [type.value for type in (*EVENT_WEIGHTS, *REJECTIONS)]
    turned_down = {type.value for type in REJECTIONS}
    events = (
        Event.objects.filter(shopper=shopper, type__in=kinds, product__isnull=False)
        .exclude(product__status=Product.Status.DRAFT)
        .order_by("-time", "-pk")
        .values_list("product__external_id", "type")[:_HISTORY_EVENTS]
    )
    rows = list(events)
    refused = {product for product, type in rows if type in turned_down} | {without}
    acted = dict.fromkeys(product for product, _type in rows if product not in refused)
    return [product_key(product) for product in list(acted)[:HISTORY_PRODUCTS]]
