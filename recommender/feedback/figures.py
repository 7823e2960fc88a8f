"""The shop's figures: events, slates served, click-through and coverage.

Each selector is one query or two, over a span that an index bounds; none counts the whole log.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Avg, Case, Count, IntegerField, OuterRef, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from catalog.models import Product
from recommender.contracts import EventType
from recommender.delivery.models import SlateCount, SlateTrace
from recommender.events.models import Event
from recommender.feedback.rewards import event_reward

#: Slates whose items are read to see how much of the catalogue is shown.
COVERAGE_SLATES = 1_000
#: Places of a slate that a page shows without a further click.
SHOWN_PLACES = 12
#: An event that reaches the shop later than this after it happened is history, not traffic.
LATE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DayCount:
    """Events that arrived in 24 hours that end at ``until``, by type."""

    until: datetime
    by_type: dict[str, int]

    @property
    def total(self) -> int:
        """All types together."""
        return sum(self.by_type.values())


@dataclass(frozen=True, slots=True)
class ClickThrough:
    """How often what was shown in a scenario was clicked."""

    scenario: str
    impressions: int
    clicks: int
    #: Rewards of all answers together.
    reward: float = 0.0

    @property
    def rate(self) -> float | None:
        """Clicks per impression; None where nothing was shown."""
        return self.clicks / self.impressions if self.impressions else None

    @property
    def mean_reward(self) -> float | None:
        """Reward per impression; None where nothing was shown."""
        return self.reward / self.impressions if self.impressions else None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the catalogue the slates of the last days showed."""

    shown: int
    active: int
    slates: int

    @property
    def share(self) -> float | None:
        """Part of the active products that was shown, 0 to 1; None without products or slates."""
        return self.shown / self.active if self.active and self.slates else None


def events_by_minute(*, minutes: int = 60, now: datetime | None = None) -> list[int]:
    """Events that arrived in each of the last minutes, oldest first.

    What happened longer ago and was only reported now, as an import does, is left out.
    """
    now = now or timezone.now()
    oldest = now - timedelta(minutes=minutes) - LATE
    counted = [
        Event.objects.filter(
            received_at__gt=now - timedelta(minutes=age + 1),
            received_at__lte=now - timedelta(minutes=age),
            time__gt=oldest,
        )
        .order_by()
        .annotate(age=Value(age, output_field=IntegerField()))
        .values("age")
        .annotate(number=Count("*"))
        for age in range(minutes)
    ]
    # One range of the index per minute; truncating each event's time would read every row.
    rows = counted[0].union(*counted[1:], all=True)
    by_age = {row["age"]: row["number"] for row in rows}
    return [by_age.get(age, 0) for age in reversed(range(minutes))]


def events_by_day(*, days: int = 14, now: datetime | None = None) -> list[DayCount]:
    """Events that arrived in each of the last spans of 24 hours, oldest first, without imports."""
    now = now or timezone.now()
    oldest = now - timedelta(days=days) - LATE
    ages = [
        When(received_at__gt=now - timedelta(days=age + 1), then=Value(age)) for age in range(days)
    ]
    rows = (
        Event.objects.filter(
            received_at__gt=now - timedelta(days=days), received_at__lte=now, time__gt=oldest
        )
        .order_by()
        .annotate(age=Case(*ages, output_field=IntegerField()))
        .values_list("age", "type")
        .annotate(number=Count("*"))
    )
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for age, kind, number in rows:
        found[age][kind] = number
    return [
        DayCount(now - timedelta(days=age), found.get(age, {})) for age in reversed(range(days))
    ]


def slates_by_outcome(*, hours: int = 24, now: datetime | None = None) -> dict[str, int]:
    """Slates served of late, by outcome: cached, scored, stale, popular."""
    since = (now or timezone.now()) - timedelta(hours=hours)
    rows = (
        SlateCount.objects.filter(minute__gte=since)
        .order_by()
        .values_list("outcome")
        .annotate(number=Sum("count"))
    )
    return {outcome: number for outcome, number in rows if number}


def reranks_by_outcome(*, hours: int = 24, now: datetime | None = None) -> dict[str, int]:
    """Slates scored of late by what became of reranking, as their traces tell it."""
    since = (now or timezone.now()) - timedelta(hours=hours)
    rows = (
        SlateTrace.objects.filter(scored_at__gte=since, context__has_key="rerank")
        .order_by()
        .values_list("context__rerank")
        .annotate(number=Count("*"))
    )
    return dict(rows)


def click_through(*, days: int = 7, now: datetime | None = None) -> list[ClickThrough]:
    """Click-through rate and reward by scenario, from events that name the slate; most shown first.

    A view only follows a click that has been counted, so it adds nothing to the reward here.
    """
    since = (now or timezone.now()) - timedelta(days=days)
    scenario = SlateTrace.objects.filter(pk=OuterRef("trace")).values("scenario")[:1]
    rows = (
        Event.objects.filter(received_at__gte=since, trace__isnull=False)
        .exclude(type=EventType.VIEW.value)
        .order_by()
        .annotate(scenario=Coalesce(Subquery(scenario), Value("")))
        .values_list("scenario", "type")
        .annotate(number=Count("*"), mean=Avg("value"))
    )
    shown: Counter[str] = Counter()
    clicked: Counter[str] = Counter()
    rewards: defaultdict[str, float] = defaultdict(float)
    for name, kind, number, mean in rows:
        # Traces are not kept for ever; what they showed cannot be told apart any more.
        if not name:
            continue
        # The reward of stars is linear in them, so that the mean tells the sum.
        rewards[name] += number * event_reward(EventType(kind), mean)
        if kind == EventType.CLICK:
            clicked[name] += number
        elif kind == EventType.IMPRESSION:
            shown[name] += number
    return [
        ClickThrough(name, shown[name], clicked[name], rewards[name])
        for name in sorted(rewards, key=lambda name: (-shown[name], name))
    ]


def coverage(*, days: int = 7, now: datetime | None = None) -> Coverage:
    """Share of the active products in the first places of the newest slates."""
    since = (now or timezone.now()) - timedelta(days=days)
    newest = SlateTrace.objects.filter(scored_at__gte=since).order_by("-scored_at")
    slates = 0
    shown: set[str] = set()
    for items in newest.values_list("items", flat=True)[:COVERAGE_SLATES]:
        slates += 1
        shown.update(_first_products(items))
    active = Product.objects.filter(status=Product.Status.ACTIVE).values_list("external_id")
    known = {external_id for (external_id,) in active} if slates else set()
    number = len(known) if slates else active.count()
    return Coverage(shown=len(shown & known), active=number, slates=slates)


def _first_products(items: object) -> Iterator[str]:
    if isinstance(items, list):
        for item in items[:SHOWN_PLACES]:
            if isinstance(item, dict):
                yield str(item.get("product", ""))
