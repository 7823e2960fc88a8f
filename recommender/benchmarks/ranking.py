"""What ordering the blend's candidates anew gains, by ranker, and what each kind of knowledge adds.

Leave-last-out as in ``quality``, the items of one day in a random order before the split. Sources
are fitted on the training part, the blend's weights and the rankers learnt, stopped, calibrated
and chosen on parts of the validation items; the test items are asked once, at the end.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits
from tqdm.auto import tqdm

from recommender.benchmarks import amazon_beauty
from recommender.benchmarks.beauty_facts import CATALOGUE, load_facts
from recommender.benchmarks.ranking_tables import ranking_report
from recommender.benchmarks.report import BenchmarkReport
from recommender.contracts import (
    CandidateSource,
    History,
    InteractionLog,
    ItemTable,
    Longs,
    TripleTable,
)
from recommender.features.copurchase_facts import facts_as_of
from recommender.learning.choose_ranker import (
    Judged,
    RankerSettings,
    best_of,
    divided,
    judged,
    ranking_data,
)
from recommender.learning.encode_text import CachedEncoder, MiniLMEncoder
from recommender.learning.fit import DEFAULT_WEIGHTS, fit_sources
from recommender.learning.networks.fusion_ranker import FusionRanker
from recommender.learning.rank_cases import held_out_cases, pools
from recommender.learning.splits import Holdout, leave_last_out, shuffle_ties
from recommender.ranking.blend import BlendWeights, Candidate
from recommender.ranking.calibrate import calibration_errors
from recommender.ranking.features import KINDS, CandidateFeatures, cases_without
from recommender.ranking.lambdarank import LambdaRank
from recommender.ranking.model import facts_of
from recommender.ranking.ranker import Ranker, RankingCases, answer_ranks, scores_of
from recommender.ranking.stage import RankingStage
from recommender.ranking.tune import gather_cases, popularity_of, tune_weights
from recommender.ranking.unranked import Unranked

#: What is blended here: everything that is fitted without gradients, so that the whole of it runs
#: in minutes; Beauty's reviews span years, so what sells fades slowly.
SOURCES: Final[Mapping[str, Mapping[str, Any]]] = {
    "transitions": {},
    "text_transitions": {},
    "text_ease": {},
    "item_knn": {},
    "sessions": {},
    "content": {},
    "lexical": {},
    "graph": {},
    "popular": {"half_life_days": 365.0},
}
RANKERS: Final = ("none", "fusion", "lambdarank")
TUNING_CASES = 6_000
#: Slates that are timed.
TIMED = 300


Ranks = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One ranker with all knowledge or without a kind of it, on the test items."""

    ranks: Ranks  # (n_cases,), infinite where the answer is no candidate
    ranks_unseen: Ranks  # the shopper's own items left out
    #: What the part of the validation that compares says of it.
    validation: Mapping[str, float]
    error_before: float
    error_after: float
    #: Milliseconds that ranking adds to one slate: the middle one, and 95 of 100 are below.
    added_ms: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class RankingResult:
    """Outcomes by ranker and by the kind of knowledge that was left out ("" for none)."""

    outcomes: dict[tuple[str, str], Outcome]
    chosen: str
    learnt_from: int
    validated: int
    tested: int
    #: Part of the test answers that are among the candidates at all.
    reachable: float
    facts: int
    seconds: float


def add_arguments(parser: ArgumentParser) -> None:
    """Options of ``manage.py benchmark ranking``."""
    parser.add_argument("--dataset", choices=["amazon_beauty"], required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data set")
    parser.add_argument("--sample", type=int, help="test only this many users (default: all)")
    parser.add_argument("--cases", type=int, help="learn from this many users (default: all)")


def run(options: Mapping[str, Any]) -> BenchmarkReport:
    """Load, measure and report."""
    encoder = CachedEncoder(MiniLMEncoder(progress=True), options["cache"] / "vectors")
    log = amazon_beauty.load_log(options["data"])
    items = amazon_beauty.load_items(options["data"], encoder)
    facts = load_facts(options["data"], items, CATALOGUE | {"bought_with"})
    result = measure(
        log,
        items,
        facts,
        seed=options["seed"],
        sample=options["sample"],
        cases=options["cases"],
        progress=True,
    )
    return ranking_report(result, options)


def measure(
    log: InteractionLog,
    items: ItemTable,
    facts: TripleTable,
    *,
    seed: int,
    sample: int | None = None,
    cases: int | None = None,
    sources: Mapping[str, Mapping[str, Any]] = SOURCES,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    progress: bool = False,
) -> RankingResult:
    """Everything, from fitting the sources to ranking the test items.

    ``settings`` are the keyword arguments of the rankers' classes.
    """
    started = time.perf_counter()
    split = leave_last_out(shuffle_ties(log, seed))
    known = facts_as_of(facts, split.train, items)
    fitted, _ = fit_sources(split.train, items, sources, facts=known, progress=progress)
    popularity = popularity_of(split.train.items, len(items))
    count = len(split.validation)
    parts = divided(split.validation, np.arange(count), RankerSettings(cases=cases or count), seed)
    weights = _tuned(fitted, parts.learn, popularity, seed)
    edges = facts_of(fitted)
    data = ranking_data(
        split.train, items, fitted, weights, parts, edges=edges, seed=seed, progress=progress
    )
    test = split.test if sample is None else split.test.sample(sample, seed)
    features = CandidateFeatures(
        items,
        popularity,
        data.sources,
        half_known=weights.half_known,
        edges=edges,
    )
    found = pools(fitted, weights, popularity, test.histories, progress=progress)
    asked = held_out_cases(test, found, features)
    timed = list(zip(test.histories[:TIMED], found[:TIMED], strict=True))
    tried: dict[str, Judged] = {}
    outcomes: dict[tuple[str, str], Outcome] = {}
    for kind in tqdm(("", *KINDS), desc="rankers", disable=not progress):
        known_data = data.without(kind) if kind else data
        known_test = cases_without(asked, data.sources, kind) if kind else asked
        for name in RANKERS:
            one = judged(_ranker(name, kind, seed, settings or {}), known_data, items)
            outcome = _tested(one, known_test, len(test) - len(asked))
            if not kind:
                tried[name] = one
                one.stage.take_items(items, popularity, edges)
                outcome = replace(outcome, added_ms=_added_ms(one.stage, timed))
            outcomes[name, kind] = outcome
    return RankingResult(
        outcomes,
        best_of(tried),
        len(data.learn),
        len(data.choose) + data.missed,
        len(test),
        float(asked.answered().sum() / len(test)),
        len(known),
        time.perf_counter() - started,
    )


def _tuned(
    sources: Mapping[str, CandidateSource], learn: Holdout, popularity: Longs, seed: int
) -> BlendWeights:
    start = BlendWeights.of({name: DEFAULT_WEIGHTS.get(name, 0.1) for name in sources})
    cases = learn.sample(TUNING_CASES, seed)
    pool = gather_cases(sources, cases.histories, cases.targets, start.knowledge(popularity))
    return tune_weights(pool, start, budget_s=60.0, seed=seed).weights


def _ranker(name: str, kind: str, seed: int, settings: Mapping[str, Mapping[str, Any]]) -> Ranker:
    own = dict(settings.get(name, {}))
    if name == "fusion":
        return FusionRanker(**{"seed": seed, "use_text": kind != "text", **own})
    return LambdaRank(**{"seed": seed, **own}) if name == "lambdarank" else Unranked()


def _tested(one: Judged, asked: RankingCases, missed: int) -> Outcome:
    """``missed`` test items had no candidate at all."""
    scores = scores_of(one.stage.ranker, asked)
    nowhere = np.full(missed, np.inf)
    before, after = calibration_errors(scores, asked, one.stage.calibration)
    unseen = np.where(_own(asked) & (asked.gains <= 0), -np.inf, scores).astype(np.float32)
    return Outcome(
        np.concatenate([answer_ranks(scores, asked), nowhere]),
        np.concatenate([answer_ranks(unseen, asked), nowhere]),
        one.figures,
        before,
        after,
    )


def _own(cases: RankingCases) -> npt.NDArray[np.bool_]:
    """Which candidates the shopper has taken before, shape (n_rows,)."""
    taken: npt.NDArray[np.bool_] = cases.column("taken_before") > 0
    return taken


def _added_ms(
    stage: RankingStage, timed: Sequence[tuple[History, Sequence[Candidate]]]
) -> tuple[float, float]:
    took = []
    with threadpool_limits(limits=1):
        for history, pool in timed:
            started = time.perf_counter()
            stage.rank(history, pool)
            took.append((time.perf_counter() - started) * 1000.0)
    return float(np.percentile(took, 50)), float(np.percentile(took, 95))
