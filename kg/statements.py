"""What a statement may say by itself: its kinds, its order, its confidence, its evidence.

What it may not do beside the other facts is checked in ``kg.conflicts``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from catalog.text_limits import text_problem
from kg.models import Entity, Kind, Predicate

EVIDENCE_LIMIT = 4_000


class FactRefusedError(ValueError):
    """A statement breaks the vocabulary: which part of it, and why, in words for a reader."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason


def canonical(predicate: Predicate, subject: Entity, object: Entity) -> tuple[Entity, Entity]:
    """Subject and object as they are stored: of a symmetric predicate, the lesser key first."""
    if predicate.symmetric and object.key < subject.key:
        return object, subject
    return subject, object


def kinds_check(predicate: Predicate, subject: Entity, object: Entity) -> None:
    """Refuse a statement about itself, or between kinds that the predicate does not join."""
    if subject.key == object.key:
        raise FactRefusedError("object", _("“%s” cannot be related to itself.") % subject.name)
    for field, entity, kinds in (
        ("subject", subject, predicate.subject_kinds),
        ("object", object, predicate.object_kinds),
    ):
        if kinds and entity.kind not in kinds:
            raise FactRefusedError(
                field,
                _("“%(predicate)s” needs %(needed)s here, and “%(name)s” is %(kind)s.")
                % {
                    "predicate": predicate.key,
                    "needed": _kind_words(kinds),
                    "name": entity.name,
                    "kind": _kind_words([entity.kind]),
                },
            )


def _kind_words(kinds: Iterable[str]) -> str:
    labels = dict(Kind.choices)
    return " / ".join(str(labels.get(kind, kind)) for kind in kinds)


def confidence_checked(confidence: object) -> float:
    """A confidence in 0..1 as a number; anything else, NaN too, is refused."""
    if (
        isinstance(confidence, bool)
        or not isinstance(confidence, int | float)
        or not math.isfinite(confidence)
        or not 0 <= confidence <= 1
    ):
        raise FactRefusedError("confidence", _("A confidence is a number from 0 to 1."))
    return float(confidence)


def evidence_checked(evidence: str) -> str:
    """A passage of evidence as it is stored."""
    text = evidence.strip()
    if problem := text_problem(text, limit=EVIDENCE_LIMIT):
        raise FactRefusedError("evidence", problem)
    return text


def path_words(names: Sequence[str]) -> str:
    """Names on a walk, as a reader follows them."""
    return " → ".join(f"“{name}”" for name in names)
