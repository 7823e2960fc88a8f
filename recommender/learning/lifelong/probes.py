"""Questions that tell whether an update has learnt, and whether it has forgotten.

Each probe is a holdout that both the model before and the one after an update are asked. The
newest interactions of a window are kept out of what the update learns, so that they measure what
comes next; kept probes of earlier windows, and shoppers who stayed away, measure what is retained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from recommender.contracts import Longs
from recommender.learning.learnt_log import LearntLog, stand_among
from recommender.learning.lifelong.probe_names import (
    FEW_DEEDS,
    GROUP_SEGMENT,
    INACTIVE,
    MANY_DEEDS,
    NEW_ITEMS,
    NEWEST,
    OLD_ITEMS,
    OLD_WINDOWS,
    SOME_DEEDS,
)
from recommender.learning.rank_cases import Barred
from recommender.learning.splits import Holdout, history_before, holdout_of
from recommender.policy.novelty import recently_bought

Flags = npt.NDArray[np.bool_]

#: An item is new with fewer interactions than this before the window.
NEW_BELOW = 5
#: Shoppers have done few things, some, or many.
FEW, MANY = 10, 100
#: Groups of products that are segments, and the fewest cases of any segment.
MOST_GROUPS = 5
LEAST_SEGMENT = 30
#: Cases of the newest probe, and of it no more than this share of the window's interactions.
CASES = 500
MOST_HELD_OUT = 0.2
#: Cases of all probes together, which bounds what an evaluation costs.
ALL_CASES = 1_500


@dataclass(frozen=True, slots=True)
class Probe:
    """A named holdout. ``items`` are the external ids that its indices mean, ``shoppers`` whose
    each case is, shape (n_cases,); without ids the indices are those of the model that is asked.
    """

    name: str
    holdout: Holdout
    items: tuple[str, ...] = ()
    shoppers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.shoppers and len(self.shoppers) != len(self.holdout):
            raise ValueError(f"probe {self.name} needs one shopper per case")

    def __len__(self) -> int:
        return len(self.holdout)

    def take(self, cases: npt.NDArray[np.bool_] | npt.NDArray[np.integer]) -> Probe:
        """The cases that a mask or positions name; their histories are the same objects."""
        chosen = np.arange(len(self))[cases]
        shoppers = tuple(self.shoppers[case] for case in chosen) if self.shoppers else ()
        return replace(self, holdout=self.holdout.take(chosen), shoppers=shoppers)

    def sample(self, count: int, seed: int) -> Probe:
        """At most ``count`` cases by chance, in their old order."""
        if count >= len(self):
            return self
        dice = np.random.default_rng(seed)
        return self.take(np.sort(dice.choice(len(self), count, replace=False)))

    def named(self, name: str) -> Probe:
        """The same cases under another name."""
        return replace(self, name=name)


def fresh_rows(now: LearntLog, before: LearntLog) -> Flags:
    """Which interactions of ``now`` are not in ``before``, shape (len(now.log),).

    An interaction is known by its shopper's external id, its item and its time. Both logs count
    items alike; that of ``now`` may know more of them.
    """
    places = {shopper: place for place, shopper in enumerate(before.shoppers) if shopper}
    size = len(before.shoppers)
    own = np.array(
        [places.get(name, size + place) for place, name in enumerate(now.shoppers)], np.int64
    )
    return ~stand_among(
        (own[now.log.shoppers], now.log.items, now.log.times),
        (before.log.shoppers, before.log.items, before.log.times),
    )


def window_split(
    now: LearntLog,
    before: LearntLog,
    items: Sequence[str] = (),
    *,
    cases: int = CASES,
    seed: int = 0,
    barred: Barred = recently_bought,
) -> tuple[LearntLog, Probe]:
    """What an update learns of ``now``, and the probe of the newest that it must not know.

    The probe asks for the last interaction of at most ``cases`` shoppers who did something since
    ``before``, where something is known of them and the item could be proposed to them at all.
    ``items`` are the external ids that the logs' indices mean, so that the probe can be kept.
    """
    log = now.log
    fresh = fresh_rows(now, before)
    bounds = log.bounds()
    able = np.flatnonzero(np.diff(bounds) >= 2)
    places = bounds[able + 1] - 1
    able, places = able[fresh[places]], places[fresh[places]]
    most = min(cases, int(fresh.sum() * MOST_HELD_OUT))
    chosen: list[int] = []
    # In a random order, so that those who cannot be asked need not all be looked at.
    for case in np.random.default_rng(seed).permutation(len(able)).tolist():
        if len(chosen) >= most:
            break
        history = history_before(log, int(bounds[able[case]]), int(places[case]))
        if log.items[places[case]] not in barred(history):
            chosen.append(case)
    picked = np.sort(np.array(chosen, np.int64))
    keep = np.ones(len(log), bool)
    keep[places[picked]] = False
    probe = _probe(NEWEST, now, able[picked], places[picked], tuple(items))
    return replace(now, log=log.take(keep)), probe


def probes_of(
    newest: Probe,
    learnt: LearntLog,
    before: LearntLog,
    items: Sequence[str] = (),
    *,
    kept: Sequence[Probe] = (),
    cases: int = ALL_CASES,
    seed: int = 0,
    barred: Barred = recently_bought,
    groups: Sequence[str] = (),
) -> tuple[Probe, ...]:
    """All that an update is asked: at most ``cases`` different cases, some under several names.

    ``newest`` and ``learnt`` come from ``window_split``, ``before`` is what the live model has
    learnt, ``kept`` are probes of earlier windows, newest first. Where ``groups`` names each
    item's group, the largest groups of the newest are segments too.
    """
    part = max(1, cases // 3)
    newest = newest.sample(part, seed)
    inactive = _inactive(learnt, before, newest, tuple(items), part, seed, barred)
    left = max(0, cases - len(newest) - len(inactive))
    present = _present(learnt)
    windows = _shared_out([_still_there(probe, present) for probe in kept], left, seed)
    counts = np.bincount(before.log.items, minlength=learnt.log.n_items)
    new = counts[newest.holdout.targets] < NEW_BELOW
    probes = [
        newest,
        *([_joined(OLD_WINDOWS, windows)] if windows else []),
        *windows,
        inactive,
        newest.take(new).named(NEW_ITEMS),
        newest.take(~new).named(OLD_ITEMS),
        *segments_of(newest, groups),
    ]
    return tuple(probe for probe in probes if len(probe))


def segments_of(newest: Probe, groups: Sequence[str] = ()) -> list[Probe]:
    """The newest by how much is known of the shopper, and by the largest groups of what was taken.

    A group is its first part, up to a slash; segments of fewer than LEAST_SEGMENT cases are not
    worth looking at.
    """
    lengths = np.array([len(history) for history in newest.holdout.histories], np.int64)
    masks = {
        FEW_DEEDS: lengths < FEW,
        SOME_DEEDS: (lengths >= FEW) & (lengths < MANY),
        MANY_DEEDS: lengths >= MANY,
    }
    if groups:
        tops = np.array(
            [groups[target].split(" / ")[0] for target in newest.holdout.targets], object
        )
        names, counts = np.unique(tops[tops != ""].astype(str), return_counts=True)
        for place in np.argsort(-counts, kind="stable")[:MOST_GROUPS]:
            masks[f"{GROUP_SEGMENT}{names[place]}"] = tops == names[place]
    return [
        newest.take(mask).named(name)
        for name, mask in masks.items()
        # One that holds everything says nothing by itself.
        if LEAST_SEGMENT <= mask.sum() < len(newest)
    ]


def _shared_out(kept: Sequence[Probe], cases: int, seed: int) -> list[Probe]:
    """The kept windows, as many cases of each as fit."""
    windows = [probe for probe in kept if len(probe)]
    sampled: list[tuple[int, Probe]] = []
    # The smallest first, so that what they leave goes to the others.
    for place in sorted(range(len(windows)), key=lambda at: len(windows[at])):
        probe = windows[place].sample(cases // (len(windows) - len(sampled)), seed)
        cases -= len(probe)
        sampled.append((place, probe))
    return [probe for _, probe in sorted(sampled, key=lambda pair: pair[0]) if len(probe)]


def _joined(name: str, probes: Sequence[Probe]) -> Probe:
    """Several probes as one; raises ValueError where they mean different items."""
    if any(probe.items != probes[0].items for probe in probes):
        raise ValueError("probes that are joined must mean the same items")
    holdout = Holdout(
        tuple(history for probe in probes for history in probe.holdout.histories),
        np.concatenate([probe.holdout.targets for probe in probes]),
        np.concatenate([probe.holdout.tied for probe in probes]),
    )
    shoppers = tuple(name for probe in probes for name in probe.shoppers)
    return Probe(name, holdout, probes[0].items, shoppers)


def _present(learnt: LearntLog) -> set[str]:
    """Who has any interaction."""
    return {learnt.shoppers[place] for place in np.unique(learnt.log.shoppers)}


def _still_there(probe: Probe, present: set[str]) -> Probe:
    """Without the cases of shoppers whom the new model is to forget: it owes them nothing."""
    there = np.array([name in present for name in probe.shoppers], bool)
    return probe.take(there) if probe.shoppers else probe


def _inactive(
    learnt: LearntLog,
    before: LearntLog,
    newest: Probe,
    items: tuple[str, ...],
    cases: int,
    seed: int,
    barred: Barred,
) -> Probe:
    """The last interaction of shoppers who did nothing in the window."""
    active = set(newest.shoppers)
    fresh = fresh_rows(learnt, before)
    active |= {learnt.shoppers[place] for place in np.unique(learnt.log.shoppers[fresh])}
    bounds = before.log.bounds()
    long = np.flatnonzero(np.diff(bounds) >= 2)
    absent = _present(learnt) - active
    away = np.array([place for place in long if before.shoppers[place] in absent], np.int64)
    dice = np.random.default_rng(seed)
    chosen: list[int] = []
    for place in dice.permutation(away).tolist():
        if len(chosen) >= cases:
            break
        history = history_before(before.log, int(bounds[place]), int(bounds[place + 1]) - 1)
        if before.log.items[bounds[place + 1] - 1] not in barred(history):
            chosen.append(place)
    owners = np.sort(np.array(chosen, np.int64))
    return _probe(INACTIVE, before, owners, bounds[owners + 1] - 1, items)


def _probe(
    name: str, learnt: LearntLog, owners: Longs, places: Longs, items: tuple[str, ...]
) -> Probe:
    holdout = holdout_of(learnt.log, learnt.log.bounds()[owners], places)
    return Probe(name, holdout, items, tuple(learnt.shoppers[owner] for owner in owners))
