"""The configured knowledge graph: Neo4j where there is one and it answers, else the record."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from django.conf import settings

from kg.backends.relational import RelationalStore
from kg.backends.walks import WalkedGraph
from kg.protocol import Edge, GraphPath, KnowledgeGraph, Neighbourhood

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")


def relational_graph() -> WalkedGraph:
    """The graph as the relational record has it: always there, always up to date."""
    return WalkedGraph(RelationalStore())


def neo4j_graph() -> WalkedGraph:
    """The graph as Neo4j has it; its driver is imported here and not where nobody asks."""
    from kg.backends.neo4j import Neo4jStore

    return WalkedGraph(Neo4jStore())


def graph() -> KnowledgeGraph:
    """What pages, REST and the pool ask."""
    return SteadyGraph() if settings.NEO4J_URL else relational_graph()


def answering() -> str:
    """Which backend would answer now: ``neo4j`` or ``relational``."""
    if not settings.NEO4J_URL:
        return "relational"
    from kg.backends.connection import is_resting

    return "relational" if is_resting() else "neo4j"


class SteadyGraph:
    """Asks Neo4j, and the record while Neo4j does not answer; nobody waits for it twice."""

    def neighbours(
        self, key: str, *, hops: int = 1, predicates: Sequence[str] = (), limit: int = 200
    ) -> Neighbourhood:
        """See the protocol."""
        return self._ask(lambda g: g.neighbours(key, hops=hops, predicates=predicates, limit=limit))

    def paths(
        self,
        starts: Sequence[str],
        target: str,
        *,
        hops: int = 3,
        predicates: Sequence[str] = (),
        limit: int = 5,
    ) -> list[GraphPath]:
        """See the protocol."""
        return self._ask(
            lambda g: g.paths(starts, target, hops=hops, predicates=predicates, limit=limit)
        )

    def related(
        self,
        starts: Mapping[str, float],
        *,
        predicates: Sequence[str] = (),
        kind: str = "product",
        limit: int = 50,
    ) -> list[tuple[str, float]]:
        """See the protocol."""
        return self._ask(lambda g: g.related(starts, predicates=predicates, kind=kind, limit=limit))

    def triples(self, *, predicates: Sequence[str] = ()) -> Iterator[Edge]:
        """Every fact, from the record, which is the truth and streams as well."""
        return relational_graph().triples(predicates=predicates)

    def _ask(self, question: Callable[[KnowledgeGraph], Answer]) -> Answer:
        from kg.backends import connection

        if not connection.is_resting():
            try:
                return question(neo4j_graph())
            except connection.GraphUnavailable as error:
                connection.rest()
                logger.warning("Neo4j does not answer, the record does: %s", error)
        return question(relational_graph())
