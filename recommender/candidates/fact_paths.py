"""Short walks between two items, told fact by fact, from the same edges that the scores walk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recommender.candidates.fact_edges import FactEdges
from recommender.contracts import Floats, Ints, Longs

#: Items joined with the start that a walk of three facts is tried through.
DETOURS = 12
#: A node with more facts joins nearly everything and explains nothing.
WIDEST_MIDDLE = 2_000


@dataclass(frozen=True, slots=True)
class Step:
    """One fact of a walk and the node that it leads to; ``forward`` if that is the fact's object.

    ``told`` is False where the item table says it rather than an accepted fact.
    """

    predicate: str
    forward: bool
    node: int
    told: bool


class FactIndex:
    """The edges by node. ``weights`` is what a step along each predicate counts."""

    def __init__(self, edges: FactEdges, weights: Mapping[str, float]):
        self.edges = edges
        count = len(edges)
        ends = np.concatenate([edges.subjects, edges.objects])
        order = np.argsort(ends, kind="stable")
        self.starts: Longs = np.searchsorted(ends[order], np.arange(edges.n_nodes + 1))
        self.others: Ints = np.concatenate([edges.objects, edges.subjects])[order]
        self.numbers: Longs = order % max(count, 1)
        self.forward = order < count
        worth = np.array([weights.get(name, 1.0) for name in edges.predicates], np.float32)
        strength = worth[edges.relations] * edges.confidences if count else edges.confidences
        self.strength: Floats = strength[self.numbers]
        self.measures = edges.measures()

    def around(self, node: int) -> slice:
        """Where the edges of a node lie in the index's arrays."""
        return slice(int(self.starts[node]), int(self.starts[node + 1]))

    def linked(self, item: int, predicates: Mapping[str, float]) -> Floats:
        """Sum of weight times confidence over the facts that join the item with each other one.

        Only the named predicates count, by their weights; shape (n_items,).
        """
        place = self.around(item)
        worth = np.array([predicates.get(name, 0.0) for name in self.edges.predicates], np.float32)
        numbers, others = self.numbers[place], self.others[place]
        value = worth[self.edges.relations[numbers]] * self.edges.confidences[numbers]
        near = others < self.edges.n_items
        linked: Floats = np.bincount(
            others[near], value[near], minlength=self.edges.n_items
        ).astype(np.float32)
        return linked

    def path(self, start: int, target: int) -> tuple[Step, ...]:
        """The shortest walk of at most three facts, the most telling among equals; or nothing.

        Strong facts tell more than weak ones, and a middle tells more the fewer others it joins.
        A walk of three facts begins with one of the ``DETOURS`` strongest facts from the start to
        another item.
        """
        if start == target:
            return ()
        direct = self._best_edge(start, target)
        if direct is not None:
            return (self._step(direct),)
        two = self._through(start, target)
        if two:
            return two[1]
        place = self.around(start)
        items = np.flatnonzero(self.others[place] < self.edges.n_items) + place.start
        found: list[tuple[float, tuple[Step, ...]]] = []
        for edge in items[np.argsort(-self.strength[items], kind="stable")][:DETOURS]:
            rest = self._through(int(self.others[edge]), target, avoid=start)
            if rest:
                found.append(
                    (float(self.strength[edge]) * rest[0], (self._step(int(edge)), *rest[1]))
                )
        return max(found, key=lambda one: one[0])[1] if found else ()

    def _through(
        self, start: int, target: int, avoid: int = -1
    ) -> tuple[float, tuple[Step, ...]] | None:
        """The most telling walk of two facts and what it is worth."""
        middles = np.intersect1d(self.others[self.around(start)], self.others[self.around(target)])
        best: tuple[float, int] | None = None
        for middle in middles.tolist():
            degree = int(self.starts[middle + 1] - self.starts[middle])
            if middle == avoid or degree > WIDEST_MIDDLE or self._explains_nothing(middle):
                continue
            worth = self._strongest(start, middle) * self._strongest(middle, target) / degree
            if best is None or worth > best[0]:
                best = (worth, middle)
        if best is None:
            return None
        first, second = self._best_edge(start, best[1]), self._best_edge(best[1], target)
        assert first is not None
        assert second is not None
        return best[0], (self._step(first), self._step(second))

    def _explains_nothing(self, node: int) -> bool:
        """Whether the node is a quantity, or a product that the model does not offer."""
        items = self.edges.n_items
        unsold = node >= items and self.edges.keys[node - items].startswith("product:")
        return unsold or bool(self.measures[node])

    def _strongest(self, node: int, other: int) -> float:
        edge = self._best_edge(node, other)
        return 0.0 if edge is None else float(self.strength[edge])

    def _best_edge(self, node: int, other: int) -> int | None:
        place = self.around(node)
        edges = np.flatnonzero(self.others[place] == other) + place.start
        return int(edges[np.argmax(self.strength[edges])]) if len(edges) else None

    def _step(self, edge: int) -> Step:
        number = self.numbers[edge]
        return Step(
            self.edges.predicates[int(self.edges.relations[number])],
            bool(self.forward[edge]),
            int(self.others[edge]),
            bool(self.edges.told[number]),
        )
