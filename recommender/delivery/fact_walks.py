"""The walk over facts behind a recommendation, as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kg.models import Predicate

#: What the shopper did with the first product of the way, by the template that says so.
_DEEDS: Mapping[str, Promise | str] = {
    "because-bought": _("bought"),
    "because-liked": _("like"),
    "because-rated": _("rated"),
    "because-in-cart": _("put into the cart"),
    "because-viewed": _("looked at"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Something on the way, and the words of the step that leads there (none for the first)."""

    relation: str
    name: str
    #: Whether it is what the way leads to.
    is_item: bool = False


def walk_places(
    item: str, explanation: Mapping[str, Any], titles: Mapping[str, str]
) -> tuple[Place, ...]:
    """The way to the item in order, in one query at most; nothing where there is none to show.

    It begins with the shopper where a deed led there.
    """
    because = str(explanation.get("because") or explanation.get("template", ""))
    places = _facts(explanation, titles) or _joined(item, explanation, titles)
    if not places or because not in _DEEDS:
        return places
    first = Place(str(_DEEDS[because]), places[0].name)
    return (Place("", str(_("You"))), first, *places[1:])


def _joined(
    item: str, explanation: Mapping[str, Any], titles: Mapping[str, str]
) -> tuple[Place, ...]:
    """From the known product straight to the item, where a deed is all that is told."""
    known, name = titles.get(str(explanation.get("product", ""))), titles.get(item)
    if str(explanation.get("template", "")) not in _DEEDS or not known or not name:
        return ()
    return Place("", known), Place(str(_("led to")), name, is_item=True)


def _facts(explanation: Mapping[str, Any], titles: Mapping[str, str]) -> tuple[Place, ...]:
    """The facts in order, by the vocabulary's labels; nothing where a title is gone."""
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
    places: list[Place] = []
    for step in path:
        product = str(step.get("product", ""))
        name = titles.get(product, "") if product else str(step.get("name", ""))
        if not name:
            return ()
        predicate = str(step.get("predicate", ""))
        label = labels.get(predicate, (predicate, predicate))[0 if step.get("forward") else 1]
        is_last = len(places) == len(path) - 1
        places.append(Place(str(_(label)) if label else "", name, is_item=is_last))
    return tuple(places)
