"""Statements from files, data sets, the catalogue and the log: checked and written in chunks.

The same rules as ``kg.facts.fact_state``, for many rows in a constant number of queries. A row
that breaks them is reported with its line, and the others are taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from catalog.importing.report import ImportReport, Problem
from catalog.models import Product
from catalog.text_limits import one_line, text_problem
from kg.bulk import entities_by_key, entities_ensure, facts_write, pieces
from kg.entities import KEY_LIMIT, entity_kind, entity_name
from kg.facts import fact_find, fact_state, outweighs
from kg.models import Entity, Fact, Kind, Predicate
from kg.statements import (
    FactRefusedError,
    canonical,
    confidence_checked,
    evidence_checked,
    kinds_check,
)
from kg.vocabulary import unknown_predicate
from users.models import User


@dataclass(frozen=True, slots=True)
class Statement:
    """One row: subject and object by key, ``kind:name``; entities that are new get the names."""

    line: int
    subject: str
    predicate: str
    object: str
    subject_name: str = ""
    object_name: str = ""
    confidence: float = 1.0
    evidence: str = ""
    source: str = Fact.Source.IMPORT
    status: str = Fact.Status.ACCEPTED


@dataclass(slots=True)
class _Checked:
    """A statement that is sound by itself; its entities are not looked up yet."""

    line: int
    predicate: Predicate
    subject: Entity
    object: Entity
    stated: dict[str, Any]

    @property
    def identity(self) -> tuple[str, int, str]:
        return self.subject.key, self.predicate.pk, self.object.key


class StatementWriter:
    """Writes chunks of statements; see ``catalog.importing.run.Writer``."""

    def __init__(self, *, author: User | None = None, reason: str = "import") -> None:
        self._author = author
        self._reason = reason
        self._predicates = {predicate.key: predicate for predicate in Predicate.objects.all()}

    def write(self, rows: list[Statement], report: ImportReport) -> None:
        """Take the sound statements of a chunk, in the transaction of the caller."""
        checked = []
        for row in rows:
            try:
                checked.append(self._checked(row))
            except FactRefusedError as error:
                report.problems.append(Problem(row.line, error.field, error.reason))
        checked = self._with_entities(checked, report)
        # Rules that look far beyond the chunk are checked statement by statement.
        single = [row for row in checked if _looks_far(row.predicate)]
        self._write_together([row for row in checked if not _looks_far(row.predicate)], report)
        for alone in single:
            self._write_alone(alone, report)

    # --- each row by itself ---------------------------------------------------------------------

    def _checked(self, row: Statement) -> _Checked:
        predicate = self._predicates.get(row.predicate)
        if predicate is None:
            raise FactRefusedError("predicate", unknown_predicate(row.predicate))
        subject = unsaved_entity(row.subject, row.subject_name, field="subject")
        object = unsaved_entity(row.object, row.object_name, field="object")
        kinds_check(predicate, subject, object)
        stated = {
            "source": _among(Fact.Source.values, row.source, "source"),
            "status": _among(Fact.Status.values, row.status, "status"),
            "confidence": confidence_checked(row.confidence),
            "evidence": evidence_checked(row.evidence),
        }
        return _Checked(row.line, predicate, *canonical(predicate, subject, object), stated)

    def _with_entities(self, rows: list[_Checked], report: ImportReport) -> list[_Checked]:
        """The rows with stored entities; those about products that do not exist are reported."""
        wanted: dict[str, Entity] = {}
        for row in rows:
            for entity in (row.subject, row.object):
                # The first row that gives a name decides; the key alone is a makeshift.
                if entity.key not in wanted or wanted[entity.key].name == _rest(entity.key):
                    wanted[entity.key] = entity
        known = entities_by_key(wanted)
        new = {key: entity for key, entity in wanted.items() if key not in known}
        products = _products(key for key, entity in new.items() if entity.kind == Kind.PRODUCT)
        for key, (pk, title) in products.items():
            new[key].product_id, new[key].name = pk, one_line(title)
        # What only rows without their product speak of does not come into being.
        homeless = {k for k, e in new.items() if e.kind == Kind.PRODUCT and e.product_id is None}
        taken = []
        for row in rows:
            missing = {"subject": row.subject.key, "object": row.object.key}
            wrong = next((side for side, key in missing.items() if key in homeless), None)
            if wrong:
                reason = _("there is no product “%s”") % _rest(missing[wrong])
                report.problems.append(Problem(row.line, wrong, reason))
            else:
                taken.append(row)
        used = {e.key for row in taken for e in (row.subject, row.object)}
        known |= entities_ensure([entity for key, entity in new.items() if key in used])
        for row in taken:
            row.subject, row.object = known[row.subject.key], known[row.object.key]
        return taken

    # --- beside the others ------------------------------------------------------------------------

    def _write_together(self, rows: list[_Checked], report: ImportReport) -> None:
        """Write statements by predicates whose rules look at their own subject at most."""
        facts = self._facts_of(rows)
        only: dict[tuple[int, int], Fact] = {
            (fact.subject_id, fact.predicate_id): fact
            for fact in facts.values()
            if fact.predicate.functional and fact.status == Fact.Status.ACCEPTED
        }
        created: dict[tuple[str, int, str], Fact] = {}
        changed: dict[int, Fact] = {}
        for row in rows:
            fact = facts.get(row.identity)
            if fact is not None and not outweighs(fact, row.stated):
                report.unchanged += 1
                continue
            side = (row.subject.pk, row.predicate.pk)
            if row.predicate.functional and row.stated["status"] == Fact.Status.ACCEPTED:
                other = only.get(side)
                if other is not None and other is not fact:
                    report.problems.append(Problem(row.line, "object", contradiction(other)))
                    continue
            if fact is None:
                fact = Fact(subject=row.subject, predicate=row.predicate, object=row.object)
                facts[row.identity] = created[row.identity] = fact
            else:
                report.updated += 1
                if row.identity not in created:
                    changed[fact.pk] = fact
            for name, value in row.stated.items():
                setattr(fact, name, value)
            fact.author = self._author
            if row.predicate.functional:
                if fact.status == Fact.Status.ACCEPTED:
                    only[side] = fact
                elif only.get(side) is fact:
                    del only[side]
        facts_write(
            created=list(created.values()),
            changed=list(changed.values()),
            author=self._author,
            reason=self._reason,
        )
        report.created += len(created)

    def _facts_of(self, rows: list[_Checked]) -> dict[tuple[str, int, str], Fact]:
        """The facts of the rows' subjects by their predicates, in few queries."""
        subjects: defaultdict[int, set[int]] = defaultdict(set)
        entities = {e.pk: e for row in rows for e in (row.subject, row.object)}
        predicates = {row.predicate.pk: row.predicate for row in rows}
        for row in rows:
            subjects[row.predicate.pk].add(row.subject.pk)
        found: dict[tuple[str, int, str], Fact] = {}
        for pk, predicate in predicates.items():
            for piece in pieces(sorted(subjects[pk])):
                for fact in Fact.objects.filter(predicate=predicate, subject__in=piece):
                    # Objects outside the chunk matter by number only, unless one is named.
                    fact.subject, fact.predicate = entities[fact.subject_id], predicate
                    if (object := entities.get(fact.object_id)) is not None:
                        fact.object = object
                        found[fact.subject.key, pk, object.key] = fact
                    elif predicate.functional:
                        found[fact.subject.key, pk, f"#{fact.object_id}"] = fact
        return found

    def _write_alone(self, row: _Checked, report: ImportReport) -> None:
        known = fact_find(subject=row.subject, predicate=row.predicate, object=row.object)
        before = known and (known.pk, known.updated_at)
        try:
            fact = fact_state(
                subject=row.subject,
                predicate=row.predicate,
                object=row.object,
                author=self._author,
                reason=self._reason,
                **row.stated,
            )
        except FactRefusedError as error:
            report.problems.append(Problem(row.line, error.field, error.reason))
            return
        if before is None:
            report.created += 1
        elif before == (fact.pk, fact.updated_at):
            report.unchanged += 1
        else:
            report.updated += 1


def unsaved_entity(key: str, name: str, *, field: str) -> Entity:
    """The entity that a key speaks of, as it would be made; refused under the name of ``field``."""
    kind, colon, rest = key.partition(":")
    try:
        if not colon or not rest.strip():
            raise FactRefusedError(
                "", _("an entity is written “kind:name”, such as “brand:Meadow”")
            )
        if problem := text_problem(key, limit=KEY_LIMIT):
            raise FactRefusedError("", problem)
        return Entity(key=key, kind=entity_kind(kind).value, name=entity_name(name or rest))
    except FactRefusedError as error:
        raise FactRefusedError(field, error.reason) from error


def contradiction(other: Fact) -> str:
    """The reason for refusing a second object."""
    return _("this contradicts “%(fact)s”: “%(predicate)s” has one object only") % {
        "fact": other,
        "predicate": other.predicate.key,
    }


def _rest(key: str) -> str:
    """What stands behind the kind in a key."""
    return key.partition(":")[2]


def _looks_far(predicate: Predicate) -> bool:
    return predicate.acyclic or (predicate.functional and predicate.symmetric)


def _among(values: Iterable[str], value: str, field: str) -> str:
    if value not in values:
        raise FactRefusedError(field, _("must be one of %s") % ", ".join(values))
    return str(value)


def _products(keys: Iterable[str]) -> Mapping[str, tuple[int, str]]:
    """Primary key and title of the products that there are, by the key of their entity."""
    found: dict[str, tuple[int, str]] = {}
    ids = sorted(_rest(key) for key in keys)
    for piece in pieces(ids):
        rows = Product.objects.filter(external_id__in=piece)
        for external_id, pk, title in rows.order_by().values_list("external_id", "pk", "title"):
            found[f"{Kind.PRODUCT.value}:{external_id}"] = (pk, title)
    return found
