"""``manage.py benchmark graph``: what the knowledge graph is worth, and how fast it answers."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from kg.models import Fact
from recommender.benchmarks import graph_beauty, graph_lastfm, graph_timings, lastfm_kg
from recommender.benchmarks.graph_beauty import WITHOUT, BeautyResult, paired_gain
from recommender.benchmarks.graph_lastfm import SeedResult
from recommender.benchmarks.report import BenchmarkReport, Cell, Table
from recommender.learning import metrics
from recommender.learning.encode_text import CachedEncoder, MiniLMEncoder

#: What a reader has to know of each graph.
GRAPH_WORDS: Final = {
    "graph": "brand, category, bought_with from the training part",
    "graph_catalogue": "brand, category",
    "graph_together": "the first, and bought_together (may have seen the test period)",
    "graph_also": "and also_bought, also_viewed (may have seen the test period)",
}


def add_arguments(parser: ArgumentParser) -> None:
    """Options of ``manage.py benchmark graph``."""
    parser.add_argument(
        "--data", type=Path, required=True, help="folder that holds amazon_beauty and lastfm_kg"
    )
    parser.add_argument("--sample", type=int, help="test only this many users (default: all)")


def run(options: Mapping[str, Any]) -> BenchmarkReport:
    """Measure all three parts and report."""
    started = time.perf_counter()
    data: Path = options["data"]
    seed: int = options["seed"]
    # First, while the machine is cool and before anything large is in memory.
    timings, facts = two_hop_timings(seed)
    listening = graph_lastfm.measure(data / "lastfm_kg", seed, progress=True)
    encoder = CachedEncoder(MiniLMEncoder(progress=True), options["cache"] / "vectors")
    beauty = graph_beauty.measure(
        data / "amazon_beauty", encoder, seed=seed, sample=options["sample"], progress=True
    )
    figures = beauty_figures(beauty) | lastfm_figures(listening)
    figures |= {f"two_hop_p95_ms.{name}": took["p95"] for name, took in timings.items()}
    figures["seconds"] = time.perf_counter() - started
    sample = f" --sample {options['sample']}" if options["sample"] else ""
    return BenchmarkReport(
        "graph",
        "amazon_beauty-lastfm_kg",
        seed,
        f"manage.py benchmark graph --data DIR --seed {seed}{sample}",
        figures,
        [
            *beauty_tables(beauty),
            *lastfm_tables(listening),
            *([timing_table(timings, facts)] if timings else []),
        ],
        notes(beauty, timings),
    )


def two_hop_timings(seed: int) -> tuple[dict[str, dict[str, float]], int]:
    """Milliseconds by backend for the facts of this shop's database, and how many they are."""
    keys = graph_timings.product_keys(graph_timings.QUESTIONS, seed)
    facts = Fact.objects.filter(status=Fact.Status.ACCEPTED).count()
    if not keys or not facts:
        return {}, 0
    backends = graph_timings.graphs()
    return {name: graph_timings.two_hop_ms(one, keys) for name, one in backends.items()}, facts


def beauty_figures(result: BeautyResult) -> dict[str, float]:
    """HR and NDCG at 5 and 10 of every graph and blend; ``.excl`` leaves seen items out."""
    figures: dict[str, float] = {}
    for name, ranks in result.ranks.items():
        for suffix, kind in (("", ranks.kept), (".excl", ranks.unseen)):
            for at in (5, 10):
                figures[f"{name}.hr_at_{at}{suffix}"] = metrics.hit_rate(kind, at)
                figures[f"{name}.ndcg_at_{at}{suffix}"] = metrics.ndcg(kind, at)
    gain, error = paired_gain(result.ranks["blend_with_graph"].kept, result.ranks[WITHOUT].kept)
    figures["graph_gain.ndcg_at_10"] = gain
    figures["graph_gain.standard_error"] = error
    return figures


def beauty_tables(result: BeautyResult) -> list[Table]:
    """Every graph and blend with seen items kept and left out, and the weights of the blends."""

    def row(name: str) -> tuple[Cell, ...]:
        ranks = result.ranks[name]
        graph = name.removeprefix("blend_with_")
        gain: list[Cell] = [None, None]
        if name.startswith("blend_with_"):
            gain = [
                "{:+.4f} ± {:.4f}".format(*paired_gain(one, other))
                for one, other in (
                    (ranks.kept, result.ranks[WITHOUT].kept),
                    (ranks.unseen, result.ranks[WITHOUT].unseen),
                )
            ]
        return (
            name,
            GRAPH_WORDS.get(graph, "-"),
            metrics.hit_rate(ranks.kept, 10),
            metrics.ndcg(ranks.kept, 10),
            gain[0],
            metrics.hit_rate(ranks.unseen, 10),
            metrics.ndcg(ranks.unseen, 10),
            gain[1],
        )

    ranks = Table(
        "Amazon Beauty: ties shuffled; seen items kept, and left out",
        (
            "ranking", "facts", "HR@10", "NDCG@10", "gain by the graph",
            "HR@10 unseen", "NDCG@10 unseen", "gain unseen",
        ),
        [row(name) for name in result.ranks],
    )  # fmt: skip
    facts = Table(
        "Amazon Beauty: the graphs",
        ("graph", "facts", "fit seconds", "weight, known items", "weight, new items"),
        [
            (
                name,
                f"{result.facts[name]:,}",
                result.fit_seconds[name],
                result.weights[f"blend_with_{name}"].sources[name].known,
                result.weights[f"blend_with_{name}"].sources[name].new,
            )
            for name in result.facts
        ],
        digits=3,
    )
    return [ranks, facts]


def lastfm_figures(results: Sequence[SeedResult]) -> dict[str, float]:
    """Means over the seeds, and the standard deviations of the headline."""
    figures = {
        "lastfm.auc": [one.auc for one in results],
        "lastfm.f1": [one.f1 for one in results],
        "lastfm.auc_without_facts": [one.auc_without_facts for one in results],
        "lastfm.f1_without_facts": [one.f1_without_facts for one in results],
        **{
            f"lastfm.{name}_auc": [one.alone[name] for one in results]
            for name in graph_lastfm.SCORES
        },
    }
    means = {name: float(np.mean(values)) for name, values in figures.items()}
    spread = {
        f"{name}_sd": float(np.std(figures[name], ddof=1)) if len(results) > 1 else 0.0
        for name in ("lastfm.auc", "lastfm.f1", "lastfm.popularity_auc")
    }
    return means | spread


def lastfm_tables(results: Sequence[SeedResult]) -> list[Table]:
    """One row per scorer, one column per seed."""

    def row(name: str, values: Sequence[float]) -> tuple[Cell, ...]:
        spread = float(np.std(values, ddof=1)) if len(values) > 1 else None
        return (name, float(np.mean(values)), spread, *values)

    rows: list[tuple[Cell, ...]] = [
        row("all scores and the graph: AUC", [one.auc for one in results]),
        row("the same without the facts: AUC", [one.auc_without_facts for one in results]),
        *(
            row(f"{name} alone: AUC", [one.alone[name] for one in results])
            for name in graph_lastfm.SCORES
        ),
        row("all scores and the graph: F1", [one.f1 for one in results]),
        row("the same without the facts: F1", [one.f1_without_facts for one in results]),
        ("published: KGCN, AUC", lastfm_kg.PUBLISHED_AUC, *([None] * (len(results) + 1))),
        ("published: KGCN, F1", lastfm_kg.PUBLISHED_F1, *([None] * (len(results) + 1))),
    ]
    columns = ("scorer", "mean", "sd", *(f"run {run}" for run in range(1, len(results) + 1)))
    chosen = Table(
        "Last.FM: the classifier that validation chose",
        ("run", "classifier"),
        [(str(run), one.chosen) for run, one in enumerate(results, start=1)],
    )
    return [Table("Last.FM: did the user listen to the artist?", columns, rows), chosen]


def timing_table(timings: Mapping[str, Mapping[str, float]], facts: int) -> Table:
    """Two-hop neighbourhoods by backend."""
    return Table(
        f"Two-hop neighbourhoods of products among {facts:,} accepted facts, in ms",
        ("backend", "p50", "p95"),
        [(name, took["p50"], took["p95"]) for name, took in timings.items()],
        digits=2,
    )


def notes(beauty: BeautyResult, timings: Mapping[str, object]) -> list[str]:
    """How it was measured, what was tuned, what to be wary of."""
    told = [
        "Amazon Beauty: each user's last item is the test, the one before it the validation; the "
        "validation item is part of the history at test time. Ranking is over the whole "
        "catalogue, items of one day in random order, ties in score broken at random.",
        "bought_with is drawn from the training part alone, by the rule by which the shop states "
        "it: baskets of one day, at least three of them, more often than chance.",
        "Warning: bought_together, also_bought and also_viewed are aggregates of the other shop's "
        "whole log, collected after the test period. They may know the answers, so no headline "
        "figure uses them.",
        "Tuned on validation only: the graph source's settings and predicate weights (by hand, on "
        f"3,000 validation users), and each blend's weights ({beauty.tuned_on:,} validation "
        "users, the same search for every blend). ± is one standard error of the paired "
        "difference.",
        "Last.FM: artists of the map; per user as many artists not listened to as listened ones, "
        "drawn once; random 6:2:2. Sources, counts and walks come from listened training pairs "
        "alone, those of a training pair from the other folds. The 20 % of validation choose "
        "among logistic regressions and boosted trees and set the F1 threshold; walk lengths were "
        "chosen on the validation part of the first run. Every run draws negatives, split and "
        "folds anew.",
        "“graph” on Last.FM walks over facts and listening together, “walk_listening” over "
        "listening alone: their difference is what the facts add.",
    ]
    if "neo4j" not in timings:
        told.append("two_hop_p95_ms.neo4j is left out: no Neo4j is configured and answers here.")
    if not timings:
        told.append("two_hop_p95_ms is left out: this shop's database holds no accepted facts.")
    return told
