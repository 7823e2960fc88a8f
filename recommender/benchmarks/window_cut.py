"""A dated log cut into windows, what of each is held out for good, and what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recommender.contracts import History, InteractionLog, Longs
from recommender.learning.learnt_log import LearntLog
from recommender.learning.splits import Holdout, shuffle_ties


def is_dated_log(folder: Path) -> bool:
    """Whether the folder holds interactions with times, and items with texts."""
    return (folder / "interactions.csv.gz").exists() and (folder / "items.jsonl.gz").exists()


@dataclass(frozen=True, slots=True)
class Windows:
    """``log`` is what may be learnt; window k ends with the second ``ends[k]``.

    ``held[k]`` asks for interactions of window k that nobody ever learns, ``coming[k]`` for the
    first interaction of the window of shoppers who were there before it (none for the first).
    ``owners[k]`` says whose the held out cases are.
    """

    log: InteractionLog
    ends: Longs
    held: tuple[Holdout, ...]
    owners: tuple[Longs, ...]
    coming: tuple[Holdout, ...]

    def __len__(self) -> int:
        return len(self.ends)

    def learnt(self, window: int) -> LearntLog:
        """All that can be learnt up to the end of the window; shoppers are named by number."""
        known = self.log.take(self.log.times <= self.ends[window])
        return LearntLog(tuple(str(name + 1) for name in range(known.n_shoppers)), known)

    def active(self, window: int) -> Longs:
        """Who did something in the window, sorted."""
        inside = (self.log.times > self.ends[window - 1]) & (self.log.times <= self.ends[window])
        return np.unique(self.log.shoppers[inside]).astype(np.int64)


def cut_windows(
    log: InteractionLog,
    count: int,
    *,
    first_share: float = 0.5,
    held_share: float = 0.1,
    held_cases: int = 250,
    cases: int = 1_000,
    seed: int = 0,
) -> Windows:
    """Cut by time: the first window holds ``first_share`` of the interactions, the others the rest
    in equal parts; no moment is divided. Of ``held_share`` of each window's shoppers (at most
    ``held_cases``) the last interaction is held out. At most ``cases`` are asked of each window.

    Raises:
        ValueError: the log is too short or has too few moments for so many windows.
    """
    if count < 2 or not 0 < first_share < 1:
        raise ValueError("windows need a count of at least 2 and a first share within (0, 1)")
    shares = np.linspace(first_share, 1.0, count)
    ordered = np.sort(log.times)
    newest = np.ceil(np.round(shares * len(ordered), 6)).astype(np.int64) - 1
    ends = ordered[np.maximum(newest, 0)] if len(ordered) else ordered
    if len(np.unique(ends)) < count:
        raise ValueError(f"the log's moments are too few for {count} windows")
    log = shuffle_ties(log, seed)
    rng = np.random.default_rng(seed)
    windows = np.searchsorted(ends, log.times)
    kept = np.ones(len(log), bool)
    places = []
    for window in range(count):
        lasts = _edges(log, np.flatnonzero(windows == window), last=True)
        lasts = lasts[lasts > log.bounds()[log.shoppers[lasts]]]
        size = min(round(held_share * len(lasts)), held_cases)
        places.append(np.sort(rng.choice(lasts, size, replace=False)))
        kept[places[-1]] = False
    bounds = log.bounds()
    asked = [_holdout(log, kept, bounds, of) for of in places]
    known, windows = log.take(kept), windows[kept]
    everything, starts = np.ones(len(known), bool), known.bounds()
    coming = []
    for window in range(1, count):
        firsts = _edges(known, np.flatnonzero(windows == window), last=False)
        firsts = firsts[firsts > starts[known.shoppers[firsts]]]
        chosen = np.sort(rng.choice(firsts, min(cases, len(firsts)), replace=False))
        coming.append(_holdout(known, everything, starts, chosen)[0])
    return Windows(
        known,
        ends,
        tuple(holdout for holdout, _ in asked),
        tuple(owners for _, owners in asked),
        (asked[0][0].take(np.zeros(0, np.int64)), *coming),
    )


def _edges(log: InteractionLog, places: Longs, *, last: bool) -> Longs:
    """Of the places, each shopper's last or first."""
    shoppers = log.shoppers[places]
    edge = np.ones(len(places), bool)
    if last:
        edge[:-1] = shoppers[1:] != shoppers[:-1]
    else:
        edge[1:] = shoppers[1:] != shoppers[:-1]
    return places[edge]


def _holdout(
    log: InteractionLog, kept: np.ndarray, bounds: Longs, places: Longs
) -> tuple[Holdout, Longs]:
    """The cases at the places whose kept history is not empty, and whose they are."""
    histories, targets, tied, owners = [], [], [], []
    for place in places.tolist():
        start = int(bounds[log.shoppers[place]])
        before = np.flatnonzero(kept[start:place]) + start
        if not len(before):
            continue
        histories.append(
            History(
                log.items[before], log.weights[before], log.times[before], int(log.times[place])
            )
        )
        targets.append(log.items[place])
        tied.append(log.times[before[-1]] == log.times[place])
        owners.append(log.shoppers[place])
    holdout = Holdout(tuple(histories), np.array(targets, np.int32), np.array(tied, bool))
    return holdout, np.array(owners, np.int64)
