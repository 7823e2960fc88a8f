"""How each version does on live traffic: products shown in home slates, and clicked.

Counted by the hour into a small table, so that no page and no decision reads the log, and so that
figures outlive the slates that they are made of.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, Subquery, Sum
from django.db.models.functions import TruncHour
from django.utils import timezone

from recommender.contracts import EventType, Scenario
from recommender.delivery.models import SlateTrace
from recommender.delivery.retention import TRACE_AGE
from recommender.events.models import Event
from recommender.registry.families import family_of, root_of
from recommender.registry.models import ModelVersion
from recommender.registry.online_models import OnlineHour
from recommender.registry.proportions import Share

#: The last hours are counted again each time: a click may come later than what it was made on.
COUNTED_AGAIN = timedelta(hours=3)
#: What arrives later than this after it happened is history, not traffic.
LATE = timedelta(hours=1)


def online_count(*, now: datetime | None = None) -> int:
    """Bring the table up to date; returns how many rows were written.

    What was missed while nobody counted is made good, as far back as there are slates. Counting
    twice gives the same.
    """
    now = now or timezone.now()
    oldest = now - TRACE_AGE
    newest = OnlineHour.objects.order_by("-hour").values_list("hour", flat=True).first() or oldest
    since = max(oldest, min(newest, now - COUNTED_AGAIN))
    rows = [
        OnlineHour(model_version=version, hour=hour, shown=shown, clicked=clicked)
        for version, hour, shown, clicked in _counted(_hour(since), now)
    ]
    OnlineHour.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["model_version", "hour"],
        update_fields=["shown", "clicked"],
    )
    return len(rows)


def shown_by(version: ModelVersion) -> Share:
    """What was shown and clicked of a version and of all that only added products to it."""
    names = family_of(root_of(version)).values("version")
    told = OnlineHour.objects.filter(model_version__in=names).aggregate(
        clicked=Sum("clicked", default=0), shown=Sum("shown", default=0)
    )
    return Share(told["clicked"], told["shown"])


def shown_by_hour_of_day(versions: Iterable[str], *, since: datetime) -> dict[int, Share]:
    """What these versions showed and what was clicked, by the hour of the day in UTC (0 to 23)."""
    rows = (
        OnlineHour.objects.filter(model_version__in=versions, hour__gte=_hour(since))
        .order_by()
        .values_list("hour__hour")
        .annotate(clicked=Sum("clicked"), shown=Sum("shown"))
    )
    return {hour: Share(clicked, shown) for hour, clicked, shown in rows}


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _counted(since: datetime, until: datetime) -> list[tuple[str, datetime, int, int]]:
    """Version, hour, products shown and of them clicked.

    A product in a slate belongs to the hour in which it was first seen there.
    """
    about = Event.objects.filter(trace=OuterRef("trace"), product=OuterRef("product"))
    earlier = about.filter(type=EventType.IMPRESSION.value, pk__lt=OuterRef("pk"))
    click = about.filter(type=EventType.CLICK.value)
    # What is popular is shown to strangers by no model.
    slate = SlateTrace.objects.filter(
        pk=OuterRef("trace"), scenario=Scenario.HOME.value, shopper__isnull=False
    )
    rows = (
        Event.objects.filter(
            received_at__gte=since,
            received_at__lt=until,
            time__gt=since - LATE,
            type=EventType.IMPRESSION.value,
            trace__isnull=False,
            product__isnull=False,
        )
        .filter(~Exists(earlier))
        .annotate(
            version=Subquery(slate.values("model_version")[:1]),
            # The hour of what was received, in the clock that the table is kept in.
            hour=TruncHour("received_at"),
            is_clicked=Exists(click),
        )
        .filter(version__isnull=False)
        .order_by()
        .values("version", "hour")
        .annotate(shown=Count("pk"), clicked=Count("pk", filter=Q(is_clicked=True)))
    )
    return [(row["version"], row["hour"], row["shown"], row["clicked"]) for row in rows]
