"""Which ranker orders the blend's candidates: learnt, calibrated and chosen on parts of their own.

The held-out interactions are divided by shopper: rankers learn from the first part, stop and are
calibrated by the second, and are compared on the third, which nothing was chosen by. A ranker
must beat the plain blend by more than the standard error of the difference, or the blend stays.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.candidates.fact_edges import FactEdges
from recommender.contracts import CandidateSource, InteractionLog, ItemTable, Longs
from recommender.learning.rank_cases import (
    Barred,
    held_out_cases,
    logged_cases,
    nothing_barred,
    pools,
    without_answers,
)
from recommender.learning.splits import Holdout
from recommender.learning.training_settings import TrainingDivergedError
from recommender.ranking.blend import BlendWeights, Candidate
from recommender.ranking.calibrate import calibrate, calibration_errors
from recommender.ranking.features import CandidateFeatures, cases_without
from recommender.ranking.item_vectors import item_vectors
from recommender.ranking.ranker import (
    ItemVectors,
    LoggedSlate,
    Ranker,
    RankingCases,
    answer_ranks,
    ranker_class,
    scores_of,
)
from recommender.ranking.stage import RankingStage
from recommender.ranking.tune import gain_at, popularity_of
from recommender.ranking.unranked import Unranked


@dataclass(frozen=True, slots=True)
class RankerSettings:
    """Which rankers are tried, with what parameters, and on how many cases."""

    #: Ranker's name to the keyword arguments of its class.
    rankers: Mapping[str, Mapping[str, Any]] = field(
        default_factory=lambda: {"fusion": {}, "lambdarank": {}}
    )
    #: With fewer held-out interactions none is tried.
    at_least: int = 1_000
    #: Where shoppers are few, several of each one's last interactions are held out, for so many
    #: in all; ``cases`` is the most that are looked at.
    wanted: int = 4_000
    cases: int = 8_000
    #: Parts of the cases by which rankers stop and are calibrated, and are compared.
    stop_share: float = 0.2
    choose_share: float = 0.2


@dataclass(frozen=True, slots=True)
class Parts:
    """The three parts of the held-out interactions, and whose the last part's are."""

    learn: Holdout
    stop: Holdout
    choose: Holdout
    choose_owners: Longs


@dataclass(frozen=True, slots=True)
class Judged:
    """One ranker on the part that compares; ``gains`` is each shopper's mean NDCG@10."""

    stage: RankingStage
    gains: npt.NDArray[np.float64]
    figures: dict[str, float]


@dataclass(frozen=True, slots=True)
class RankingChoice:
    """The stage that serves, and what is told of the choice: plain types, for the registry."""

    stage: RankingStage
    report: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RankingData:
    """Everything that rankers are learnt from, and the parts in which it is used."""

    learn: RankingCases
    stop: RankingCases
    choose: RankingCases
    #: Cases of the comparing part that had no candidate at all.
    missed: int
    #: Whose the comparing cases are, those without a candidate last.
    owners: Longs
    vectors: ItemVectors
    sources: tuple[str, ...]
    half_known: float
    logged: int

    def without(self, kind: str) -> RankingData:
        """The same cases without a kind of knowledge; texts are still in the item table."""
        learn, stop, choose = (
            cases_without(cases, self.sources, kind)
            for cases in (self.learn, self.stop, self.choose)
        )
        rating, relation = self.vectors.rating, self.vectors.relation
        vectors = ItemVectors(
            rating[:, :0] if kind == "collaborative" else rating,
            relation[:, :0] if kind == "graph" else relation,
        )
        return replace(self, learn=learn, stop=stop, choose=choose, vectors=vectors)


def divided(holdout: Holdout, owners: Longs, settings: RankerSettings, seed: int = 0) -> Parts:
    """At most ``settings.cases`` of the interactions in three parts, at random by the seed.

    ``owners`` says whose each is; all of one shopper's are in one part.
    """
    rng = np.random.default_rng([seed, 17])
    if len(holdout) > settings.cases:
        some = np.sort(rng.choice(len(holdout), settings.cases, replace=False))
        holdout, owners = holdout.take(some), owners[some]
    dice = rng.random(int(owners.max(initial=-1)) + 1)[owners]
    choose = dice < settings.choose_share
    stop = ~choose & (dice < settings.choose_share + settings.stop_share)
    learn, others, last = (holdout.take(part) for part in (~choose & ~stop, stop, choose))
    return Parts(learn, others, last, owners[choose])


def ranking_data(
    train: InteractionLog,
    items: ItemTable,
    sources: Mapping[str, CandidateSource],
    weights: BlendWeights,
    parts: Parts,
    *,
    edges: FactEdges | None = None,
    logged: Sequence[LoggedSlate] = (),
    barred: Barred = nothing_barred,
    seed: int = 0,
    progress: bool = False,
) -> RankingData:
    """Candidates, features and vectors, from sources that were fitted on ``train`` alone.

    What is ``barred`` after a history is no candidate, as it will not be when the model serves.
    """
    popularity = popularity_of(train.items, len(items))
    weighed = [n for n, w in weights.sources.items() if n in sources and (w.known or w.new)]
    features = CandidateFeatures(
        items,
        popularity,
        weighed,
        half_known=weights.half_known,
        edges=edges,
    )

    def found(holdout: Holdout) -> list[list[Candidate]]:
        return pools(
            sources, weights, popularity, holdout.histories, barred=barred, progress=progress
        )

    learn, stop = (
        held_out_cases(part, found(part), features) for part in (parts.learn, parts.stop)
    )
    compared = found(parts.choose)
    choose = held_out_cases(parts.choose, compared, features)
    reached = np.array([bool(pool) for pool in compared], bool)
    shown = without_answers(without_answers(logged, parts.stop), parts.choose)
    extra = logged_cases(shown, features)
    return RankingData(
        learn.take(learn.answered()).joined(extra),
        stop,
        choose,
        len(parts.choose) - len(choose),
        np.concatenate([parts.choose_owners[reached], parts.choose_owners[~reached]]),
        item_vectors(train, edges, seed=seed),
        features.sources,
        weights.half_known,
        len(extra),
    )


def judged(ranker: Ranker, data: RankingData, items: ItemTable) -> Judged:
    """Learn, calibrate, and measure on the comparing part."""
    started = time.perf_counter()
    ranker.fit(data.learn, data.stop, data.vectors, items)
    calibration = calibrate(scores_of(ranker, data.stop), data.stop)
    seconds = time.perf_counter() - started
    scores = scores_of(ranker, data.choose)
    ranks = np.concatenate([answer_ranks(scores, data.choose), np.full(data.missed, np.inf)])
    before, after = calibration_errors(scores, data.choose, calibration)
    figures = {
        "ndcg_at_10": gain_at(ranks, 10),
        "hr_at_10": float(np.mean(ranks < 10)) if len(ranks) else 0.0,
        "calibration_error_before": before,
        "calibration_error": after,
        "seconds": round(seconds, 2),
    }
    stage = RankingStage(ranker, calibration, data.sources, data.half_known)
    gains = np.where(ranks < 10, 1.0 / np.log2(np.where(ranks < 10, ranks, 0.0) + 2.0), 0.0)
    return Judged(stage, _by_owner(gains, data.owners), figures)


def _by_owner(gains: npt.NDArray[np.float64], owners: Longs) -> npt.NDArray[np.float64]:
    """Each shopper's mean: cases of one shopper are no independent witnesses."""
    _, places, counts = np.unique(owners, return_inverse=True, return_counts=True)
    means: npt.NDArray[np.float64] = np.bincount(places, gains) / counts
    return means


def choose_ranker(data: RankingData, items: ItemTable, settings: RankerSettings) -> RankingChoice:
    """Fit all that are configured and take the best, by NDCG@10 of the comparing part.

    A ranker whose library cannot be loaded here, or that finds nothing to learn from, is told of
    in the report and not chosen.
    """
    tried = {Unranked.name: judged(Unranked(), data, items)}
    report: dict[str, Any] = {Unranked.name: tried[Unranked.name].figures}
    for name, parameters in settings.rankers.items():
        try:
            tried[name] = judged(ranker_class(name)(**parameters), data, items)
        except (ImportError, OSError, ValueError, TrainingDivergedError) as error:
            report[name] = {"left_out": str(error)}
            continue
        gain, error_of_gain = paired(tried[name].gains, tried[Unranked.name].gains)
        report[name] = {
            **tried[name].figures,
            "gain_over_none": gain,
            "standard_error_of_gain": error_of_gain,
        }
    chosen = best_of(tried)
    return RankingChoice(
        tried[chosen].stage,
        {
            "chosen": chosen,
            "cases": len(data.choose) + data.missed,
            "learnt_from": len(data.learn),
            "logged_slates": data.logged,
            **report,
        },
    )


def best_of(tried: Mapping[str, Judged]) -> str:
    """The ranker with the largest NDCG@10 of those that beat the blend beyond the error of it."""
    plain = tried[Unranked.name].gains
    proven = [
        name
        for name, found in tried.items()
        if name != Unranked.name and np.greater(*paired(found.gains, plain))
    ]
    return max(proven, key=lambda name: float(tried[name].gains.mean()), default=Unranked.name)


def paired(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Mean difference of two figures over the same cases, and its standard error."""
    if len(one) < 2:
        return 0.0, 0.0
    difference = one - other
    return float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(len(difference)))
