"""Writes to the record of facts. Each refuses what breaks the vocabulary, naming the part.

A **rejected** fact stays, so that it is not proposed again; a **retracted** one is gone from the
record and lives on in its history only. Every change is told to the outbox in its transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kg.conflicts import conflicts_check, predicate_lock
from kg.entities import entity_found, entity_make, entity_rename
from kg.models import Entity, Fact, Predicate
from kg.outbox import FactIdentity, outbox_add
from kg.statements import (
    FactRefusedError,
    canonical,
    confidence_checked,
    evidence_checked,
    kinds_check,
)
from kg.vocabulary import predicate_found
from users.models import User

__all__ = [
    "BulkVerdict",
    "FactRefusedError",
    "entity_make",
    "entity_rename",
    "fact_accept",
    "fact_change",
    "fact_find",
    "fact_identity",
    "fact_reject",
    "fact_retract",
    "fact_state",
    "facts_accept",
    "facts_reject",
    "facts_retract",
]

REASON_LIMIT = 100
#: Whose word stands where several state the same fact. What the catalogue says it also takes back.
_WEIGHTS: Mapping[str, int] = {
    Fact.Source.MERCHANDISER: 3,
    Fact.Source.CATALOGUE: 2,
    Fact.Source.IMPORT: 1,
    Fact.Source.MINED: 0,
    Fact.Source.LOG: 0,
}


def fact_identity(fact: Fact) -> FactIdentity:
    """The keys by which every database knows the fact."""
    return fact.subject.key, fact.predicate.key, fact.object.key


def _save(fact: Fact, *, author: User | None, reason: str) -> None:
    """Save with history, and tell the outbox."""
    _sign(fact, author, reason)
    fact.save()
    outbox_add(facts=[fact_identity(fact)])


def _sign(fact: Fact, author: User | None, reason: str) -> None:
    # Where django-simple-history looks for who did it and why; a request's user is its fallback.
    if author is not None:
        fact._history_user = author  # type: ignore[attr-defined]
    fact._change_reason = reason[:REASON_LIMIT]  # type: ignore[attr-defined]


def _delete(fact: Fact, *, author: User | None, reason: str) -> None:
    identity = fact_identity(fact)
    _sign(fact, author, reason)
    fact.delete()
    outbox_add(facts=[identity])


def fact_find(
    *, subject: Entity | str, predicate: Predicate | str, object: Entity | str
) -> Fact | None:
    """The fact that says this, in whichever order a symmetric one is told."""
    relation = predicate_found(predicate)
    subject, object = canonical(
        relation, entity_found(subject, field="subject"), entity_found(object, field="object")
    )
    return (
        Fact.objects.filter(subject=subject, predicate=relation, object=object)
        .select_related("subject", "predicate", "object")
        .first()
    )


@transaction.atomic
def fact_state(
    *,
    subject: Entity | str,
    predicate: Predicate | str,
    object: Entity | str,
    source: Fact.Source | str = Fact.Source.MERCHANDISER,
    author: User | None = None,
    confidence: float = 1.0,
    evidence: str = "",
    status: Fact.Status | str = Fact.Status.PROPOSED,
    replace: bool = False,
    reason: str = "",
    number: int | None = None,
) -> Fact:
    """State a fact; entities and predicate by object or key. Stating it again adds no second one.

    Of a known fact the better founded version stays: a proposal changes nothing that is accepted
    or rejected, only a person revives what is rejected, and of accepted versions the weightier
    source's stays. ``replace``: an accepted fact
    that contradicts it is retracted instead of refusing this one. ``number``: the primary key of
    a retracted fact that comes back.

    Raises:
        FactRefusedError: it breaks the vocabulary or contradicts accepted facts.
    """
    relation = predicate_found(predicate)
    subject = entity_found(subject, field="subject")
    object = entity_found(object, field="object")
    kinds_check(relation, subject, object)
    subject, object = canonical(relation, subject, object)
    stated = {
        "source": _choice(Fact.Source, source, "source"),
        "status": _choice(Fact.Status, status, "status"),
        "confidence": confidence_checked(confidence),
        "evidence": evidence_checked(evidence),
    }
    predicate_lock(relation)
    known = fact_find(subject=subject, predicate=relation, object=object)
    if known is not None and not outweighs(known, stated):
        return known
    fact = known or Fact(pk=number, subject=subject, predicate=relation, object=object)
    if stated["status"] == Fact.Status.ACCEPTED:
        _make_room(fact, author=author, replace=replace)
    for name, value in stated.items():
        setattr(fact, name, value)
    fact.author = author
    _save(fact, author=author, reason=reason or _("stated"))
    return fact


def _choice(choices: Any, value: str, name: str) -> str:
    if value not in choices.values:
        raise FactRefusedError(name, _("One of these is needed: %s.") % ", ".join(choices.values))
    return str(choices(value).value)


def outweighs(known: Fact, stated: Mapping[str, Any]) -> bool:
    """Whether a statement about a known fact changes it."""
    if all(getattr(known, name) == value for name, value in stated.items()):
        return False
    by_person = stated["source"] == Fact.Source.MERCHANDISER
    if stated["status"] == Fact.Status.PROPOSED:
        return known.status == Fact.Status.PROPOSED and (
            by_person or stated["confidence"] > known.confidence
        )
    match known.status:
        case Fact.Status.PROPOSED:
            return True
        case Fact.Status.REJECTED:
            return bool(by_person)
        case _:
            return bool(_WEIGHTS[stated["source"]] >= _WEIGHTS[known.source])


def _make_room(fact: Fact, *, author: User | None, replace: bool) -> None:
    """Check an accepted fact beside the others; retract those that it replaces."""
    for other in conflicts_check(fact.predicate, fact.subject, fact.object, replace=replace):
        _delete(other, author=author, reason=_("replaced by “%s”") % fact.object)


@transaction.atomic
def fact_accept(
    *, fact: Fact, author: User | None = None, replace: bool = False, reason: str = ""
) -> Fact:
    """Believe a fact. Raises FactRefusedError where it contradicts others and is not to replace."""
    if fact.status == Fact.Status.ACCEPTED:
        return fact
    predicate_lock(fact.predicate)
    kinds_check(fact.predicate, fact.subject, fact.object)
    _make_room(fact, author=author, replace=replace)
    fact.status = Fact.Status.ACCEPTED
    _save(fact, author=author, reason=reason or _("accepted"))
    return fact


@transaction.atomic
def fact_reject(*, fact: Fact, author: User | None = None, reason: str = "") -> Fact:
    """Disbelieve a fact for good: nothing that machines read proposes it again."""
    if fact.status != Fact.Status.REJECTED:
        fact.status = Fact.Status.REJECTED
        _save(fact, author=author, reason=reason or _("rejected"))
    return fact


@transaction.atomic
def fact_retract(*, fact: Fact, author: User | None = None, reason: str = "") -> None:
    """Take a fact out of the record; its history stays and can bring it back."""
    _delete(fact, author=author, reason=reason or _("retracted"))


@transaction.atomic
def fact_change(
    *,
    fact: Fact,
    author: User | None = None,
    subject: Entity | str | None = None,
    predicate: Predicate | str | None = None,
    object: Entity | str | None = None,
    confidence: float | None = None,
    evidence: str | None = None,
    status: Fact.Status | str | None = None,
    source: Fact.Source | str | None = None,
    replace: bool = False,
    reason: str = "",
) -> Fact:
    """Change what is given of a fact and keep the rest.

    Raises:
        FactRefusedError: what it would become is refused, or is a fact already.
    """
    before = fact_identity(fact)
    relation = predicate_found(predicate or fact.predicate)
    first = entity_found(subject or fact.subject, field="subject")
    second = entity_found(object or fact.object, field="object")
    kinds_check(relation, first, second)
    first, second = canonical(relation, first, second)
    changed = {
        "status": fact.status if status is None else _choice(Fact.Status, status, "status"),
        "source": fact.source if source is None else _choice(Fact.Source, source, "source"),
        "confidence": fact.confidence if confidence is None else confidence_checked(confidence),
        "evidence": fact.evidence if evidence is None else evidence_checked(evidence),
    }
    moved = before != (first.key, relation.key, second.key)
    if moved and fact_find(subject=first, predicate=relation, object=second):
        raise FactRefusedError("object", _("This is a fact already."))
    if changed["status"] == Fact.Status.ACCEPTED and (moved or fact.status != Fact.Status.ACCEPTED):
        predicate_lock(relation)
        _room_for_change(fact, relation, first, second, author=author, replace=replace)
    fact.subject, fact.predicate, fact.object = first, relation, second
    for name, value in changed.items():
        setattr(fact, name, value)
    _save(fact, author=author, reason=reason or _("changed"))
    if moved:
        outbox_add(facts=[before])
    return fact


def _room_for_change(
    fact: Fact,
    predicate: Predicate,
    subject: Entity,
    object: Entity,
    *,
    author: User | None,
    replace: bool,
) -> None:
    """Check the changed fact beside the others, its own present version left out."""
    status = fact.status
    # Inside the transaction the present version is no obstacle to what replaces it.
    Fact.objects.filter(pk=fact.pk).update(status=Fact.Status.PROPOSED)
    try:
        others = conflicts_check(predicate, subject, object, replace=replace)
    finally:
        Fact.objects.filter(pk=fact.pk).update(status=status)
    for other in others:
        _delete(other, author=author, reason=_("replaced by “%s”") % object)


@dataclass(slots=True)
class BulkVerdict:
    """What became of many facts: those that changed, and those refused with the reason."""

    changed: list[Fact] = field(default_factory=list)
    refused: list[tuple[Fact, FactRefusedError]] = field(default_factory=list)


@transaction.atomic
def facts_accept(
    *, facts: Iterable[Fact], author: User | None = None, replace: bool = False, reason: str = ""
) -> BulkVerdict:
    """Accept each fact that can be; the verdict names those that cannot and why."""
    verdict = BulkVerdict()
    for fact in facts:
        if fact.status == Fact.Status.ACCEPTED:
            continue
        try:
            fact_accept(fact=fact, author=author, replace=replace, reason=reason)
        except FactRefusedError as error:
            verdict.refused.append((fact, error))
        else:
            verdict.changed.append(fact)
    return verdict


@transaction.atomic
def facts_reject(
    *, facts: Iterable[Fact], author: User | None = None, reason: str = ""
) -> BulkVerdict:
    """Reject every fact that is not rejected yet."""
    verdict = BulkVerdict()
    for fact in facts:
        if fact.status != Fact.Status.REJECTED:
            verdict.changed.append(fact_reject(fact=fact, author=author, reason=reason))
    return verdict


@transaction.atomic
def facts_retract(
    *, facts: Iterable[Fact], author: User | None = None, reason: str = ""
) -> BulkVerdict:
    """Take facts out of the record."""
    verdict = BulkVerdict()
    for fact in list(facts):
        fact_retract(fact=fact, author=author, reason=reason)
        verdict.changed.append(fact)
    return verdict
