"""Finding and mending what differs between the record and its projection."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from kg.backends import connection
from kg.backends.batches import batched
from kg.backends.neo4j import Neo4jStore
from kg.backends.relational import RelationalStore
from kg.projection import (
    ENTITIES_DELETE,
    ENTITIES_WRITE,
    FACTS_DELETE,
    FACTS_WRITE,
    LOCK,
    edge_row,
    labels_install,
    node_row,
)
from kg.protocol import Edge, Node
from recsite.locks import one_at_a_time

MENDING_BATCH = 1_000
Prints = npt.NDArray[np.uint64]


Thing = TypeVar("Thing", Node, Edge)


@dataclass(frozen=True, slots=True)
class _Differences(Generic[Thing]):
    """What one side has and the other lacks; a thing that is there twice counts on both."""

    total: int
    missing: list[Thing]
    extra: list[Thing]


@dataclass(frozen=True, slots=True)
class Drift:
    """What differed before it was mended. A changed thing counts as missing and as extra."""

    entities: int
    facts: int
    entities_missing: int
    entities_extra: int
    facts_missing: int
    facts_extra: int

    @property
    def total(self) -> int:
        """Differences in all."""
        return self.entities_missing + self.entities_extra + self.facts_missing + self.facts_extra


def reconcile(*, repair: bool = True) -> Drift:
    """Compare fingerprints of everything on both sides, then fetch and mend what differs.

    Holds eight bytes a thing and side, so a million facts fit easily. Raises
    ``recsite.locks.BusyError`` while another process projects.
    """
    record, projected = RelationalStore(), Neo4jStore()
    with one_at_a_time(LOCK):
        nodes = _differences(record.nodes_streamed, projected.nodes_streamed)
        edges = _differences(record.edges_streamed, projected.edges_streamed)
        drift = Drift(
            entities=nodes.total,
            facts=edges.total,
            entities_missing=len(nodes.missing),
            entities_extra=len(nodes.extra),
            facts_missing=len(edges.missing),
            facts_extra=len(edges.extra),
        )
        if repair and drift.total:
            _mend_entities(nodes)
            _mend_facts(edges)
    return drift


def _differences(
    record: Callable[[], Iterable[Thing]], projected: Callable[[], Iterable[Thing]]
) -> _Differences[Thing]:
    """Compare fingerprints, and read both sides again only if they differ."""
    ours, theirs = _prints(record()), _prints(projected())
    once, counts = np.unique(theirs, return_counts=True)
    doubled = once[counts > 1]
    missing = set(np.union1d(np.setdiff1d(ours, once), doubled).tolist())
    extra = set(np.union1d(np.setdiff1d(once, ours), doubled).tolist())
    return _Differences(
        total=len(ours),
        missing=[t for t in record() if _print(t) in missing] if missing else [],
        extra=list({t for t in projected() if _print(t) in extra}) if extra else [],
    )


def _prints(things: Iterable[Thing]) -> Prints:
    return np.fromiter((_print(thing) for thing in things), np.uint64)


def _print(thing: Node | Edge) -> int:
    """Eight bytes that stand for everything that the projection holds of a thing."""
    if isinstance(thing, Node):
        words: tuple[str, ...] = (thing.key, thing.kind, thing.name)
    else:
        words = (thing.subject, thing.predicate, thing.object, f"{thing.confidence:.9f}")
    # Lengths before words: no two different things run together into one text.
    text = "".join(f"{len(word)}:{word}" for word in words)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _mend_entities(nodes: _Differences[Node]) -> None:
    kept = {node.key for node in nodes.missing}
    labels_install()
    with connection.driver().session() as session:
        for gone in batched([n.key for n in nodes.extra if n.key not in kept], MENDING_BATCH):
            session.run(ENTITIES_DELETE, keys=gone).consume()
        for part in batched(nodes.missing, MENDING_BATCH):
            session.run(ENTITIES_WRITE, rows=[node_row(node) for node in part]).consume()


def _mend_facts(edges: _Differences[Edge]) -> None:
    with connection.driver().session() as session:
        for part in batched(edges.extra, MENDING_BATCH):
            session.run(FACTS_DELETE, rows=[edge_row(edge) for edge in part]).consume()
        for part in batched(edges.missing, MENDING_BATCH):
            session.run(FACTS_WRITE, rows=[edge_row(edge) for edge in part]).consume()
