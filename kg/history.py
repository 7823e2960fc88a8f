"""Undo: bring a fact back to what it said before, as a new change that is itself kept."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kg.facts import fact_change, fact_state
from kg.models import Entity, Fact, Predicate
from kg.statements import FactRefusedError
from users.models import User


def fact_versions(*, fact_id: int) -> list[Any]:
    """The versions of a fact, the newest first, also of one that is retracted.

    Each has ``history_id``, ``history_type`` (+ stated, ~ changed, - retracted), ``history_date``,
    ``history_user`` and ``history_change_reason`` beside the columns of the fact.
    """
    return list(
        Fact.history.filter(id=fact_id)
        .select_related("history_user")
        .order_by("-history_date", "-history_id")
    )


@transaction.atomic
def fact_restore(
    *, version: int, author: User | None = None, replace: bool = False, reason: str = ""
) -> Fact:
    """Make a fact say again what one of its versions (by ``history_id``) said.

    A retracted fact is stated anew. The vocabulary and the other facts of today count: what would
    break them is refused, or replaces them with ``replace``.

    Raises:
        FactRefusedError: there is no such version, or what it said is refused today.
    """
    old = Fact.history.filter(history_id=version).first()
    if old is None:
        raise FactRefusedError("version", _("There is no such version."))
    sides = _sides(old)
    values = {
        "confidence": old.confidence,
        "evidence": old.evidence,
        "status": old.status,
        "source": old.source,
    }
    why = reason or _("restored the version of %s") % f"{old.history_date:%Y-%m-%d %H:%M:%S}"
    fact = Fact.objects.select_related("subject", "predicate", "object").filter(pk=old.id).first()
    if fact is None:
        # The same may have been stated again under another number since.
        fact = Fact.objects.select_related("subject", "predicate", "object").filter(**sides).first()
    if fact is None:
        return fact_state(
            **sides, **values, author=author, replace=replace, reason=why, number=old.id
        )
    return fact_change(fact=fact, **sides, **values, author=author, replace=replace, reason=why)


def _sides(old: Any) -> dict[str, Any]:
    """Subject, predicate and object of a version, which may be gone by now."""
    sides = {
        "subject": Entity.objects.filter(pk=old.subject_id).first(),
        "predicate": Predicate.objects.filter(pk=old.predicate_id).first(),
        "object": Entity.objects.filter(pk=old.object_id).first(),
    }
    for name, found in sides.items():
        if found is None:
            raise FactRefusedError(name, _("What this version was about is gone."))
    return sides
