"""The tree of the IDs that exist: what may follow which beginning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from recommender.contracts import Ints, Longs


@dataclass(frozen=True, slots=True)
class PrefixTree:
    """Nodes are numbered by depth and then by their codes; the root is node zero.

    So the children of one node have consecutive numbers, in the order of their codes. A leaf is
    one item, at depth ``depth``.
    """

    depth: int
    #: First child of each node and, one place on, the end of its children: (n_nodes + 1,).
    first_child: Longs
    #: The last code of each node's beginning; zero for the root. (n_nodes,)
    code: Ints
    #: Items below each node. (n_nodes,)
    size: Longs
    #: The nodes on the way to each item, the root first: (n_items, depth + 1).
    path: Longs
    #: The item of each leaf, -1 for inner nodes. (n_nodes,)
    item: Longs

    @property
    def n_nodes(self) -> int:
        """All nodes, root and leaves included."""
        return int(self.code.shape[0])

    @classmethod
    def of(cls, codes: Ints) -> Self:
        """The tree of unique IDs, (n_items, depth); raises ValueError where two are equal."""
        n_items, depth = codes.shape
        order = np.lexsort(codes.T[::-1])
        ordered = codes[order]
        path = np.zeros((n_items, depth + 1), np.int64)
        node_codes = [np.zeros(1, np.int32)]
        sizes = [np.array([n_items], np.int64)]
        children = []
        total = 1
        differs = np.zeros(max(n_items - 1, 0), bool)
        parents = np.zeros(n_items, np.int64)
        for level in range(depth):
            differs = differs | (ordered[1:, level] != ordered[:-1, level])
            fresh = np.concatenate([[True], differs]) if n_items else np.zeros(0, bool)
            numbers = np.cumsum(fresh) - 1
            nodes = total + numbers
            path[order, level + 1] = nodes
            node_codes.append(ordered[fresh, level].astype(np.int32))
            sizes.append(np.bincount(numbers, minlength=int(fresh.sum())).astype(np.int64))
            first = total - len(sizes[-2])
            children.append(np.bincount(parents[fresh] - first, minlength=len(sizes[-2])))
            parents = nodes
            total += int(fresh.sum())
        if n_items and len(sizes[-1]) != n_items:
            raise ValueError("two items share one ID")
        leaves = total - n_items
        # Inner nodes in order have their children in order, right behind the root.
        counts = np.concatenate([*children, np.zeros(n_items, np.int64)])
        first_child = np.concatenate([[1], 1 + np.cumsum(counts)]).astype(np.int64)
        item = np.full(total, -1, np.int64)
        item[leaves:] = order
        return cls(
            depth,
            first_child,
            np.concatenate(node_codes),
            np.concatenate(sizes),
            path,
            item,
        )

    def sums(self, values: Longs) -> Longs:
        """What the items below each node add up to, for one value per item: (n_nodes,)."""
        total = np.zeros(self.n_nodes, np.int64)
        for level in range(self.depth + 1):
            total += np.bincount(
                self.path[:, level], weights=values, minlength=self.n_nodes
            ).astype(np.int64)
        return total

    def named(self) -> Longs:
        """Numbers from zero for the nodes that a choice leads to, -1 for the others: (n_nodes,).

        The first codes are left out: each is a node by itself already.
        """
        chosen = np.repeat(self.n_children() > 1, self.n_children())
        chosen = np.concatenate([[False], chosen])
        chosen[: self.first_child[1]] = False
        return np.where(chosen, np.cumsum(chosen) - 1, -1)

    def n_children(self) -> Longs:
        """Children of each node, (n_nodes,)."""
        return np.diff(self.first_child)
