"""What a version learnt, for people: so many events, from when to when."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Min

from recommender.contracts import EventType
from recommender.events.models import Event
from recommender.registry.models import ModelVersion

#: ``settings[WINDOW]`` of a version.
WINDOW = "window"
#: ``settings["kind"]`` of a version that learnt only what its parent did not know.
UPDATE = "update"


def learnt_window(*, kind: str, parent: ModelVersion | None, upto: int) -> dict[str, Any]:
    """Events that a version learns from: since its parent, or all where it was trained anew.

    ``events`` is their number, without what was merely shown, ``first`` and ``last`` are when they
    happened, in ISO 8601, empty where there is none.
    """
    after = parent.watermark if kind == UPDATE and parent is not None else 0
    told = (
        Event.objects.filter(pk__gt=after, pk__lte=upto)
        .exclude(type=EventType.IMPRESSION.value)
        .aggregate(events=Count("pk"), first=Min("time"), last=Max("time"))
    )
    return {
        "events": told["events"],
        "first": told["first"].isoformat() if told["first"] else "",
        "last": told["last"].isoformat() if told["last"] else "",
    }
