"""Leave-last-out splits of shoppers' sequences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.contracts import History, InteractionLog, Ints, Longs


@dataclass(frozen=True, slots=True)
class Holdout:
    """One question per shopper: what comes after this history?"""

    histories: tuple[History, ...]
    targets: Ints  # (n_cases,)
    #: Whether the target shares its time with the item before it: such cases are far easier.
    tied: np.ndarray

    def __len__(self) -> int:
        return len(self.histories)

    def sample(self, count: int, seed: int) -> Holdout:
        """At most ``count`` cases chosen at random, in their old order."""
        if count >= len(self):
            return self
        return self.take(
            np.sort(np.random.default_rng(seed).choice(len(self), count, replace=False))
        )

    def take(self, cases: np.ndarray) -> Holdout:
        """The cases that a mask or positions name."""
        chosen = np.arange(len(self))[cases]
        return Holdout(
            tuple(self.histories[case] for case in chosen), self.targets[chosen], self.tied[chosen]
        )


@dataclass(frozen=True, slots=True)
class LeaveLastOut:
    """Training log, validation (the last but one item) and test (the last item).

    The validation item belongs to the history at test time and never to the training log.
    """

    train: InteractionLog
    validation: Holdout
    test: Holdout


def shuffle_ties(log: InteractionLog, seed: int) -> InteractionLog:
    """Interactions of one shopper at one time put into a random order."""
    dice = np.random.default_rng(seed).random(len(log))
    order = np.lexsort((dice, log.times, log.shoppers))
    return log.take(order)


def leave_last_out(log: InteractionLog, *, minimum: int = 3) -> LeaveLastOut:
    """Split off each shopper's last two interactions, in the log's order.

    Shoppers with fewer than ``minimum`` (at least 3) interactions are trained on and not tested.
    """
    bounds = log.bounds()
    tested = np.flatnonzero(np.diff(bounds) >= max(minimum, 3))
    ends = bounds[tested + 1]
    keep = np.ones(len(log), bool)
    keep[ends - 1] = False
    keep[ends - 2] = False
    return LeaveLastOut(
        log.take(keep),
        holdout_of(log, bounds[tested], ends - 2),
        holdout_of(log, bounds[tested], ends - 1),
    )


def leave_one_out(log: InteractionLog, *, minimum: int = 2) -> tuple[InteractionLog, Holdout]:
    """Split off each shopper's last interaction, where there are at least ``minimum``."""
    bounds = log.bounds()
    tested = np.flatnonzero(np.diff(bounds) >= max(minimum, 2))
    ends = bounds[tested + 1]
    keep = np.ones(len(log), bool)
    keep[ends - 1] = False
    return log.take(keep), holdout_of(log, bounds[tested], ends - 1)


def leave_last_few_out(
    log: InteractionLog, *, few: int, share: float = 0.2, minimum: int = 3
) -> tuple[InteractionLog, Holdout, Longs]:
    """Split off each shopper's last interactions: one, or up to ``few`` if so many are no more
    than a ``share`` of theirs; shoppers with fewer than ``minimum`` are trained on alone.

    What is held out belongs to the histories of what comes after it, and never to the training
    log. The third value says whose case each is, shape (n_cases,).
    """
    bounds = log.bounds()
    lengths = np.diff(bounds)
    tested = np.flatnonzero(lengths >= max(minimum, 2))
    counts = np.clip((lengths[tested] * share).astype(np.int64), 1, max(few, 1))
    # Somebody who did nothing before is asked nothing.
    counts = np.minimum(counts, lengths[tested] - 1)
    owners = np.repeat(tested, counts)
    starts = np.cumsum(counts) - counts
    within = np.arange(len(owners)) - np.repeat(starts, counts)
    places = np.repeat(bounds[tested + 1] - counts, counts) + within
    keep = np.ones(len(log), bool)
    keep[places] = False
    return log.take(keep), holdout_of(log, bounds[owners], places), owners.astype(np.int64)


def holdout_of(log: InteractionLog, starts: Longs, places: Longs) -> Holdout:
    """Asks for the interactions at ``places``, given what was done from ``starts`` up to each."""
    histories = tuple(
        history_before(log, int(start), int(place))
        for start, place in zip(starts, places, strict=True)
    )
    return Holdout(histories, log.items[places], log.times[places] == log.times[places - 1])


def history_before(log: InteractionLog, start: int, place: int) -> History:
    """What was done from ``start`` up to the interaction at ``place``, at the moment of that."""
    return History(
        log.items[start:place],
        log.weights[start:place],
        log.times[start:place],
        int(log.times[place]),
    )
