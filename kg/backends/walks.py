"""How questions about the graph are answered, over whatever store can fetch facts.

Both backends walk with this code and differ only in how they fetch, so equal facts give equal
answers. Every walk is bounded: an entity with more facts than HUB_DEGREE is shown but not walked
through, since everything is two steps from everything by way of the largest category.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Protocol

from kg.protocol import (
    LONGEST_PATH,
    WIDEST_NEIGHBOURHOOD,
    Edge,
    GraphPath,
    Neighbourhood,
    Node,
)

HUB_DEGREE = 1_000
#: More facts than any entity has; Neo4j counts them in 32 bits.
NO_HUB = 2**30
#: Starts and entities in between that a walk considers, the weightiest first.
MOST_STARTS = 50
MOST_BETWEEN = 100
#: A start of weight one, and a confidence of one, in the whole numbers that walks add up.
UNIT, MILLION = 10**9, 10**6
DIGITS = 9
_EDGE_ORDER = attrgetter("subject", "predicate", "object", "confidence")


def millionths(confidence: float) -> int:
    """A confidence as a whole number; backends must round alike."""
    return math.floor(confidence * MILLION + 0.5)


class FactStore(Protocol):
    """What a backend has to fetch; only accepted facts count. Texts sort by code point."""

    def nodes(self, keys: Collection[str]) -> dict[str, Node]:
        """The entities among the keys."""

    def ends_of(
        self, keys: Collection[str], predicates: Sequence[str], limit: int, *, widest: int
    ) -> list[Node]:
        """The first ``limit`` entities, by key, that one fact joins to any of the keys.

        Keys with more than ``widest`` facts, of whatever predicate, are not walked from.
        """

    def edges_of(self, keys: Collection[str], predicates: Sequence[str]) -> list[Edge]:
        """Facts that touch any of the keys, in any order."""

    def edges_among(self, keys: Collection[str], predicates: Sequence[str]) -> list[Edge]:
        """Facts with both ends in the collection, in any order."""

    def edges_between(
        self, one: Collection[str], other: Collection[str], predicates: Sequence[str]
    ) -> list[Edge]:
        """Facts with one end in either collection, in any order."""

    def degrees(self, keys: Collection[str]) -> dict[str, int]:
        """How many facts touch each key, of whatever predicate."""

    def spread(
        self, weights: Mapping[str, int], predicates: Sequence[str]
    ) -> dict[str, tuple[str, int]]:
        """One step along facts in either direction from weighted keys.

        Each key reached, its kind, and the sum of weight times confidence in millionths. Whole
        numbers, since a sum of fractions depends on the order in which a database adds them.
        """

    def edges(self, predicates: Sequence[str]) -> Iterator[Edge]:
        """All facts, ordered by subject, predicate, object."""


class WalkedGraph:
    """The KnowledgeGraph protocol over a store."""

    def __init__(self, store: FactStore) -> None:
        self.store = store

    def neighbours(
        self, key: str, *, hops: int = 1, predicates: Sequence[str] = (), limit: int = 200
    ) -> Neighbourhood:
        """Entities within ``hops`` facts, nearest first; see the protocol."""
        if not 1 <= hops <= WIDEST_NEIGHBOURHOOD:
            raise ValueError(f"a neighbourhood is 1 to {WIDEST_NEIGHBOURHOOD} facts wide")
        reached = self.store.nodes([key])
        if not reached:
            raise KeyError(key)
        frontier = [key]
        truncated = False
        for hop in range(hops):
            room = limit + 1 - len(reached)
            # Some of the ends may have been reached before, so as many more are asked for.
            ends = self.store.ends_of(
                frontier,
                predicates,
                room + len(reached) + 1,
                widest=HUB_DEGREE if hop else NO_HUB,
            )
            new = [end for end in ends if end.key not in reached]
            truncated = len(new) > room
            reached |= {end.key: end for end in new[:room]}
            frontier = [end.key for end in new]
            if truncated or not frontier:
                break
        edges = self.store.edges_among(reached.keys(), predicates)
        return Neighbourhood(
            centre=key,
            nodes=tuple(reached.values()),
            # Comparing the edges themselves would make two tuples for each comparison.
            edges=tuple(sorted(edges, key=_EDGE_ORDER)),
            truncated=truncated,
        )

    def paths(
        self,
        starts: Sequence[str],
        target: str,
        *,
        hops: int = 3,
        predicates: Sequence[str] = (),
        limit: int = 5,
    ) -> list[GraphPath]:
        """Shortest walks from any start to the target; see the protocol."""
        if not 1 <= hops <= LONGEST_PATH:
            raise ValueError(f"a path is 1 to {LONGEST_PATH} facts long")
        sources = [s for s in dict.fromkeys(starts) if s != target][:MOST_STARTS]
        if not sources:
            return []
        found = [
            GraphPath((start, target), (edge,))
            for edge in self.store.edges_between(sources, [target], predicates)
            for start in _ends(edge, target)
            if start in sources
        ]
        if hops >= 2 and len(found) < limit:
            from_start = _by_end(self.store.edges_of(sources, predicates), set(sources))
            into_target = _by_end(self.store.edges_of([target], predicates), {target})
            barred = {*sources, target}
            middles = sorted((from_start.keys() & into_target.keys()) - barred)
            for middle in self._without_hubs(middles):
                found += [
                    GraphPath((start, middle, target), (first, last))
                    for start, first in from_start[middle]
                    for _end, last in into_target[middle]
                ]
            if hops >= 3 and len(found) < limit:
                near = self._without_hubs(sorted(from_start.keys() - barred))
                far = self._without_hubs(sorted(into_target.keys() - barred))
                found += self._of_three(from_start, into_target, near, far, predicates, target)
        return sorted(set(found), key=_path_order)[:limit]

    def _of_three(
        self,
        from_start: Mapping[str, list[tuple[str, Edge]]],
        into_target: Mapping[str, list[tuple[str, Edge]]],
        near: Sequence[str],
        far: Sequence[str],
        predicates: Sequence[str],
        target: str,
    ) -> list[GraphPath]:
        """Walks of three facts: start, near the start, near the target, target."""
        close, distant = set(near), set(far)
        walks = []
        for middle in set(self.store.edges_between(near, far, predicates)):
            for one, two in ((middle.subject, middle.object), (middle.object, middle.subject)):
                if one in close and two in distant and one != two:
                    walks += [
                        GraphPath((start, one, two, target), (first, middle, last))
                        for start, first in from_start[one]
                        for _end, last in into_target[two]
                        if start != two
                    ]
        return walks

    def related(
        self,
        starts: Mapping[str, float],
        *,
        predicates: Sequence[str] = (),
        kind: str = "product",
        limit: int = 50,
    ) -> list[tuple[str, float]]:
        """Entities of one kind reached in one or two facts; see the protocol."""
        heaviest = sorted(starts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_STARTS]
        weights = {key: round(weight * UNIT) for key, weight in heaviest if weight > 0}
        if not weights:
            return []
        one_fact = self.store.spread(weights, predicates)
        middles = one_fact.keys() - weights.keys()
        degrees = self.store.degrees(middles)
        passing = {
            key: one_fact[key][1] // (MILLION * degrees[key])
            for key in middles
            if 0 < degrees.get(key, 0) <= HUB_DEGREE
        }
        widest = sorted(passing.items(), key=lambda pair: (-pair[1], pair[0]))
        two_facts = self.store.spread(dict(widest[:MOST_BETWEEN]), predicates)
        totals: dict[str, int] = defaultdict(int)
        for reached in (one_fact, two_facts):
            for key, (its_kind, score) in reached.items():
                if its_kind == kind and key not in weights:
                    totals[key] += score
        best = sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
        return [(key, round(score / (UNIT * MILLION), DIGITS)) for key, score in best if score]

    def triples(self, *, predicates: Sequence[str] = ()) -> Iterator[Edge]:
        """Every accepted fact in order."""
        return self.store.edges(predicates)

    def _without_hubs(self, keys: Sequence[str]) -> list[str]:
        degrees = self.store.degrees(keys)
        return [key for key in keys if degrees.get(key, 0) <= HUB_DEGREE]


def _ends(edge: Edge, one: str) -> list[str]:
    """The ends of the edge other than ``one``."""
    return [end for end in (edge.subject, edge.object) if end != one]


def _by_end(edges: Collection[Edge], near: set[str]) -> dict[str, list[tuple[str, Edge]]]:
    """Edges by their far end, each with its near end."""
    far: dict[str, list[tuple[str, Edge]]] = defaultdict(list)
    for edge in set(edges):
        if edge.subject in near:
            far[edge.object].append((edge.subject, edge))
        if edge.object in near:
            far[edge.subject].append((edge.object, edge))
    return far


def _path_order(path: GraphPath) -> tuple[int, float, tuple[str, ...], tuple[Edge, ...]]:
    return len(path.edges), -round(path.confidence, DIGITS), path.keys, path.edges
