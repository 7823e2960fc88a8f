"""The facts between what the shopper did and what is proposed, from the model that proposes it.

The walk comes from the very edges that were scored, so it explains the score and costs far less
than asking the database; whether its facts still stand is asked of the record afterwards.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from recommender.candidates import Graph
from recommender.ranking.model import BlendedModel

#: Subject, predicate and object of a fact, by the entities' keys.
FactKey = tuple[str, str, str]
Name = TypeVar("Name")
#: Answers which of the facts are still accepted.
Standing = Callable[[Collection[FactKey]], Collection[FactKey]]
#: A place on a walk: the fact that leads there (none for the first) and what stands there. Keys:
#: predicate, forward, told, key, name, product.
PathStep = Mapping[str, Any]


def fact_path(model: BlendedModel, start: str, target: str) -> list[PathStep]:
    """The most telling short walk between two products; empty where the graph knows none."""
    graph = model.sources.get(Graph.name)
    first, last = model.index(start), model.index(target)
    if not isinstance(graph, Graph) or first is None or last is None:
        return []
    walk = graph.index.path(first, last)
    if not walk:
        return []
    edges = graph.edges

    def place(node: int) -> dict[str, str]:
        if node < edges.n_items:
            product = model.items.ids[node]
            return {"key": f"product:{product}", "name": "", "product": product}
        key, name = edges.keys[node - edges.n_items], edges.names[node - edges.n_items]
        return {"key": key, "name": name, "product": ""}

    return [
        {"predicate": "", "forward": True, "told": False, **place(first)},
        *(
            {
                "predicate": step.predicate,
                "forward": step.forward,
                "told": step.told,
                **place(step.node),
            }
            for step in walk
        ),
    ]


def facts_of(path: list[PathStep]) -> set[FactKey]:
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
