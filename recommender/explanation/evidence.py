"""The facts between what the shopper did and what is proposed, from the model that proposes it.

The walk comes from the very edges that were scored, so it explains the score and costs far less
than asking the database; whether its facts still stand is asked of the record afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from recommender.candidates import Graph
from recommender.explanation.walks import FactKey, PathStep, facts_of
from recommender.ranking.model import BlendedModel

Name = TypeVar("Name")
#: Answers which of the facts are still accepted.
Standing = Callable[[Collection[FactKey]], Collection[FactKey]]


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
