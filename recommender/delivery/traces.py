"""Writing traces: what was delivered, so that it can be replayed and learnt from."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from django.db import DatabaseError

from recommender.contracts import Slate
from recommender.delivery.models import SlateTrace
from recommender.delivery.slate_store import slate_item_as_dict

logger = logging.getLogger(__name__)

#: A slate, the primary keys of its shopper and product, the request's context, milliseconds.
Delivered = tuple[Slate, int | None, int | None, Mapping[str, str], float]


def traces_write(delivered: Iterable[Delivered]) -> None:
    """Store the traces in one write. A database that refuses costs the trace, not the page."""
    rows = [
        SlateTrace(
            trace=slate.trace,
            scenario=slate.scenario.value,
            shopper_id=shopper,
            product_id=product,
            model_version=slate.model_version,
            items=[slate_item_as_dict(item) for item in slate.items],
            context={**context, **slate.notes},
            took_ms=round(took_ms, 3),
            scored_at=datetime.fromtimestamp(slate.scored_at, UTC),
        )
        for slate, shopper, product, context, took_ms in delivered
    ]
    try:
        SlateTrace.objects.bulk_create(rows)
    except DatabaseError:
        logger.exception("the traces of %d slates were not stored", len(rows))
