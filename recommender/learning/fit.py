"""Fit a whole model: every configured source, then the weights of their blend."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from tqdm.auto import tqdm

from recommender.candidates import source_class, source_names
from recommender.candidates.nearest import NearestSettings, nearest_items
from recommender.contracts import (
    CandidateSource,
    FactSource,
    InteractionLog,
    ItemTable,
    RefittableSource,
    TripleTable,
)
from recommender.learning.choose_ranker import (
    Parts,
    RankerSettings,
    RankingChoice,
    choose_ranker,
    divided,
    ranking_data,
)
from recommender.learning.device import chosen_device
from recommender.learning.distributed import joined_ranks
from recommender.learning.learnt_log import LearntLog
from recommender.learning.rank_cases import askable
from recommender.learning.splits import Holdout, leave_last_few_out
from recommender.policy.novelty import recently_bought
from recommender.ranking.blend import BlendWeights
from recommender.ranking.model import BlendedModel, facts_of
from recommender.ranking.ranker import LoggedSlate
from recommender.ranking.tune import Tuned, gather_cases, popularity_of, tune_weights

#: What each source counts before anything has been measured: good on Amazon Beauty's validation.
DEFAULT_WEIGHTS: Mapping[str, float] = {
    "transitions": 0.4,
    "text_transitions": 0.5,
    "text_ease": 1.0,
    "item_knn": 0.2,
    "sessions": 0.5,
    "content": 0.5,
    "lexical": 0.5,
    "graph": 0.2,
    "sequential": 0.7,
    "multimodal": 0.6,
    "popular": 0.05,
}

#: Sources that are trained, and the share that each needs of the time which networks are given.
NETWORKS: Mapping[str, float] = {"generative": 1.0, "multimodal": 0.5, "sequential": 1.0}


#: Sources that search among vectors, exactly or by an index.
SEARCHING = frozenset({"content", "multimodal", "text_transitions"})
#: Sources with a dense solve, whose memory grows with the square of its items.
SOLVING = frozenset({"text_ease"})


def default_sources(
    network_seconds: float | None = None,
    *,
    exact_up_to: int | None = None,
    solved_items: int | None = None,
    extra: Iterable[str] = (),
) -> dict[str, dict[str, Any]]:
    """All default sources within the bounds of the machine, each bound the source's own if None.

    Networks end their training softly after their share of ``network_seconds``; beyond
    ``exact_up_to`` items an index finds the nearest vectors; at most ``solved_items`` enter a dense
    solve. ``extra`` sources come beside the default ones. Raises ValueError for one that there is
    not.
    """
    names = tuple(dict.fromkeys((*DEFAULT_WEIGHTS, *extra)))
    if unknown := [name for name in names if name not in source_names()]:
        known = ", ".join(source_names())
        raise ValueError(f"no source named {', '.join(unknown)}; known: {known}")
    bounds = (
        (SEARCHING, "exact_up_to", exact_up_to),
        (SOLVING, "largest", solved_items),
    )
    found: dict[str, dict[str, Any]] = {
        name: {key: value for kinds, key, value in bounds if name in kinds and value is not None}
        for name in names
    }
    for name, share in NETWORKS.items():
        if network_seconds is not None and name in found:
            found[name]["max_seconds"] = network_seconds * share
    return found


#: Interactions of one shopper that are held out at most.
MOST_HELD_OUT = 10


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """The knowledge graph, and how it would have looked to somebody who knew less of the log."""

    accepted: TripleTable
    #: The facts without anything that interactions outside the given log have shown.
    as_of: Callable[[InteractionLog], TripleTable]


@dataclass(frozen=True, slots=True)
class FitSettings:
    """Which sources a model has, with what parameters, and how long tuning may take."""

    #: Source name to the keyword arguments of its class.
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=default_sources)
    default_weights: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_WEIGHTS))
    half_known: float = 5.0
    #: With fewer interactions than this the default weights stay.
    tune_from: int = 200
    validation_cases: int = 3_000
    tune_seconds: float = 60.0
    ranking: RankerSettings = field(default_factory=RankerSettings)
    #: How the items nearest to a text are found.
    nearest: NearestSettings = field(default_factory=NearestSettings)
    seed: int = 0
    progress: bool = False

    def with_parameters(self, chosen: Mapping[str, Mapping[str, Any]]) -> FitSettings:
        """The same with these parameters by source; sources that the model has not stay out."""
        sources = {name: {**given, **chosen.get(name, {})} for name, given in self.sources.items()}
        return replace(self, sources=sources)


@dataclass(slots=True)
class FittedModel:
    """A model ready to serve, and how it came about."""

    model: BlendedModel
    #: Seconds that each source took to fit on all interactions.
    fit_seconds: dict[str, float]
    #: Cases and NDCG@10 of the validation that chose the weights; empty where none was done.
    validation: dict[str, float]
    #: Which ranker was chosen and what each of them reached; empty where none was tried.
    ranking: dict[str, Any] = field(default_factory=dict)
    #: The interactions that it has learnt, by which an update knows what is new; None where nobody
    #: has said.
    learnt: LearntLog | None = None

    def save(self, folder: Path) -> None:
        """Write the model and, beside it, ``fit.json`` and ``learnt.parquet``."""
        self.model.save(folder)
        if self.learnt is not None:
            self.learnt.save(folder)
        report = {
            "fit_seconds": self.fit_seconds,
            "validation": self.validation,
            "ranking": self.ranking,
            "nearest": self.searches(),
        }
        (folder / "fit.json").write_text(json.dumps(report, indent=1))

    def searches(self) -> dict[str, dict[str, Any]]:
        """How the model and its sources find nearest vectors: exactly, or with what recall."""
        found = {"texts": dict(self.model.nearest.report)}
        for name, source in self.model.sources.items():
            if isinstance(report := getattr(source, "search_report", None), Mapping):
                found[name] = dict(report)
        return found

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        report = json.loads((folder / "fit.json").read_text())
        return cls(
            BlendedModel.load(folder),
            report["fit_seconds"],
            report["validation"],
            report.get("ranking", {}),
            LearntLog.load(folder),
        )


def fit_sources(
    log: InteractionLog,
    items: ItemTable,
    settings: Mapping[str, Mapping[str, Any]],
    *,
    facts: TripleTable | None = None,
    starts: Mapping[str, CandidateSource] | None = None,
    progress: bool = False,
) -> tuple[dict[str, CandidateSource], dict[str, float]]:
    """Fit the named sources; returns them and the seconds that each took.

    ``facts`` go to those that read the knowledge graph. Those that are costly to fit go on from
    the source of their name in ``starts``, which has been fitted on a part of the log.
    """
    fitted: dict[str, CandidateSource] = {}
    seconds: dict[str, float] = {}
    for name in tqdm(settings, desc="fit sources", unit="source", disable=not progress):
        started = time.perf_counter()
        source = source_class(name)(**settings[name])
        if facts is not None and isinstance(source, FactSource):
            source.take_facts(facts)
        if starts and name in starts and isinstance(source, RefittableSource):
            source.refit(log, items, starts[name])
        else:
            source.fit(log, items)
        fitted[name] = source
        seconds[name] = round(time.perf_counter() - started, 3)
    return fitted, seconds


def fit_model(
    log: InteractionLog,
    items: ItemTable,
    settings: FitSettings | None = None,
    facts: KnownFacts | None = None,
    logged: Sequence[LoggedSlate] = (),
) -> FittedModel:
    """Choose blend and ranker on each shopper's last interactions, then fit on all of them.

    They are chosen with sources that have not seen the validation items, nor co-purchase facts
    that have; the sources that serve have seen everything. Networks are not trained twice: they
    go on from what they have learnt for the choice. ``logged`` are slates that were shown, from
    which the rankers learn too.
    """
    chosen = settings or FitSettings()
    weights = BlendWeights.of(
        {name: chosen.default_weights.get(name, 0.1) for name in chosen.sources},
        chosen.half_known,
    )
    validation: dict[str, float] = {}
    starts: dict[str, CandidateSource] = {}
    ranking: RankingChoice | None = None
    if len(log) >= chosen.tune_from:
        trial = _trial(log, items, chosen, facts)
        if len(trial.holdout):
            tuned, cases = _tune(trial, items, chosen, weights)
            weights = tuned.weights
            validation = {"cases": cases, "ndcg_at_10": tuned.ndcg_at_10}
            if tuned.new_cases:
                validation["new_cases"] = tuned.new_cases
                validation["new_ndcg_at_10"] = tuned.new_ndcg_at_10
            ranking = _rank(trial, items, chosen, weights, logged)
            starts = trial.sources
    known = facts.accepted if facts else None
    sources, seconds = fit_sources(
        log, items, chosen.sources, facts=known, starts=starts, progress=chosen.progress
    )
    model = BlendedModel(
        items,
        sources,
        weights,
        popularity_of(log.items, len(items)),
        ranking.stage if ranking else None,
        nearest_items(items.vectors, chosen.nearest),
    )
    return FittedModel(model, seconds, validation, ranking.report if ranking else {})


@dataclass(frozen=True, slots=True)
class _Trial:
    """Sources that have not seen the interactions which are asked for."""

    train: InteractionLog
    holdout: Holdout
    sources: dict[str, CandidateSource]
    #: The holdout in three parts where rankers are tried.
    parts: Parts | None


def _trial(
    log: InteractionLog, items: ItemTable, settings: FitSettings, facts: KnownFacts | None
) -> _Trial:
    ranking = settings.ranking
    few = -(-ranking.wanted // max(log.n_shoppers, 1)) if ranking.rankers else 1
    train, holdout, owners = leave_last_few_out(log, few=min(few, MOST_HELD_OUT))
    if not len(holdout):
        return _Trial(train, holdout, {}, None)
    known = facts.as_of(train) if facts else None
    sources, _ = fit_sources(
        train, items, settings.sources, facts=known, progress=settings.progress
    )
    parts = None
    if ranking.rankers:
        new = askable(holdout, recently_bought)
        if new.sum() >= ranking.at_least:
            parts = divided(holdout.take(new), owners[new], ranking, settings.seed)
    return _Trial(train, holdout, sources, parts)


def _tune(
    trial: _Trial, items: ItemTable, settings: FitSettings, start: BlendWeights
) -> tuple[Tuned, int]:
    """Weights of the blend, chosen without the cases that are to compare the rankers."""
    asked = trial.parts.learn if trial.parts else trial.holdout
    asked = asked.sample(settings.validation_cases, settings.seed)
    cases = gather_cases(
        trial.sources,
        asked.histories,
        asked.targets,
        start.knowledge(popularity_of(trial.train.items, len(items))),
    )
    tuned = tune_weights(cases, start, budget_s=settings.tune_seconds, seed=settings.seed)
    # The search ends by the clock; several processes go on with what the first one found.
    with joined_ranks(chosen_device()) as ranks:
        return ranks.agreed(tuned), len(cases)


def _rank(
    trial: _Trial,
    items: ItemTable,
    settings: FitSettings,
    weights: BlendWeights,
    logged: Sequence[LoggedSlate],
) -> RankingChoice | None:
    if trial.parts is None:
        return None
    data = ranking_data(
        trial.train,
        items,
        trial.sources,
        weights,
        trial.parts,
        edges=facts_of(trial.sources),
        logged=logged,
        barred=recently_bought,
        seed=settings.seed,
        progress=settings.progress,
    )
    if not len(data.stop) or not len(data.choose):
        return None
    return choose_ranker(data, items, settings.ranking)
