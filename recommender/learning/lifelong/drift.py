"""Drift: how far a window's interactions, and what models read of them, are from the ones before.

Each measure is a distance between two distributions in 0..1, the square root of Jensen and
Shannon's divergence to base two (Lin, IEEE Transactions on Information Theory 1991; Endres and
Schindelin 2003), less what chance alone brings for samples of this size. Chance is measured by
mixing both samples again and again and dividing them anew (a permutation test), whole visits at a
time, since what a shopper takes on one day belongs together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from recommender.contracts import EventType, InteractionLog, ItemTable, Longs
from recommender.learning.learnt_log import LearntLog
from recommender.learning.lifelong.probes import NEW_BELOW, fresh_rows
from recommender.learning.lifelong.window_shape import WindowShape, window_shape

Reals = npt.NDArray[np.float64]

#: Interactions before the window that it is compared with: so many times its own.
REFERENCE = 4
#: Interactions of either side that are looked at.
LOOKED_AT = 20_000
#: Times that both samples are mixed; a figure above all of them is beyond chance at one per cent.
SHUFFLES = 99
#: Divisions of what is counted: popularity and lengths of histories.
BANDS = 10
DAY = 86_400
#: Histories are counted over at most so long, or a young shop's would grow from window to window.
LOOK_BACK = 30 * DAY


@dataclass(frozen=True, slots=True)
class Measure:
    """One distance (0..1) between window and reference, and the largest that chance brought."""

    name: str
    figure: float
    chance: float

    @property
    def beyond_chance(self) -> bool:
        """Whether samples of one distribution hardly ever differ so much."""
        return self.figure > self.chance


@dataclass(frozen=True, slots=True)
class Drift:
    """All measures, and the shape of the window; empty where there is nothing to compare."""

    measures: tuple[Measure, ...] = ()
    window: WindowShape | None = None

    @property
    def largest(self) -> Measure | None:
        """The largest measure that is beyond chance."""
        beyond = [measure for measure in self.measures if measure.beyond_chance]
        return max(beyond, key=lambda measure: measure.figure, default=None)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "measures": {m.name: [round(m.figure, 6), round(m.chance, 6)] for m in self.measures},
            "window": self.window.as_json() if self.window else None,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what ``as_json`` made."""
        measures = tuple(Measure(name, *pair) for name, pair in stored["measures"].items())
        window = WindowShape.from_json(stored["window"]) if stored["window"] else None
        return cls(measures, window)


def drift_of(
    before: LearntLog,
    now: LearntLog,
    items: ItemTable,
    *,
    types: tuple[Mapping[str, int], Mapping[str, int]] | None = None,
    seed: int = 0,
) -> Drift:
    """Compare what ``now`` has and ``before`` has not with the newest part of ``before``.

    Of events: mix of ``types`` (counts by type, earlier and in the window, where they are given),
    strength, products, groups. Of what models read: lengths of histories, popularity of items,
    share of new items, mean text vector. Both logs count items as the table does.
    """
    fresh = fresh_rows(now, before)
    window = np.flatnonzero(fresh)
    usable = len(before.log) // 2
    if not len(window) or not usable:
        return Drift()
    dice = np.random.default_rng(seed)
    reference = np.argsort(before.log.times, kind="stable")[-min(usable, REFERENCE * len(window)) :]
    earlier = np.ones(len(before.log), bool)
    earlier[reference] = False
    window, reference = (
        np.sort(rows if len(rows) <= LOOKED_AT else _whole_visits(log, rows, dice))
        for log, rows in ((now.log, window), (before.log, reference))
    )
    # Both sides are read by what was known before either, so that only they can differ.
    known = np.bincount(before.log.items[earlier], minlength=len(items))
    look_back = min(LOOK_BACK, int(before.log.times[reference].min() - before.log.times.min()))
    sides = [
        _codes(before.log, reference, known, items, look_back),
        _codes(now.log, window, known, items, look_back),
    ]
    codes = {name: np.concatenate([side[name] for side in sides]) for name in sides[0]}
    mixing = Mixing(
        np.concatenate([_visits(before.log, reference), -1 - _visits(now.log, window)]),
        np.arange(len(reference) + len(window)) >= len(reference),
        dice,
    )
    measures = [mixing.measure(name, own) for name, own in codes.items()]
    if items.vectors.shape[1]:
        measures.append(mixing.mean_vector("text", codes["products"], items.vectors))
    if types is not None:
        measures.insert(0, _types(*types, dice))
    return Drift(tuple(measures), window_shape(before, now, items.ids, fresh=fresh, seed=seed))


def _codes(
    log: InteractionLog, rows: Longs, known: Longs, items: ItemTable, look_back: int
) -> dict[str, Longs]:
    """What each row is in each measure, as a number from zero."""
    touched = log.items[rows]
    groups = np.unique(np.array(items.groups, str), return_inverse=True)[1]
    # The middle rank of those that are as popular, or ties would tell how much is known at all.
    ordered = np.sort(known)
    ranks = np.searchsorted(ordered, known[touched], side="left")
    ranks = (ranks + np.searchsorted(ordered, known[touched], side="right") - 1) // 2
    return {
        "strength": np.digitize(log.weights[rows], (0.25, 0.45, 0.8)).astype(np.int64),
        "products": touched.astype(np.int64),
        "groups": groups[touched].astype(np.int64),
        "lengths": _doublings(_recent(log, rows, look_back)),
        "popularity": (ranks * BANDS // len(known)).astype(np.int64),
        "new_items": (known[touched] < NEW_BELOW).astype(np.int64),
    }


def _recent(log: InteractionLog, rows: Longs, look_back: int) -> Longs:
    """How many interactions each row's shopper had in the time before it."""
    # Times of one shopper lie apart from those of the next by more than any look back.
    first = int(log.times.min())
    span = int(log.times.max()) - first + look_back + 1
    moments = log.shoppers.astype(np.int64) * span + (log.times - first)
    counts: Longs = rows - np.searchsorted(moments, moments[rows] - look_back)
    return counts


def _doublings(counts: npt.NDArray[np.integer]) -> Longs:
    """0, 1..2, 3..6, 7..14 and so on, at most BANDS of them."""
    return np.minimum(np.log2(counts + 1.0).astype(np.int64), BANDS - 1)


def _visits(log: InteractionLog, rows: Longs) -> Longs:
    """A number from zero for each row, the same for a shopper's interactions of one day."""
    keys = np.stack([log.shoppers[rows].astype(np.int64), log.times[rows] // DAY], axis=1)
    return np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _whole_visits(log: InteractionLog, rows: Longs, dice: np.random.Generator) -> Longs:
    """About LOOKED_AT of the rows, whole visits by chance."""
    visits = _visits(log, rows)
    sizes = np.bincount(visits)
    order = dice.permutation(len(sizes))
    taken = np.zeros(len(sizes), bool)
    taken[order[np.cumsum(sizes[order]) <= LOOKED_AT]] = True
    return rows[taken[visits]]


class Mixing:
    """Two samples, and how they would look had chance alone divided them.

    ``visits`` (rows of one visit stay together) and ``late`` (which rows are the window's) have
    shape (rows,).
    """

    def __init__(self, visits: Longs, late: npt.NDArray[np.bool_], dice: np.random.Generator):
        self.late = late
        own = np.unique(visits, return_inverse=True)[1].reshape(-1)
        sizes = np.bincount(own)
        self.mixed = []
        for _ in range(SHUFFLES):
            order = dice.permutation(len(sizes))
            # The cut that comes nearest to the window's size.
            taken = np.zeros(len(sizes), bool)
            taken[order[: 1 + int(np.argmin(abs(np.cumsum(sizes[order]) - late.sum())))]] = True
            self.mixed.append(taken[own])

    def measure(self, name: str, codes: Longs) -> Measure:
        """The distance between the two samples' codes."""
        whole = np.bincount(codes)

        def divergence(late: npt.NDArray[np.bool_]) -> float:
            counts = np.bincount(codes[late], minlength=len(whole))
            return jensen_shannon(whole - counts, counts)

        return self._above_chance(name, divergence(self.late), [divergence(m) for m in self.mixed])

    def mean_vector(self, name: str, codes: Longs, vectors: npt.NDArray[np.floating]) -> Measure:
        """Half of one minus the cosine between the mean vectors of the two samples' codes."""
        masks = np.stack([self.late, *self.mixed])
        late = np.stack([np.bincount(codes[mask], minlength=len(vectors)) for mask in masks])
        whole = np.bincount(codes, minlength=len(vectors))
        sums = [np.asarray(counts @ vectors, np.float64) for counts in (whole - late, late)]
        lengths = np.linalg.norm(sums[0], axis=1) * np.linalg.norm(sums[1], axis=1)
        cosines = (sums[0] * sums[1]).sum(axis=1) / np.maximum(lengths, 1e-12)
        halves = np.where(lengths > 0, (1.0 - cosines) / 2.0, 0.0)
        return self._above_chance(name, float(halves[0]), halves[1:].tolist())

    @staticmethod
    def _above_chance(name: str, divergence: float, by_chance: list[float]) -> Measure:
        usual = float(np.mean(by_chance))
        return Measure(name, _root(divergence - usual), _root(max(by_chance) - usual))


def _root(value: float) -> float:
    return float(np.sqrt(max(value, 0.0)))


def jensen_shannon(
    one: npt.NDArray[np.integer] | Reals, other: npt.NDArray[np.integer] | Reals
) -> float:
    """Jensen-Shannon divergence of two counts to base two, 0..1; 0 where either is empty."""
    if not one.sum() or not other.sum():
        return 0.0
    p, q = one / one.sum(), other / other.sum()
    middle = (p + q) / 2.0

    def part(share: Reals) -> float:
        here = share > 0
        return float((share[here] * np.log2(share[here] / middle[here])).sum() / 2.0)

    return min(1.0, max(0.0, part(p) + part(q)))


def _types(
    earlier: Mapping[str, int], window: Mapping[str, int], dice: np.random.Generator
) -> Measure:
    """Distance between the mixes of types; events are taken to be independent."""
    names = [kind.value for kind in EventType]
    was, became = (np.array([c.get(n, 0) for n in names], np.int64) for c in (earlier, window))
    if not was.sum() or not became.sum():
        return Measure("types", 0.0, 0.0)
    whole = was + became
    drawn = dice.multivariate_hypergeometric(whole, int(became.sum()), size=SHUFFLES)
    chances = [jensen_shannon(whole - one, one) for one in drawn]
    return Mixing._above_chance("types", jensen_shannon(was, became), chances)
