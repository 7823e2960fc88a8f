"""A bounded store of earlier sequences, and three ways to choose what stays in it."""

from __future__ import annotations

from enum import StrEnum

import numba
import numpy as np
import torch
from torch import nn

from recommender.contracts import Floats, Longs
from recommender.learning.lifelong.continual.protocol import Described, Lesson, Memory


class Choice(StrEnum):
    """What stays.

    ``RESERVOIR``: a uniform sample of all that ever was (Vitter, "Random sampling with a
    reservoir", 1985). ``HERDING``: for each last item, those whose states together come nearest to
    the mean state (Rebuffi et al., "iCaRL", CVPR 2017), as many as the item has of the sequences
    (as ADER, RecSys 2020). ``LOSS``: as many for each last item, those that the network predicts
    best.
    """

    RESERVOIR = "reservoir"
    HERDING = "herding"
    LOSS = "loss"


class ExemplarStore:
    """Keys of at most ``capacity`` sequences, in ascending order.

    For a lesson at most ``share`` times as many as the window holds are drawn from it; None takes
    all of them.
    """

    def __init__(
        self,
        choice: Choice = Choice.RESERVOIR,
        capacity: int = 30_000,
        share: float | None = None,
    ):
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, not {capacity}")
        if share is not None and not share > 0:
            raise ValueError(f"share must be above 0, not {share}")
        self.choice, self.capacity, self.share = choice, capacity, share
        self.keys: Longs = np.empty(0, np.int64)
        #: Sequences that ever came by.
        self.seen = 0

    def drawn(self, lesson: Lesson) -> Longs:
        """Exemplars for this lesson, none of them from its window.

        What the owner no longer has is dropped. A store that has seen nothing yet, of a network
        that has, begins with the lesson's past.
        """
        if not self.seen and lesson.before is not None and len(lesson.past):
            self.keys = self._chosen(lesson, lesson.before, lesson.past, lesson.past)
            self.seen = len(lesson.past)
        self.keys = np.intersect1d(self.keys, np.union1d(lesson.past, lesson.window))
        usable = np.setdiff1d(self.keys, lesson.window)
        if self.share is None or len(usable) <= self.share * len(lesson.window):
            return usable
        count = max(round(self.share * len(lesson.window)), 1)
        return np.sort(lesson.rng.choice(usable, count, replace=False))

    def take_in(self, lesson: Lesson, network: nn.Module) -> None:
        """Choose anew from the store and the window."""
        self.keys = self._chosen(lesson, network, lesson.fresh, lesson.window)
        self.seen += len(lesson.fresh)

    def _chosen(self, lesson: Lesson, network: nn.Module, fresh: Longs, window: Longs) -> Longs:
        if self.choice is Choice.RESERVOIR:
            return reservoir(self.keys, fresh, self.seen, self.capacity, lesson.rng)
        pool = np.union1d(self.keys, window)
        if len(pool) <= self.capacity:
            return pool
        described = lesson.described(network, pool)
        pick = herded if self.choice is Choice.HERDING else easiest
        return pool[np.sort(pick(described, self.capacity))]

    def memory(self) -> Memory:
        """Keys and how many came by."""
        return {"exemplars": torch.from_numpy(self.keys), "seen": torch.tensor(self.seen)}

    def restore(self, memory: Memory) -> None:
        """Go on from ``memory``."""
        self.keys, self.seen = memory["exemplars"].numpy(), int(memory["seen"])


def reservoir(
    kept: Longs, fresh: Longs, seen: int, capacity: int, rng: np.random.Generator
) -> Longs:
    """A uniform sample of at most ``capacity`` of all keys so far, from one of the ``seen``."""
    from_new = len(fresh)
    if seen + len(fresh) > capacity:
        from_new = int(rng.hypergeometric(len(fresh), seen, capacity)) if seen else capacity
    from_old = min(len(kept), capacity - from_new)
    old = np.sort(rng.choice(len(kept), from_old, replace=False))
    new = np.sort(rng.choice(len(fresh), from_new, replace=False))
    return np.sort(np.concatenate([kept[old], fresh[new]]))


def herded(described: Described, capacity: int) -> Longs:
    """Indexes of the sequences that herding keeps, each last item's own together."""
    order = np.argsort(described.targets, kind="stable")
    counts, quotas = _quotas(described.targets[order], capacity)
    chosen: Longs = order[_herded(described.states[order], counts, quotas)]
    return chosen


def easiest(described: Described, capacity: int) -> Longs:
    """Indexes of the sequences with the smallest losses, each last item's own together."""
    order = np.lexsort((described.losses, described.targets))
    counts, quotas = _quotas(described.targets[order], capacity)
    place = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    chosen: Longs = order[place < np.repeat(quotas, counts)]
    return chosen


def _quotas(ordered: Longs, capacity: int) -> tuple[Longs, Longs]:
    """Sequences of each last item, and how many of them stay: shares, largest remainders up."""
    counts = np.unique(ordered, return_counts=True)[1].astype(np.int64)
    exact = counts * min(1.0, capacity / len(ordered))
    quotas = np.floor(exact).astype(np.int64)
    left = min(capacity, len(ordered)) - int(quotas.sum())
    quotas[np.argsort(quotas - exact, kind="stable")[:left]] += 1
    return counts, quotas


@numba.njit(cache=True)
def _herded(states: Floats, counts: Longs, quotas: Longs) -> Longs:
    """Greedy herding in each group of rows; groups lie one after the other."""
    chosen = np.empty(quotas.sum(), np.int64)
    width = states.shape[1]
    taken = np.zeros(len(states), np.bool_)
    filled, begin = 0, 0
    for group in range(len(counts)):
        end = begin + counts[group]
        mean = np.zeros(width)
        for row in range(begin, end):
            mean += states[row]
        mean /= counts[group]
        total = np.zeros(width)
        for step in range(1, quotas[group] + 1):
            best, nearest = -1, np.inf
            for row in range(begin, end):
                if taken[row]:
                    continue
                apart = 0.0
                for at in range(width):
                    apart += (mean[at] - (total[at] + states[row, at]) / step) ** 2
                if apart < nearest:
                    best, nearest = row, apart
            taken[best] = True
            total += states[best]
            chosen[filled] = best
            filled += 1
        begin = end
    return chosen
