"""The tables and figures of the ranking benchmark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from recommender.benchmarks.report import BenchmarkReport, Cell, Table
from recommender.learning.choose_ranker import paired

if TYPE_CHECKING:
    from recommender.benchmarks.ranking import Outcome, RankingResult

Ranks = npt.NDArray[np.float64]
CUTS = (5, 10)


def gains(ranks: Ranks, at: int) -> Ranks:
    """Each case's NDCG at the cut-off."""
    near = ranks < at
    found: Ranks = np.where(near, 1.0 / np.log2(np.where(near, ranks, 0.0) + 2.0), 0.0)
    return found


def figures_of(ranks: Ranks) -> dict[str, float]:
    """HR and NDCG at five and ten."""
    figures: dict[str, float] = {}
    for at in CUTS:
        figures[f"hr_at_{at}"] = float(np.mean(ranks < at))
        figures[f"ndcg_at_{at}"] = float(np.mean(gains(ranks, at)))
    return figures


def ranking_report(result: RankingResult, options: Mapping[str, Any]) -> BenchmarkReport:
    """Everything that was measured, for people and for comparison."""
    figures: dict[str, float] = {"seconds": result.seconds, "reachable": result.reachable}
    for (name, kind), outcome in result.outcomes.items():
        key = f"{name}.without_{kind}" if kind else name
        figures |= {f"{key}.{n}": value for n, value in figures_of(outcome.ranks).items()}
        figures |= {
            f"{key}.{n}.excl": value for n, value in figures_of(outcome.ranks_unseen).items()
        }
        figures[f"{key}.validation_ndcg_at_10"] = outcome.validation["ndcg_at_10"]
        figures[f"{key}.calibration_error_before"] = outcome.error_before
        figures[f"{key}.calibration_error"] = outcome.error_after
        figures[f"{key}.fit_seconds"] = outcome.validation["seconds"]
        if outcome.added_ms is not None:
            figures[f"{key}.added_p50_ms"], figures[f"{key}.added_p95_ms"] = outcome.added_ms
    return BenchmarkReport(
        benchmark="ranking",
        dataset=str(options["dataset"]),
        seed=int(options["seed"]),
        command=_command(options),
        figures=figures,
        tables=_tables(result),
        notes=_notes(result),
    )


def _command(options: Mapping[str, Any]) -> str:
    more = "".join(f" --{name} {options[name]}" for name in ("sample", "cases") if options[name])
    return (
        f"manage.py benchmark ranking --dataset {options['dataset']} --data DIR "
        f"--seed {options['seed']}{more} --save docs/benchmarks"
    )


def _tables(result: RankingResult) -> list[Table]:
    whole = {name: outcome for (name, kind), outcome in result.outcomes.items() if not kind}
    plain = whole["none"]
    return [
        Table(
            "Rankers, seen items kept",
            ("ranker", "HR@5", "NDCG@5", "HR@10", "NDCG@10", "gain in NDCG@10", "its error"),
            [
                (name, *figures_of(one.ranks).values(), *_gain(one.ranks, plain.ranks))
                for name, one in whole.items()
            ],
        ),
        Table(
            "Rankers, seen items left out",
            ("ranker", "HR@5", "NDCG@5", "HR@10", "NDCG@10", "gain in NDCG@10", "its error"),
            [
                (
                    name,
                    *figures_of(one.ranks_unseen).values(),
                    *_gain(one.ranks_unseen, plain.ranks_unseen),
                )
                for name, one in whole.items()
            ],
        ),
        Table(
            "Without a kind of knowledge (the same candidates, seen items kept)",
            ("ranker", "without", "HR@10", "NDCG@10", "change in NDCG@10", "its error"),
            [
                (
                    name,
                    kind or "nothing",
                    float(np.mean(one.ranks < 10)),
                    float(np.mean(gains(one.ranks, 10))),
                    *_gain(one.ranks, whole[name].ranks),
                )
                for name in whole
                for (other, kind), one in result.outcomes.items()
                if other == name
            ],
        ),
        Table(
            "Calibration, validation and cost",
            (
                "ranker",
                "calibration error before",
                "after",
                "NDCG@10 on validation",
                "learnt in s",
                "added ms, median",
                "added ms, p95",
            ),
            [
                (
                    name,
                    one.error_before,
                    one.error_after,
                    one.validation["ndcg_at_10"],
                    one.validation["seconds"],
                    *_added(one),
                )
                for name, one in whole.items()
            ],
        ),
    ]


def _gain(one: Ranks, other: Ranks) -> tuple[Cell, Cell]:
    if one is other:
        return None, None
    return paired(gains(one, 10), gains(other, 10))


def _added(outcome: Outcome) -> tuple[Cell, Cell]:
    return outcome.added_ms or (None, None)


def _notes(result: RankingResult) -> list[str]:
    return [
        f"Chosen by validation: {result.chosen}. Each ranker orders the blend's best 200 anew; "
        f"{result.reachable:.1%} of the {result.tested:,} test answers are among them.",
        "Protocol: each user's last item is the test, the one before it the validation; the items "
        "of one day are put into a random order before the split. Sources are fitted on the rest, "
        f"with {result.facts:,} facts (brand, categories, and what was bought together by the "
        "training part). Ties in score count half.",
        "The validation items are divided by user: blend weights and rankers learn from three "
        f"fifths ({result.learnt_from:,} cases whose answer is among the candidates), stop and are "
        f"calibrated by a fifth, and are compared on a fifth ({result.validated:,} cases).",
        "The moment of asking is that of the test item, as a shop knows when it is asked: how long "
        "ago the shopper last came is one of the features. Without moment: not that, nor how long "
        "ago the candidate was taken.",
        "The data set has no repeated purchases and the blend does not know it: a good part of the "
        "gain with seen items kept is that rankers learn to put those last.",
        "Calibration error: mean distance between the stated chance and the share taken, over ten "
        "equal bins of each case's first ten places; before is the plain softmax over the pool.",
        "Without graph: no graph source, no counts over facts, no brand or group in common, no "
        "relation vectors. Without text: no content, words, text transitions or text EASE, no "
        "cosines, no text vectors. Without collaborative: no source that learns from the log, no "
        "popularity, no rating vectors. The candidates stay those of the whole blend.",
        "Added milliseconds: features and ranking of 200 candidates of one slate, on one thread.",
        f"Whole run: {result.seconds:.0f} s after encoding the texts.",
    ]
