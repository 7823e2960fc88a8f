"""Histories as tensors: what the sequential network reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from recommender.contracts import Floats, History, InteractionLog, Ints, Longs
from recommender.learning.networks.transformer import N_GAPS

#: Bounds between the strengths of events: a view, a click, a cart, a purchase.
STRENGTH_BOUNDS = (0.25, 0.45, 0.8)
#: So many batches' worth of windows are shuffled together before they are sorted by length.
SHUFFLED_TOGETHER = 20
#: No target: the end of a window, or its filling.
NONE = -1


def gap_buckets(times: Longs, first: npt.NDArray[np.bool_]) -> Longs:
    """Bucket of the time since the interaction before: 0 at a beginning, 1 within a basket.

    Longer gaps fall into buckets that double in width, from minutes to years.
    """
    gaps = np.diff(times, prepend=times[:1])
    minutes = np.maximum(gaps, 0) / 60.0
    buckets = 2 + np.floor(np.log2(minutes + 1.0)).astype(np.int64)
    buckets = np.where(gaps <= 0, 1, np.minimum(buckets, N_GAPS - 1))
    return np.where(first, 0, buckets)


def strength_buckets(weights: Floats) -> Longs:
    """Bucket of each interaction's weight, 0 (weakest) to 3."""
    return np.digitize(weights, STRENGTH_BOUNDS).astype(np.int64)


@dataclass(frozen=True, slots=True)
class SequenceBatches:
    """Batches of windows of shoppers' histories, in a new order for each epoch.

    Interactions of one shopper at one time are a basket; nobody knows their order, so each epoch
    draws another. A batch has about ``positions`` predictions of similar length. Besides the
    windows it may hold ``negatives`` sampled items, as ``shared_negatives``. With ``predicted``,
    of shape (n_interactions,), only those interactions are targets; with ``replayed``, of that
    shape and alike for all of a shopper, batches say which windows are of such shoppers.
    """

    log: InteractionLog
    longest: int
    positions: int
    negatives: int = 0
    #: Probability of each item to be sampled, shape (n_items,); None is the same for all.
    sampling: npt.NDArray[np.float64] | None = None
    predicted: npt.NDArray[np.bool_] | None = None
    replayed: npt.NDArray[np.bool_] | None = None

    def __call__(self, epoch: int, rng: np.random.Generator) -> EpochBatches:
        """The batches of an epoch; they depend on the generator alone."""
        log = self.log
        # First an order that does not depend on the log's, then one by chance within baskets.
        order = np.lexsort((log.weights, log.items, log.times, log.shoppers))
        dice = rng.random(len(log))
        order = order[np.lexsort((dice, log.times[order], log.shoppers[order]))]
        shoppers = log.shoppers[order]
        first = np.ones(len(log), bool)
        first[1:] = shoppers[1:] != shoppers[:-1]
        columns = _Columns(
            log.items[order].astype(np.int64),
            gap_buckets(log.times[order], first),
            strength_buckets(log.weights[order]),
            log.weights[order],
            None if self.predicted is None else self.predicted[order],
            None if self.replayed is None else self.replayed[order],
        )
        starts, lengths = windows(log.bounds(), self.longest, rng)
        plan = _plan(lengths, self.positions, rng)
        return EpochBatches(columns, starts, lengths, plan, self, rng)


@dataclass(frozen=True, slots=True)
class _Columns:
    items: Longs
    gaps: Longs
    strengths: Longs
    weights: Floats
    predicted: npt.NDArray[np.bool_] | None
    replayed: npt.NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True)
class EpochBatches:
    """One epoch, made batch by batch."""

    columns: _Columns
    starts: Longs
    lengths: Longs
    plan: list[Longs]
    made_by: SequenceBatches
    rng: np.random.Generator

    def __len__(self) -> int:
        return len(self.plan)

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        columns = self.columns
        for chosen in self.plan:
            starts, lengths = self.starts[chosen], self.lengths[chosen]
            steps = np.arange(lengths.max() - 1)
            inside = steps[None, :] < lengths[:, None] - 1  # (windows, length)
            places = np.where(inside, starts[:, None] + steps, starts[:, None])
            following = np.where(inside, places + 1, places)
            asked = inside
            if columns.predicted is not None:
                asked = inside & columns.predicted[following]
            batch = {
                "items": torch.from_numpy(columns.items[places]),
                "gaps": torch.from_numpy(columns.gaps[places]),
                "strengths": torch.from_numpy(columns.strengths[places]),
                "targets": torch.from_numpy(np.where(asked, columns.items[following], NONE)),
                "target_weights": torch.from_numpy(columns.weights[following]),
            }
            if columns.replayed is not None:
                batch["replayed"] = torch.from_numpy(columns.replayed[starts])
            made_by = self.made_by
            if made_by.negatives:
                # With replacement: then each draw's probability is what the correction says.
                sampled = self.rng.choice(
                    made_by.log.n_items, made_by.negatives, p=made_by.sampling
                )
                batch["shared_negatives"] = torch.from_numpy(sampled.astype(np.int64))
            yield batch


def windows(bounds: Longs, longest: int, rng: np.random.Generator) -> tuple[Longs, Longs]:
    """Starts and lengths of windows that together predict every interaction but the first.

    A window has at most ``longest`` + 1 interactions, of which all but the first are predicted;
    the next begins with its last. Long histories are cut at places that chance moves.
    """
    starts: list[int] = []
    lengths: list[int] = []
    for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        if end - begin <= longest + 1:
            if end - begin >= 2:
                starts.append(begin)
                lengths.append(end - begin)
            continue
        cut = begin + int(rng.integers(1, longest + 1))
        starts.append(begin)
        lengths.append(cut - begin + 1)
        while cut < end - 1:
            following = min(cut + longest, end - 1)
            starts.append(cut)
            lengths.append(following - cut + 1)
            cut = following
    return np.array(starts, np.int64), np.array(lengths, np.int64)


def _plan(lengths: Longs, positions: int, rng: np.random.Generator) -> list[Longs]:
    """Which windows form a batch: in random order, neighbours in length together."""
    order = rng.permutation(len(lengths))
    mean = float(lengths.mean()) if len(lengths) else 1.0
    together = max(int(SHUFFLED_TOGETHER * positions / mean), 1)
    batches: list[Longs] = []
    for begin in range(0, len(order), together):
        part = order[begin : begin + together]
        part = part[np.argsort(lengths[part], kind="stable")]
        filled = 0
        first = 0
        for place, window in enumerate(part.tolist()):
            predictions = int(lengths[window]) - 1
            if filled and filled + predictions > positions:
                batches.append(part[first:place])
                first, filled = place, 0
            filled += predictions
        batches.append(part[first:])
    return [batches[place] for place in rng.permutation(len(batches))]


def history_batch(
    histories: Sequence[History], longest: int, orders: int
) -> tuple[dict[str, Tensor], Tensor, Tensor]:
    """The newest interactions of each history as tensors, shape (n_rows, length).

    A history in which several interactions share a time has ``orders`` rows, each with another
    order of what shares a time; any other has one row. Also returned: whose history a row is, and
    how many interactions it has, both of shape (n_rows,). The orders depend on the items alone:
    how a log happens to sort a basket does not matter. Histories must not be empty.
    """
    rows = [
        (owner, history, turn)
        for owner, history in enumerate(histories)
        for turn in range(orders if _shares_times(history, longest) else 1)
    ]
    shape = (len(rows), max(min(len(history), longest) for history in histories))
    items, gaps, strengths = (np.zeros(shape, np.int64) for _ in range(3))
    for row, (_, history, turn) in enumerate(rows):
        order = np.lexsort((history.weights, _scattered(history.items, turn), history.times))
        kept = order[-longest:]
        beginning = np.zeros(len(order), bool)
        beginning[0] = True
        items[row, : len(kept)] = history.items[kept]
        gaps[row, : len(kept)] = gap_buckets(history.times[order], beginning)[-longest:]
        strengths[row, : len(kept)] = strength_buckets(history.weights[kept])
    batch = {"items": items, "gaps": gaps, "strengths": strengths}
    owners = torch.tensor([owner for owner, _, _ in rows])
    counts = torch.tensor([min(len(history), longest) for _, history, _ in rows])
    return {name: torch.from_numpy(array) for name, array in batch.items()}, owners, counts


def _shares_times(history: History, longest: int) -> bool:
    times = history.times[-longest - 1 :]
    return bool((times[1:] == times[:-1]).any())


def _scattered(items: Ints, turn: int) -> npt.NDArray[np.uint64]:
    """Numbers that look random and belong to the items (a step of SplitMix64)."""
    mixed = items.astype(np.uint64) + np.uint64(1 + turn * 0x51ED27)
    mixed = mixed * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(30)
    mixed = mixed * np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    return mixed
