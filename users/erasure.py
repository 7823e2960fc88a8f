"""Erasing a shopper: everything that the shop knows of them goes, their orders excepted.

Orders are the shop's own books and hang on the account, not on the shopper. What models have learnt
is forgotten by the next update (``recommender.learning.erasure``); the receipt tells when.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from catalog.merchandising import ratings_recompute
from kg.extraction.ordering import review_removed
from recommender.contracts import EventType
from recommender.delivery.forgetting import cached_slates_forget
from recommender.events.models import Snapshot
from recommender.events.snapshots import snapshots_prune
from users.erasure_receipts import GROUP_LENGTH, grouped
from users.models import ErasureReceipt, Shopper

#: Letters and digits that nobody mistakes for each other when a number is read out.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
GROUPS = 5


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was deleted, as it is told to whoever asked for it."""

    external_id: str
    events: int
    slates: int
    reviews: int
    decisions: int
    receipt: ErasureReceipt


def receipt_number() -> str:
    """A new number: 100 random bits in groups of four signs."""
    return grouped("".join(secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP_LENGTH)))


def shopper_hashes(external_ids: Iterable[str]) -> list[str]:
    """Each external id under the installation's secret key, in hexadecimal."""
    key = sha256(f"erasure receipts {settings.SECRET_KEY}".encode()).digest()
    return [hmac.digest(key, name.encode(), "sha256").hex() for name in external_ids]


@transaction.atomic
def shopper_erase(*, shopper: Shopper, route: ErasureReceipt.Route) -> Erasure:
    """Delete a shopper with events, slates, reviews and decisions; ratings are computed anew.

    An account stays able to log in and to see its orders, and begins anew as a stranger who has
    not been asked. Models forget the shopper at their next update, which is not waited for.
    """
    reviews = list(shopper.reviews.values_list("product", "title", "text"))
    reviewed = [product for product, _title, _text in reviews]
    taught = shopper.events.exclude(product=None).exclude(type=EventType.IMPRESSION.value)
    counts = {
        "events": shopper.events.count(),
        "slates": shopper.slates.count(),
        "reviews": len(reviewed),
        "consent_decisions": shopper.consent_decisions.count(),
        "wishes": shopper.wishes.count(),
        "shadow_rankings": shopper.shadow_rankings.count(),
    }
    receipt = ErasureReceipt.objects.create(
        number=receipt_number(),
        shopper_hash=shopper_hashes([shopper.external_id])[0],
        route=route,
        counts=counts,
        # Of somebody who once did something, a model may know what has been taken back since.
        is_learnt=taught.exists() or shopper.last_event_at is not None,
        files={"snapshots": Snapshot.objects.count()},
    )
    cached_slates_forget(shopper=shopper)
    # Without signals to send, these go by one statement each, not row by row.
    shopper.events.all().delete()
    shopper.slates.all().delete()
    # The admin's own history names what was looked after.
    kind = ContentType.objects.get_for_model(Shopper)
    LogEntry.objects.filter(content_type=kind, object_id=str(shopper.pk)).delete()
    external_id = shopper.external_id
    shopper.delete()
    ratings_recompute(products=reviewed)
    for product, title, text in reviews:
        review_removed(product=product, texts=[title, text])
    # They hold the shopper's events; the next training writes one without them.
    transaction.on_commit(lambda: snapshots_prune(keep=0))
    return Erasure(
        external_id=external_id,
        events=counts["events"],
        slates=counts["slates"],
        reviews=counts["reviews"],
        decisions=counts["consent_decisions"],
        receipt=receipt,
    )
