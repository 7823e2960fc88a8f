"""Which item followed which, how closely: the counts behind the transitions."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from recommender.candidates.ledger import UNITS
from recommender.candidates.recency import Reals, baskets_of, expected_decay
from recommender.candidates.storage import Rows
from recommender.contracts import InteractionLog, Ints

#: Pairs collected before they are summed into a matrix; bounds the memory of a fit.
CHUNK = 4_000_000


def follow_counts(
    log: InteractionLog, *, decay: float, window: int, n_items: int | None = None
) -> Rows:
    """How strongly item j came after item i, shape (n_items, n_items), in whole 1/UNITS.

    A pair with d - 1 interactions between its members counts decay^(d - 1). Members of one basket
    have no order, so every order is taken as equally likely and the expected count is used: within
    a basket half of it goes either way. Pairs with ``window`` or more interactions between their
    baskets are left out, as are an item's repetitions.
    """
    size = log.n_items if n_items is None else n_items
    total = sparse.csr_matrix((size, size), dtype=np.int64)
    baskets = baskets_of(log.shoppers, log.times)
    outer = expected_decay(baskets.sizes, decay) if len(log) else np.zeros(0)
    inner = _inner_counts(int(baskets.sizes.max(initial=0)), decay, window)
    pending: list[tuple[Ints, Ints, Reals]] = []
    waiting = 0
    earlier = np.arange(len(log))
    lag = 0
    while len(earlier):
        lag += 1
        earlier = earlier[earlier + lag < len(log)]
        later = earlier + lag
        between = np.maximum(baskets.first[later] - baskets.last[earlier], 0)
        # Once a pair is too far apart, so is every later one of the same item.
        near = (log.shoppers[later] == log.shoppers[earlier]) & (between < window)
        earlier, later, between = earlier[near], later[near], between[near]
        together = baskets.first[later] == baskets.first[earlier]
        value = np.where(
            together,
            0.5 * inner[baskets.sizes[earlier]],
            decay ** between.astype(np.float64) * outer[earlier] * outer[later],
        )
        value *= log.weights[earlier].astype(np.float64) * log.weights[later]
        one, two = log.items[earlier], log.items[later]
        pending.append((one, two, value))
        pending.append((two[together], one[together], value[together]))
        waiting += len(one) + int(together.sum())
        if waiting > CHUNK:
            total = total + _summed(pending, size)
            pending, waiting = [], 0
    total = (total + _summed(pending, size)).tocsr()
    total.sort_indices()
    return total


def _inner_counts(largest: int, decay: float, window: int) -> Reals:
    """Expected decay^(d - 1) of two members of a basket of size 0..largest, d within window."""
    counts = np.zeros(largest + 1, np.float64)
    for size in range(2, largest + 1):
        distance = np.arange(1, min(window, size - 1) + 1)
        likely = 2.0 * (size - distance) / (size * (size - 1))
        counts[size] = float(np.sum(likely * decay ** (distance - 1)))
    return counts


def _summed(pending: list[tuple[Ints, Ints, Reals]], size: int) -> Rows:
    one = np.concatenate([part[0] for part in pending] or [np.zeros(0, np.int32)])
    two = np.concatenate([part[1] for part in pending] or [np.zeros(0, np.int32)])
    value = np.concatenate([part[2] for part in pending] or [np.zeros(0)])
    keep = one != two
    whole = np.rint(value[keep] * UNITS).astype(np.int64)
    matrix = sparse.csr_matrix((whole, (one[keep], two[keep])), shape=(size, size))
    matrix.eliminate_zeros()
    return matrix
