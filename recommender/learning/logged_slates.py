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
from recommender.features.shopper_state import RECENT_EVENTS, weights_after_words
from recommender.features.wishes import without_forgotten
from recommender.feedback.examination import Examination
from recommender.feedback.examination_log import curve_of, examination_read
from recommender.feedback.rewards import WORDS, Answer, slate_rewards
from recommender.ranking.blend import Candidate
from recommender.ranking.ranker import LoggedSlate
from users.models import Consent

#: The newest slates that are read.
SLATES = 3_000
#: A purchase within this time of a product that the slate showed is the slate's, named or not.
BOUGHT_AFTER = timedelta(days=1)
#: What speaks for a slate: one that got none of these teaches nothing.
TAKEN = (EventType.CLICK, EventType.VIEW, EventType.CART, EventType.LIKE, EventType.PURCHASE)
#: What counts for a slate although it does not name it.
UNNAMED = WORDS | {EventType.PURCHASE}

#: Product, type, value and time of an event.
Deed = tuple[str, EventType, float | None, datetime]


def logged_slates_read(items: ItemTable, *, limit: int = SLATES) -> list[LoggedSlate]:
    """The newest home slates of consenting shoppers of which something was seen and taken.

    Places that no impression and no answer names were not seen. What an answer is worth is
    corrected for how likely its place is to be looked at. Four queries.
    """
    answered = (
        Event.objects.filter(trace__isnull=False, type__in=[kind.value for kind in TAKEN])
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
    told, seen_at = _told([trace for trace, *_ in traces])
    deeds = _deeds({shopper for _, shopper, *_ in traces})
    positions = {item: index for index, item in enumerate(items.ids)}
    examination = curve_of(examination_read(), Scenario.HOME.value)
    slates = [
        _slate(
            stored,
            scored_at,
            told[trace],
            seen_at[trace],
            deeds[shopper],
            positions,
            examination,
        )
        for trace, shopper, stored, scored_at in reversed(traces)
    ]
    return [slate for slate in slates if slate is not None]


#: For each product the place at which it was in view, which is not its place in the stored slate
#: where something before it was left out.
SeenAt = Mapping[str, int]


def _told(
    traces: Sequence[UUID],
) -> tuple[dict[UUID | None, list[Deed]], dict[UUID | None, dict[str, int]]]:
    """What names each slate, impressions among it, and where things stood."""
    told: defaultdict[UUID | None, list[Deed]] = defaultdict(list)
    seen_at: defaultdict[UUID | None, dict[str, int]] = defaultdict(dict)
    rows = (
        without_forgotten(Event.objects.filter(trace__in=traces))
        .exclude(product=None)
        .order_by("time", "pk")
        .values_list("trace", "product__external_id", "type", "value", "time", "rank")
    )
    for trace, product, kind, value, time, rank in rows:
        told[trace].append((product, EventType(kind), value, time))
        if rank:
            seen_at[trace].setdefault(product, rank)
    return told, seen_at


def _deeds(shoppers: set[int]) -> dict[int, list[Deed]]:
    """What each shopper did that says something, oldest first."""
    deeds: defaultdict[int, list[Deed]] = defaultdict(list)
    rows = (
        without_forgotten(Event.objects.filter(shopper__in=shoppers))
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
    seen_at: SeenAt,
    deeds: Sequence[Deed],
    positions: Mapping[str, int],
    examination: Examination,
) -> LoggedSlate | None:
    """One slate; None where what was taken or passed over is no item of the model any more."""
    places = [item for item in stored if item["product"] in positions]
    gains = _gains(places, scored_at, told, seen_at, deeds, examination)
    if not len(gains) or not (np.nan_to_num(gains) > 0).any():
        return None
    shown = {str(item["product"]) for item in places}
    until = scored_at + BOUGHT_AFTER
    answers = [
        (positions[product], int(time.timestamp()))
        for product, kind, _, time in (*told, *deeds)
        if product in shown and kind in TAKEN and scored_at <= time <= until
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
    places: Sequence[Mapping[str, Any]],
    scored_at: datetime,
    told: Sequence[Deed],
    seen_at: SeenAt,
    deeds: Sequence[Deed],
    examination: Examination,
) -> np.ndarray:
    """For each place its corrected reward, 0 for what was seen and not taken, NaN for one unseen.

    A ranker's gains are never below zero: what was rejected stands with what was passed over.
    """
    products = [str(item["product"]) for item in places]
    stored = {product: int(item["rank"]) for product, item in zip(products, places, strict=True)}
    ranks = {**stored, **{name: at for name, at in seen_at.items() if name in stored}}
    seen = {product for product, *_ in told if product in ranks}
    answers: defaultdict[str, list[Answer]] = defaultdict(list)
    later = [
        deed
        for deed in deeds
        if deed[1] in UNNAMED and scored_at <= deed[3] <= scored_at + BOUGHT_AFTER
    ]
    for product, kind, value, _ in sorted([*told, *later], key=lambda deed: deed[3]):
        if product in ranks and kind is not EventType.IMPRESSION:
            answers[product].append(Answer(kind, value))
    in_view = sorted(seen | answers.keys(), key=lambda product: ranks[product])
    rewards = slate_rewards(in_view, answers)
    return np.array(
        [
            min(1.0, max(0.0, rewards[product]) * examination.weight(ranks[product]))
            if product in rewards
            else float("nan")
            for product in products
        ],
        np.float32,
    )


def _history(deeds: Sequence[Deed], scored_at: datetime, positions: Mapping[str, int]) -> History:
    """What the sources could read when the slate was scored."""
    before = [deed for deed in deeds if deed[3] <= scored_at]
    weights = weights_after_words([(product, kind, value) for product, kind, value, _ in before])
    read = [
        (positions[product], weight, int(time.timestamp()))
        for (product, _, _, time), weight in zip(before, weights, strict=True)
        if product in positions and weight > 0
    ][-RECENT_EVENTS:]
    return History(
        np.array([item for item, _, _ in read], np.int32),
        np.array([weight for _, weight, _ in read], np.float32),
        np.array([time for _, _, time in read], np.int64),
        int(scored_at.timestamp()),
    )
