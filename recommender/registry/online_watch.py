"""Going back by itself when shoppers click less than before."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from recommender.registry.alerts import alert_raise
from recommender.registry.families import family_of, root_of
from recommender.registry.gate_bounds import online_bounds
from recommender.registry.models import Alert, ModelVersion, VersionDecision
from recommender.registry.online import shown_by_hour_of_day
from recommender.registry.online_bounds import OnlineBounds
from recommender.registry.proportions import Fall, Share, fall_of, shares_sum
from recommender.registry.publishing import publishing
from recommender.registry.rollback import NothingBeforeError, model_roll_back, rollback_target
from recommender.registry.versions import Status, model_live

logger = logging.getLogger(__name__)

#: How far back the figures of the version before are read.
REMEMBERED = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class OnlineComparison:
    """The live version and the one before it, by what shoppers clicked."""

    live: ModelVersion
    before: ModelVersion
    shown: Share
    shown_before: Share
    fall: Fall

    def is_beyond(self, bounds: OnlineBounds) -> bool:
        """Whether the live version is surely worse by more than its bound."""
        # A share that lies exactly on the bound is not beyond it, whatever its last digit says.
        return (
            min(self.shown.of, self.shown_before.of) >= max(1, bounds.rollback_shown)
            and self.fall.part > bounds.rollback_worse + 1e-9
            and self.fall.errors >= bounds.rollback_errors
        )

    def figures(self) -> dict[str, Any]:
        """For decisions and alerts."""
        return {
            "rate": round(self.fall.now, 6),
            "rate_before": round(self.fall.before, 6),
            "shown": self.shown.of,
            "clicked": self.shown.hits,
            "shown_before": self.shown_before.of,
            "clicked_before": self.shown_before.hits,
            "errors": round(self.fall.errors, 2),
            "matched": self.fall.is_matched,
        }


def online_compare(*, now: datetime | None = None) -> OnlineComparison | None:
    """The live version against the one that one would go back to; None where either is missing or
    has shown nothing.

    Both are compared at the same hours of the day, where enough of them are known.
    """
    now = now or timezone.now()
    live, before = model_live(), rollback_target()
    if live is None or before is None:
        return None
    here, there = (
        list(family_of(root_of(version)).values_list("version", flat=True))
        for version in (live, before)
    )
    shown = shown_by_hour_of_day(here, since=live_period_start(live))
    shown_before = shown_by_hour_of_day(there, since=now - REMEMBERED)
    fall = fall_of(shown_before, shown)
    if fall is None:
        return None
    return OnlineComparison(live, before, shares_sum(shown), shares_sum(shown_before), fall)


def live_period_start(live: ModelVersion) -> datetime:
    """Since when the live version, or what it grew from, has been serving without a break."""
    family = family_of(root_of(live)).values("pk")
    decisions = VersionDecision.objects.filter(status=Status.LIVE)
    other = decisions.exclude(version__in=family).last()
    mine = decisions.filter(version__in=family)
    if other is not None:
        mine = mine.filter(decided_at__gt=other.decided_at)
    first = mine.first()
    return first.decided_at if first else (live.live_since or live.created_at)


def online_watch(*, now: datetime | None = None) -> ModelVersion | None:
    """Go back where the live version is surely worse; returns the version gone back to.

    Raises:
        BusyError: another process is replacing the live model and does not come to its end.
    """
    found = online_compare(now=now)
    if found is None or not found.is_beyond(online_bounds()):
        return None
    told = found.figures()
    live = found.live
    with publishing():
        # It may have been replaced while this waited.
        if model_live() != live:
            return None
        try:
            back = model_roll_back(code="rolled-back", figures=told)
        except NothingBeforeError:
            logger.error("model %s is worse than before, and there is no way back", live.version)
            return None
    alert_raise(
        kind="rolled-back",
        severity=Alert.Severity.SERIOUS,
        arguments={"version": live.version, "back": back.version, **told},
        link=reverse("admin:recommender_modelversion_change", args=[live.pk]),
        about=live.version,
    )
    return back
