"""Accepted facts read from the projection in Neo4j: parameterised Cypher only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import neo4j

from kg.backends.connection import ANSWER_SECONDS, driver
from kg.protocol import Edge, Node

#: One relationship type for all predicates; docs/decisions/0006-facts-in-neo4j.md says why.
_CHOSEN = "(size($predicates) = 0 OR f.predicate IN $predicates)"
#: An answer is one record of columns: two thousand records cost ten times as much on their way
#: as one record of lists.
_COLUMNS = "collect(s.key), collect(f.predicate), collect(o.key), collect(f.confidence)"

NODES = """
MATCH (e:Entity) WHERE e.key IN $keys RETURN collect(e.key), collect(e.kind), collect(e.name)
"""
EDGES_OF = f"""
MATCH (e:Entity) WHERE e.key IN $keys
MATCH (e)-[f:FACT]-() WHERE {_CHOSEN}
WITH DISTINCT f, startNode(f) AS s, endNode(f) AS o
RETURN {_COLUMNS}
"""
#: Collected before they are sorted: else the planner sorts every entity there is and walks from
#: each to see whether it is one of the ends.
ENDS_OF = f"""
MATCH (e:Entity) WHERE e.key IN $keys AND COUNT {{ (e)-[:FACT]-() }} <= $widest
MATCH (e)-[f:FACT]-(x) WHERE {_CHOSEN}
WITH collect(DISTINCT x) AS ends
UNWIND ends AS x
WITH x, x.key AS key ORDER BY key LIMIT $limit
RETURN collect(key), collect(x.kind), collect(x.name)
"""
#: Thousands of facts among a few hundred entities: internal numbers are compared and sent instead
#: of keys, and mean something within this one statement only.
EDGES_AMONG = f"""
MATCH (e:Entity) WHERE e.key IN $keys
WITH collect(e) AS entities, collect(id(e)) AS ids, collect(e.key) AS names
CALL (entities, ids) {{
    UNWIND entities AS s
    MATCH (s)-[f:FACT]->(o) WHERE id(o) IN ids AND {_CHOSEN}
    RETURN collect(id(s)) AS subjects, collect(f.predicate) AS chosen,
           collect(id(o)) AS objects, collect(f.confidence) AS confidences
}}
RETURN ids, names, subjects, chosen, objects, confidences
"""
EDGES_BETWEEN = f"""
MATCH (e:Entity) WHERE e.key IN $one
MATCH (e)-[f:FACT]-(x) WHERE x.key IN $other AND {_CHOSEN}
WITH DISTINCT f, startNode(f) AS s, endNode(f) AS o
RETURN {_COLUMNS}
"""
SPREAD = f"""
UNWIND $rows AS row
MATCH (e:Entity {{key: row.key}})-[f:FACT]-(x) WHERE {_CHOSEN}
WITH x, sum(row.weight * toInteger(floor(f.confidence * 1000000 + 0.5))) AS score
RETURN collect(x.key), collect(x.kind), collect(score)
"""
#: Neo4j keeps the number of relationships with each node, so this reads no facts.
DEGREES = """
MATCH (e:Entity) WHERE e.key IN $keys
WITH e.key AS key, COUNT { (e)-[:FACT]-() } AS degree
RETURN collect(key), collect(degree)
"""
_RETURN = "RETURN s.key, f.predicate, o.key, f.confidence"
ALL_EDGES = f"MATCH (s:Entity)-[f:FACT]->(o:Entity) WHERE {_CHOSEN} {_RETURN}"
ALL_NODES = "MATCH (e:Entity) RETURN e.key, e.kind, e.name"


class Neo4jStore:
    """One short read transaction for each fetch; every error of the driver passes through."""

    def nodes(self, keys: Collection[str]) -> dict[str, Node]:
        """The entities among the keys."""
        return {row[0]: Node(*row) for row in self._rows(NODES, keys=list(keys))}

    def ends_of(
        self, keys: Collection[str], predicates: Sequence[str], limit: int, *, widest: int
    ) -> list[Node]:
        """The first ``limit`` entities that one fact joins to any of the keys; see FactStore."""
        rows = self._rows(
            ENDS_OF, keys=list(keys), predicates=list(predicates), limit=limit, widest=widest
        )
        return [Node(*row) for row in rows]

    def edges_of(self, keys: Collection[str], predicates: Sequence[str]) -> list[Edge]:
        """Facts that touch any of the keys."""
        rows = self._rows(EDGES_OF, keys=list(keys), predicates=list(predicates))
        return [Edge(*row) for row in rows]

    def edges_among(self, keys: Collection[str], predicates: Sequence[str]) -> list[Edge]:
        """Facts with both ends in the collection."""
        ids, names, subjects, chosen, objects, confidences = self._columns(
            EDGES_AMONG, keys=list(keys), predicates=list(predicates)
        )
        name = dict(zip(ids, names, strict=True)).__getitem__
        return list(map(Edge, map(name, subjects), chosen, map(name, objects), confidences))

    def edges_between(
        self, one: Collection[str], other: Collection[str], predicates: Sequence[str]
    ) -> list[Edge]:
        """Facts with one end in either collection; walked from the smaller one."""
        smaller, larger = sorted((list(one), list(other)), key=len)
        rows = self._rows(EDGES_BETWEEN, one=smaller, other=larger, predicates=list(predicates))
        return [Edge(*row) for row in rows]

    def degrees(self, keys: Collection[str]) -> dict[str, int]:
        """How many facts touch each key."""
        return {row[0]: row[1] for row in self._rows(DEGREES, keys=list(keys))}

    def spread(
        self, weights: Mapping[str, int], predicates: Sequence[str]
    ) -> dict[str, tuple[str, int]]:
        """One step along facts in either direction; see FactStore."""
        starts = [{"key": key, "weight": weight} for key, weight in weights.items()]
        rows = self._rows(SPREAD, rows=starts, predicates=list(predicates))
        return {key: (kind, score) for key, kind, score in rows}

    def edges(self, predicates: Sequence[str]) -> Iterator[Edge]:
        """All facts in order."""
        return iter(sorted(self._streamed(ALL_EDGES, predicates=list(predicates))))

    def edges_streamed(self) -> Iterator[Edge]:
        """All facts in no particular order, without holding them all."""
        return self._streamed(ALL_EDGES, predicates=[])

    def nodes_streamed(self) -> Iterator[Node]:
        """All entities in no particular order."""
        with driver().session() as session:
            for row in session.run(ALL_NODES):
                yield Node(*row.values())

    def _streamed(self, query: str, **parameters: Any) -> Iterator[Edge]:
        with driver().session() as session:
            for row in session.run(query, **parameters):
                yield Edge(*row.values())

    def _rows(self, query: str, **parameters: Any) -> Iterator[tuple[Any, ...]]:
        """The rows of an answer that comes as columns."""
        return zip(*self._columns(query, **parameters), strict=True)

    def _columns(self, query: str, **parameters: Any) -> list[Any]:
        """The only record of an answer."""
        with driver().session(default_access_mode=neo4j.READ_ACCESS) as session:
            answer = session.run(neo4j.Query(query, timeout=ANSWER_SECONDS), **parameters)
            return answer.single(strict=True).values()
