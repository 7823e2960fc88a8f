"""Erasing a shopper: everything that the shop knows of them goes, their orders excepted.

Orders are the shop's own books and hang on the account, not on the shopper.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from catalog.merchandising import ratings_recompute
from kg.extraction.ordering import review_removed
from recommender.delivery.forgetting import cached_slates_forget
from recommender.events.snapshots import snapshots_prune
from users.models import Shopper


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was deleted, as the receipt."""

    external_id: str
    events: int
    slates: int
    reviews: int
    decisions: int


@transaction.atomic
def shopper_erase(*, shopper: Shopper) -> Erasure:
    """Delete a shopper with events, slates, reviews and decisions; ratings are computed anew.

    An account stays able to log in and to see its orders, and begins anew as a stranger who has
    not been asked. Models learn of it when they are trained next.
    """
    reviews = list(shopper.reviews.values_list("product", "title", "text"))
    reviewed = [product for product, _title, _text in reviews]
    receipt = Erasure(
        external_id=shopper.external_id,
        events=shopper.events.count(),
        slates=shopper.slates.count(),
        reviews=len(reviewed),
        decisions=shopper.consent_decisions.count(),
    )
    cached_slates_forget(shopper=shopper)
    # Without signals to send, these go by one statement each, not row by row.
    shopper.events.all().delete()
    shopper.slates.all().delete()
    shopper.delete()
    ratings_recompute(products=reviewed)
    for product, title, text in reviews:
        review_removed(product=product, texts=[title, text])
    # They hold the shopper's events; the next training writes one without them.
    transaction.on_commit(lambda: snapshots_prune(keep=0))
    return receipt
