"""What the knowledge graph says of an item beside a history, in numbers that a ranker can take."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from recommender.candidates.fact_edges import FactEdges
from recommender.candidates.storage import Rows
from recommender.contracts import Floats, History

#: Columns of ``GraphFeatures.values``, in order: facts about the item; facts that join it with an
#: item of the history; entities (not items) that both have; simple paths of two and of three facts.
FEATURES: Final = ("fact_degree", "direct_facts", "shared_entities", "paths_of_2", "paths_of_3")

Counts = npt.NDArray[np.float64]


class GraphFeatures:
    """Counts over the graph without directions, two nodes being joined once whatever joins them.

    The history counts as a set: what was done twice has no more neighbours for it. An item of the
    history is compared with the rest of the history.
    """

    def __init__(self, edges: FactEdges):
        self.n_items = edges.n_items
        joined = sparse.csr_matrix(
            (np.ones(len(edges)), (edges.subjects, edges.objects)),
            shape=(edges.n_nodes, edges.n_nodes),
        )
        self.joined: Rows = (joined + joined.T).tocsr()
        self.joined.setdiag(0.0)
        self.joined.eliminate_zeros()
        self.joined.data[:] = 1.0
        self.degree: Counts = np.diff(self.joined.indptr).astype(np.float64)
        #: What ``_to_itself`` has told: the same items stand in many histories.
        self._told: dict[int, Counts] = {}

    def values(self, history: History, items: npt.NDArray[np.integer]) -> Floats:
        """Shape (len(items), len(FEATURES))."""
        known = np.unique(history.items)
        counts = self._counts(known)[items]
        for place in np.flatnonzero(np.isin(items, known)):
            item = int(items[place])
            if item not in self._told:
                self._told[item] = self._to_itself(item)
            counts[place] -= self._told[item]
        degree = self.degree[items][:, None]
        return np.concatenate([degree, counts], axis=1).astype(np.float32)

    def _to_itself(self, item: int) -> Counts:
        """What an item of the history adds to its own counts, shape (4,): they are sums over it.

        No fact joins it with itself; two facts lead back over each neighbour, three over each pair
        of neighbours that a fact joins.
        """
        near = self.joined.indices[self.joined.indptr[item] : self.joined.indptr[item + 1]]
        entities = float((near >= self.n_items).sum())
        closed = float(np.isin(self.joined[near].indices, near).sum())
        return np.array([0.0, entities, float(len(near)), closed])

    def _counts(self, known: npt.NDArray[np.integer]) -> Counts:
        """All columns but the first for every item, shape (n_items, 4).

        Those of an item of ``known`` include the walks that come back to it (``_to_itself``).

        Between different nodes h and i, all walks of two facts are simple; of the walks of three,
        (degree h + degree i - 1) run to and fro over a fact that joins them.
        """
        start = np.zeros(self.joined.shape[0])
        start[known] = 1.0
        direct = self.joined @ start
        entities = direct.copy()
        entities[: self.n_items] = 0.0
        two = self.joined @ direct
        to_and_fro = self.joined @ (start * (self.degree - 1.0)) + direct * self.degree
        three = self.joined @ two - to_and_fro
        columns = np.stack([direct, self.joined @ entities, two, three], axis=1)
        result: Counts = columns[: self.n_items]
        return result
