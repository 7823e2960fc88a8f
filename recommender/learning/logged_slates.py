"""Slates that were shown, and what came of them, as cases for rankers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from recommender.contracts import EventType, History, ItemTable, Scenario
from recommender.delivery.models import SlateTrace
from recommender.events.models import Event
from recommender.features.shopper_state import RECENT_EVENTS, event_weight
from recommender.ranking.blend import Candidate
from recommender.ranking.ranker import LoggedSlate
from users.models import Consent

#: The newest slates that are read.
SLATES = 3_000
#: A purchase within this time of a product that the slate showed is the slate's, named or not.
BOUGHT_AFTER = timedelta(days=1)
#: What an answer to a slate is worth; whatever else a shopper may do says nothing of it.
GAINS: Mapping[EventType, float] = {
    EventType.CLICK: 0.3,
    EventType.VIEW: 0.3,
    EventType.CART: 0.6,
    EventType.LIKE: 1.0,
    EventType.PURCHASE: 1.0,
}

#: Product, type, value and time of an event.
Deed = tuple[str, EventType, float | None, datetime]


def logged_slates_read(items: ItemTable, *, limit: int = SLATES) -> list[LoggedSlate]:
    """The newest home slates of consenting shoppers of which something was seen and taken.

    Places that no impression and no answer names were not seen. Three queries.
    """
    answered = (
        Event.objects.filter(trace__isnull=False, type__in=[kind.value for kind in GAINS])
        .order_by()
        .values("trace")
    )
    traces = list(
        SlateTrace.objects.filter(
            scenario=Scenario.HOME.value,
            shopper__consent=Consent.GRANTED,
            pk__in=answered,
        )
        .order_by("-scored_at")
        .values_list("pk", "shopper", "items", "scored_at")[:limit]
    )
    told = _told([trace for trace, *_ in traces])
    deeds = _deeds({shopper for _, shopper, *_ in traces})
    positions = {item: index for index, item in enumerate(items.ids)}
    slates = [
        _slate(stored, scored_at, told[trace], deeds[shopper], positions)
        for trace, shopper, stored, scored_at in reversed(traces)
    ]
    return [slate for slate in slates if slate is not None]


def _told(traces: Sequence[UUID]) -> dict[UUID | None, list[Deed]]:
    """What names each slate, impressions among it."""
    told: defaultdict[UUID | None, list[Deed]] = defaultdict(list)
    wanted = [EventType.IMPRESSION.value, *(kind.value for kind in GAINS)]
    rows = (
        Event.objects.filter(trace__in=traces, type__in=wanted)
        .exclude(product=None)
        .order_by("time", "pk")
        .values_list("trace", "product__external_id", "type", "value", "time")
    )
    for trace, product, kind, value, time in rows:
        told[trace].append((product, EventType(kind), value, time))
    return told


def _deeds(shoppers: set[int]) -> dict[int, list[Deed]]:
    """What each shopper did that says something, oldest first."""
    deeds: defaultdict[int, list[Deed]] = defaultdict(list)
    rows = (
        Event.objects.filter(shopper__in=shoppers)
        .exclude(product=None)
        .exclude(type=EventType.IMPRESSION.value)
        .order_by("time", "pk")
        .values_list("shopper", "product__external_id", "type", "value", "time")
    )
    for shopper, product, kind, value, time in rows:
        deeds[shopper].append((product, EventType(kind), value, time))
    return deeds


def _slate(
    stored: Sequence[Mapping[str, Any]],
    scored_at: datetime,
    told: Sequence[Deed],
    deeds: Sequence[Deed],
    positions: Mapping[str, int],
) -> LoggedSlate | None:
    """One slate; None where what was taken or passed over is no item of the model any more."""
    places = [item for item in stored if item["product"] in positions]
    gains = _gains([str(item["product"]) for item in places], scored_at, told, deeds)
    if not len(gains) or not (np.nan_to_num(gains) > 0).any():
        return None
    shown = {str(item["product"]) for item in places}
    until = scored_at + BOUGHT_AFTER
    answers = [
        (positions[product], int(time.timestamp()))
        for product, kind, _, time in (*told, *deeds)
        if product in shown and kind in GAINS and scored_at <= time <= until
    ]
    return LoggedSlate(
        _history(deeds, scored_at, positions),
        tuple(
            Candidate(
                positions[str(item["product"])],
                float(item["score"]),
                {name: float(part) for name, part in item["sources"].items()},
            )
            for item in places
        ),
        gains,
        tuple(answers),
    )


def _gains(
    products: Sequence[str],
    scored_at: datetime,
    told: Sequence[Deed],
    deeds: Sequence[Deed],
) -> np.ndarray:
    """For each place the strongest answer, 0 for one that was only seen, NaN for one unseen."""
    gains = dict.fromkeys(products, float("nan"))
    bought = [
        deed
        for deed in deeds
        if deed[1] is EventType.PURCHASE and scored_at <= deed[3] <= scored_at + BOUGHT_AFTER
    ]
    for product, kind, _, _ in (*told, *bought):
        if product in gains:
            gains[product] = max(np.nan_to_num(gains[product]), GAINS.get(kind, 0.0))
    return np.array([gains[product] for product in products], np.float32)


def _history(deeds: Sequence[Deed], scored_at: datetime, positions: Mapping[str, int]) -> History:
    """What the sources could read when the slate was scored."""
    read = [
        (positions[product], weight, int(time.timestamp()))
        for product, kind, value, time in deeds
        if time <= scored_at and product in positions and (weight := event_weight(kind, value)) > 0
    ][-RECENT_EVENTS:]
    return History(
        np.array([item for item, _, _ in read], np.int32),
        np.array([weight for _, weight, _ in read], np.float32),
        np.array([time for _, _, time in read], np.int64),
        int(scored_at.timestamp()),
    )
