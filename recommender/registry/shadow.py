"""Comparing the model in shadow with the live one by what shoppers then took.

Both name their first products for the same shopper at the same moment; a day later it is known
what the shopper clicked, put into the cart or bought. Each such shopper and day is one pair of hits
or misses. The live model has an advantage that says nothing about its quality: only what it named
was shown. So a product that the shopper was shown in a slate counts only where both had named it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from recommender.contracts import EventType
from recommender.events.models import Event
from recommender.registry.alerts import alert_raise
from recommender.registry.gate_bounds import online_bounds
from recommender.registry.models import Alert, ModelVersion
from recommender.registry.online_bounds import OnlineBounds
from recommender.registry.online_models import ShadowRanking
from recommender.registry.pruning import models_prune
from recommender.registry.publishing import publishing
from recommender.registry.versions import (
    Status,
    model_activate,
    model_refuse,
    model_shadowing,
)
from users.models import Consent

#: Products of each ranking that are looked at.
PLACES = 10
#: What is taken within this time after a ranking speaks for or against it.
TAKEN_WITHIN = timedelta(days=1)
TAKEN = frozenset({EventType.CLICK.value, EventType.CART.value, EventType.PURCHASE.value})
#: Rankings judged at once; their shoppers' events of a day are held in memory.
JUDGED_AT_ONCE = 500
#: The one-sided 95 % limit of a normal distribution.
ONE_SIDED = 1.645
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Pairs of hits and misses: how many there are, and where the two models differ."""

    cases: int
    live_hits: int
    shadow_hits: int
    only_live: int
    only_shadow: int

    @property
    def difference(self) -> float:
        """Hit rate in shadow less that of the live model."""
        return (self.only_shadow - self.only_live) / self.cases

    @property
    def error(self) -> float:
        """Standard error of the difference of paired shares (Q. McNemar, 1947)."""
        differ = self.only_shadow + self.only_live
        spread = differ - (self.only_shadow - self.only_live) ** 2 / self.cases
        return math.sqrt(max(0.0, spread)) / self.cases

    def figures(self) -> dict[str, Any]:
        """For decisions and alerts."""
        return asdict(self)


class Verdict(StrEnum):
    """What a comparison says."""

    PASSED = "shadow-passed"
    WORSE = "shadow-worse"
    UNDECIDED = "shadow-undecided"
    WAIT = "wait"


def verdict_of(found: Comparison, *, days: float, bounds: OnlineBounds) -> Verdict:
    """Promote what is surely not worse than the bound, refuse what is surely worse.

    What is neither is compared on until the time is over, and is then refused: a model that cannot
    show that it is as good is not worth the risk.
    """
    if found.cases >= max(1, bounds.shadow_cases):
        allowed = bounds.shadow_worse * found.live_hits / found.cases
        if found.difference - ONE_SIDED * found.error >= -allowed:
            return Verdict.PASSED
        if found.difference + ONE_SIDED * found.error < 0:
            return Verdict.WORSE
    return Verdict.UNDECIDED if days >= bounds.shadow_days else Verdict.WAIT


def comparison(version: ModelVersion) -> Comparison:
    """What is known so far of the days that are over and on which something was taken."""
    counted = ShadowRanking.objects.filter(version=version, taken__gt=0).aggregate(
        cases=Count("pk"),
        live_hits=Count("pk", filter=Q(live_hit=True)),
        shadow_hits=Count("pk", filter=Q(shadow_hit=True)),
        only_live=Count("pk", filter=Q(live_hit=True, shadow_hit=False)),
        only_shadow=Count("pk", filter=Q(live_hit=False, shadow_hit=True)),
    )
    return Comparison(**counted)


def shadow_since(version: ModelVersion) -> datetime:
    """When the comparison began."""
    decision = version.decisions.filter(status=Status.SHADOW).last()
    return decision.decided_at if decision else version.created_at


def shadow_watch(*, now: datetime | None = None) -> Verdict | None:
    """Judge the rankings whose day is over, and decide about the version in shadow.

    None where there is none.

    Raises:
        BusyError: another process is replacing the live model and does not come to its end.
        DamagedModelError: the version passed but its files are damaged; it is refused.
    """
    now = now or timezone.now()
    # Also of shoppers who have taken their consent back since.
    ShadowRanking.objects.exclude(shopper__consent=Consent.GRANTED).delete()
    ShadowRanking.objects.filter(scored_at__lt=now - KEPT).delete()
    version = model_shadowing()
    if version is None:
        return None
    while rankings_judge(version, now=now):
        pass
    bounds = online_bounds()
    days = (now - shadow_since(version)) / timedelta(days=1)
    found = comparison(version)
    verdict = verdict_of(found, days=days, bounds=bounds)
    told = {**found.figures(), "days": int(days), "bound": bounds.shadow_worse}
    if verdict is Verdict.PASSED:
        with publishing():
            model_activate(version=version, code=verdict.value, figures=told)
            models_prune()
    elif verdict in (Verdict.WORSE, Verdict.UNDECIDED):
        model_refuse(version=version, code=verdict.value, figures=told)
        alert_raise(
            kind=verdict.value,
            severity=Alert.Severity.WARNING if verdict is Verdict.WORSE else Alert.Severity.NOTE,
            arguments={"version": version.version, **told},
            link=reverse("admin:recommender_modelversion_change", args=[version.pk]),
            about=version.version,
        )
    return verdict


def rankings_judge(version: ModelVersion, *, now: datetime) -> int:
    """Say of rankings whose day is over what came of them; returns of how many, at most a few
    hundred."""
    due = list(
        ShadowRanking.objects.filter(
            version=version, taken=None, scored_at__lte=now - TAKEN_WITHIN
        ).order_by("scored_at")[:JUDGED_AT_ONCE]
    )
    if not due:
        return 0
    deeds = _deeds(due)
    for ranking in due:
        until = ranking.scored_at + TAKEN_WITHIN
        since = [d for d in deeds[ranking.shopper_id] if ranking.scored_at < d.time <= until]
        taken = taken_counted(since, ranking.live[:PLACES], ranking.shadow[:PLACES])
        ranking.taken = len(taken)
        ranking.live_hit = not taken.isdisjoint(ranking.live[:PLACES])
        ranking.shadow_hit = not taken.isdisjoint(ranking.shadow[:PLACES])
    ShadowRanking.objects.bulk_update(due, ["taken", "live_hit", "shadow_hit"])
    return len(due)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that a shopper did with a product, or was shown."""

    product: str
    type: str
    is_from_slate: bool
    time: datetime


def taken_counted(
    deeds: Sequence[Deed], live: Sequence[str], shadow: Sequence[str]
) -> frozenset[str]:
    """Products that were taken and may be counted for both models alike."""
    taken = {deed.product for deed in deeds if deed.type in TAKEN}
    shown = {deed.product for deed in deeds if deed.is_from_slate}
    return frozenset(taken - (shown - (set(live) & set(shadow))))


def _deeds(rankings: Sequence[ShadowRanking]) -> Mapping[int, list[Deed]]:
    """What the rankings' shoppers did and were shown in the days after them."""
    times = [ranking.scored_at for ranking in rankings]
    rows = (
        Event.objects.filter(
            shopper__in={ranking.shopper_id for ranking in rankings},
            time__gt=min(times),
            time__lte=max(times) + TAKEN_WITHIN,
            product__isnull=False,
        )
        .filter(Q(type__in=TAKEN) | Q(trace__isnull=False))
        .order_by()
        .values_list("shopper", "product__external_id", "type", "trace", "time")
    )
    deeds: defaultdict[int, list[Deed]] = defaultdict(list)
    for shopper, product, kind, trace, time in rows.iterator():
        deeds[shopper].append(Deed(product, kind, trace is not None, time))
    return deeds
