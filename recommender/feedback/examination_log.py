"""The examination of places as the shop's own log tells it: estimated, kept, and read again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np

from recommender.contracts import EventType
from recommender.delivery.models import SlateTrace
from recommender.events.models import Event
from recommender.features.wishes import without_forgotten
from recommender.feedback.examination import UNKNOWN, Examination, examination_estimate
from recommender.feedback.models import ExaminationCurve
from recommender.feedback.rewards import Answer, answers_reward
from users.models import Consent

#: The newest slates in view that are read.
SLATES = 5_000
#: With fewer answers than this nothing is corrected: the curve would be noise.
LEAST_TAKEN = 200
#: Under this name stands the curve of all scenarios together.
ALL = ""

Curves = Mapping[str, Examination]


@dataclass(frozen=True, slots=True)
class Shown:
    """One place that was in view: of which scenario, which product, and what came of it.

    ``propensity`` is the probability with which the policy put the product there, as the trace has
    it; NaN where it was not drawn by lot.
    """

    scenario: str
    place: int
    product: str
    taken: bool
    propensity: float


def shown_read(*, limit: int = SLATES) -> tuple[int, list[Shown]]:
    """How many slates were read, and their places in view; two queries.

    Of consenting shoppers, the newest slates that an impression names.
    """
    seen = (
        Event.objects.filter(trace__isnull=False, type=EventType.IMPRESSION.value)
        .order_by()
        .values("trace")
    )
    traces: dict[UUID | None, tuple[str, dict[str, float]]] = {
        trace: (scenario, _propensities(items))
        for trace, scenario, items in SlateTrace.objects.filter(
            pk__in=seen, shopper__consent=Consent.GRANTED
        )
        .order_by("-scored_at")
        .values_list("pk", "scenario", "items")[:limit]
    }
    places, answers = _told(list(filter(None, traces)))
    rows = []
    for (trace, product), place in places.items():
        scenario, propensities = traces[trace]
        taken = answers_reward(answers.get((trace, product), ())) > 0
        chance = propensities.get(product, float("nan"))
        rows.append(Shown(scenario, place, product, taken, chance))
    return len(traces), rows


def _propensities(items: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    return {
        str(item["product"]): float(item["propensity"])
        for item in items
        if isinstance(item.get("propensity"), int | float)
    }


Named = tuple[UUID | None, str]


def _told(traces: Sequence[UUID]) -> tuple[dict[Named, int], dict[Named, list[Answer]]]:
    """The places in view and the answers that name a slate, by slate and product."""
    places: dict[Named, int] = {}
    answers: defaultdict[Named, list[Answer]] = defaultdict(list)
    rows = (
        without_forgotten(Event.objects.filter(trace__in=traces))
        .exclude(product=None)
        .order_by("time", "pk")
        .values_list("trace", "product__external_id", "type", "value", "rank")
    )
    for trace, product, kind, value, rank in rows.iterator(chunk_size=2000):
        if kind == EventType.IMPRESSION.value:
            if rank:
                places.setdefault((trace, product), rank)
        else:
            answers[trace, product].append(Answer(EventType(kind), value))
    return places, answers


def _estimate(rows: Sequence[Shown]) -> Examination:
    if sum(row.taken for row in rows) < LEAST_TAKEN:
        return UNKNOWN
    names = {name: number for number, name in enumerate(dict.fromkeys(r.product for r in rows))}
    return examination_estimate(
        np.array([row.place for row in rows], np.int32),
        np.array([names[row.product] for row in rows], np.int32),
        np.array([row.taken for row in rows], bool),
        np.array([row.propensity for row in rows], np.float32),
    )


def examination_learn(*, limit: int = SLATES) -> Curves:
    """Estimate the curves anew and keep them; call it where a model is trained in full.

    A scenario with too few answers of its own takes the curve of all together.
    """
    slates, rows = shown_read(limit=limit)
    scenarios = sorted({row.scenario for row in rows})
    found = {ALL: _estimate(rows)}
    for scenario in scenarios:
        own = _estimate([row for row in rows if row.scenario == scenario])
        if own != UNKNOWN:
            found[scenario] = own
    ExaminationCurve.objects.create(
        curves={
            name: {"propensities": list(one.propensities), "normaliser": one.normaliser}
            for name, one in found.items()
        },
        slates=slates,
        shown=len(rows),
        taken=sum(row.taken for row in rows),
    )
    return found


def examination_read() -> Curves:
    """The curves in use; nothing is corrected before the first full training. One query."""
    newest = ExaminationCurve.objects.order_by("-pk").first()
    if newest is None:
        return {ALL: UNKNOWN}
    return {
        name: Examination(tuple(one["propensities"]), float(one["normaliser"]))
        for name, one in newest.curves.items()
    }


def curve_of(curves: Curves, scenario: str) -> Examination:
    """The curve of a scenario, or that of all together."""
    return curves.get(scenario, curves.get(ALL, UNKNOWN))
