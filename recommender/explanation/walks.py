"""A walk over facts as explanations store it, in plain types."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

#: Subject, predicate and object of a fact, by the entities' keys.
FactKey = tuple[str, str, str]
#: Answers which of the facts are still accepted.
Standing = Callable[[Collection[FactKey]], Collection[FactKey]]
Name = TypeVar("Name")
#: A place on a walk: the fact that leads there (none for the first) and what stands there. Keys:
#: predicate, forward, told, key, name, product.
PathStep = Mapping[str, Any]


def facts_of(path: Sequence[PathStep]) -> set[FactKey]:
    """The accepted facts that a walk claims; what the catalogue's table says is not among them."""
    found = set()
    for before, after in itertools.pairwise(path):
        if after["told"]:
            ends = (
                (before["key"], after["key"]) if after["forward"] else (after["key"], before["key"])
            )
            found.add((ends[0], after["predicate"], ends[1]))
    return found


def standing_paths(
    paths: Mapping[Name, list[PathStep]], standing: Standing | None
) -> dict[Name, list[PathStep]]:
    """The walks of which every fact still stands; ``None`` believes the model."""
    claimed = {name: facts_of(path) for name, path in paths.items()}
    everything = set().union(*claimed.values()) if claimed else set()
    if standing is None or not everything:
        return dict(paths)
    true = set(standing(everything))
    return {name: path for name, path in paths.items() if claimed[name] <= true}
