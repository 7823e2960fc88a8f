"""What reranking by a language model is worth, and what it takes: with, without, and gated.

Sources are fitted on the training part, the blend's weights chosen on validation, the gate learnt
on validation cases; the test items are ranked by the blend alone, with the model for everybody,
and with the model for those whom the gate lets in.
"""

from __future__ import annotations

import gzip
import html
import json
import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from recommender.benchmarks import amazon_beauty
from recommender.benchmarks.quality_sources import SOURCES
from recommender.benchmarks.report import BenchmarkReport, Cell, Table
from recommender.contracts import ItemTable
from recommender.learning.encode_text import CachedEncoder, MiniLMEncoder
from recommender.learning.fit import DEFAULT_WEIGHTS, fit_sources
from recommender.learning.metrics import hit_rate, ndcg
from recommender.learning.rerank_study import JudgedCases, judged_cases
from recommender.learning.splits import leave_last_out, shuffle_ties
from recommender.ranking.blend import BlendWeights
from recommender.ranking.model import BlendedModel
from recommender.ranking.rerank import CANDIDATES, Gate
from recommender.ranking.rerank_gate import (
    PRIOR_WEIGHTS,
    WEIGHTS,
    RerankCases,
    gains_of,
    gate_fit,
)
from recommender.ranking.tune import gather_cases, popularity_of, tune_weights

#: The cheap sources that carry most of the blend; the others are left out to keep the run short.
FITTED = (
    "transitions",
    "text_transitions",
    "text_ease",
    "item_knn",
    "sessions",
    "content",
    "lexical",
    "popular",
)
TUNING_CASES = 2_000
TUNING_SECONDS = 40.0
COLUMNS = ("", "HR@5", "NDCG@5", "HR@10", "NDCG@10", "share reranked")


def add_arguments(parser: ArgumentParser) -> None:
    """Options of ``manage.py benchmark rerank``."""
    parser.add_argument("--dataset", choices=["amazon_beauty"], required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data set")
    parser.add_argument(
        "--shoppers", type=int, default=1_500, help="of validation and of test (default: 1500)"
    )
    parser.add_argument(
        "--candidates",
        type=int,
        default=CANDIDATES,
        help="that are read (default: %(default)s)",
    )
    parser.add_argument(
        "--seconds", type=float, default=150.0, help="of reading, for each part (default: 150)"
    )


def run(options: Mapping[str, Any]) -> BenchmarkReport:
    """Load, fit, learn the gate, test and report.

    Raises:
        ValueError: an option makes no sense.
        FileNotFoundError: the data or the language model is not there.
    """
    for name in ("shoppers", "seconds"):
        if options[name] <= 0:
            raise ValueError(f"--{name} must be positive")
    if options["candidates"] < 2:
        raise ValueError("--candidates must be at least 2")
    seed = int(options["seed"])
    encoder = CachedEncoder(MiniLMEncoder(progress=True), options["cache"] / "vectors")
    log = shuffle_ties(amazon_beauty.load_log(options["data"]), seed)
    items = amazon_beauty.load_items(options["data"], encoder)
    titles = load_titles(options["data"], items)
    split = leave_last_out(log)
    chosen = {name: SOURCES[name] for name in FITTED if name in SOURCES}
    sources, _ = fit_sources(split.train, items, chosen, progress=True)
    popularity = popularity_of(split.train.items, len(items))
    start = BlendWeights.of({name: DEFAULT_WEIGHTS.get(name, 0.1) for name in chosen})
    tuning = split.validation.sample(TUNING_CASES, seed + 1)
    pool = gather_cases(sources, tuning.histories, tuning.targets, start.knowledge(popularity))
    weights = tune_weights(pool, start, budget_s=TUNING_SECONDS, seed=seed).weights
    model = BlendedModel(items, sources, weights, popularity)
    del pool
    reader = _reader(options["cache"])
    parts: dict[str, JudgedCases] = {}
    for part, holdout in (("validation", split.validation), ("test", split.test)):
        parts[part] = judged_cases(
            model,
            holdout.sample(options["shoppers"], seed + 2),
            titles,
            reader,
            candidates=options["candidates"],
            seconds=options["seconds"],
            seed=seed,
            progress=True,
        )
    gate = gate_fit(
        parts["validation"].cases, model=settings.LANGUAGE_MODEL, seed=seed, now=time.time()
    )
    best = best_for_everybody(parts["validation"].cases)
    return _report(options, parts, gate, best, reader.ms_per_token)


def _reader(cache: Path) -> Any:
    # Loaded late: the other benchmarks need no language model.
    from recommender.learning.language_model import configured_model, quick_dtype
    from recommender.learning.rerank_language import LanguageTitleReader

    reader = LanguageTitleReader(configured_model(dtype=quick_dtype()), cache / "language")
    reader.warm_up()
    return reader


def load_titles(folder: Path, items: ItemTable) -> list[str]:
    """Titles by item; an item without one has the empty word."""
    with gzip.open(folder / "items.jsonl.gz", "rt") as file:
        rows = [json.loads(line) for line in file]
    by_asin = {row["asin"]: html.unescape(row["title"] or "") for row in rows}
    return [by_asin[item] for item in items.ids]


def best_for_everybody(validation: RerankCases) -> Gate:
    """The weights that serve all validation cases best when nobody may be left out."""
    tried = [Gate(weight, prior) for weight in WEIGHTS for prior in PRIOR_WEIGHTS]
    return max(tried, key=lambda gate: float(gains_of(validation.ranks(gate)).mean()))


def _row(name: str, ranks: np.ndarray, share: float, beyond: int) -> tuple[Cell, ...]:
    placed = np.where(ranks < 0, beyond, ranks)
    figures = [measure(placed, at) for at in (5, 10) for measure in (hit_rate, ndcg)]
    return (name, *figures, share)


def _report(
    options: Mapping[str, Any],
    parts: Mapping[str, JudgedCases],
    gate: Gate,
    best: Gate,
    ms_per_token: float,
) -> BenchmarkReport:
    test = parts["test"].cases
    admitted = test.admitted(gate)
    rankings = {
        "blend": (test.ranks(), 0.0),
        "everybody": (test.ranks(best), 1.0),
        "gated": (test.ranks(gate, admitted=admitted), float(admitted.mean())),
    }
    rows = [_row(name, ranks, share, 10_000) for name, (ranks, share) in rankings.items()]
    figures: dict[str, float] = {}
    for row in rows:
        for name, value in zip(COLUMNS[1:], row[1:], strict=True):
            key = name.lower().replace("@", "_at_").replace(" ", "_")
            figures[f"{row[0]}.{key}"] = float(value or 0.0)
    took = np.concatenate([part.took_ms for part in parts.values()])
    change = gains_of(rankings["everybody"][0]) - gains_of(rankings["blend"][0])
    figures |= {
        "test.shoppers": float(len(test)),
        "test.read": float((test.places >= 0).sum()),
        "validation.shoppers": float(len(parts["validation"].cases)),
        "validation.read": float((parts["validation"].cases.places >= 0).sum()),
        "everybody.gain": float(change.mean()),
        "everybody.gain_error": float(change.std(ddof=1) / np.sqrt(max(1, len(change)))),
        "everybody.weight": best.weight,
        "everybody.prior_weight": best.prior_weight,
        "gate.open": float(gate.is_open),
        "gate.gain": gate.gain,
        "gate.gain_error": gate.error,
        "gate.share": gate.share,
        "read_ms.p50": float(np.median(took)) if len(took) else 0.0,
        "read_ms.p95": float(np.quantile(took, 0.95)) if len(took) else 0.0,
        "ms_per_token": ms_per_token,
    }
    tables = [
        Table(f"Test, first {options['candidates']} candidates reranked", COLUMNS, rows),
        Table("Gain of everybody on validation, by weights", *_grid(parts["validation"].cases)),
    ]
    command = (
        f"manage.py benchmark rerank --dataset {options['dataset']} --data DIR "
        f"--seed {options['seed']} --shoppers {options['shoppers']} "
        f"--candidates {options['candidates']} --seconds {options['seconds']:g}"
    )
    return BenchmarkReport(
        "rerank",
        options["dataset"],
        options["seed"],
        command,
        figures,
        tables,
        _notes(figures, gate, options["candidates"]),
    )


def _grid(cases: RerankCases) -> tuple[tuple[str, ...], Sequence[Sequence[Cell]]]:
    base = gains_of(cases.ranks())
    rows: list[tuple[Cell, ...]] = [
        (
            f"weight {weight:g}",
            *(
                float((gains_of(cases.ranks(Gate(weight, prior))) - base).mean())
                for prior in PRIOR_WEIGHTS
            ),
        )
        for weight in WEIGHTS
    ]
    return ("NDCG@10", *(f"prior {prior:g}" for prior in PRIOR_WEIGHTS)), rows


def _notes(figures: Mapping[str, float], gate: Gate, candidates: int) -> list[str]:
    if gate.is_open:
        verdict = (
            f"it is open for {_who(gate)} (weight {gate.weight:g}, prior {gate.prior_weight:g})"
        )
    else:
        verdict = (
            f"the best choice, {_who(gate)}, was not confirmed, so the gate is closed and nobody "
            "is reranked"
            if gate.gain or gate.error
            else "no choice helped, so the gate is closed and nobody is reranked"
        )
    return [
        f"Language model {settings.LANGUAGE_MODEL}: the mean log probability of a title's tokens "
        f"behind the last titles of the history, less a share of its prior, standardised over the "
        f"first {candidates} candidates and weighed against their places.",
        f"Gate: chosen on one half of {figures['validation.shoppers']:.0f} validation shoppers, "
        f"confirmed on the other, where the choice gains {gate.gain:+.5f} ± {gate.error:.5f} "
        f"NDCG@10; {verdict}.",
        "Only shoppers whose target is among the candidates are read (no order of the candidates "
        f"changes the others): {figures['validation.read']:.0f} of validation, "
        f"{figures['test.read']:.0f} of {figures['test.shoppers']:.0f} of test. “everybody” is "
        f"the best of the weights on validation without a gate; it changes the test's NDCG@10 by "
        f"{figures['everybody.gain']:+.5f} ± {figures['everybody.gain_error']:.5f}.",
        f"Reading took {figures['read_ms.p50']:.0f} ms at the median and "
        f"{figures['read_ms.p95']:.0f} ms at the 95th percentile per shopper, priors of titles "
        "that were met for the first time included, on one thread of a machine that other work "
        f"shared. With {candidates} candidates HR@{candidates} cannot change.",
    ]


def _who(gate: Gate) -> str:
    if not gate.feature:
        return "everybody"
    return f"{gate.feature} from {gate.low:.3g} to {gate.high:.3g}"
