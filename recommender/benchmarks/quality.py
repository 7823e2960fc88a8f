"""Ranking quality by leave-last-out over the whole catalogue, source by source and blended.

Sources are fitted on the training part alone, the blend's weights chosen on a sample of the
validation items; the validation item is part of the history when the test item is asked for.
Everything is done twice: with the items of one day in a random order (by seed) before the split,
and in the file's order, whose ties are sorted by product code and can be learnt as an artefact.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm.auto import tqdm

from recommender.benchmarks import amazon_beauty
from recommender.benchmarks.quality_tables import quality_report
from recommender.benchmarks.report import BenchmarkReport
from recommender.contracts import CandidateSource, Floats, InteractionLog, Ints, ItemTable, Longs
from recommender.learning import metrics
from recommender.learning.encode_text import CachedEncoder, MiniLMEncoder
from recommender.learning.fit import DEFAULT_WEIGHTS, fit_sources
from recommender.learning.splits import Holdout, LeaveLastOut, leave_last_out, shuffle_ties
from recommender.ranking.blend import BlendWeights, blended
from recommender.ranking.tune import gather_cases, popularity_of, tune_weights

BLEND = "blend"
ORDERS = ("shuffled", "file_order")
BATCH = 500
TUNING_CASES = 8_000
#: Beauty's reviews span years, so what sells fades slowly; chosen on validation. What the
#: knowledge graph adds is measured apart, by the benchmark of its name.
SOURCES: Mapping[str, Mapping[str, Any]] = {
    name: {"half_life_days": 365.0} if name == "popular" else {}
    for name in DEFAULT_WEIGHTS
    if name != "graph"
}
#: Shown for comparison and left out of the blend, where validation gives it nothing to add.
UNBLENDED: Mapping[str, Mapping[str, Any]] = {"ease": {}}
#: An item with fewer training interactions is cold.
COLD = 5


@dataclass(slots=True)
class Outcome:
    """Ranks of the test items by one source or the blend, shape (n_cases,), and its lists."""

    ranks: Longs
    ranks_unseen: Longs  # the same with the shopper's own items left out of the ranking
    lists: Ints  # (n_cases, 10)


@dataclass(slots=True)
class OrderResult:
    """Everything measured under one order of the ties."""

    outcomes: dict[str, Outcome]
    tied: npt.NDArray[np.bool_]
    cold: npt.NDArray[np.bool_]
    fit_seconds: dict[str, float]
    popularity: Longs
    validation_ndcg: float


@dataclass(slots=True)
class QualityResult:
    """Both orders, the weights and the catalogue that the lists are judged with."""

    orders: dict[str, OrderResult]
    weights: BlendWeights
    items: ItemTable
    seconds: float = 0.0
    tuned_on: int = 0


def add_arguments(parser: ArgumentParser) -> None:
    """Options of ``manage.py benchmark quality``."""
    parser.add_argument("--dataset", choices=["amazon_beauty"], required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data set")
    parser.add_argument("--sample", type=int, help="test only this many users (default: all)")


def run(options: Mapping[str, Any]) -> BenchmarkReport:
    """Load, measure and report."""
    encoder = CachedEncoder(MiniLMEncoder(progress=True), options["cache"] / "vectors")
    log = amazon_beauty.load_log(options["data"])
    items = amazon_beauty.load_items(options["data"], encoder)
    result = measure(log, items, seed=options["seed"], sample=options["sample"], progress=True)
    return quality_report(result, options)


def measure(
    log: InteractionLog,
    items: ItemTable,
    *,
    seed: int,
    sample: int | None = None,
    sources: Mapping[str, Mapping[str, Any]] = SOURCES,
    unblended: Mapping[str, Mapping[str, Any]] = UNBLENDED,
    progress: bool = False,
) -> QualityResult:
    """Fit, tune and test under both orders; the weights come from the shuffled one alone."""
    started = time.perf_counter()
    orders: dict[str, OrderResult] = {}
    weights: BlendWeights | None = None
    tuned_on = 0
    for order in ORDERS:
        split = leave_last_out(shuffle_ties(log, seed) if order == "shuffled" else log)
        fitted, seconds = fit_sources(
            split.train, items, {**sources, **unblended}, progress=progress
        )
        popularity = popularity_of(split.train.items, len(items))
        ndcg = float("nan")
        if weights is None:
            blending = {name: fitted[name] for name in sources}
            weights, ndcg, tuned_on = _tuned(blending, split, popularity, seed, sample)
        test = split.test if sample is None else split.test.sample(sample, seed)
        outcomes = _tested(fitted, weights, test, popularity, seed, progress, order)
        cold = popularity[test.targets] < COLD
        orders[order] = OrderResult(outcomes, test.tied, cold, seconds, popularity, ndcg)
    assert weights is not None
    elapsed = time.perf_counter() - started
    return QualityResult(orders, weights, items, elapsed, tuned_on)


def _tuned(
    sources: Mapping[str, CandidateSource],
    split: LeaveLastOut,
    popularity: Longs,
    seed: int,
    sample: int | None,
) -> tuple[BlendWeights, float, int]:
    start = BlendWeights.of({name: DEFAULT_WEIGHTS.get(name, 0.1) for name in sources})
    cases = split.validation.sample(min(TUNING_CASES, sample or TUNING_CASES), seed + 1)
    pools = gather_cases(sources, cases.histories, cases.targets, start.knowledge(popularity))
    tuned = tune_weights(pools, start, budget_s=120.0, seed=seed)
    return tuned.weights, tuned.ndcg_at_10, len(cases)


def _tested(
    sources: Mapping[str, CandidateSource],
    weights: BlendWeights,
    test: Holdout,
    popularity: Longs,
    seed: int,
    progress: bool,
    order: str,
) -> dict[str, Outcome]:
    rng = np.random.default_rng(seed)
    knowledge = weights.knowledge(popularity)
    parts: dict[str, list[Outcome]] = {name: [] for name in (*sources, BLEND)}
    for start in tqdm(
        range(0, len(test), BATCH), desc=f"test {order}", unit="batch", disable=not progress
    ):
        histories = test.histories[start : start + BATCH]
        targets = test.targets[start : start + BATCH]
        lengths = [len(history) for history in histories]
        owners = np.repeat(np.arange(len(histories)), lengths)
        seen = np.concatenate([history.items for history in histories])
        scores = {name: source.score(histories) for name, source in sources.items()}
        scores[BLEND] = blended(scores, weights, knowledge)
        for name, score in scores.items():
            parts[name].append(_outcome(score, targets, owners, seen, rng))
    return {name: _joined(outcomes) for name, outcomes in parts.items()}


def _outcome(
    scores: Floats, targets: Ints, owners: Longs, seen: Ints, rng: np.random.Generator
) -> Outcome:
    ranks = metrics.target_ranks(scores, targets, rng)
    lists = metrics.top_items(scores, 10)
    unseen = scores.copy()
    own = unseen[np.arange(len(targets)), targets]
    unseen[owners, seen] = -1.0
    # Where somebody took an item again, it is the answer and stays in the ranking.
    unseen[np.arange(len(targets)), targets] = own
    return Outcome(ranks, metrics.target_ranks(unseen, targets, rng), lists)


def _joined(parts: Sequence[Outcome]) -> Outcome:
    return Outcome(
        np.concatenate([part.ranks for part in parts]),
        np.concatenate([part.ranks_unseen for part in parts]),
        np.concatenate([part.lists for part in parts]),
    )
