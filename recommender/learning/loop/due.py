"""Whether learning is to begin now, and why: a few bounded queries, asked every few seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from recommender.events.models import Event
from recommender.events.snapshots import interactions_after, training_events
from recommender.learning.erasure import erasures_waiting
from recommender.learning.lifelong.drift import Mixing
from recommender.registry.learning_runs import LearningPlan, LearningRun, learning_plan
from recommender.registry.models import ModelVersion
from recommender.registry.versions import model_live, model_shadowing

Trigger, Status = LearningRun.Trigger, LearningRun.Status

#: Between the beginnings of two runs lies at least this.
REST = timedelta(minutes=1)
#: After a full training that came to nothing, the next one is tried so much later.
RETRAIN_REST = timedelta(days=1)
#: Newest events whose kinds are compared with those of as many before, and how many there must be.
LOOKED_AT = 2_000
LEAST_FOR_DRIFT = 200


@dataclass(frozen=True, slots=True)
class Due:
    """That a run is to begin: why, and the figure that says so."""

    trigger: LearningRun.Trigger
    measured: dict[str, float] = field(default_factory=dict)


def learning_due(plan: LearningPlan | None = None, *, now: datetime | None = None) -> Due | None:
    """Why a run is to begin now, by the plan; None where nothing asks for one."""
    held = plan or learning_plan()
    if not held.is_on:
        return None
    moment = now or timezone.now()
    last = LearningRun.objects.exclude(status=Status.WAITING).order_by("-pk").first()
    rested = moment - (last.began_at or last.made_at) if last else None
    if rested is not None and rested < REST:
        return None
    every = timedelta(minutes=held.every_minutes)
    live = model_live()
    if live is None:
        # One that failed is not tried again every minute.
        is_first = training_events().exists() and (rested is None or rested >= every)
        return Due(Trigger.FIRST) if is_first else None
    # A model may also come from the command that trains.
    since_live = moment - live.created_at
    waited = since_live if rested is None else min(rested, since_live)
    if waited >= REST and (found := _erasure_due(last, rested, every)):
        return found
    if found := _retrain_due(held, live, moment):
        return found
    if _shadow_is_young(held, moment):
        return None
    return _events_due(held, _seen_up_to(live), waited)


def _erasure_due(
    last: LearningRun | None, rested: timedelta | None, every: timedelta
) -> Due | None:
    if not (waiting := len(erasures_waiting())):
        return None
    in_vain = last is not None and last.trigger == Trigger.ERASURE
    if in_vain and rested is not None and rested < every:
        return None
    return Due(Trigger.ERASURE, {"erasures": waiting})


def trained_fully_at(version: ModelVersion) -> datetime:
    """When weights and networks were last made from nothing."""
    told = parse_datetime(str(version.settings.get("trained_fully_at", "")))
    return told or version.created_at


def _retrain_due(plan: LearningPlan, live: ModelVersion, moment: datetime) -> Due | None:
    age = moment - trained_fully_at(live)
    if not plan.retrain_days or age < timedelta(days=plan.retrain_days):
        return None
    tried = LearningRun.objects.filter(trigger=Trigger.RETRAIN, made_at__gt=moment - RETRAIN_REST)
    if tried.exists() or not interactions_after(live.watermark):
        return None
    return Due(Trigger.RETRAIN, {"days": round(age / timedelta(days=1), 1)})


def _shadow_is_young(plan: LearningPlan, moment: datetime) -> bool:
    shadowing = model_shadowing()
    hours = timedelta(hours=plan.shadow_hours)
    return shadowing is not None and moment - shadowing.created_at < hours


def _seen_up_to(live: ModelVersion) -> int:
    """The newest event that a run has judged: a window that was refused is not tried by itself.

    It is learnt with what comes after it. What failed counts as not seen.
    """
    judged = LearningRun.objects.filter(
        upto__gt=live.watermark, status__in=(Status.REFUSED, Status.SHADOW, Status.NOTHING)
    )
    newest = judged.order_by("-upto").values_list("upto", flat=True).first()
    return newest or live.watermark


def _events_due(plan: LearningPlan, seen: int, waited: timedelta) -> Due | None:
    new = interactions_after(seen)
    if plan.events_at_once and new >= plan.events_at_once:
        return Due(Trigger.EVENTS, {"events": new})
    if waited >= timedelta(minutes=plan.every_minutes) and new >= plan.minimum_events:
        return Due(Trigger.EVENTS, {"events": new, "minutes": round(waited.total_seconds() / 60)})
    if plan.drift_threshold and new >= LEAST_FOR_DRIFT:
        drift = events_drift(seen)
        if drift > plan.drift_threshold:
            return Due(Trigger.DRIFT, {"drift": round(drift, 3), "events": new})
    return None


def events_drift(seen: int) -> float:
    """How far the categories of events above ``seen`` are from those before, 0..1.

    The square root of Jensen and Shannon's divergence, less what chance brings; 0 where chance
    alone may have brought it. The newest ``LOOKED_AT`` events on either side, one shopper's
    together.
    """
    late = _kinds(training_events().filter(pk__gt=seen))
    early = _kinds(training_events().filter(pk__lte=seen))
    if not late or not early:
        return 0.0
    rows = [*early, *late]
    categories = {kind: place for place, kind in enumerate(dict.fromkeys(k for k, _ in rows))}
    is_late = np.arange(len(rows)) >= len(early)
    # A shopper's events before and after are two visits.
    owners = np.array([shopper for _, shopper in rows], np.int64) * 2 + is_late
    mixing = Mixing(owners, is_late, np.random.default_rng(0))
    measure = mixing.measure("categories", np.array([categories[k] for k, _ in rows], np.int64))
    return measure.figure if measure.beyond_chance else 0.0


def _kinds(events: QuerySet[Event]) -> list[tuple[int, int]]:
    """Category (0 for none) and shopper of the newest events."""
    rows = events.order_by("-pk").values_list("product__category", "shopper")[:LOOKED_AT]
    return [(category or 0, shopper) for category, shopper in rows]
