"""Whether a window of interactions looks like people: who and what it is made of."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from recommender.contracts import InteractionLog, Longs
from recommender.learning.learnt_log import LearntLog
from recommender.learning.lifelong.probes import Flags, fresh_rows

#: Earlier stretches, of as many interactions as the window, that it is compared with.
STRETCHES = 20
#: Interactions of one shopper that are neighbours: each with so many before it.
REACH = 3
#: The newest interactions whose neighbours count as known, and those of a window that are looked
#: at, so that the work is bounded.
KNOWN_ROWS = 500_000
LOOKED_AT = 20_000
#: Times that the labels are shuffled to see what chance brings.
SHUFFLES = 5


@dataclass(frozen=True, slots=True)
class WindowShape:
    """The figures of a window, and what they were in earlier stretches of the same size.

    ``item`` is the index of the most frequent item and ``product`` its external id; shares are of
    all interactions of the window. ``coherence`` says how much more often than by chance the
    neighbours in the window were neighbours before: 0 by chance, 1 always; its error is that of
    the difference between now and before.
    """

    interactions: int
    item: str = ""
    item_share: float = 0.0
    item_share_before: float = 0.0
    shopper_share: float = 0.0
    shopper_share_before: float = 0.0
    coherence: float = 0.0
    coherence_before: float = 0.0
    coherence_error: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """All figures by name."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Read what ``as_json`` made."""
        return cls(**stored)


def window_shape(
    before: LearntLog,
    now: LearntLog,
    items: tuple[str, ...] = (),
    *,
    fresh: Flags | None = None,
    seed: int = 0,
) -> WindowShape | None:
    """The shape of what ``now`` has and ``before`` has not; None where either is empty.

    ``fresh`` are its ``fresh_rows`` where they are known.
    """
    if fresh is None:
        fresh = fresh_rows(now, before)
    if not fresh.any() or not len(before.log):
        return None
    window_items, shoppers = now.log.items[fresh], now.log.shoppers[fresh]
    size = len(window_items)
    counts = np.bincount(window_items)
    most = int(np.argmax(counts))
    order = np.argsort(before.log.times, kind="stable")
    coherence, error = _coherence(now.log, fresh, before.log, np.ones(len(before.log), bool), seed)
    # The newest stretch against all that came before it: what an honest window looks like.
    newest = np.zeros(len(before.log), bool)
    newest[order[-min(size, len(order) // 2) :]] = len(order) > 1
    usual, usual_error = _coherence(before.log, newest, before.log, ~newest, seed)
    return WindowShape(
        interactions=size,
        item=items[most] if items else "",
        item_share=float(counts[most] / size),
        item_share_before=_largest_share(before.log.items[order], size),
        shopper_share=float(np.bincount(shoppers).max() / size),
        shopper_share_before=_largest_share(before.log.shoppers[order], size),
        coherence=coherence,
        coherence_before=usual,
        coherence_error=float(np.hypot(error, usual_error)),
    )


def _largest_share(codes: npt.NDArray[np.integer], size: int) -> float:
    """The largest share that any code has in one of the newest stretches of ``size``."""
    size = min(size, len(codes))
    stretches = min(STRETCHES, len(codes) // size)
    return max(
        float(np.bincount(codes[len(codes) - (back + 1) * size :][:size]).max() / size)
        for back in range(stretches)
    )


def _coherence(
    log: InteractionLog, asked: Flags, known: InteractionLog, from_rows: Flags, seed: int
) -> tuple[float, float]:
    """Coherence of the asked rows with the neighbours among the known ones, and its error."""
    pairs = _neighbour_pairs(known, from_rows)
    places, owners, earlier = _asked(log, asked)
    if not len(owners) or not len(pairs):
        return 0.0, 1.0
    dice = np.random.default_rng(seed)
    targets = log.items[places].astype(np.int64)
    met = _met(targets[owners], earlier, owners, pairs, log.n_items)
    chances = []
    for _ in range(SHUFFLES):
        shuffled = dice.permutation(targets)
        chances.append(_met(shuffled[owners], earlier, owners, pairs, log.n_items).mean())
    chance = float(np.mean(chances))
    if chance >= 1.0:
        return 0.0, 1.0
    share = float(met.mean())
    error = np.sqrt(max(share * (1 - share), 1.0 / len(met)) / len(met))
    return (share - chance) / (1.0 - chance), float(error / (1.0 - chance))


def _asked(log: InteractionLog, asked: Flags) -> tuple[Longs, Longs, Longs]:
    """The newest asked rows, then (which of them, an earlier item of the shopper) for each pair."""
    places = np.flatnonzero(asked)
    if len(places) > LOOKED_AT:
        newest = np.argsort(log.times[places], kind="stable")[-LOOKED_AT:]
        places = np.sort(places[newest])
    owners, earlier = [], []
    for back in range(1, REACH + 1):
        there = places - back
        fits = np.flatnonzero(there >= 0)
        fits = fits[log.shoppers[there[fits]] == log.shoppers[places[fits]]]
        fits = fits[log.items[there[fits]] != log.items[places[fits]]]
        owners.append(fits)
        earlier.append(log.items[there[fits]].astype(np.int64))
    return places, np.concatenate(owners), np.concatenate(earlier)


def _met(items: Longs, earlier: Longs, owners: Longs, pairs: Longs, n_items: int) -> Flags:
    """Which asked rows have a neighbour that was theirs before, of those with any neighbour."""
    codes = _codes(items, earlier, n_items)
    places = np.minimum(np.searchsorted(pairs, codes), len(pairs) - 1)
    hits = (pairs[places] == codes).astype(np.int64)
    rows, inverse = np.unique(owners, return_inverse=True)
    met: Flags = np.bincount(inverse, weights=hits, minlength=len(rows)) > 0
    return met


def _neighbour_pairs(log: InteractionLog, rows: Flags) -> Longs:
    """Sorted codes of all pairs of different items that were neighbours in the rows."""
    places = np.flatnonzero(rows)
    if len(places) > KNOWN_ROWS:
        newest = np.argsort(log.times[places], kind="stable")[-KNOWN_ROWS:]
        places = np.sort(places[newest])
    shoppers, items = log.shoppers[places], log.items[places].astype(np.int64)
    codes = []
    for back in range(1, REACH + 1):
        together = (shoppers[back:] == shoppers[:-back]) & (items[back:] != items[:-back])
        codes.append(_codes(items[back:][together], items[:-back][together], log.n_items))
    return np.unique(np.concatenate(codes))


def _codes(one: Longs, other: Longs, n_items: int) -> Longs:
    codes: Longs = np.minimum(one, other) * n_items + np.maximum(one, other)
    return codes
