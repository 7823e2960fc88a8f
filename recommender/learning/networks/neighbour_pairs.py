"""Pairs of items that one shopper took close to each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from recommender.candidates.recency import Baskets, baskets_of
from recommender.contracts import InteractionLog, Longs
from recommender.learning.networks.history_batches import in_one_order


@dataclass(slots=True)
class NeighbourPairs:
    """Batches of pairs: each interaction with another of its basket or its neighbourhood.

    A pair has at most ``window`` interactions between its baskets. Which neighbour an interaction
    is paired with is drawn anew in every epoch. The order inside a basket decides nothing.
    """

    log: InteractionLog
    window: int
    batch_size: int
    baskets: Baskets = field(init=False)
    bounds: Longs = field(init=False)

    def __post_init__(self) -> None:
        self.log = in_one_order(self.log)
        self.baskets = baskets_of(self.log.shoppers, self.log.times)
        self.bounds = self.log.bounds()

    def __len__(self) -> int:
        """Batches of an epoch, at most: interactions without a neighbour are left out."""
        return -(-len(self.log) // self.batch_size)

    def frequency(self) -> npt.NDArray[np.float64]:
        """How likely each item is to be the other of a pair, shape (n_items,)."""
        counts = np.bincount(self.log.items, minlength=self.log.n_items).astype(np.float64)
        result: npt.NDArray[np.float64] = counts / max(counts.sum(), 1.0)
        return result

    def pairs(
        self, rng: np.random.Generator
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """One epoch in random order: places in the log, and the places of their neighbours."""
        log, shoppers = self.log, self.log.shoppers
        low = np.maximum(self.baskets.first - self.window, self.bounds[shoppers])
        high = np.minimum(self.baskets.last + self.window, self.bounds[shoppers + 1])
        other = low + (rng.random(len(log)) * (high - low)).astype(np.int64)
        chosen = rng.permutation(np.flatnonzero(log.items[other] != log.items))
        return chosen, other[chosen]

    def __call__(self, epoch: int, rng: np.random.Generator) -> Iterator[dict[str, Tensor]]:
        """Batches of ``items``, ``others`` and ``weights``, each of shape (rows,)."""
        places, others = self.pairs(rng)
        items, weights = self.log.items.astype(np.int64), self.log.weights
        for start in range(0, len(places), self.batch_size):
            one = places[start : start + self.batch_size]
            two = others[start : start + self.batch_size]
            yield {
                "items": torch.from_numpy(items[one]),
                "others": torch.from_numpy(items[two]),
                "weights": torch.from_numpy(weights[one] * weights[two]),
            }
