"""Amazon Beauty: the graph alone, and what it adds to the blend, by the protocol of ``quality``.

Leave-last-out over the whole catalogue, ties shuffled before the split. Everything is fitted on
the training part; ``bought_with`` facts are drawn from it too, by the rule of the shop's record.
Each blend's weights are chosen on the same validation cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from recommender.benchmarks import amazon_beauty
from recommender.benchmarks.beauty_facts import ALSO, CATALOGUE, TOGETHER, load_facts
from recommender.benchmarks.quality_ranking import BATCH
from recommender.benchmarks.quality_sources import READS, SOURCES, Settings
from recommender.benchmarks.quality_tuning import TUNING_CASES
from recommender.contracts import CandidateSource, Floats, History, ItemEncoder, Longs
from recommender.features.copurchase_facts import facts_as_of
from recommender.learning import metrics
from recommender.learning.fit import DEFAULT_WEIGHTS, fit_sources
from recommender.learning.splits import LeaveLastOut, leave_last_out, shuffle_ties
from recommender.ranking.blend import BlendWeights, blended
from recommender.ranking.tune import gather_cases, popularity_of, tune_weights

#: Graphs that are compared; the first is the headline, and only the first two are free of the
#: other shop's aggregates.
GRAPHS: Mapping[str, frozenset[str]] = {
    "graph": CATALOGUE | {"bought_with"},
    "graph_catalogue": CATALOGUE,
    "graph_together": CATALOGUE | {"bought_with"} | TOGETHER,
    "graph_also": CATALOGUE | {"bought_with"} | TOGETHER | ALSO,
}
WITHOUT = "blend_without_graph"
#: The blend that the graphs join: without networks, which take long to fit and read no facts.
BASE: Settings = {
    name: settings
    for name, settings in SOURCES.items()
    if not READS.get(name, frozenset()) & {"graph", "neural"}
}


@dataclass(frozen=True, slots=True)
class Ranks:
    """Ranks of the test items, shape (n_cases,): among all items, and among those not yet had."""

    kept: Longs
    unseen: Longs


@dataclass(frozen=True, slots=True)
class BeautyResult:
    """Ranks of each graph and blend by name, and what they were made from."""

    ranks: dict[str, Ranks]
    weights: dict[str, BlendWeights]
    validation_ndcg: dict[str, float]
    facts: dict[str, int]
    fit_seconds: dict[str, float]
    tuned_on: int


def measure(
    folder: Path,
    encoder: ItemEncoder,
    *,
    seed: int,
    sample: int | None = None,
    progress: bool = False,
) -> BeautyResult:
    """Fit all sources and graphs, tune every blend, rank every test item."""
    log = amazon_beauty.load_log(folder)
    items = amazon_beauty.load_items(folder, encoder)
    split = leave_last_out(shuffle_ties(log, seed))
    sources, _ = fit_sources(split.train, items, BASE, progress=progress)
    facts: dict[str, int] = {}
    seconds: dict[str, float] = {}
    for name, predicates in GRAPHS.items():
        table = load_facts(folder, items, predicates)
        if "bought_with" in predicates:
            table = facts_as_of(table, split.train, items)
        fitted, took = fit_sources(split.train, items, {"graph": {}}, facts=table)
        sources[name], seconds[name] = fitted["graph"], took["graph"]
        facts[name] = len(table)
    popularity = popularity_of(split.train.items, len(items))
    weights, ndcg, tuned_on = tuned_blends(sources, split, popularity, seed, sample)
    test = split.test if sample is None else split.test.sample(sample, seed)
    ranks = ranked(sources, weights, popularity, test.histories, test.targets, seed, progress)
    return BeautyResult(ranks, weights, ndcg, facts, seconds, tuned_on)


def tuned_blends(
    sources: Mapping[str, CandidateSource],
    split: LeaveLastOut,
    popularity: Longs,
    seed: int,
    sample: int | None,
) -> tuple[dict[str, BlendWeights], dict[str, float], int]:
    """Weights and validation NDCG@10 of each blend: without a graph, and with each one."""
    cases = split.validation.sample(min(TUNING_CASES, sample or TUNING_CASES), seed + 1)
    start = BlendWeights.of({})
    pool = gather_cases(sources, cases.histories, cases.targets, start.knowledge(popularity))
    weights: dict[str, BlendWeights] = {}
    ndcg: dict[str, float] = {}
    for graph in (None, *GRAPHS):
        names = [*BASE, *([graph] if graph else [])]
        first = {name: DEFAULT_WEIGHTS.get(name, DEFAULT_WEIGHTS["graph"]) for name in names}
        tuned = tune_weights(pool.only(names), BlendWeights.of(first), budget_s=120.0, seed=seed)
        blend = f"blend_with_{graph}" if graph else WITHOUT
        weights[blend], ndcg[blend] = tuned.weights, tuned.ndcg_at_10
    return weights, ndcg, len(cases)


def ranked(
    sources: Mapping[str, CandidateSource],
    weights: Mapping[str, BlendWeights],
    popularity: Longs,
    histories: Sequence[History],
    targets: np.ndarray,
    seed: int,
    progress: bool,
) -> dict[str, Ranks]:
    """Ranks by each graph and each blend, ties in score broken at random by the seed."""
    rng = np.random.default_rng(seed)
    kept: dict[str, list[Longs]] = {name: [] for name in (*GRAPHS, *weights)}
    unseen: dict[str, list[Longs]] = {name: [] for name in kept}
    starts = range(0, len(histories), BATCH)
    for start in tqdm(starts, desc="test", unit="batch", disable=not progress):
        asked, wanted = histories[start : start + BATCH], targets[start : start + BATCH]
        scores = {name: source.score(asked) for name, source in sources.items()}
        judged: dict[str, Floats] = {name: scores[name] for name in GRAPHS}
        judged |= {
            name: blended(scores, blend, blend.knowledge(popularity))
            for name, blend in weights.items()
        }
        for name, score in judged.items():
            kept[name].append(metrics.target_ranks(score, wanted, rng))
            unseen[name].append(metrics.target_ranks(_new_only(score, asked, wanted), wanted, rng))
    return {name: Ranks(np.concatenate(kept[name]), np.concatenate(unseen[name])) for name in kept}


def _new_only(scores: Floats, histories: Sequence[History], targets: np.ndarray) -> Floats:
    """The scores with what each shopper has had put last, the target excepted."""
    rows = np.arange(len(targets))
    own = scores[rows, targets]
    left = scores.copy()
    for row, history in enumerate(histories):
        left[row, history.items] = -1.0
    left[rows, targets] = own
    return left


def paired_gain(one: Longs, other: Longs, at: int = 10) -> tuple[float, float]:
    """How much more NDCG the first ranks have, and its standard error over the cases."""

    def gains(ranks: Longs) -> np.ndarray:
        return np.where(ranks < at, 1.0 / np.log2(ranks + 2.0), 0.0)

    difference = gains(one) - gains(other)
    return float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(len(difference)))
