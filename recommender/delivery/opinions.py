"""What a shopper said of a product by like and not-for-me, and taking it back."""

from __future__ import annotations

from django.db import transaction

from catalog.models import Product
from recommender.contracts import EventType
from recommender.delivery.outdating import slates_outdate
from recommender.events.models import Event
from recommender.features.opinions import OPINIONS
from users.models import Shopper


def opinion_get(*, shopper: Shopper | None, product: Product) -> EventType | None:
    """The shopper's newest word on the product, if any."""
    if shopper is None:
        return None
    newest = (
        Event.objects.filter(
            shopper=shopper, product=product, type__in=[kind.value for kind in OPINIONS]
        )
        .order_by("-time", "-pk")
        .values_list("type", flat=True)
        .first()
    )
    return EventType(newest) if newest else None


@transaction.atomic
def opinion_withdraw(*, shopper: Shopper, product: Product) -> int:
    """Erase a shopper's opinions of a product, so that it is as if they had never been given.

    The next slate is scored without them. Returns how many were erased.
    """
    erased, _by_model = Event.objects.filter(
        shopper=shopper, product=product, type__in=[kind.value for kind in OPINIONS]
    ).delete()
    if erased:
        slates_outdate(shopper=shopper)
    return erased
