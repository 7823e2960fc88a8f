"""How long questions about the graph take, on whatever facts the database holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from django.conf import settings

from kg.backends import neo4j_graph, relational_graph
from kg.backends.connection import GraphUnavailable
from kg.models import Entity, Kind
from kg.protocol import KnowledgeGraph

QUESTIONS = 200


def product_keys(count: int, seed: int) -> list[str]:
    """Keys of products chosen at random."""
    keys = list(
        Entity.objects.filter(kind=Kind.PRODUCT).order_by("key").values_list("key", flat=True)
    )
    chosen = np.random.default_rng(seed).permutation(len(keys))[:count]
    return [keys[place] for place in chosen]


def graphs() -> dict[str, KnowledgeGraph]:
    """The backends that answer here: the record always, Neo4j where it is configured."""
    found: dict[str, KnowledgeGraph] = {"relational": relational_graph()}
    if settings.NEO4J_URL:
        candidate = neo4j_graph()
        try:
            candidate.store.nodes([""])
        except GraphUnavailable:
            return found
        found["neo4j"] = candidate
    return found


def milliseconds(questions: Sequence[Callable[[], object]]) -> dict[str, float]:
    """p50 and p95 of asking each question once, after the first tenth as a warm-up."""
    for question in questions[: max(1, len(questions) // 10)]:
        question()
    taken = []
    for question in questions:
        began = time.perf_counter()
        question()
        taken.append((time.perf_counter() - began) * 1000)
    return {
        "p50": round(float(np.percentile(taken, 50)), 2),
        "p95": round(float(np.percentile(taken, 95)), 2),
    }


def two_hop_ms(graph: KnowledgeGraph, keys: Sequence[str]) -> dict[str, float]:
    """Two-hop neighbourhoods of the entities."""
    return milliseconds([lambda key=key: graph.neighbours(key, hops=2) for key in keys])  # type: ignore[misc]


def one_hop_ms(graph: KnowledgeGraph, keys: Sequence[str]) -> dict[str, float]:
    """One-hop neighbourhoods of the entities."""
    return milliseconds([lambda key=key: graph.neighbours(key) for key in keys])  # type: ignore[misc]


def paths_ms(graph: KnowledgeGraph, keys: Sequence[str]) -> dict[str, float]:
    """Walks of at most three facts from five products to a sixth."""
    return milliseconds(
        [
            lambda at=at: graph.paths(keys[at : at + 5], keys[at + 5])  # type: ignore[misc]
            for at in range(len(keys) - 5)
        ]
    )


def related_ms(graph: KnowledgeGraph, keys: Sequence[str]) -> dict[str, float]:
    """Products related to five others."""
    return milliseconds(
        [
            lambda at=at: graph.related(dict.fromkeys(keys[at : at + 5], 1.0))  # type: ignore[misc]
            for at in range(len(keys) - 5)
        ]
    )
