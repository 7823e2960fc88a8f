"""What the graph database has yet to hear: written with each change, in its transaction.

Without a graph database the relational facts answer by themselves and nothing waits; one that is
configured later is filled by ``manage.py kg_rebuild``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from kg.models import Entity, Fact, OutboxEntry
from recommender.delivery.pool import order

#: Subject's key, predicate's key, object's key.
FactIdentity = tuple[str, str, str]

PROJECTION_TASK = "kg.project"
BATCH = 2_000


def outbox_add(*, facts: Iterable[FactIdentity] = (), entities: Iterable[str] = ()) -> int:
    """Note changed entities (by key) and then facts (by identity); order their projection.

    Call it in the transaction of the change: both are kept or neither. Returns how many entries
    were written. The order goes out once, when the outermost transaction commits.
    """
    if not settings.NEO4J_URL:
        return 0
    what = OutboxEntry.Subject
    entries = [OutboxEntry(what=what.ENTITY, identity=key) for key in dict.fromkeys(entities)]
    entries += [
        OutboxEntry(what=what.FACT, identity=list(identity)) for identity in dict.fromkeys(facts)
    ]
    if not entries:
        return 0
    OutboxEntry.objects.bulk_create(entries, batch_size=BATCH)
    _order_on_commit()
    return len(entries)


def entity_leaves(*, instance: Entity, **_: Any) -> None:
    """An entity is about to be deleted, with all facts about it: note both for the projection."""
    if not settings.NEO4J_URL:
        return
    about = Fact.objects.filter(Q(subject=instance) | Q(object=instance)).order_by("pk")
    identities = about.values_list("subject__key", "predicate__key", "object__key")
    outbox_add(facts=identities, entities=[instance.key])


def _order_on_commit() -> None:
    waiting: list[Any] = connection.run_on_commit
    if not any(entry[1] is projection_order for entry in waiting):
        # A broker that is down must not undo what has been committed; beat asks again later.
        transaction.on_commit(projection_order, robust=True)


def projection_order() -> None:
    """Ask the pool to empty the outbox."""
    order(PROJECTION_TASK)
