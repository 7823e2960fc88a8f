"""Ranking quality by leave-last-out over the whole catalogue: sources, ablations and the blend.

Sources are fitted on the training part alone, the blend's weights chosen on a sample of the
validation items; the validation item is part of the history when the test item is asked for.
For each seed the items of one day are put into a random order before the split, the tuning sample
is drawn anew and sources that draw are fitted anew. With the first seed everything is done twice
more: in the file's order, whose ties are sorted by product code and can be learnt as an artefact,
and refitted on training and validation together, as a live system would.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from recommender.benchmarks import amazon_beauty
from recommender.benchmarks.beauty_facts import CATALOGUE, load_facts
from recommender.benchmarks.kept_parts import KeptParts, checksum_of, code_checksum
from recommender.benchmarks.quality_figures import Part, accuracy, details
from recommender.benchmarks.quality_ranking import Outcome, rank_tests
from recommender.benchmarks.quality_sources import (
    BLEND,
    SOURCES,
    UNBLENDED,
    Settings,
    ablations,
    chosen_sources,
    seeded,
)
from recommender.benchmarks.quality_tables import quality_report
from recommender.benchmarks.quality_tuning import tuned_blends
from recommender.benchmarks.report import BenchmarkReport
from recommender.contracts import (
    CandidateSource,
    InteractionLog,
    ItemTable,
    Longs,
    TripleTable,
)
from recommender.features.copurchase_facts import facts_as_of
from recommender.learning.encode_text import CachedEncoder, MiniLMEncoder
from recommender.learning.fit import fit_sources
from recommender.learning.splits import Holdout, leave_last_out, leave_one_out, shuffle_ties
from recommender.ranking.blend import BlendWeights
from recommender.ranking.tune import popularity_of

#: What is measured with the first seed only, and the suffix of its figures.
EXTRAS = ("file_order", "refit")

#: The knowledge graph as somebody knows it who has seen this log and no more.
FactsOf = Callable[[InteractionLog], TripleTable]


@dataclass(frozen=True, slots=True)
class QualityPlan:
    """What is to be measured."""

    seeds: Sequence[int] = (0,)
    sources: Settings = field(default_factory=lambda: SOURCES)
    unblended: Settings = field(default_factory=lambda: UNBLENDED)
    extras: Sequence[str] = EXTRAS
    sample: int | None = None
    progress: bool = False


@dataclass(frozen=True, slots=True)
class QualityResult:
    """The parts by seed, and the extra ones of the first seed."""

    plan: QualityPlan
    seeds: Sequence[Part]
    extras: Mapping[str, Part]
    n_items: int


def add_arguments(parser: ArgumentParser) -> None:
    """Options of ``manage.py benchmark quality``."""
    parser.add_argument("--dataset", choices=["amazon_beauty"], required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data set")
    parser.add_argument("--seeds", help="e.g. 0,1,2 (default: --seed and the two after it)")
    parser.add_argument("--without", default="", help="sources to leave out, e.g. ease,sequential")
    parser.add_argument(
        "--skip", default="", help=f"parts of the first seed to leave out: {','.join(EXTRAS)}"
    )
    parser.add_argument("--sample", type=int, help="test only this many users (default: all)")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="keep finished parts there; the same command goes on from them after a stop",
    )


def run(options: Mapping[str, Any]) -> BenchmarkReport:
    """Load, measure and report.

    Raises:
        ValueError: an option names something that is not there.
        FileNotFoundError: the data is not where ``--data`` says.
    """
    plan = plan_of(options)
    encoder = CachedEncoder(MiniLMEncoder(progress=True), options["cache"] / "vectors")
    log = amazon_beauty.load_log(options["data"])
    items = amazon_beauty.load_items(options["data"], encoder)
    facts: FactsOf | None = None
    if "graph" in plan.sources:
        catalogue = load_facts(options["data"], items, CATALOGUE)

        def facts(train: InteractionLog) -> TripleTable:
            return facts_as_of(catalogue, train, items)

    return quality_report(measure(log, items, plan, facts, options["keep"]), options)


def plan_of(options: Mapping[str, Any]) -> QualityPlan:
    """The plan that the options ask for; raises ValueError that names the wrong one."""
    without = options["without"].split(",")
    known = {**SOURCES, **UNBLENDED}
    chosen = chosen_sources(known, without)
    if not set(chosen) & set(SOURCES):
        raise ValueError("--without leaves no source in the blend")
    seeds = _seeds(options["seeds"], options["seed"])
    skipped = {name for name in options["skip"].split(",") if name}
    if skipped - set(EXTRAS):
        raise ValueError(f"--skip takes {', '.join(EXTRAS)}, not {options['skip']!r}")
    return QualityPlan(
        seeds,
        {name: chosen[name] for name in SOURCES if name in chosen},
        {name: chosen[name] for name in UNBLENDED if name in chosen},
        [name for name in EXTRAS if name not in skipped],
        options["sample"],
        progress=True,
    )


def _seeds(named: str | None, first: int) -> tuple[int, ...]:
    if named is None:
        return (first, first + 1, first + 2)
    try:
        seeds = tuple(int(seed) for seed in named.split(","))
    except ValueError:
        raise ValueError(f"--seeds takes whole numbers like 0,1,2, not {named!r}") from None
    if len(set(seeds)) != len(seeds) or min(seeds) < 0:
        raise ValueError(f"--seeds takes different numbers from 0 on, not {named!r}")
    return seeds


def measure(
    log: InteractionLog,
    items: ItemTable,
    plan: QualityPlan,
    facts: FactsOf | None = None,
    keep: Path | None = None,
) -> QualityResult:
    """Every part of the plan; those that ``keep`` holds already are read from there."""
    kept = KeptParts(
        keep,
        {
            "sources": {**plan.sources, **plan.unblended},
            "blended": list(plan.sources),
            "sample": plan.sample,
            "data": checksum_of(
                (log.items.tobytes(), log.times.tobytes(), items.vectors.tobytes())
            ),
            "code": code_checksum() if keep else "",
        },
    )

    study = _Study(log, items, plan, facts, kept)
    seeds = [study.shuffled(seed) for seed in plan.seeds]
    measures = {"file_order": study.file_order, "refit": study.refitted}
    first, blends = plan.seeds[0], seeds[0].weights
    extras = {name: measures[name](first, blends) for name in plan.extras}
    return QualityResult(plan, seeds, extras, len(items))


class _Study:
    """Measures part by part; what a stopped run kept is not measured again."""

    def __init__(
        self,
        log: InteractionLog,
        items: ItemTable,
        plan: QualityPlan,
        facts: FactsOf | None,
        kept: KeptParts,
    ):
        self.log, self.items, self.plan, self.facts, self.kept = log, items, plan, facts, kept

    def _part(self, name: str, measure: Callable[[], Part]) -> Part:
        def timed() -> dict[str, Any]:
            started = time.perf_counter()
            part = measure().as_json()
            part["figures"]["seconds"] = time.perf_counter() - started
            return part

        return Part.from_json(self.kept.part(name, timed))

    def shuffled(self, seed: int) -> Part:
        """Fit, tune and test with this seed's order of the ties."""
        split = leave_last_out(shuffle_ties(self.log, seed))
        popularity = popularity_of(split.train.items, len(self.items))
        # Both parts need the fitted sources, and none where both were kept.
        fitted = cache(partial(self._fit, split.train, seed))

        def tuned() -> Part:
            sources, seconds = fitted()
            tuning = tuned_blends(
                sources,
                tuple(self.plan.sources),
                ablations(self.plan.sources, self.plan.unblended),
                split.validation,
                popularity,
                seed=seed,
                sample=self.plan.sample,
                progress=self.plan.progress,
            )
            taken = {f"{name}.fit_s": value for name, value in seconds.items()}
            return Part(tuning.figures | taken, tuning.weights)

        def tested() -> Part:
            test = self._sampled(split.test, seed)
            outcomes = self._ranked(fitted()[0], weights.weights, test, popularity, seed, "")
            return Part(accuracy(outcomes) | details(outcomes, test, popularity, self.items))

        weights = self._part(f"seed-{seed}.weights", tuned)
        tests = self._part(f"seed-{seed}", tested).figures
        seconds = weights.figures["seconds"] + tests["seconds"]
        return Part({**weights.figures, **tests, "seconds": seconds}, weights.weights)

    def file_order(self, seed: int, blends: Mapping[str, BlendWeights]) -> Part:
        """The same blends on sources fitted and tested in the file's order."""
        split = leave_last_out(self.log)
        return self._again("file_order", split.train, split.test, seed, blends)

    def refitted(self, seed: int, blends: Mapping[str, BlendWeights]) -> Part:
        """The same blend on sources that have also learnt the validation items."""
        shuffled = shuffle_ties(self.log, seed)
        train, _ = leave_one_out(shuffled, minimum=3)
        test = leave_last_out(shuffled).test
        return self._again("refit", train, test, seed, {BLEND: blends[BLEND]})

    def _again(
        self,
        name: str,
        train: InteractionLog,
        test: Holdout,
        seed: int,
        blends: Mapping[str, BlendWeights],
    ) -> Part:
        def measured() -> Part:
            popularity = popularity_of(train.items, len(self.items))
            sources, _ = self._fit(train, seed)
            chosen = self._sampled(test, seed)
            outcomes = self._ranked(sources, blends, chosen, popularity, seed, name)
            return Part(accuracy(outcomes, f".{name}"))

        return self._part(f"seed-{seed}.{name}", measured)

    def _fit(
        self, train: InteractionLog, seed: int
    ) -> tuple[dict[str, CandidateSource], dict[str, float]]:
        settings = seeded({**self.plan.sources, **self.plan.unblended}, seed)
        known = self.facts(train) if self.facts else None
        return fit_sources(train, self.items, settings, facts=known, progress=self.plan.progress)

    def _ranked(
        self,
        sources: Mapping[str, CandidateSource],
        blends: Mapping[str, BlendWeights],
        test: Holdout,
        popularity: Longs,
        seed: int,
        label: str,
    ) -> dict[str, Outcome]:
        return rank_tests(
            sources,
            {BLEND: blends[BLEND]},
            test,
            popularity,
            pooled={name: weights for name, weights in blends.items() if name != BLEND},
            seed=seed,
            progress=self.plan.progress,
            label=f"test {label or seed}",
        )

    def _sampled(self, test: Holdout, seed: int) -> Holdout:
        return test if self.plan.sample is None else test.sample(self.plan.sample, seed)
