"""The walk over facts behind a recommendation, as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from kg.models import Predicate


@dataclass(frozen=True, slots=True)
class Place:
    """Something on the walk, and the words of the fact that leads there (none for the first)."""

    relation: str
    name: str


def walk_places(explanation: Mapping[str, Any], titles: Mapping[str, str]) -> tuple[Place, ...]:
    """The walk in order, in one query; nothing where there is none or a title is gone."""
    path = list(explanation.get("path") or ())
    wanted = {str(step.get("predicate", "")) for step in path} - {""}
    if not wanted:
        return ()
    labels = {
        key: (label, inverse or label)
        for key, label, inverse in Predicate.objects.filter(key__in=wanted)
        .order_by()
        .values_list("key", "label", "inverse_label")
    }
    places = []
    for step in path:
        product = str(step.get("product", ""))
        name = titles.get(product, "") if product else str(step.get("name", ""))
        if not name:
            return ()
        predicate = str(step.get("predicate", ""))
        label = labels.get(predicate, (predicate, predicate))[0 if step.get("forward") else 1]
        places.append(Place(_(label) if label else "", name))
    return tuple(places)
