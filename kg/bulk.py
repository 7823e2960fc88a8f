"""Many facts at once: written with their history and their place in the outbox, in few statements.

Nothing is checked here; ``kg.statement_writer`` checks what comes from outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from django.db import transaction
from django.utils import timezone

from kg.facts import REASON_LIMIT, fact_identity
from kg.models import Entity, Fact
from kg.outbox import outbox_add
from users.models import User

T = TypeVar("T")

#: Keys that one query asks for; old builds of SQLite take 999 parameters.
KEYS_AT_ONCE = 900
ROWS_AT_ONCE = 2_000
_CHANGEABLE = ("source", "status", "confidence", "evidence", "author", "updated_at")


def pieces(values: Iterable[T], size: int = KEYS_AT_ONCE) -> Iterator[list[T]]:
    """The values in lists of at most ``size``."""
    iterator = iter(values)
    while piece := list(islice(iterator, size)):
        yield piece


def entities_by_key(keys: Iterable[str]) -> dict[str, Entity]:
    """The entities that there are."""
    found: dict[str, Entity] = {}
    for piece in pieces(sorted(set(keys))):
        found |= {entity.key: entity for entity in Entity.objects.filter(key__in=piece)}
    return found


@transaction.atomic
def entities_ensure(wanted: Sequence[Entity], *, rename: bool = False) -> dict[str, Entity]:
    """Make the unsaved entities that are missing; all of them by key, as they are stored.

    ``rename``: known ones take the wanted name.
    """
    known = entities_by_key(entity.key for entity in wanted)
    missing = {entity.key: entity for entity in wanted if entity.key not in known}
    if missing:
        # Somebody else may have made one of them since it was looked up.
        Entity.objects.bulk_create(missing.values(), batch_size=ROWS_AT_ONCE, ignore_conflicts=True)
        known |= entities_by_key(missing)
    renamed: list[Entity] = []
    if rename:
        for entity in wanted:
            if known[entity.key].name != entity.name:
                known[entity.key].name = entity.name
                renamed.append(known[entity.key])
        Entity.objects.bulk_update(renamed, ["name"], batch_size=300)
    outbox_add(entities=[*missing, *(entity.key for entity in renamed)])
    return known


@transaction.atomic
def facts_write(
    *,
    created: Sequence[Fact] = (),
    changed: Sequence[Fact] = (),
    removed: Sequence[Fact] = (),
    author: User | None = None,
    reason: str = "",
) -> None:
    """Write new, changed and retracted facts. Their entities and predicates must be loaded."""
    if not (created or changed or removed):
        return
    now = timezone.now()
    if created:
        for fact in created:
            fact.updated_at = now
        # The conflict clause makes the database answer with the keys of all rows.
        Fact.objects.bulk_create(
            created,
            batch_size=ROWS_AT_ONCE,
            update_conflicts=True,
            unique_fields=["subject", "predicate", "object"],
            update_fields=list(_CHANGEABLE),
        )
    if changed:
        for fact in changed:
            fact.updated_at = now
        Fact.objects.bulk_update(changed, _CHANGEABLE, batch_size=100)
    _record("+", created, author, reason)
    _record("~", changed, author, reason)
    # After the history, since deleting takes the key from the object.
    _record("-", removed, author, reason)
    for piece in pieces(fact.pk for fact in removed):
        # Nothing refers to facts; the ordinary way would read each again and record it twice.
        facts = Fact.objects.filter(pk__in=piece)
        facts._raw_delete(using=facts.db)
    outbox_add(facts=[fact_identity(fact) for fact in (*removed, *changed, *created)])


def _record(kind: str, facts: Sequence[Fact], author: User | None, reason: str) -> None:
    """Write history as django-simple-history would for each fact by itself."""
    if not facts:
        return
    historical = Fact.history.model
    names = [field.attname for field in historical.tracked_fields]
    now = timezone.now()
    historical.objects.bulk_create(
        (
            historical(
                **{name: getattr(fact, name) for name in names},
                history_type=kind,
                history_date=now,
                history_user=author,
                history_change_reason=reason[:REASON_LIMIT],
            )
            for fact in facts
        ),
        batch_size=ROWS_AT_ONCE,
    )
