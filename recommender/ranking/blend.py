"""A linear blend of the sources' scores that remembers who contributed what."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from recommender.contracts import Floats, Longs


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposed item: its index, its score, and what each source contributed.

    The contributions add up to the score until a ranker orders the candidates; the score is then
    the candidate's share of the pool, and ``probability`` how likely it is taken.
    """

    item: int
    score: float
    sources: Mapping[str, float] = field(default_factory=dict)
    probability: float | None = None
    #: Which ranker gave the score; empty for the plain sum.
    ranker: str = ""


@dataclass(frozen=True, slots=True)
class Weight:
    """What a source's word counts for an item that is well known, and for one that is new."""

    known: float
    new: float

    def __post_init__(self) -> None:
        if not (np.isfinite([self.known, self.new]).all() and min(self.known, self.new) >= 0.0):
            raise ValueError(f"blend weights must be finite and not negative: {self}")


@dataclass(frozen=True, slots=True)
class BlendWeights:
    """One weight per source, sliding from new to known with the item's interactions.

    An item with n interactions is known to the degree n / (n + half_known).
    """

    sources: Mapping[str, Weight]
    half_known: float = 5.0

    @classmethod
    def of(cls, weights: Mapping[str, float], half_known: float = 5.0) -> Self:
        """Weights that are the same for every item."""
        return cls({name: Weight(value, value) for name, value in weights.items()}, half_known)

    def knowledge(self, interactions: npt.NDArray[np.floating] | Longs) -> Floats:
        """Degree in 0..1 to which each item is known; same shape as the input."""
        degree: Floats = np.asarray(interactions / (interactions + self.half_known), np.float32)
        return degree

    def as_json(self) -> dict[str, object]:
        """A plain mapping: {"half_known": h, "sources": {name: [known, new]}}."""
        pairs = {name: [weight.known, weight.new] for name, weight in self.sources.items()}
        return {"half_known": self.half_known, "sources": pairs}

    def save(self, path: Path) -> None:
        """Write the mapping as JSON."""
        path.write_text(json.dumps(self.as_json(), indent=1))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote."""
        return cls.from_json(json.loads(path.read_text()))

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what ``as_json`` made."""
        sources = {name: Weight(*pair) for name, pair in stored["sources"].items()}
        return cls(sources, float(stored["half_known"]))


def row_scaled(scores: Floats) -> Floats:
    """Each row divided by its largest score; rows of zeros stay as they are."""
    highest = scores.max(axis=1, keepdims=True, initial=0.0)
    divisor = np.asarray(np.where(highest > 0, highest, 1.0), np.float32)
    scaled: Floats = scores / divisor
    return scaled


def contributions(
    scores: Mapping[str, Floats], weights: BlendWeights, knowledge: Floats
) -> dict[str, Floats]:
    """What each source adds to each item's score: arrays of shape (histories, n_items).

    Sources without a weight, or with a weight of zero everywhere, are left out.
    """
    parts: dict[str, Floats] = {}
    for name, weight in weights.sources.items():
        if name in scores and (weight.known or weight.new):
            part = row_scaled(scores[name])
            # In place: with a million items each array more costs a millisecond.
            if weight.known == weight.new:
                part *= np.float32(weight.known)
            else:
                part *= (weight.new + (weight.known - weight.new) * knowledge).astype(np.float32)
            parts[name] = part
    return parts


def blended(scores: Mapping[str, Floats], weights: BlendWeights, knowledge: Floats) -> Floats:
    """The sum of all contributions, shape (histories, n_items)."""
    parts = list(contributions(scores, weights, knowledge).values())
    if not parts:
        raise ValueError("no source has a weight")
    total = parts[0]
    for part in parts[1:]:
        total += part
    return total


def best_candidates(
    parts: Mapping[str, Floats], count: int, barred: Sequence[int] | npt.NDArray[np.integer] = ()
) -> list[Candidate]:
    """The highest sums of one history's contributions, arrays of shape (n_items,).

    Items that nobody proposes are left out; among equals the lower index comes first.
    """
    total = np.zeros(len(next(iter(parts.values()))), np.float64)
    for part in parts.values():
        total += part
    total[np.asarray(barred, np.int64)] = 0.0
    count = min(count, int((total > 0).sum()))
    if not count:
        return []
    # Everything that ties with the last place takes part, so that the order is the same always.
    edge = np.partition(total, len(total) - count)[len(total) - count]
    near = np.flatnonzero(total >= edge)
    order = near[np.argsort(-total[near], kind="stable")][:count]
    return [
        Candidate(
            int(item),
            float(total[item]),
            {name: float(part[item]) for name, part in parts.items() if part[item] > 0},
        )
        for item in order
    ]
