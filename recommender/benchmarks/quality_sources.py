"""What the quality benchmark compares: the sources, the blend, and the blend without parts of it.

To add a source: a line in ``SOURCES`` with its settings for Amazon Beauty, and one in ``READS``.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from recommender.candidates import source_class
from recommender.learning.fit import DEFAULT_WEIGHTS

Settings = Mapping[str, Mapping[str, Any]]

BLEND = "blend"

#: The blend of the shop, and the generative source, which a shop must ask for. Beauty's reviews
#: span years, so what sells fades slowly; chosen on validation.
SOURCES: Settings = {
    **{name: {} for name in DEFAULT_WEIGHTS},
    "popular": {"half_life_days": 365.0},
    "generative": {},
}
#: Shown for comparison and left out of the blend, where validation gives it nothing to add.
UNBLENDED: Settings = {"ease": {}}

#: What each source learns from, for the ablations by group. A source without a line is only left
#: out alone.
READS: Mapping[str, frozenset[str]] = {
    "transitions": frozenset({"collaborative"}),
    "item_knn": frozenset({"collaborative"}),
    "sessions": frozenset({"collaborative"}),
    "popular": frozenset({"collaborative"}),
    "text_transitions": frozenset({"collaborative", "text"}),
    "text_ease": frozenset({"collaborative", "text"}),
    "content": frozenset({"text"}),
    "lexical": frozenset({"text"}),
    "graph": frozenset({"graph"}),
    "sequential": frozenset({"collaborative", "text", "neural"}),
    "generative": frozenset({"collaborative", "text", "neural"}),
    "multimodal": frozenset({"collaborative", "text", "neural"}),
}
GROUPS = ("collaborative", "text", "graph", "neural")
#: Who takes the place of a source that is only left out because of what else it reads.
STAND_INS: Mapping[str, Mapping[str, str]] = {"text": {"text_ease": "ease"}}


@dataclass(frozen=True, slots=True)
class Ablation:
    """A blend of some of the sources: ``without_<source or group>``."""

    name: str
    sources: tuple[str, ...]


def ablations(blended: Iterable[str], unblended: Iterable[str] = ()) -> list[Ablation]:
    """The blend without each group, then without each source.

    A group that leaves nothing or takes nothing away has no ablation, nor has a source that is a
    group by itself.
    """
    every = tuple(blended)
    found: list[Ablation] = []
    for group in GROUPS:
        out = {name for name in every if group in READS.get(name, frozenset())}
        replaced = STAND_INS.get(group, {})
        stand_ins = tuple(replaced[name] for name in replaced if name in out)
        left = tuple(name for name in every if name not in out)
        left += tuple(name for name in stand_ins if name in unblended)
        if out and left:
            found.append(Ablation(f"without_{group}", left))
    if len(every) > 1:
        found += [
            Ablation(f"without_{name}", tuple(other for other in every if other != name))
            for name in every
            if name not in GROUPS
        ]
    return found


def chosen_sources(settings: Settings, without: Iterable[str]) -> Settings:
    """The sources but for those left out; raises ValueError for a name that is not there."""
    left_out = {name for name in without if name}
    unknown = left_out - set(settings)
    if unknown:
        raise ValueError(
            f"--without: no source named {', '.join(sorted(unknown))}; "
            f"there are {', '.join(settings)}"
        )
    if left_out == set(settings):
        raise ValueError("--without leaves no source")
    return {name: kwargs for name, kwargs in settings.items() if name not in left_out}


def seeded(settings: Settings, seed: int) -> Settings:
    """The settings with the run's seed for every source that takes one and has none."""
    return {
        name: {"seed": seed, **kwargs}
        if "seed" in inspect.signature(source_class(name)).parameters
        else dict(kwargs)
        for name, kwargs in settings.items()
    }
