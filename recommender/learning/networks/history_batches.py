"""Histories as padded batches, for a network that reads baskets.

In training the items of one basket come in a random order, drawn anew every epoch from an order
that does not depend on the file's: what can be foretold of a basket's rest is learnt from every
subset, and how a file sorts ties from none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from recommender.contracts import Floats, History, InteractionLog, Ints, Longs

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Windows:
    """Stretches of the log of at most ``longest`` interactions, from which targets are drawn.

    ``starts`` and ``ends`` are places in the log, ``first`` the first place that is a target: the
    stretches of a long history overlap, so that every target has something before it.
    """

    starts: Longs
    first: Longs
    ends: Longs

    def __len__(self) -> int:
        return len(self.starts)

    @classmethod
    def of(cls, log: InteractionLog, longest: int) -> Windows:
        """All stretches of shoppers with at least two interactions."""
        bounds = log.bounds()
        step = max(longest // 2, 1)
        rows: list[tuple[int, int, int]] = []
        for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            if end - start < 2:
                continue
            first, reach = start + 1, min(start + longest, end)
            rows.append((start, first, reach))
            while reach < end:
                first, reach = reach, min(reach + step, end)
                rows.append((max(reach - longest, start), first, reach))
        table = np.array(rows, np.int64).reshape(-1, 3)
        return cls(table[:, 0], table[:, 1], table[:, 2])


def in_one_order(log: InteractionLog) -> InteractionLog:
    """The log with each basket in an order that does not depend on how it came."""
    return log.take(np.lexsort((log.weights, log.items, log.times, log.shoppers)))


def shuffled_baskets(log: InteractionLog, rng: np.random.Generator) -> InteractionLog:
    """The log with each basket in a random order."""
    return log.take(np.lexsort((rng.random(len(log)), log.times, log.shoppers)))


class TrainingBatches:
    """One epoch of batches of about ``size`` interactions, as ``Speller.forward`` reads them.

    ``choices`` (n_items, depth) says at which levels an item's spelling leaves a choice; only
    there is a query. Windows of about equal length share a batch.
    """

    def __init__(
        self,
        log: InteractionLog,
        windows: Windows,
        choices: Mask,
        size: int,
        rng: np.random.Generator,
    ):
        self.log = shuffled_baskets(log, rng)
        self.windows = windows
        self.choices = choices
        lengths = windows.ends - windows.starts
        order = np.argsort(lengths + rng.random(len(windows)), kind="stable")
        # Padded to the longest, which is the last one of its batch.
        turns = np.cumsum(lengths[order]) // size
        groups = np.split(order, np.flatnonzero(np.diff(turns)) + 1)
        self.groups = [groups[number] for number in rng.permutation(len(groups))]

    def __len__(self) -> int:
        return len(self.groups)

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        for group in self.groups:
            yield _training_batch(self.log, self.windows, self.choices, group)


def _training_batch(
    log: InteractionLog, windows: Windows, choices: Mask, chosen: Longs
) -> dict[str, Tensor]:
    starts, lengths = windows.starts[chosen], (windows.ends - windows.starts)[chosen]
    places = np.arange(int(lengths.max()))
    real = places < lengths[:, None]
    index = np.where(real, starts[:, None] + places, starts[:, None])
    items, strengths = log.items[index], np.where(real, log.weights[index], 0.0)
    baskets = _numbered(log.times[index], real)
    target = real & (places >= (windows.first[chosen] - starts)[:, None])
    asked = target[:, :, None] & choices[items]  # (batch, length, depth)
    owner, place, level = np.nonzero(asked)
    counts = asked.sum(axis=(1, 2))
    column = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    width = max(int(counts.max()), 1)
    targets = np.full((len(chosen), width), -1, np.int64)
    levels = np.full((len(chosen), width), -1, np.int64)
    targets[owner, column], levels[owner, column] = place, level
    arrays = {
        "items": items.astype(np.int64),
        "strengths": strengths.astype(np.float32),
        "baskets": baskets,
        "targets": targets,
        "levels": levels,
    }
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def question_batch(histories: Sequence[History], longest: int) -> dict[str, Tensor]:
    """Histories that are not empty, their newest ``longest`` items, as ``Speller.propose`` reads.

    Which items of a basket are cut off by the length does not depend on the order in it.
    """
    rows = [_newest(history, longest) for history in histories]
    width = max(len(items) for items, _, _ in rows)
    items = np.zeros((len(rows), width), np.int64)
    strengths = np.zeros((len(rows), width), np.float32)
    times = np.zeros((len(rows), width), np.int64)
    real = np.zeros((len(rows), width), bool)
    for row, (own, weights, moments) in enumerate(rows):
        stop = len(own)
        items[row, :stop], strengths[row, :stop], times[row, :stop] = own, weights, moments
        real[row, :stop] = True
    arrays = {"items": items, "strengths": strengths, "baskets": _numbered(times, real)}
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def _newest(history: History, longest: int) -> tuple[Ints, Floats, Longs]:
    order = np.lexsort((history.weights, history.items, history.times))[-longest:]
    return history.items[order], history.weights[order], history.times[order]


def _numbered(times: Longs, real: Mask) -> Longs:
    """Numbers of the baskets in each row from zero, -1 for padding."""
    fresh = np.zeros(times.shape, np.int64)
    fresh[:, 1:] = times[:, 1:] != times[:, :-1]
    return np.where(real, fresh.cumsum(axis=1), -1)
