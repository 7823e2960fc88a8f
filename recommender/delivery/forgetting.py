"""Taking a shopper's slates out of the cache."""

from __future__ import annotations

import logging

from django.core.cache import cache
from django.db import transaction

from recommender.contracts import Scenario, SlateRequest
from recommender.delivery.pool import PERSONAL, refresh_mark
from recommender.delivery.slate_store import LONG, SHORT, slate_key
from users.models import Shopper

logger = logging.getLogger(__name__)


def cached_slates_forget(*, shopper: Shopper) -> None:
    """Delete every cached slate of the shopper once the transaction has committed.

    Call it before the traces are deleted: a slate that was cached has a trace, and traces are
    kept for as long as the cache keeps slates, so they tell which keys there are.
    """
    places: set[tuple[str, str | None]] = set(
        shopper.slates.order_by().values_list("scenario", "product__external_id")
    )
    places |= {(scenario.value, None) for scenario in PERSONAL}
    keys = [
        slate_key(SlateRequest(Scenario(scenario), shopper.external_id, product or "", count))
        for scenario, product in places
        # Trending is everybody's.
        if scenario != Scenario.TRENDING
        for count in (SHORT, LONG)
    ]
    keys.append(refresh_mark(shopper.external_id))

    def forget() -> None:
        try:
            cache.delete_many(keys)
        except Exception:
            logger.warning("the cache does not answer; slates of an erased shopper expire there")

    transaction.on_commit(forget)
