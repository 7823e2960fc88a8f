"""Writing to the event log: validated, idempotent, and only with consent."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Product
from recommender.contracts import EventType
from recommender.delivery.pool import slates_refresh_order
from recommender.events.models import Event
from recsite import metrics
from users.models import Consent, Shopper
from users.shoppers import shoppers_resolve

#: The most events in one call.
BATCH_LIMIT = 1000
TYPES = frozenset(kind.value for kind in EventType)
ID_LIMIT = 100
QUERY_LIMIT = 200
#: The origin of what the shop's own pages record.
WEB = "web"
#: How long after it was opened a page may still say how long it has been looked at, and the most
#: that counts: who looks longer has gone for a coffee.
VIEW_OPEN = timedelta(days=1)
VIEW_MOST_SECONDS = 1800.0
#: Clocks differ; an event may claim to come from this much later than now.
CLOCK_TOLERANCE = timedelta(minutes=5)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
#: Types that are about one product; a search is about words.
ABOUT_PRODUCT = frozenset(EventType) - {EventType.SEARCH}
VALUE_RANGES: dict[EventType, tuple[float, float]] = {
    EventType.RATING: (1, 5),
    EventType.REVIEW: (1, 5),
    EventType.PURCHASE: (0, 1_000_000),
    EventType.CART: (0, 1_000_000),
    # Seconds: nobody looks at one page for more than a day.
    EventType.VIEW: (0, 86_400),
}
VALUE_REQUIRED = frozenset({EventType.RATING})


@dataclass(frozen=True, slots=True)
class EventInput:
    """An event as somebody reports it, not yet believed."""

    id: str
    type: str
    shopper: str
    product: str = ""
    value: float | None = None
    query: str = ""
    time: datetime | None = None
    trace: str = ""
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one event; ``field`` and ``reason`` say why it was refused."""

    id: str
    status: Literal["accepted", "duplicate", "refused"]
    field: str = ""
    reason: str = ""


def _refusal(event: EventInput, now: datetime) -> tuple[str, str] | None:
    """The first thing that is wrong with the event by itself: field and reason."""
    if not event.id or len(event.id) > ID_LIMIT or "\x00" in event.id:
        return "id", _("An id of 1 to %(limit)d characters is needed.") % {"limit": ID_LIMIT}
    if event.type not in TYPES:
        known = ", ".join(EventType)
        return "type", _("Unknown type; known are: %(types)s.") % {"types": known}
    kind = EventType(event.type)
    if not event.shopper or len(event.shopper) > ID_LIMIT or "\x00" in event.shopper:
        return "shopper", _("A shopper of 1 to %(limit)d characters is needed.") % {
            "limit": ID_LIMIT
        }
    if kind in ABOUT_PRODUCT and not event.product:
        return "product", _("A product is needed for the type “%(type)s”.") % {"type": kind}
    if kind is EventType.SEARCH and not event.query.strip():
        return "query", _("A search needs its words in “query”.")
    if len(event.query) > QUERY_LIMIT or "\x00" in event.query:
        return "query", _("At most %(limit)d characters.") % {"limit": QUERY_LIMIT}
    if event.value is None and kind in VALUE_REQUIRED:
        return "value", _("A value is needed for the type “%(type)s”.") % {"type": kind}
    if event.value is not None:
        low, high = VALUE_RANGES.get(kind, (-1e9, 1e9))
        if not math.isfinite(event.value) or not low <= event.value <= high:
            return "value", _("A number from %(low)g to %(high)g is needed.") % {
                "low": low,
                "high": high,
            }
    if event.time is not None:
        if event.time.tzinfo is None:
            return "time", _("The time needs its offset from UTC, such as “Z”.")
        if event.time > now + CLOCK_TOLERANCE:
            return "time", _("The time lies in the future.")
        if event.time < EARLIEST:
            return "time", _("The time lies before the year 2000.")
    if event.trace and _trace(event.trace) is None:
        return "trace", _("The trace of a slate is a UUID.")
    if event.rank is not None and not 1 <= event.rank <= 32_767:
        return "rank", _("A whole number from 1 to 32767 is needed.")
    return None


def _trace(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None


def events_record(
    *, origin: str, events: Sequence[EventInput], attests_consent: bool = False
) -> list[Verdict]:
    """Record what can be recorded and say of each event, in order, what became of it.

    A constant number of queries, but for SQLite, which splits large inserts. Marks the slates of
    the shoppers concerned as stale and orders their refresh once the transaction has committed.

    Raises:
        ValueError: more than ``BATCH_LIMIT`` events.
    """
    if len(events) > BATCH_LIMIT:
        raise ValueError(f"at most {BATCH_LIMIT} events at once, not {len(events)}")
    now = timezone.now()
    verdicts: list[Verdict | None] = [None] * len(events)
    sound: dict[str, int] = {}
    for place, event in enumerate(events):
        refusal = _refusal(event, now)
        if refusal is not None:
            verdicts[place] = Verdict(event.id, "refused", *refusal)
        elif event.id not in sound:
            sound[event.id] = place

    with transaction.atomic():
        written = _write(origin, [events[p] for p in sound.values()], attests_consent, now)
    by_id = {verdict.id: verdict for verdict in written}
    for place, event in enumerate(events):
        if verdicts[place] is None:
            first = by_id[event.id]
            repeated = place != sound[event.id] and first.status == "accepted"
            verdicts[place] = Verdict(event.id, "duplicate") if repeated else first
    told = [verdict for verdict in verdicts if verdict is not None]
    for event, verdict in zip(events, told, strict=True):
        # A label must not be whatever somebody sends.
        metrics.EVENTS.labels(
            event.type if event.type in TYPES else "unknown", verdict.status
        ).inc()
    return told


def _write(
    origin: str, events: list[EventInput], attests_consent: bool, now: datetime
) -> list[Verdict]:
    """Write sound events with distinct ids; verdicts in the same order."""
    if not events:
        return []
    products = dict(
        Product.objects.filter(external_id__in={e.product for e in events if e.product})
        .order_by()
        .values_list("external_id", "pk")
    )
    # A batch that names no product of this shop must not bring shoppers into being either.
    plausible = [e for e in events if not e.product or e.product in products]
    shoppers = shoppers_resolve(
        external_ids={e.shopper for e in plausible},
        attests_consent=attests_consent,
        source=origin,
    )
    known = set(
        Event.objects.filter(origin=origin, client_id__in=[e.id for e in events]).values_list(
            "client_id", flat=True
        )
    )
    verdicts: list[Verdict] = []
    rows: list[Event] = []
    for event in events:
        shopper = shoppers.get(event.shopper)
        if event.id in known:
            verdicts.append(Verdict(event.id, "duplicate"))
        elif event.product and event.product not in products:
            verdicts.append(
                Verdict(event.id, "refused", "product", _("This product is not in the catalogue."))
            )
        elif shopper is None:
            verdicts.append(Verdict(event.id, "refused", "shopper", _("This shopper is unknown.")))
        elif shopper.consent != Consent.GRANTED:
            verdicts.append(
                Verdict(
                    event.id,
                    "refused",
                    "shopper",
                    _("This shopper has not agreed to being recorded."),
                )
            )
        else:
            verdicts.append(Verdict(event.id, "accepted"))
            rows.append(
                Event(
                    origin=origin,
                    client_id=event.id,
                    shopper=shopper,
                    product_id=products.get(event.product),
                    type=event.type,
                    value=event.value,
                    query=event.query.strip(),
                    trace=_trace(event.trace),
                    rank=event.rank,
                    time=event.time or now,
                    received_at=now,
                )
            )
    Event.objects.bulk_create(rows, ignore_conflicts=True)
    # Being shown something changes nothing about what should be shown next.
    moved = {r.shopper_id for r in rows if r.type != EventType.IMPRESSION}
    if moved:
        Shopper.objects.filter(pk__in=moved).update(last_event_at=now)
        names = [s.external_id for s in shoppers.values() if s.pk in moved]
        transaction.on_commit(lambda: slates_refresh_order(shoppers=names))
    return verdicts


def visitor_event(
    request: HttpRequest,
    type: EventType,
    *,
    product: Product | None = None,
    value: float | None = None,
    query: str = "",
    trace: str = "",
    rank: int | None = None,
) -> str:
    """Record what the person at the browser does; without consent nothing is recorded.

    Returns the event's id, or nothing where none was recorded.
    """
    visitor = request.visitor  # type: ignore[attr-defined]
    if not visitor.may_be_recorded:
        return ""
    name = uuid.uuid4().hex
    (verdict,) = events_record(
        origin=WEB,
        events=[
            EventInput(
                id=name,
                type=type,
                shopper=visitor.shopper_id,
                product=product.external_id if product else "",
                value=value,
                query=query[:QUERY_LIMIT],
                trace=trace if _trace(trace) else "",
                rank=rank if rank is not None and 1 <= rank <= 32_767 else None,
            )
        ],
    )
    # The visitor's own copy must know that its slates are stale.
    visitor.shopper.last_event_at = timezone.now()
    return name if verdict.status == "accepted" else ""


def view_seconds_tell(*, shopper: Shopper, view: str, seconds: float) -> bool:
    """Say how long a view on the web site lasted; of several reports the longest counts.

    This completes an event that was recorded when the page was opened, so it changes neither the
    log's watermark nor what the next slate waits for. True where there is such a view of the
    shopper's, young enough to be still open.

    Raises:
        ValueError: the seconds are no number from 0 on.
    """
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError("the seconds of a view are a number from 0 on")
    views = Event.objects.filter(
        origin=WEB,
        client_id=view,
        shopper=shopper,
        type=EventType.VIEW.value,
        received_at__gte=timezone.now() - VIEW_OPEN,
    )
    told = min(round(seconds, 1), VIEW_MOST_SECONDS)
    longer = views.filter(Q(value=None) | Q(value__lt=told)).update(value=told)
    return bool(longer) or views.exists()
