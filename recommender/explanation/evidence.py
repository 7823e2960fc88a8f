"""The facts between what the shopper did and what is proposed, from the model that proposes it.

The walk comes from the very edges that were scored, so it explains the score and costs far less
than asking the database; whether its facts still stand is asked of the record afterwards.
"""

from __future__ import annotations

from recommender.candidates import Graph
from recommender.explanation.walks import PathStep
from recommender.ranking.model import BlendedModel


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
