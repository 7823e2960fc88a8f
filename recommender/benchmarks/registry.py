"""The benchmarks by name. A module is imported when its benchmark is chosen.

To add one: a module with ``add_arguments(parser)`` and ``run(options) -> BenchmarkReport``, and a
line here.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol, cast

from recommender.benchmarks.report import BenchmarkReport

#: Name to module and one line of help.
BENCHMARKS: Mapping[str, tuple[str, str]] = {
    "quality": (
        "recommender.benchmarks.quality",
        "ranking quality of every source and of the blend, by a published protocol",
    ),
    "ranking": (
        "recommender.benchmarks.ranking",
        "what ordering the candidates anew gains, by ranker and by kind of knowledge",
    ),
    "graph": (
        "recommender.benchmarks.graph",
        "what the knowledge graph adds to the ranking, and how fast it answers",
    ),
    "extraction": (
        "recommender.benchmarks.extraction",
        "precision of the facts that are read from texts, on hand-labelled passages",
    ),
    "opinions": (
        "recommender.benchmarks.opinions",
        "good and bad opinions told apart by a fine-tuned encoder, beside two baselines",
    ),
    "rerank": (
        "recommender.benchmarks.rerank",
        "what reranking by a language model adds to the blend, for whom, and what it takes",
    ),
    "explanations": (
        "recommender.benchmarks.explanations",
        "sentences of the language model: how many the verifier accepts, and whether they are true",
    ),
    "lifelong": (
        "recommender.benchmarks.lifelong",
        "methods that learn period by period: quality, forgetting, seconds and memory of updates",
    ),
    "graph-scale": (
        "recommender.benchmarks.graph_scale",
        "a million facts in both backends: building, memory, questions",
    ),
    "scale": (
        "recommender.benchmarks.scale",
        "a million synthetic items: nearest vectors exactly and by an index, sources, slates",
    ),
    "serving": (
        "recommender.benchmarks.serving",
        "latency of slates from the cache and from the pool, and from an event to its slate",
    ),
    "pool": (
        "recommender.benchmarks.pool",
        "pool-scored slates at rising load, alone and together, and a change of model under load",
    ),
}


class Benchmark(Protocol):
    """What a benchmark's module offers."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options of ``manage.py benchmark NAME``."""

    def run(self, options: Mapping[str, Any]) -> BenchmarkReport:
        """Measure; progress goes to standard error."""


def benchmark(name: str) -> Benchmark:
    """The module behind a name; raises KeyError for one that is not in the list."""
    return cast(Benchmark, import_module(BENCHMARKS[name][0]))
