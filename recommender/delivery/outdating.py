"""Making a shopper's slates stale: what they did, or take back, shows in the next one."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from recommender.delivery.pool import slates_refresh_order
from users.models import Shopper


def slates_outdate(*, shopper: Shopper) -> None:
    """Mark the shopper's slates as stale and order them anew once the transaction has committed."""
    shopper.last_event_at = timezone.now()
    Shopper.objects.filter(pk=shopper.pk).update(last_event_at=shopper.last_event_at)
    name = shopper.external_id
    transaction.on_commit(lambda: slates_refresh_order(shoppers=[name]))
