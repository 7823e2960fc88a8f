"""Weights of the blend and of every ablation, chosen on validation with each case scored once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from tqdm.auto import tqdm

from recommender.benchmarks.quality_sources import BLEND, STAND_INS, Ablation
from recommender.contracts import CandidateSource, Longs
from recommender.learning.fit import DEFAULT_WEIGHTS
from recommender.learning.splits import Holdout
from recommender.ranking.blend import BlendWeights, Weight
from recommender.ranking.tune import TuningCases, gather_cases, tune_weights

TUNING_CASES = 8_000
#: An ablation starts from the blend's weights, which are near its own.
RETUNING_CASES = 4_000
#: Bounds that a search on this data does not reach: what a run finds must not depend on how busy
#: the machine is.
BUDGET_S = 900.0


@dataclass(frozen=True, slots=True)
class TunedBlends:
    """Weights by blend, the blend first, and NDCG@10 of each on the validation cases."""

    weights: dict[str, BlendWeights]
    figures: dict[str, float]


def tuned_blends(
    sources: Mapping[str, CandidateSource],
    blended: Sequence[str],
    parts: Sequence[Ablation],
    validation: Holdout,
    popularity: Longs,
    *,
    seed: int,
    sample: int | None = None,
    progress: bool = False,
) -> TunedBlends:
    """Choose the blend's weights from the defaults, each ablation's from the blend's."""
    start = BlendWeights.of(_defaults(blended))
    cases = validation.sample(min(TUNING_CASES, sample or TUNING_CASES), seed + 1)
    pool = gather_cases(sources, cases.histories, cases.targets, start.knowledge(popularity))
    tuned = tune_weights(pool.only(blended), start, budget_s=BUDGET_S, seed=seed)
    weights = {BLEND: tuned.weights}
    figures = {
        f"{BLEND}.validation_ndcg_at_10": tuned.ndcg_at_10,
        "tuned_on": float(len(cases)),
    }
    fewer = pool.take(np.arange(len(cases)) < RETUNING_CASES)
    for part in tqdm(parts, desc="tune ablations", unit="blend", disable=not progress):
        weights[part.name] = _retuned(fewer, part, tuned.weights, seed)
    return TunedBlends(weights, figures)


def _retuned(pool: TuningCases, part: Ablation, whole: BlendWeights, seed: int) -> BlendWeights:
    """The blend's weights without some sources, moved to where validation wants them now."""
    replaced = {new: old for pairs in STAND_INS.values() for old, new in pairs.items()}
    absent = Weight(0.0, 0.0)
    start = {
        name: whole.sources.get(name) or whole.sources.get(replaced.get(name, ""), absent)
        for name in part.sources
    }
    if not any(weight.known or weight.new for weight in start.values()):
        start = dict(BlendWeights.of(_defaults(part.sources)).sources)
    return tune_weights(
        pool.only(part.sources),
        BlendWeights(start, whole.half_known),
        searches=3,
        max_rounds=2,
        budget_s=BUDGET_S,
        seed=seed,
    ).weights


def _defaults(names: Sequence[str]) -> dict[str, float]:
    return {name: DEFAULT_WEIGHTS.get(name, 0.1) for name in names}
