"""Reciprocal-rank fusion: joins rankings whose scores cannot be compared.

G. Cormack, C. Clarke, S. Buettcher, "Reciprocal rank fusion outperforms Condorcet and individual
rank learning methods", SIGIR 2009.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)

#: The paper's constant: how much the first places stand out.
SMOOTHING = 60


def reciprocal_rank_fusion(*rankings: Sequence[Key]) -> list[Key]:
    """One ranking of all keys; ties keep the order of the rankings given first."""
    scores: dict[Key, float] = {}
    for ranking in rankings:
        for place, key in enumerate(dict.fromkeys(ranking), start=1):
            scores[key] = scores.get(key, 0.0) + 1.0 / (SMOOTHING + place)
    return sorted(scores, key=lambda key: -scores[key])
