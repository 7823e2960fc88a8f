"""Facts and predicates in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext

from kg.models import Entity, Fact, Kind, Predicate

STATUS_TONES = {"proposed": "warning", "accepted": "success", "rejected": "danger"}


def predicate_words(predicate: Predicate, *, backwards: bool = False) -> str:
    """How a predicate reads from subject to object, or the other way round.

    The shipped labels are marked for translation; what merchandisers wrote is shown as written.
    """
    label = predicate.label
    if backwards and not predicate.symmetric:
        label = predicate.inverse_label or f"← {predicate.label}"
    return gettext(label) if label else predicate.key


def sentence(fact: Fact) -> str:
    """The fact as one reads it."""
    return f"{fact.subject.name} · {predicate_words(fact.predicate)} · {fact.object.name}"


def kinds_words(kinds: Iterable[str]) -> str:
    """Names of kinds; none means any."""
    labels = dict(Kind.choices)
    names = [str(labels.get(kind, kind)) for kind in kinds]
    return ", ".join(names) if names else gettext("anything")


def percent(confidence: float) -> str:
    """A confidence as people compare them; only what is certain reads 100 %."""
    shown = round(100 * confidence)
    if shown == 100 and confidence < 1:
        shown = 99
    return f"{shown} %"


def confidence_mark(confidence: float) -> str:
    """A confidence as a bar with its figure."""
    return format_html(
        '<span class="kg-confidence"><span class="kg-bar" aria-hidden="true">'
        '<span style="width:{}%"></span></span>{}</span>',
        f"{100 * confidence:.0f}",
        percent(confidence),
    )


def kind_mark(kind: str) -> str:
    """A kind with the colour that it has in the picture."""
    label = dict(Kind.choices).get(kind, kind)
    return format_html(
        '<span class="kg-kind"><i class="kg-dot kg-kind-{}" aria-hidden="true"></i>{}</span>',
        kind if kind in Kind.values else "other",
        label,
    )


def entity_address(entity: Entity) -> str:
    """The entity's page in the admin."""
    return reverse("admin:kg_entity_change", args=[entity.pk])
