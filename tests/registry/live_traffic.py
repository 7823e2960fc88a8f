"""Shoppers, what they did and what models had named, for tests of live traffic."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, datetime, timedelta

from catalog.models import Product
from recommender.contracts import EventType
from recommender.events.models import Event
from recommender.models import SlateTrace
from recommender.registry.models import ModelVersion
from recommender.registry.online_models import OnlineHour, ShadowRanking
from users.models import Consent, Shopper

NOW = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_number = itertools.count(1)


def shopper(consent: Consent = Consent.GRANTED) -> Shopper:
    return Shopper.objects.create(external_id=f"live-{next(_number)}", consent=consent)


def products(names: str) -> None:
    """One product for each letter."""
    for name in names:
        Product.objects.get_or_create(external_id=name, defaults={"title": name, "price": 1})


def did(
    who: Shopper,
    product: str,
    kind: EventType = EventType.PURCHASE,
    *,
    at: datetime,
    trace: uuid.UUID | None = None,
) -> Event:
    return Event.objects.create(
        origin="test",
        client_id=uuid.uuid4().hex,
        shopper=who,
        product=Product.objects.get(external_id=product),
        type=kind.value,
        trace=trace,
        time=at,
        received_at=at,
    )


def ranked(
    version: ModelVersion, live: str, shadow: str, *, at: datetime, who: Shopper | None = None
) -> ShadowRanking:
    return ShadowRanking.objects.create(
        version=version,
        shopper=who or shopper(),
        live_version="live",
        scored_at=at,
        live=list(live),
        shadow=list(shadow),
    )


def judged(version: ModelVersion, *, both: int = 0, live: int = 0, shadow: int = 0, no: int = 0):
    """Rankings whose day is over: found by both, by one of them, by none."""
    who = shopper()
    ShadowRanking.objects.bulk_create(
        ShadowRanking(
            version=version,
            shopper=who,
            live_version="live",
            scored_at=NOW - 2 * DAY,
            live=[],
            shadow=[],
            taken=1,
            live_hit=live_hit,
            shadow_hit=shadow_hit,
        )
        for count, live_hit, shadow_hit in (
            (both, True, True),
            (live, True, False),
            (shadow, False, True),
            (no, False, False),
        )
        for _ in range(count)
    )


def slate(version: str, who: Shopper | None, scenario: str = "home") -> uuid.UUID:
    trace = SlateTrace.objects.create(
        trace=uuid.uuid4(), scenario=scenario, shopper=who, model_version=version, items=[]
    )
    return trace.pk


def clicks(version: str, clicked: int, shown: int, *, at: datetime) -> OnlineHour:
    return OnlineHour.objects.create(
        model_version=version, hour=at.replace(minute=0), shown=shown, clicked=clicked
    )
