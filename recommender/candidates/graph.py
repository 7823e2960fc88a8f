"""Graph: random walks over the facts that start at what the shopper took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from scipy import sparse

from recommender.candidates.fact_edges import (
    FactEdges,
    fact_edges,
    load_edges,
    load_facts,
    save_edges,
    save_facts,
)
from recommender.candidates.fact_paths import FactIndex
from recommender.candidates.recency import Reals, history_rows, take_own_part
from recommender.candidates.registry import register
from recommender.candidates.search_space import Real, SearchSpace, Whole
from recommender.candidates.storage import (
    Rows,
    load_array,
    load_rows,
    load_settings,
    save_array,
    save_rows,
    save_settings,
)
from recommender.contracts import (
    Floats,
    History,
    InteractionLog,
    ItemTable,
    TripleTable,
)

#: How much a step along a predicate counts; one that is not named counts one.
PREDICATE_WEIGHTS: Mapping[str, float] = {
    "made_by": 0.3,
    "in_category": 0.1,
    "parent_category": 0.1,
    "has_attribute": 0.1,
    "related_to": 0.3,
    "made_of": 0.3,
    "used_for": 0.3,
}
#: How much of a step's weight is left where it leads to a quantity.
MEASURE_SHARE = 0.1


@register
class Graph:
    """Personalised PageRank over accepted facts, cut off after ``steps`` steps.

    With P the transition probabilities and s the recency-weighted history, an item's score is
    (1 - α) · Σ αᵏ · s·Pᵏ over k = 1 .. ``steps``, with α = ``follow``. An edge weighs its
    predicate's weight times the fact's confidence, times (degree of one end · degree of the
    other) to the power -``hub_damping``, and ``MEASURE_SHARE`` of it where one end is a quantity;
    facts are walked both ways. That a walk comes back to
    where it began says nothing, so an item of the history is scored by the rest of it.
    """

    name = "graph"
    search_space: ClassVar[SearchSpace] = {
        "follow": Real(0.05, 0.95),
        "steps": Whole(1, 4),
        "hub_damping": Real(0.0, 1.0),
        "history_decay": Real(0.05, 1.0),
    }

    def __init__(
        self,
        follow: float = 0.5,
        steps: int = 3,
        hub_damping: float = 0.1,
        history_decay: float = 0.6,
        predicate_weights: Mapping[str, float] = PREDICATE_WEIGHTS,
    ):
        self.follow = follow
        self.steps = steps
        self.hub_damping = hub_damping
        self.history_decay = history_decay
        self.predicate_weights = dict(predicate_weights)
        self.facts = TripleTable.empty()
        self.edges: FactEdges
        #: Transition probabilities transposed: column i is where a walk goes from node i.
        self.into: Rows
        #: What a walk from each item would score for that item itself.
        self.returns: Floats  # (n_items,)

    def take_facts(self, facts: TripleTable) -> None:
        """Keep the facts for the next ``fit`` or ``update``."""
        self.facts = facts

    def fit(self, log: InteractionLog, items: ItemTable) -> None:
        """Lay the walks' probabilities; the log is not needed."""
        self.edges = fact_edges(items, self.facts)
        self.__dict__.pop("index", None)
        weights = walk_weights(self.edges, self.predicate_weights, self.hub_damping)
        strength = np.asarray(weights.sum(axis=1)).ravel()
        alive = np.where(strength > 0, strength, 1.0)
        self.into = (sparse.diags(1.0 / alive) @ weights).T.tocsr().astype(np.float32)
        self.into.sort_indices()
        shares = [self._share(step) for step in range(self.steps + 1)]
        self.returns = return_shares(self.into, alive, len(items), shares)

    def _share(self, step: int) -> float:
        """The weight of what is reached after so many steps."""
        return (1.0 - self.follow) * self.follow**step

    @cached_property
    def index(self) -> FactIndex:
        """The edges by node, for the facts behind one item or between two."""
        return FactIndex(self.edges, self.predicate_weights)

    def update(self, added: InteractionLog, items: ItemTable) -> None:
        """Lay them again, since new items come with new edges."""
        self.fit(added, items)

    def forget(self, removed: InteractionLog) -> None:
        """Nothing of any shopper is kept here."""

    def score(self, histories: Sequence[History]) -> Floats:
        """Shape (len(histories), n_items)."""
        n_items = len(self.returns)
        rows = history_rows(histories, n_items, decay=self.history_decay)
        mass = np.zeros((self.into.shape[0], len(histories)), np.float32)
        mass[:n_items] = rows.T.toarray()
        reached = np.zeros((n_items, len(histories)), np.float32)
        for step in range(1, self.steps + 1):
            mass = self.into @ mass
            reached += np.float32(self._share(step)) * mass[:n_items]
        scores: Floats = np.ascontiguousarray(reached.T)
        owners = np.repeat(np.arange(len(histories)), np.diff(rows.indptr))
        own = rows.data * self.returns[rows.indices]
        take_own_part(scores, owners, rows.indices, own)
        return scores

    def settings(self) -> dict[str, Any]:
        """What the constructor takes."""
        names = ("follow", "steps", "hub_damping", "history_decay", "predicate_weights")
        return {name: getattr(self, name) for name in names}

    def save(self, folder: Path) -> None:
        """The probabilities, and the facts that they come from."""
        save_settings(folder, self.settings())
        save_rows(folder, "into", self.into)
        save_array(folder, "returns", self.returns)
        save_facts(folder, self.facts)
        save_edges(folder, self.edges)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        source = cls(**load_settings(folder))
        source.into = load_rows(folder, "into")
        source.returns = load_array(folder, "returns")
        source.facts = load_facts(folder)
        source.edges = load_edges(folder)
        return source


def walk_weights(
    edges: FactEdges, predicate_weights: Mapping[str, float], hub_damping: float
) -> Rows:
    """Symmetric edge weights, float64, shape (n_nodes, n_nodes); parallel facts add up."""
    weighed = np.array([predicate_weights.get(name, 1.0) for name in edges.predicates], np.float64)
    strength = weighed[edges.relations] * edges.confidences
    degree = np.bincount(edges.subjects, minlength=edges.n_nodes) + np.bincount(
        edges.objects, minlength=edges.n_nodes
    )
    ends = degree[edges.subjects].astype(np.float64) * degree[edges.objects]
    strength = strength * ends**-hub_damping
    measures = edges.measures()
    strength[measures[edges.subjects] | measures[edges.objects]] *= MEASURE_SHARE
    one = sparse.csr_matrix(
        (strength, (edges.subjects, edges.objects)), shape=(edges.n_nodes, edges.n_nodes)
    )
    both: Rows = (one + one.T).tocsr()
    both.eliminate_zeros()
    return both


def return_shares(
    into: Rows, strength: Reals, n_items: int, shares: Sequence[float], block: int = 512
) -> Floats:
    """Σ ``shares[k]`` · (Pᵏ)ᵢᵢ over the steps k ≥ 2, for every item, shape (n_items,).

    The weights are symmetric, so Pᵇ from j to i is Pᵇ from i to j times dᵢ / dⱼ, and the return
    in a + b steps needs only the walks of length a and b from i: half the steps.
    """
    returns = np.zeros(n_items, np.float64)
    if len(shares) < 3 or not into.nnz:
        return returns.astype(np.float32)
    inverse = (1.0 / strength).astype(np.float32)[:, None]
    columns = into.tocsc()
    for start in range(0, n_items, block):
        stop = min(start + block, n_items)
        walks = [columns[:, start:stop].toarray()]  # after one step, (n_nodes, block)
        while 2 * len(walks) < len(shares) - 1:
            walks.append(into @ walks[-1])
        for step in range(2, len(shares)):
            one, two = walks[step // 2 - 1], walks[(step + 1) // 2 - 1]
            back = np.einsum("nb,nb->b", one, two * inverse)
            returns[start:stop] += shares[step] * back
    return (returns * strength[:n_items]).astype(np.float32)
