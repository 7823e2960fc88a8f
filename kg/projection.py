"""From the record to Neo4j: what waits in the outbox, and everything anew.

An entry says what changed; what to write is read from the record at that moment. So a repeated
entry changes nothing, a late one writes the present, and the order of entries cannot matter
as long as one process projects at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from typing import Any

import neo4j
from django.db.models import F
from django.utils import timezone
from neomodel import config as neomodel_config
from neomodel import db as neomodel_db
from neomodel import install_labels
from tqdm import tqdm

from kg.backends import connection
from kg.backends.batches import batched
from kg.backends.relational import RelationalStore
from kg.models import Entity, Fact, OutboxEntry
from kg.nodes import EntityNode
from kg.outbox import FactIdentity
from kg.protocol import Edge, Node
from recsite.locks import one_at_a_time

LOCK = "graph-projection"
BATCH = 1_000
REBUILD_BATCH = 5_000

ENTITIES_WRITE = """
UNWIND $rows AS row
MERGE (e:Entity {key: row.key}) SET e.kind = row.kind, e.name = row.name
"""
ENTITIES_DELETE = "UNWIND $keys AS key MATCH (e:Entity {key: key}) DETACH DELETE e"
FACTS_WRITE = """
UNWIND $rows AS row
MATCH (s:Entity {key: row.subject}) MATCH (o:Entity {key: row.object})
MERGE (s)-[f:FACT {predicate: row.predicate}]->(o) SET f.confidence = row.confidence
"""
FACTS_DELETE = """
UNWIND $rows AS row
MATCH (:Entity {key: row.subject})-[f:FACT {predicate: row.predicate}]->(:Entity {key: row.object})
DELETE f
"""
#: Into an empty database nothing has to be looked for.
FACTS_CREATE = """
UNWIND $rows AS row
MATCH (s:Entity {key: row.subject}) MATCH (o:Entity {key: row.object})
CREATE (s)-[:FACT {predicate: row.predicate, confidence: row.confidence}]->(o)
"""
EVERYTHING_DELETE = """
MATCH (e:Entity) CALL (e) { DETACH DELETE e } IN TRANSACTIONS OF 5000 ROWS
"""


@dataclass(frozen=True, slots=True)
class Lag:
    """How far Neo4j is behind the record."""

    waiting: int
    oldest: timedelta
    last_error: str


def projection_lag() -> Lag:
    """Changes that wait, the age of the oldest, and why the last attempt failed."""
    oldest = OutboxEntry.objects.order_by("pk").first()
    if oldest is None:
        return Lag(0, timedelta(0), "")
    age = timezone.now() - oldest.created_at
    return Lag(OutboxEntry.objects.count(), age, oldest.last_error)


def project() -> int:
    """Write everything that waits, oldest first; returns how many entries were delivered.

    On an error of the database the entries stay, with the attempt and the reason noted, and the
    error is raised. Raises ``recsite.locks.BusyError`` while another process projects.
    """
    delivered = 0
    with one_at_a_time(LOCK):
        while entries := list(OutboxEntry.objects.order_by("pk")[:BATCH]):
            keys = [entry.pk for entry in entries]
            try:
                with connection.driver().session() as session:
                    session.execute_write(_deliver, entries)
            except connection.GraphUnavailable as error:
                reason = str(error).strip()[:300] or type(error).__name__
                OutboxEntry.objects.filter(pk__in=keys).update(
                    attempts=F("attempts") + 1, last_error=reason
                )
                connection.rest()
                raise
            OutboxEntry.objects.filter(pk__in=keys).delete()
            delivered += len(entries)
    if delivered:
        connection.wake()
    return delivered


def _deliver(transaction: neo4j.ManagedTransaction, entries: Sequence[OutboxEntry]) -> None:
    """Bring the entities and facts that the entries name to their present state."""
    what = OutboxEntry.Subject
    entities = {e.identity for e in entries if e.what == what.ENTITY}
    facts: set[FactIdentity] = {tuple(e.identity) for e in entries if e.what == what.FACT}
    # A fact needs its ends, whichever of the entries came first.
    ends = {end for subject, _, object in facts for end in (subject, object)}
    record = RelationalStore()
    present = record.nodes(entities | ends)
    edges = record.facts_accepted(facts)
    transaction.run(ENTITIES_WRITE, rows=[node_row(node) for node in present.values()])
    transaction.run(ENTITIES_DELETE, keys=sorted((entities | ends) - present.keys()))
    transaction.run(FACTS_WRITE, rows=[edge_row(edge) for edge in edges])
    gone = facts - {(e.subject, e.predicate, e.object) for e in edges}
    transaction.run(
        FACTS_DELETE,
        rows=[{"subject": s, "predicate": p, "object": o} for s, p, o in sorted(gone)],
    )


def rebuild(*, progress: bool = False) -> tuple[int, int]:
    """Empty the graph database and fill it from the record; returns entities and facts written.

    What changes meanwhile stays in the outbox and is delivered afterwards.
    """
    record = RelationalStore()
    with one_at_a_time(LOCK):
        known = list(OutboxEntry.objects.values_list("pk", flat=True))
        with connection.driver().session() as session:
            session.run(EVERYTHING_DELETE).consume()
            labels_install()
            entities = facts = 0
            total = Entity.objects.count()
            with tqdm(total=total, desc="entities", unit=" entities", disable=not progress) as bar:
                for nodes in batched(record.nodes_streamed(), REBUILD_BATCH):
                    rows = [node_row(node) for node in nodes]
                    session.run(ENTITIES_WRITE, rows=rows).consume()
                    entities += len(rows)
                    bar.update(len(rows))
            total = Fact.objects.filter(status=Fact.Status.ACCEPTED).count()
            with tqdm(total=total, desc="facts", unit=" facts", disable=not progress) as bar:
                for edges in batched(record.edges_streamed(), REBUILD_BATCH):
                    rows = [edge_row(edge) for edge in edges]
                    session.run(FACTS_CREATE, rows=rows).consume()
                    facts += len(rows)
                    bar.update(len(rows))
        for part in batched(known, 400):
            OutboxEntry.objects.filter(pk__in=part).delete()
    connection.wake()
    return entities, facts


def labels_install() -> None:
    """Constraints and indexes as kg/nodes.py declares them; harmless to repeat."""
    neomodel_db.set_connection(driver=connection.driver())
    neomodel_config.SOFT_CARDINALITY_CHECK = False
    # It prints what is there already, even when it is told to be quiet.
    with redirect_stdout(StringIO()):
        install_labels(EntityNode, quiet=True)


def node_row(node: Node) -> dict[str, Any]:
    """An entity as the statements above take it."""
    return {"key": node.key, "kind": node.kind, "name": node.name}


def edge_row(edge: Edge) -> dict[str, Any]:
    """A fact as the statements above take it."""
    return {
        "subject": edge.subject,
        "predicate": edge.predicate,
        "object": edge.object,
        "confidence": edge.confidence,
    }
