"""What the shop asks of a knowledge graph, whichever database answers.

Entities go by their key, ``kind:name`` (``product:0123``, ``brand:Meadow``), the same in every
backend. Only accepted facts are in the graph. Every answer is ordered, so that two backends that
hold the same facts give equal answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

#: A walk from a shopper's product to another is at most this long, whoever asks.
LONGEST_PATH = 3
#: Neighbourhoods are at most this wide around the entity.
WIDEST_NEIGHBOURHOOD = 3


class Edge(NamedTuple):
    """One accepted fact. ``confidence`` lies in 0..1.

    A tuple, since thousands are made, compared and sorted for one answer.
    """

    subject: str
    predicate: str
    object: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Node:
    """An entity as it is shown: key, kind and readable name."""

    key: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What lies around an entity: nodes by distance then key, and the edges among them."""

    centre: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    #: True where ``limit`` cut something off.
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class GraphPath:
    """A walk along facts, each in either direction. ``keys`` are the entities in order."""

    keys: tuple[str, ...]
    edges: tuple[Edge, ...]

    @property
    def confidence(self) -> float:
        """Product of the facts' confidences."""
        product = 1.0
        for edge in self.edges:
            product *= edge.confidence
        return product


class KnowledgeGraph(Protocol):
    """Answers about accepted facts. Both backends pass tests/contracts/test_knowledge_graph.py."""

    def neighbours(
        self,
        key: str,
        *,
        hops: int = 1,
        predicates: Sequence[str] = (),
        limit: int = 200,
    ) -> Neighbourhood:
        """Entities within ``hops`` facts of ``key``, nearest first, at most ``limit`` of them.

        An empty ``predicates`` means all. Raises KeyError for an entity that is not there and
        ValueError for more hops than WIDEST_NEIGHBOURHOOD.
        """

    def paths(
        self,
        starts: Sequence[str],
        target: str,
        *,
        hops: int = 3,
        predicates: Sequence[str] = (),
        limit: int = 5,
    ) -> list[GraphPath]:
        """Shortest walks first, then the more confident, then by keys; none visits a node twice.

        ``starts`` are usually the products a shopper acted on. Unknown keys give no path.
        """

    def related(
        self,
        starts: Mapping[str, float],
        *,
        predicates: Sequence[str] = (),
        kind: str = "product",
        limit: int = 50,
    ) -> list[tuple[str, float]]:
        """Entities of one kind reached in one or two facts, with the sum over all walks.

        A walk scores start weight times the confidences, divided by the degree of the entity in
        between, so that a hub such as a large brand does not drown the rest. The starts
        themselves are left out. Highest first, ties by key.
        """

    def triples(self, *, predicates: Sequence[str] = ()) -> Iterator[Edge]:
        """Every accepted fact, ordered by subject, predicate, object."""
